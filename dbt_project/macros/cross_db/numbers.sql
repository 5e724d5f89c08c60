{#
    Quotients and their rounding. Both engines divide as doubles and round them half away from zero, so that a figure is the same to the last
    digit: Snowflake's own division of decimals rounds once more, at a scale of its own.
#}

{# The quotient of two numbers as a double; null where the second is 0. #}
{% macro ratio(numerator, denominator) -%}
    cast({{ numerator }} as double) / nullif({{ denominator }}, 0)
{%- endmacro %}

{# The mean of an amount with two decimals over a group, as a double: the nearest to the exact quotient. #}
{% macro mean_amount(amount) %}{{ return(adapter.dispatch('mean_amount', 'healthcare_elt')(amount)) }}{% endmacro %}
{% macro duckdb__mean_amount(amount) %}avg({{ amount }}){% endmacro %}
{% macro snowflake__mean_amount(amount) %}cast(sum(cast({{ amount }} * 100 as bigint)) as double) / nullif(count({{ amount }}) * 100, 0){% endmacro %}

{# A double as a decimal. #}
{% macro rounded(number, precision, scale) %}{{ return(adapter.dispatch('rounded', 'healthcare_elt')(number, precision, scale)) }}{% endmacro %}
{% macro duckdb__rounded(number, precision, scale) %}cast({{ number }} as decimal({{ precision }}, {{ scale }})){% endmacro %}
{% macro snowflake__rounded(number, precision, scale) %}
    {%- set shift = 10 ** scale -%}
    cast(round(({{ number }}) * {{ shift }}) / {{ shift }} as decimal({{ precision }}, {{ scale }}))
{%- endmacro %}
