{#
    Quotients and their rounding. Both engines divide as doubles and round them half away from zero, so that a figure is the same to the last
    digit: Snowflake's own division of decimals rounds once more, at a scale of its own.
#}

{# The quotient of two numbers as a double; null where the second is 0. #}
{% macro ratio(numerator, denominator) -%}
    cast({{ numerator }} as double) / nullif({{ denominator }}, 0)
{%- endmacro %}

{#
    The mean of an amount with two decimals over a group, rounded to two decimals, half a cent up: in whole cents and with whole numbers
    alone, since a double would leave it to chance on which side of half a cent it lies.
#}
{% macro mean_amount(amount) -%}
    {%- set twice = "(2 * sum(cast(" ~ amount ~ " * 100 as bigint)) + count(" ~ amount ~ "))" -%}
    {%- set parts = "nullif(2 * count(" ~ amount ~ "), 0)" -%}
    cast((({{ twice }} - mod({{ twice }}, {{ parts }})) / {{ parts }}) / 100 as decimal(18, 2))
{%- endmacro %}

{# A double as a decimal. #}
{% macro rounded(number, precision, scale) %}{{ return(adapter.dispatch('rounded', 'healthcare_elt')(number, precision, scale)) }}{% endmacro %}
{% macro duckdb__rounded(number, precision, scale) %}cast({{ number }} as decimal({{ precision }}, {{ scale }})){% endmacro %}
{% macro snowflake__rounded(number, precision, scale) %}
    {%- set shift = 10 ** scale -%}
    cast(round(({{ number }}) * {{ shift }}) / {{ shift }} as decimal({{ precision }}, {{ scale }}))
{%- endmacro %}

{#
    The Luhn sum of a text of so many digits, an even number: every second digit counts twice, and of a number with two digits both count
    (ISO/IEC 7812-1). DuckDB takes the digits of a number apart ten times as fast as those of a text.
#}
{% macro luhn_sum(text, digits) %}{{ return(adapter.dispatch('luhn_sum', 'healthcare_elt')(text, digits)) }}{% endmacro %}
{% macro duckdb__luhn_sum(text, digits) %}
    {%- set terms = [] -%}
    {%- for place in range(digits) -%}
        {%- set digit = "try_cast(" ~ text ~ " as bigint) // " ~ 10 ** place ~ " % 10" -%}
        {%- do terms.append(digit if place % 2 == 0 else "2 * (" ~ digit ~ ") - 9 * cast(" ~ digit ~ " > 4 as integer)") -%}
    {%- endfor -%}
    {{ return("(" ~ terms | join(" + ") ~ ")") }}
{% endmacro %}
{% macro snowflake__luhn_sum(text, digits) %}
    {%- set terms = [] -%}
    {%- for position in range(1, digits + 1) -%}
        {%- set digit = "substr(" ~ text ~ ", " ~ position ~ ", 1)" -%}
        {%- do terms.append("cast(" ~ (digit if position % 2 == 0 else "translate(" ~ digit ~ ", '0123456789', '0246813579')") ~ " as integer)") -%}
    {%- endfor -%}
    {{ return("(" ~ terms | join(" + ") ~ ")") }}
{% endmacro %}
