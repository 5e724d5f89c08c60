{# Dimensions joined point in time. #}

{# The versions of a dimension with their key, and which of a member is its first. #}
{% macro versions_to_join(dimension, surrogate, natural) %}
    select
        {{ surrogate }}, source_system, {{ natural }}, valid_from, valid_to,
        row_number() over (partition by source_system, {{ natural }} order by valid_from) = 1 as is_first
    from {{ ref(dimension) }}
{% endmacro %}

{#
    True where the version is the one of the moment. What happened before the first delivery told of the member is joined to
    its first version: a full history is delivered long after it happened.
#}
{% macro is_as_of(version, moment) -%}
    ({{ version }}.valid_from <= {{ moment }} or {{ version }}.is_first)
    and ({{ moment }} < {{ version }}.valid_to or {{ version }}.valid_to is null)
{%- endmacro %}
