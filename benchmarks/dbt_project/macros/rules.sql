{# True for a National Provider Identifier with a right check digit. #}
{% macro is_npi(text) -%}
    case when regexp_full_match({{ text }}, '[12][0-9]{9}') then (24
    {%- for place in range(1, 11) %}
        + cast({% if place % 2 %}translate(substr({{ text }}, {{ place }}, 1), '0123456789', '0246813579'){% else %}substr({{ text }}, {{ place }}, 1){% endif %} as integer)
    {%- endfor %}) % 10 = 0 else false end
{%- endmacro %}

{# The deliveries that are newer than what the model holds. #}
{% macro only_new(watermark) -%}
    {% if is_incremental() %}delivery_date > (select coalesce(max({{ watermark }}), date '1900-01-01') from {{ this }}){% else %}true{% endif %}
{%- endmacro %}
