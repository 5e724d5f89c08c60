{# Lists of texts, written as one text with commas. #}

{# The texts that are not null, joined by commas; an empty text where there is none. #}
{% macro join_texts(texts) %}{{ return(adapter.dispatch('join_texts', 'healthcare_elt')(texts)) }}{% endmacro %}
{% macro duckdb__join_texts(texts) %}{{ return("concat_ws(',', " ~ texts | join(', ') ~ ")") }}{% endmacro %}
{% macro snowflake__join_texts(texts) %}
    {% set parts = [] %}
    {% for text in texts %}{% do parts.append("coalesce(',' || " ~ text ~ ", '')") %}{% endfor %}
    {{ return("substr(" ~ parts | join(' || ') ~ ", 2)") }}
{% endmacro %}

{#
    The elements of a comma list that have (or, `valid` false, do not have) the format: distinct, sorted, each after the prefix,
    joined by commas; null where there are none.
#}
{% macro list_elements(text, format, valid, prefix) %}{{ return(adapter.dispatch('list_elements', 'healthcare_elt')(text, format, valid, prefix)) }}{% endmacro %}
{% macro duckdb__list_elements(text, format, valid, prefix) %}
    {% set elements = "list_transform(string_split(" ~ text ~ ", ','), lambda e: trim(e))" %}
    {% set wanted = "e <> '' and " ~ ("" if valid else "not ") ~ "(" ~ is_format(format, 'e') ~ ")" %}
    {% set kept = "list_sort(list_distinct(list_filter(" ~ elements ~ ", lambda e: " ~ wanted ~ ")))" %}
    {{ return("nullif(array_to_string(list_transform(" ~ kept ~ ", lambda e: '" ~ prefix ~ "' || e), ','), '')") }}
{% endmacro %}
{% macro snowflake__list_elements(text, format, valid, prefix) %}
    {% set element = trimmed("cast(e as varchar)") %}
    {% set wanted = element ~ " <> '' and " ~ ("" if valid else "not ") ~ "(" ~ is_format(format, element) ~ ")" %}
    {% set kept = "filter(split(" ~ text ~ ", ','), e -> " ~ wanted ~ ")" %}
    {% set told = "array_sort(array_distinct(transform(" ~ kept ~ ", e -> '" ~ prefix ~ "' || " ~ element ~ ")))" %}
    {{ return("nullif(array_to_string(" ~ told ~ ", ','), '')") }}
{% endmacro %}

{# A table function over a comma list: one row per element, which `element_of` its alias names. #}
{% macro explode(text, alias) %}{{ return(adapter.dispatch('explode', 'healthcare_elt')(text, alias)) }}{% endmacro %}
{% macro duckdb__explode(text, alias) %}{{ return("unnest(string_split(" ~ text ~ ", ',')) as " ~ alias ~ " (element)") }}{% endmacro %}
{% macro snowflake__explode(text, alias) %}{{ return("lateral flatten(input => split(" ~ text ~ ", ',')) as " ~ alias) }}{% endmacro %}

{% macro element_of(alias) %}{{ return(adapter.dispatch('element_of', 'healthcare_elt')(alias)) }}{% endmacro %}
{% macro duckdb__element_of(alias) %}{{ return(alias ~ ".element") }}{% endmacro %}
{% macro snowflake__element_of(alias) %}{{ return("cast(" ~ alias ~ ".value as varchar)") }}{% endmacro %}

{# The texts of a group's rows in an order, joined by commas. #}
{% macro joined(text, order) %}{{ return(adapter.dispatch('joined', 'healthcare_elt')(text, order)) }}{% endmacro %}
{% macro duckdb__joined(text, order) %}string_agg({{ text }}, ',' order by {{ order }}){% endmacro %}
{% macro snowflake__joined(text, order) %}listagg({{ text }}, ',') within group (order by {{ order }}){% endmacro %}
