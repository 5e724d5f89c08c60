{#
    SQL that differs between engines: text to types, patterns, hashes. Models and other macros call these and stay the same on
    every target. What needs more than an expression has a file of its own: moments.sql, lists.sql, numbers.sql, tables.sql.
#}

{# True where the whole text matches the regular expression. #}
{% macro matches(text, pattern) %}{{ return(adapter.dispatch('matches', 'healthcare_elt')(text, pattern)) }}{% endmacro %}
{% macro duckdb__matches(text, pattern) -%}
    {{ return("regexp_full_match(" ~ text ~ ", '" ~ pattern | replace("'", "''") ~ "')") }}
{%- endmacro %}
{# Snowflake's patterns are POSIX with \s and \d, always anchored; they know no group without a number. #}
{% macro snowflake__matches(text, pattern) -%}
    {%- set posix = modules.re.sub('(?<!\\\\)\\(\\?:', '(', pattern) -%}
    {{ return("regexp_like(" ~ text ~ ", '(" ~ posix | replace("\\", "\\\\") | replace("'", "''") ~ ")')") }}
{%- endmacro %}

{# The text as a value of the type, null where it is none; never rounds, never guesses. #}
{% macro text_to_type(text, data_type, date_formats) %}
    {{ return(adapter.dispatch('text_to_type', 'healthcare_elt')(text, data_type | lower, date_formats)) }}
{% endmacro %}
{% macro duckdb__text_to_type(text, data_type, date_formats) %}
    {% if data_type == 'varchar' %}
        {{ return(text) }}
    {% elif data_type in ('date', 'timestamp') and date_formats %}
        {# DuckDB takes 'epoch' and 'infinity' for 1900-01-01, whatever the format. #}
        {% set moment = "try_strptime(" ~ text ~ ", ['" ~ date_formats | join("', '") ~ "'])" %}
        {{ return("case when " ~ matches(text, '.*[0-9].*') ~ " then cast(" ~ moment ~ " as " ~ data_type ~ ") end") }}
    {% elif data_type in ('integer', 'bigint') %}
        {{ return("case when " ~ matches(text, '[+-]?[0-9]+') ~ " then try_cast(" ~ text ~ " as " ~ data_type ~ ") end") }}
    {% elif data_type.startswith('decimal') %}
        {{ return("case when " ~ matches(text, exact_decimal(data_type)) ~ " then try_cast(" ~ text ~ " as " ~ data_type ~ ") end") }}
    {% elif data_type == 'double' %}
        {{ return(finite_double(text)) }}
    {% else %}
        {{ return("try_cast(" ~ text ~ " as " ~ data_type ~ ")") }}
    {% endif %}
{% endmacro %}
{# Snowflake rounds a text with a fraction to an integer, has integers of any size, and takes many texts for moments: hence the guards. #}
{% macro snowflake__text_to_type(text, data_type, date_formats) %}
    {% if data_type == 'varchar' %}
        {{ return(text) }}
    {% elif data_type in ('date', 'timestamp') %}
        {{ return(snowflake__text_to_moment(text, data_type, date_formats)) }}
    {% elif data_type in ('integer', 'bigint') %}
        {% set limit = 2147483647 if data_type == 'integer' else 9223372036854775807 %}
        {% set number = "try_cast(" ~ text ~ " as number(38, 0))" %}
        {{ return("case when " ~ matches(text, '[+-]?[0-9]+') ~ " and " ~ number ~ " between " ~ (-limit - 1) ~ " and " ~ limit ~ " then " ~ number ~ " end") }}
    {% elif data_type.startswith('decimal') %}
        {{ return("case when " ~ matches(text, exact_decimal(data_type)) ~ " then try_cast(" ~ text ~ " as " ~ data_type ~ ") end") }}
    {% elif data_type == 'boolean' %}
        {{ return("case when lower(" ~ text ~ ") in ('true', 't', 'yes', 'y', '1') then true when lower(" ~ text ~ ") in ('false', 'f', 'no', 'n', '0') then false end") }}
    {% elif data_type == 'double' %}
        {{ return(finite_double(text)) }}
    {% else %}
        {{ return("try_cast(" ~ text ~ " as " ~ data_type ~ ")") }}
    {% endif %}
{% endmacro %}

{# Neither NaN nor infinity, which have no place in an order or a histogram; and no number that is too large and would become one. #}
{% macro finite_double(text) %}
    {% set number = "try_cast(" ~ text ~ " as double)" %}
    {% set digits = matches(text, '[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?') %}
    {{ return("case when " ~ digits ~ " and abs(" ~ number ~ ") <= 1.7976931348623157e308 then " ~ number ~ " end") }}
{% endmacro %}

{# The pattern of a number that the type holds without rounding. #}
{% macro exact_decimal(data_type) %}
    {% set scale = data_type.split(',')[1] | replace(')', '') | trim %}
    {{ return('[+-]?([0-9]+(\\.[0-9]{0,' ~ scale ~ '}0*)?|\\.' ~ ('[0-9]{1,' ~ scale ~ '}0*' if scale | int else '0+') ~ ')') }}
{% endmacro %}

{# The text without the spaces around it, of whatever width Unicode has them. #}
{% macro trimmed(text) %}{{ return(adapter.dispatch('trimmed', 'healthcare_elt')(text)) }}{% endmacro %}
{% macro duckdb__trimmed(text) %}{{ return("trim(" ~ text ~ ")") }}{% endmacro %}
{% macro snowflake__trimmed(text) %}
    {{ return("trim(" ~ text ~ ", ' \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000')") }}
{% endmacro %}

{# The text as a literal. #}
{% macro text_literal(text) %}{{ return(adapter.dispatch('text_literal', 'healthcare_elt')(text | string)) }}{% endmacro %}
{% macro duckdb__text_literal(text) %}{{ return("'" ~ text | replace("'", "''") ~ "'") }}{% endmacro %}
{% macro snowflake__text_literal(text) %}{{ return("'" ~ text | replace("\\", "\\\\") | replace("'", "''") ~ "'") }}{% endmacro %}

{# The name of a contract's column in bronze: on DuckDB as the file has it, on Snowflake folded like every other name. #}
{% macro delivered_name(name) %}{{ return(adapter.dispatch('delivered_name', 'healthcare_elt')(name)) }}{% endmacro %}
{% macro duckdb__delivered_name(name) %}{{ return(adapter.quote(name)) }}{% endmacro %}
{% macro snowflake__delivered_name(name) %}{{ return(identifier(name)) }}{% endmacro %}

{# The name of a contract's column in SQL: Snowflake keeps some words, such as start and rows, for itself. #}
{% macro identifier(name) %}{{ return(adapter.dispatch('identifier', 'healthcare_elt')(name)) }}{% endmacro %}
{% macro duckdb__identifier(name) %}{{ return(name) }}{% endmacro %}
{% macro snowflake__identifier(name) %}
    {% set reserved = "account all alter and any as asof between by case cast check column connect connection constraint create cross current
        current_date current_time current_timestamp current_user database delete distinct drop else exists false following for from full
        grant group gscluster having ilike in increment inner insert intersect into is issue join lateral left like localtime localtimestamp
        minus natural not null of on or order organization qualify regexp revoke right rlike row rows sample schema select set some start
        table tablesample then to trigger true try_cast union unique update using values view when whenever where with".split() %}
    {{ return('"' ~ name | upper ~ '"' if name in reserved else name) }}
{% endmacro %}

{# The same of several columns, separated by commas. #}
{% macro identifiers(names) %}
    {% set list = [] %}
    {% for name in names %}{% do list.append(identifier(name)) %}{% endfor %}
    {{ return(list | join(', ')) }}
{% endmacro %}

{# Hash of a key: its parts as text with a separator, and a marker that no text equals for null. A moment is a part as `moment_text`. #}
{% macro hash_key(columns) %}
    {%- set parts = [] -%}
    {%- for column in columns -%}
        {%- do parts.append("coalesce(replace(cast(" ~ column ~ " as varchar), '|', '||'), '|null|')") -%}
    {%- endfor -%}
    md5({{ parts | join(" || '|;|' || ") }})
{%- endmacro %}

{# How many slices of its keys a table of so many rows is classified in: Snowflake spills to its own disks, and needs none. #}
{% macro slices_of(rows) %}{{ return(adapter.dispatch('slices_of', 'healthcare_elt')(rows)) }}{% endmacro %}
{% macro duckdb__slices_of(rows) %}{{ return(1 + rows | int // var('rows_classified_at_once')) }}{% endmacro %}
{% macro snowflake__slices_of(rows) %}{{ return(1) }}{% endmacro %}

{# A number from 0 up to but without `slices`, the same for equal keys; a null is a value like any other. #}
{% macro slice_of_key(key, slices) %}{{ return(adapter.dispatch('slice_of_key', 'healthcare_elt')(key, slices)) }}{% endmacro %}
{% macro duckdb__slice_of_key(key, slices) %}hash({{ key | join(', ') }}) % {{ slices }}{% endmacro %}
{% macro snowflake__slice_of_key(key, slices) %}mod(abs(hash({{ identifiers(key) }})), {{ slices }}){% endmacro %}

{# True where both sides are the same value, or both null. #}
{% macro same(left, right, columns) -%}
    {%- for column in columns %}{{ left }}.{{ identifier(column) }} is not distinct from {{ right }}.{{ identifier(column) }}{{ ' and ' if not loop.last }}{% endfor -%}
{%- endmacro %}
