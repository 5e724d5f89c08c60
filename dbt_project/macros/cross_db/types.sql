{#
    SQL that differs between engines: text to types, patterns, lists, hashes. Models and other macros call these
    and stay the same on every target.
#}

{# True where the whole text matches the regular expression. #}
{% macro matches(text, pattern) %}{{ return(adapter.dispatch('matches')(text, pattern)) }}{% endmacro %}
{% macro duckdb__matches(text, pattern) -%}
    {{ return("regexp_full_match(" ~ text ~ ", '" ~ pattern | replace("'", "''") ~ "')") }}
{%- endmacro %}

{# The text as a value of the type, null where it is none; never rounds, never guesses. #}
{% macro text_to_type(text, data_type, date_formats) %}
    {{ return(adapter.dispatch('text_to_type')(text, data_type | lower, date_formats)) }}
{% endmacro %}
{% macro duckdb__text_to_type(text, data_type, date_formats) %}
    {% if data_type == 'varchar' %}
        {{ return(text) }}
    {% elif data_type in ('date', 'timestamp') and date_formats %}
        {{ return("cast(try_strptime(" ~ text ~ ", ['" ~ date_formats | join("', '") ~ "']) as " ~ data_type ~ ")") }}
    {% elif data_type in ('integer', 'bigint') %}
        {{ return("case when " ~ matches(text, '[+-]?[0-9]+') ~ " then try_cast(" ~ text ~ " as " ~ data_type ~ ") end") }}
    {% elif data_type.startswith('decimal') %}
        {% set scale = data_type.split(',')[1] | replace(')', '') | trim %}
        {% set exact = '[+-]?([0-9]+(\\.[0-9]{0,' ~ scale ~ '}0*)?|\\.[0-9]{1,' ~ scale ~ '}0*)' %}
        {{ return("case when " ~ matches(text, exact) ~ " then try_cast(" ~ text ~ " as " ~ data_type ~ ") end") }}
    {% else %}
        {{ return("try_cast(" ~ text ~ " as " ~ data_type ~ ")") }}
    {% endif %}
{% endmacro %}

{# The texts that are not null, joined by commas; an empty text where there is none. #}
{% macro join_texts(texts) %}{{ return(adapter.dispatch('join_texts')(texts)) }}{% endmacro %}
{% macro duckdb__join_texts(texts) %}{{ return("concat_ws(',', " ~ texts | join(', ') ~ ")") }}{% endmacro %}

{#
    The elements of a comma list that have (or, `valid` false, do not have) the format: distinct, sorted, each after the prefix,
    joined by commas; null where there are none.
#}
{% macro list_elements(text, format, valid, prefix) %}{{ return(adapter.dispatch('list_elements')(text, format, valid, prefix)) }}{% endmacro %}
{% macro duckdb__list_elements(text, format, valid, prefix) %}
    {% set elements = "list_transform(string_split(" ~ text ~ ", ','), lambda e: trim(e))" %}
    {% set wanted = "e <> '' and " ~ ("" if valid else "not ") ~ "(" ~ is_format(format, 'e') ~ ")" %}
    {% set kept = "list_sort(list_distinct(list_filter(" ~ elements ~ ", lambda e: " ~ wanted ~ ")))" %}
    {{ return("nullif(array_to_string(list_transform(" ~ kept ~ ", lambda e: '" ~ prefix ~ "' || e), ','), '')") }}
{% endmacro %}

{# A table function over a comma list: one row per element, in the column `element`. #}
{% macro explode(text, alias) %}{{ return(adapter.dispatch('explode')(text, alias)) }}{% endmacro %}
{% macro duckdb__explode(text, alias) %}{{ return("unnest(string_split(" ~ text ~ ", ',')) as " ~ alias ~ " (element)") }}{% endmacro %}

{# Hash of a key: its parts as text with a separator, and a marker that no text equals for null. #}
{% macro hash_key(columns) %}
    {%- set parts = [] -%}
    {%- for column in columns -%}
        {%- do parts.append("coalesce(replace(cast(" ~ column ~ " as varchar), '|', '||'), '|null|')") -%}
    {%- endfor -%}
    md5({{ parts | join(" || '|;|' || ") }})
{%- endmacro %}

{# A number from 0 up to but without `slices`, the same for equal keys; a null is a value like any other. #}
{% macro slice_of_key(key, slices) %}{{ return(adapter.dispatch('slice_of_key', 'healthcare_elt')(key, slices)) }}{% endmacro %}
{% macro duckdb__slice_of_key(key, slices) %}hash({{ key | join(', ') }}) % {{ slices }}{% endmacro %}

{# Whole years between two dates, as people count their age. #}
{% macro age_in_years(birth_date, at) -%}
    (extract(year from {{ at }}) - extract(year from {{ birth_date }})
        - case when extract(month from {{ at }}) * 100 + extract(day from {{ at }})
                  < extract(month from {{ birth_date }}) * 100 + extract(day from {{ birth_date }}) then 1 else 0 end)
{%- endmacro %}

{# True where both sides are the same value, or both null. #}
{% macro same(left, right, columns) -%}
    {%- for column in columns %}{{ left }}.{{ column }} is not distinct from {{ right }}.{{ column }}{{ ' and ' if not loop.last }}{% endfor -%}
{%- endmacro %}
