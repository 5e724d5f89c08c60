{# Days and moments where engines differ. Reading them from text on Snowflake is in moments.sql. #}

{# The type of a moment without a zone, exact to the microsecond. #}
{% macro timestamp_type() %}{{ return(adapter.dispatch('timestamp_type', 'healthcare_elt')()) }}{% endmacro %}
{% macro duckdb__timestamp_type() %}{{ return('timestamp') }}{% endmacro %}
{# Not `timestamp`, which an account may have mapped to another type. #}
{% macro snowflake__timestamp_type() %}{{ return('timestamp_ntz(6)') }}{% endmacro %}

{# A moment as the same text on every engine: seconds, and a fraction only where there is one. #}
{% macro moment_text(moment) %}{{ return(adapter.dispatch('moment_text', 'healthcare_elt')(moment)) }}{% endmacro %}
{% macro duckdb__moment_text(moment) %}{{ return(moment) }}{% endmacro %}
{% macro snowflake__moment_text(moment) %}
    {{ return("regexp_replace(to_varchar(cast(" ~ moment ~ " as timestamp_ntz(6)), 'YYYY-MM-DD HH24:MI:SS.FF6'), '[.]?0+$', '')") }}
{% endmacro %}

{# One row per day in the column `day`, from the first date up to but without the second. #}
{% macro date_spine(first, end) %}{{ return(adapter.dispatch('date_spine', 'healthcare_elt')(first, end)) }}{% endmacro %}
{% macro duckdb__date_spine(first, end) %}
    select cast(range as date) as day from range(timestamp '{{ first }}', timestamp '{{ end }}', interval 1 day)
{% endmacro %}
{% macro snowflake__date_spine(first, end) %}
    {%- set days = (modules.datetime.date.fromisoformat(end) - modules.datetime.date.fromisoformat(first)).days %}
    select dateadd(day, row_number() over (order by null) - 1, cast('{{ first }}' as date)) as day from table(generator(rowcount => {{ days }}))
{% endmacro %}

{# 1 is Monday, 7 is Sunday. #}
{% macro iso_weekday(day) %}{{ return(adapter.dispatch('iso_weekday', 'healthcare_elt')(day)) }}{% endmacro %}
{% macro duckdb__iso_weekday(day) %}cast(isodow({{ day }}) as integer){% endmacro %}
{% macro snowflake__iso_weekday(day) %}cast(dayofweekiso({{ day }}) as integer){% endmacro %}

{# Whole days from the date of the first moment to the date of the second. #}
{% macro days_between(first, second) %}{{ return(adapter.dispatch('days_between', 'healthcare_elt')(first, second)) }}{% endmacro %}
{% macro duckdb__days_between(first, second) %}cast(date_diff('day', cast({{ first }} as date), cast({{ second }} as date)) as bigint){% endmacro %}
{% macro snowflake__days_between(first, second) %}cast(datediff(day, cast({{ first }} as date), cast({{ second }} as date)) as bigint){% endmacro %}

{# The moment so many days later, or earlier if they are negative. #}
{% macro days_after(moment, days) %}{{ return(adapter.dispatch('days_after', 'healthcare_elt')(moment, days)) }}{% endmacro %}
{% macro duckdb__days_after(moment, days) %}({{ moment }} + interval '{{ days }}' day){% endmacro %}
{% macro snowflake__days_after(moment, days) %}dateadd(day, {{ days }}, {{ moment }}){% endmacro %}

{# Whole years between two dates, as people count their age. #}
{% macro age_in_years(birth_date, at) -%}
    (extract(year from {{ at }}) - extract(year from {{ birth_date }})
        - case when extract(month from {{ at }}) * 100 + extract(day from {{ at }})
                  < extract(month from {{ birth_date }}) * 100 + extract(day from {{ birth_date }}) then 1 else 0 end)
{%- endmacro %}
