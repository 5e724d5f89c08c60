{{ config(
    materialized='keyed',
    unique_key=['source_system', 'encounter_id'],
    cluster_by=['encounter_date'],
    meta={'touched_by': {
        'icon_health__encounters_details': [["'icon_health'", 'encounter_id']],
        'synthea__encounters': [["'synthea'", 'id']],
        'patient_history': [{'on': ['source_system', 'patient_id'], 'through': 'fct_encounter'}],
        'provider_history': [{'on': ['source_system', 'provider_id'], 'through': 'fct_encounter'}],
        'organization_history': [{'on': ['source_system', 'organization_id'], 'through': 'fct_encounter'}],
        'payer_history': [{'on': ['source_system', 'payer_id'], 'through': 'fct_encounter'}],
    }},
) }}

with encounters as (
    select
        'icon_health' as source_system, encounter_id, patient_id, npi as provider_id, cast(null as varchar) as organization_id,
        cast(null as varchar) as payer_id, cast(null as varchar) as encounter_class, cpt as code, npi, cpt,
        _first_effective_at as started_at, cast(null as {{ timestamp_type() }}) as ended_at,
        paid_amount, cast(null as decimal(18, 2)) as total_cost, _delivery_id, _row_number
    from {{ ref('icon_health__encounters_details') }}
    where _is_current = true and {{ only_touched('fct_encounter', ["'icon_health'", 'encounter_id']) }}
    union all
    select
        'synthea', id, patient, provider, organization, payer, encounterclass, code, null, null,
        {{ identifier('start') }}, stop, payer_coverage, total_claim_cost, _delivery_id, _row_number
    from {{ ref('synthea__encounters') }}
    where _is_current = true and {{ only_touched('fct_encounter', ["'synthea'", 'id']) }}
),

patients as ({{ versions_to_join('dim_patient', 'patient_key', 'patient_id') }}),

providers as ({{ versions_to_join('dim_provider', 'provider_key', 'provider_id') }}),

organizations as ({{ versions_to_join('dim_organization', 'organization_key', 'organization_id') }}),

payers as ({{ versions_to_join('dim_payer', 'payer_key', 'payer_id') }}),

procedures as (
    select procedure_key, cpt from {{ ref('dim_procedure') }}
)

select
    encounters.encounter_id,
    encounters.source_system,
    coalesce(patients.patient_key, {{ unknown_key() }}) as patient_key,
    coalesce(providers.provider_key, {{ unknown_key() }}) as provider_key,
    coalesce(organizations.organization_key, {{ unknown_key() }}) as organization_key,
    coalesce(payers.payer_key, {{ unknown_key() }}) as payer_key,
    coalesce(procedures.procedure_key, {{ unknown_key() }}) as procedure_key,
    cast(encounters.started_at as date) as encounter_date,
    encounters.started_at,
    encounters.ended_at,
    encounters.patient_id,
    encounters.provider_id,
    encounters.organization_id,
    encounters.payer_id,
    encounters.encounter_class,
    encounters.code,
    encounters.npi,
    encounters.cpt,
    encounters.paid_amount,
    encounters.total_cost,
    encounters._delivery_id,
    encounters._row_number
from encounters
left join patients on {{ is_version_at('patients', 'patient_id', 'encounters', 'started_at') }}
left join providers on {{ is_version_at('providers', 'provider_id', 'encounters', 'started_at') }}
left join organizations on {{ is_version_at('organizations', 'organization_id', 'encounters', 'started_at') }}
left join payers on {{ is_version_at('payers', 'payer_id', 'encounters', 'started_at') }}
left join procedures on procedures.cpt = encounters.cpt
