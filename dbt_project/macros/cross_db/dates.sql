{# Dates where engines differ. #}

{# One row per day in the column `day`, from the first date up to but without the second. #}
{% macro date_spine(first, end) %}{{ return(adapter.dispatch('date_spine', 'healthcare_elt')(first, end)) }}{% endmacro %}
{% macro duckdb__date_spine(first, end) %}
    select cast(range as date) as day from range(timestamp '{{ first }}', timestamp '{{ end }}', interval 1 day)
{% endmacro %}

{% macro iso_weekday(day) %}{{ return(adapter.dispatch('iso_weekday')(day)) }}{% endmacro %}
{% macro duckdb__iso_weekday(day) %}cast(isodow({{ day }}) as integer){% endmacro %}

{# Whole days from the date of the first moment to the date of the second. #}
{% macro days_between(first, second) %}{{ return(adapter.dispatch('days_between', 'healthcare_elt')(first, second)) }}{% endmacro %}
{% macro duckdb__days_between(first, second) %}cast(date_diff('day', cast({{ first }} as date), cast({{ second }} as date)) as bigint){% endmacro %}
