{{ config(
    materialized='keyed',
    unique_key=['patient_id', 'cpt'],
    meta={'touched_by': {
        'icon_health__referrals': [['patient_id', 'procedure']],
        'icon_health__encounters_details': [['patient_id', 'cpt']],
        'patient_history': [{'on': ['patient_id'], 'through': 'fct_referral'}],
    }},
) }}

with referrals as (
    select patient_id, procedure as cpt, zip, employer_id, _first_effective_at as referred_at, _delivery_id, _row_number
    from {{ ref('icon_health__referrals') }}
    where _is_current = true and {{ only_touched('fct_referral', ['patient_id', 'procedure']) }}
),

performed as (
    select patient_id, cpt, max(_first_effective_at) as last_performed_at
    from {{ ref('icon_health__encounters_details') }}
    where _is_current = true and {{ only_touched('fct_referral', ['patient_id', 'cpt']) }}
    group by patient_id, cpt
),

patients as (
    select patient_key, patient_id, valid_from, valid_to from {{ ref('dim_patient') }} where source_system = 'icon_health'
),

employers as (
    select employer_key, employer_id from {{ ref('dim_employer') }}
),

procedures as (
    select procedure_key, cpt from {{ ref('dim_procedure') }}
)

select
    {{ hash_key(['referrals.patient_id', 'referrals.cpt']) }} as referral_key,
    patients.patient_key,
    employers.employer_key,
    procedures.procedure_key,
    cast(referrals.referred_at as date) as referral_date,
    referrals.patient_id,
    referrals.cpt,
    referrals.employer_id,
    referrals.zip,
    coalesce(performed.last_performed_at < referrals.referred_at, true) as is_open,
    referrals._delivery_id,
    referrals._row_number
from referrals
left join performed on performed.patient_id = referrals.patient_id and performed.cpt = referrals.cpt
left join patients
    on patients.patient_id = referrals.patient_id
    and patients.valid_from <= referrals.referred_at
    and (referrals.referred_at < patients.valid_to or patients.valid_to is null)
left join employers on employers.employer_id = referrals.employer_id
left join procedures on procedures.cpt = referrals.cpt
