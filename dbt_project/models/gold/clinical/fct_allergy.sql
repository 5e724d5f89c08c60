{{ config(
    materialized='keyed',
    unique_key=['source_system', 'patient_id'],
    meta={'touched_by': {
        'synthea__allergies': [["'synthea'", 'patient']],
        'patient_history': [['source_system', 'patient_id']],
    }},
) }}

with events as (
    select
        'synthea' as source_system, patient as patient_id, encounter as encounter_id,
        cast(start as timestamp) as occurred_at,
        code,
        description,
        type as allergy_type,
        category,
        start as onset_date,
        stop as resolved_date,
        reaction1 as reaction_1,
        severity1 as severity_1,
        reaction2 as reaction_2,
        severity2 as severity_2,
        _delivery_id, _row_number
    from {{ ref('synthea__allergies') }}
    where _is_current and {{ only_touched('fct_allergy', ["'synthea'", 'patient']) }}
),

patients as ({{ versions_to_join('dim_patient', 'patient_key', 'patient_id') }})

select
    events.source_system,
    coalesce(patients.patient_key, {{ unknown_key() }}) as patient_key,
    events.patient_id,
    events.encounter_id,
    events.code,
    events.description,
    events.allergy_type,
    events.category,
    events.onset_date,
    events.resolved_date,
    events.reaction_1,
    events.severity_1,
    events.reaction_2,
    events.severity_2,
    events._delivery_id,
    events._row_number
from events
left join patients
    on patients.source_system = events.source_system and patients.patient_id = events.patient_id
    and {{ is_as_of('patients', 'events.occurred_at') }}
