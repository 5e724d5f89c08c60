{#
    Facts about patients from one source table of synthea, joined to the patient as known at the time. `columns` gives the table's columns by
    their name in the fact.
#}
{% macro facts_of_patients(table, happened_at, columns) %}
with events as (
    select
        'synthea' as source_system, patient as patient_id, encounter as encounter_id,
        cast({{ identifier(happened_at) }} as {{ timestamp_type() }}) as happened_at,
        {%- for name, column in columns.items() %}
        {{ identifier(column) }} as {{ name }},
        {%- endfor %}
        _delivery_id, _row_number
    from {{ ref('synthea__' ~ table) }}
    where _is_current = true and {{ only_touched(model.name, ["'synthea'", 'patient']) }}
),

patients as ({{ versions_to_join('dim_patient', 'patient_key', 'patient_id') }})

select
    events.source_system,
    coalesce(patients.patient_key, {{ unknown_key() }}) as patient_key,
    events.patient_id,
    events.encounter_id,
    {%- for name in columns %}
    events.{{ name }},
    {%- endfor %}
    events._delivery_id,
    events._row_number
from events
left join patients on {{ is_version_at('patients', 'patient_id', 'events', 'happened_at') }}
{% endmacro %}
