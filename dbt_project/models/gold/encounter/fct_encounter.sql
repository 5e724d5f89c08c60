{{ config(
    materialized='keyed',
    unique_key='encounter_id',
    meta={'touched_by': {
        'icon_health__encounters_details': [['encounter_id']],
        'patient_history': [{'on': ['patient_id'], 'through': 'icon_health__encounters_details'}],
        'provider_history': [{'on': ['npi'], 'through': 'icon_health__encounters_details'}],
    }},
) }}

with encounters as (
    select encounter_id, patient_id, npi, cpt, paid_amount, _first_effective_at as occurred_at, _delivery_id, _row_number
    from {{ ref('icon_health__encounters_details') }}
    where _is_current and {{ only_touched('fct_encounter', ['encounter_id']) }}
),

patients as (
    select patient_key, patient_id, valid_from, valid_to from {{ ref('dim_patient') }}
),

providers as (
    select provider_key, npi, valid_from, valid_to from {{ ref('dim_provider') }}
),

procedures as (
    select procedure_key, cpt from {{ ref('dim_procedure') }}
)

select
    encounters.encounter_id,
    patients.patient_key,
    providers.provider_key,
    procedures.procedure_key,
    cast(encounters.occurred_at as date) as encounter_date,
    encounters.patient_id,
    encounters.npi,
    encounters.cpt,
    encounters.paid_amount,
    encounters._delivery_id,
    encounters._row_number
from encounters
left join patients
    on patients.patient_id = encounters.patient_id
    and patients.valid_from <= encounters.occurred_at
    and (encounters.occurred_at < patients.valid_to or patients.valid_to is null)
left join providers
    on providers.npi = encounters.npi
    and providers.valid_from <= encounters.occurred_at
    and (encounters.occurred_at < providers.valid_to or providers.valid_to is null)
left join procedures on procedures.cpt = encounters.cpt
