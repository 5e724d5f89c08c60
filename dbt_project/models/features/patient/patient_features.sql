{{ config(
    materialized='keyed',
    unique_key='patient_id',
    meta={'touched_by': {
        'icon_health__encounters_details': [['patient_id'], {'on': ['encounter_id'], 'through': 'icon_health__encounters_details'}],
        'icon_health__adverse_events': [{'on': ['encounter_id'], 'through': 'icon_health__encounters_details'}],
        'patient_history': [['patient_id']],
    }},
) }}

{%- set touched = only_touched('patient_features', ['patient_id']) %}

with deltas as (
    {{ encounter_deltas(touched) }}
),

patients as (
    select patient_id, gender, birth_date, valid_from, valid_to
    from {{ ref('dim_patient') }}
    where source_system = 'icon_health' and {{ touched }}
),

changes as (
    select patient_id, cast(changed_at as date) as as_of_date, encounters, adverse_events, paid,
        case when encounters > 0 then cast(changed_at as date) end as encounter_date
    from deltas
    where {{ touched }}
    union all
    select patient_id, cast(valid_from as date), 0, 0, 0, null from patients
),

per_date as (
    select
        patient_id, as_of_date,
        sum(encounters) as encounters, sum(adverse_events) as adverse_events, sum(paid) as paid, max(encounter_date) as encounter_date
    from changes
    group by patient_id, as_of_date
),

running as (
    select
        patient_id, as_of_date,
        cast(sum(encounters) over (partition by patient_id order by as_of_date) as bigint) as encounters_to_date,
        cast(sum(adverse_events) over (partition by patient_id order by as_of_date) as bigint) as adverse_events_to_date,
        cast(sum(paid) over (partition by patient_id order by as_of_date) as decimal(18, 2)) as paid_to_date,
        max(encounter_date) over (partition by patient_id order by as_of_date) as last_activity_date
    from per_date
)

select
    running.patient_id, running.as_of_date,
    patients.gender,
    cast({{ age_in_years('patients.birth_date', 'running.as_of_date') }} as integer) as age,
    running.encounters_to_date, running.adverse_events_to_date, running.paid_to_date, running.last_activity_date
from running
left join patients
    on patients.patient_id = running.patient_id
    and patients.valid_from <= running.as_of_date
    and (running.as_of_date < patients.valid_to or patients.valid_to is null)
