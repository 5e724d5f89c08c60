{#
    Plausibility of what happened to patients, by the names of the OHDSI DataQualityDashboard. They are warnings with a count: a row
    is kept as it was delivered, and whoever uses it is told.
#}

{# plausibleAfterBirth: nothing happens to a person before birth. #}
{% test plausible_after_birth(model, column_name) %}
    select event.* from {{ model }} as event
    join {{ current_people() }} as person on person.source_system = event.source_system and person.patient_id = event.patient_id
    where cast(event.{{ column_name }} as date) < person.birth_date
{% endtest %}

{# plausibleBeforeDeath: nothing happens later than 60 days after death, which leaves time for what is recorded late. #}
{% test plausible_before_death(model, column_name) %}
    select event.* from {{ model }} as event
    join {{ current_people() }} as person on person.source_system = event.source_system and person.patient_id = event.patient_id
    where cast(event.{{ column_name }} as date) > {{ days_after('person.death_date', 60) }}
{% endtest %}

{# plausibleStartBeforeEnd: nothing ends before it begins. #}
{% test plausible_start_before_end(model, column_name, ends_at) %}
    select * from {{ model }} where {{ ends_at }} < {{ column_name }}
{% endtest %}

{% macro current_people() -%}
    (select source_system, patient_id, birth_date, death_date from {{ ref('dim_patient') }} where is_current)
{%- endmacro %}
