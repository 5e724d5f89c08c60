{{ config(
    materialized='keyed',
    unique_key=['source_system', 'patient_id'],
    meta={'touched_by': {
        'fct_encounter': [['source_system', 'patient_id']],
        'fct_condition': [['source_system', 'patient_id']],
        'fct_medication': [['source_system', 'patient_id']],
        'patient_history': [['source_system', 'patient_id']],
    }},
) }}

{%- set touched = only_touched('encounter_features', ['source_system', 'patient_id']) %}

with encounters as (
    select source_system, patient_id, encounter_id, patient_key, started_at, encounter_class
    from {{ ref('fct_encounter') }}
    where source_system = 'synthea' and {{ touched }}
),

patients as (
    select patient_key, birth_date from {{ ref('dim_patient') }}
),

before as (
    select
        now.source_system, now.encounter_id,
        count(*) as encounters,
        count(case when earlier.started_at > {{ days_after('now.started_at', -365) }} then 1 end) as encounters_365_days,
        count(case when earlier.encounter_class in ('emergency', 'inpatient')
            and earlier.started_at > {{ days_after('now.started_at', -365) }} then 1 end) as acute_encounters_365_days,
        max(earlier.started_at) as last_started_at
    from encounters as now
    join encounters as earlier
        on earlier.source_system = now.source_system and earlier.patient_id = now.patient_id and earlier.started_at < now.started_at
    group by now.source_system, now.encounter_id
),

conditions as (
    select now.source_system, now.encounter_id, count(*) as active
    from encounters as now
    join {{ ref('fct_condition') }} as c
        on c.source_system = now.source_system and c.patient_id = now.patient_id
        and c.onset_date < cast(now.started_at as date)
        and (c.resolved_date is null or c.resolved_date >= cast(now.started_at as date))
    group by now.source_system, now.encounter_id
),

medications as (
    select now.source_system, now.encounter_id, count(*) as active
    from encounters as now
    join {{ ref('fct_medication') }} as m
        on m.source_system = now.source_system and m.patient_id = now.patient_id
        and m.started_at < now.started_at
        and (m.ended_at is null or m.ended_at >= now.started_at)
    group by now.source_system, now.encounter_id
)

select
    encounters.source_system,
    encounters.patient_id,
    encounters.encounter_id,
    encounters.started_at as as_of,
    cast({{ age_in_years('patients.birth_date', 'encounters.started_at') }} as integer) as age,
    cast(coalesce(before.encounters, 0) as bigint) as encounters_before,
    cast(coalesce(before.encounters_365_days, 0) as bigint) as encounters_365_days,
    cast(coalesce(before.acute_encounters_365_days, 0) as bigint) as acute_encounters_365_days,
    {{ days_between('before.last_started_at', 'encounters.started_at') }} as days_since_last_encounter,
    cast(coalesce(conditions.active, 0) as bigint) as active_conditions,
    cast(coalesce(medications.active, 0) as bigint) as active_medications
from encounters
left join patients on patients.patient_key = encounters.patient_key
left join before on before.source_system = encounters.source_system and before.encounter_id = encounters.encounter_id
left join conditions on conditions.source_system = encounters.source_system and conditions.encounter_id = encounters.encounter_id
left join medications on medications.source_system = encounters.source_system and medications.encounter_id = encounters.encounter_id
