{# Dimensions joined point in time. #}

{# The versions of a dimension with their key, and which of a member is its first. #}
{% macro versions_to_join(dimension, surrogate, natural) %}
    select
        {{ surrogate }}, source_system, {{ natural }}, valid_from, valid_to,
        row_number() over (partition by source_system, {{ natural }} order by valid_from) = 1 as is_first
    from {{ ref(dimension) }}
{% endmacro %}

{#
    True where the version is that of the fact's member at the moment. What happened before the first delivery told of the member is
    joined to its first version: a full history is delivered long after it happened.
#}
{% macro is_version_at(versions, natural, fact, moment, fact_natural=none) -%}
    {{ versions }}.source_system = {{ fact }}.source_system
    and {{ versions }}.{{ natural }} = {{ fact }}.{{ fact_natural or natural }}
    and ({{ versions }}.valid_from <= {{ fact }}.{{ moment }} or {{ versions }}.is_first)
    and ({{ fact }}.{{ moment }} < {{ versions }}.valid_to or {{ versions }}.valid_to is null)
{%- endmacro %}
