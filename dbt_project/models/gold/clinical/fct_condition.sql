{{ config(
    materialized='keyed',
    unique_key=['source_system', 'patient_id'],
    meta={'touched_by': {
        'synthea__conditions': [["'synthea'", 'patient']],
        'patient_history': [['source_system', 'patient_id']],
    }},
) }}

with events as (
    select
        'synthea' as source_system, patient as patient_id, encounter as encounter_id,
        cast(start as timestamp) as occurred_at,
        code,
        description,
        start as onset_date,
        stop as resolved_date,
        _delivery_id, _row_number
    from {{ ref('synthea__conditions') }}
    where _is_current and {{ only_touched('fct_condition', ["'synthea'", 'patient']) }}
),

patients as ({{ versions_to_join('dim_patient', 'patient_key', 'patient_id') }})

select
    events.source_system,
    coalesce(patients.patient_key, {{ unknown_key() }}) as patient_key,
    events.patient_id,
    events.encounter_id,
    events.code,
    events.description,
    events.onset_date,
    events.resolved_date,
    events._delivery_id,
    events._row_number
from events
left join patients
    on patients.source_system = events.source_system and patients.patient_id = events.patient_id
    and {{ is_as_of('patients', 'events.occurred_at') }}
