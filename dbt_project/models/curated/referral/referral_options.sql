{{ config(materialized='table', contract={'enforced': true}) }}

with referrals as (
    select patient_id, cpt, employer_id, referral_date from {{ ref('fct_referral') }} where is_open
),

networks as (
    select employer_id, npi from {{ ref('employer_network') }} where dbt_valid_to is null
),

providers as (
    select npi, provider_name, zip from {{ ref('dim_provider') }} where is_current
),

encounters as (
    select encounter_id, npi, cpt, paid_amount from {{ ref('fct_encounter') }} where npi is not null
),

adverse as (
    select encounter_id from {{ ref('fct_adverse_event') }}
),

performed as (
    select
        encounters.npi, encounters.cpt,
        count(*) as procedures, count(adverse.encounter_id) as adverse_events, {{ mean_amount('encounters.paid_amount') }} as mean_paid
    from encounters
    left join adverse on adverse.encounter_id = encounters.encounter_id
    group by encounters.npi, encounters.cpt
),

overall as (
    select cpt, {{ ratio('sum(adverse_events)', 'sum(procedures)') }} as adverse_event_rate
    from performed
    group by cpt
),

rated as (
    select performed.*, {{ shrunk_rate('performed.adverse_events', 'performed.procedures', 'overall.adverse_event_rate') }} as adverse_event_rate
    from performed
    join overall on overall.cpt = performed.cpt
)

select
    {{ pseudonym(['referrals.patient_id', 'referrals.cpt']) }} as referral_pseudonym,
    referrals.cpt,
    referrals.employer_id,
    referrals.referral_date,
    rated.npi,
    providers.provider_name,
    providers.zip as provider_zip,
    cast(rated.procedures as bigint) as procedures,
    cast(rated.adverse_events as bigint) as adverse_events,
    rated.adverse_event_rate,
    {{ rounded('rated.mean_paid', 18, 2) }} as mean_paid,
    cast(row_number() over (
        partition by referrals.patient_id, referrals.cpt
        order by rated.adverse_event_rate, rated.mean_paid, rated.npi
    ) as bigint) as option_rank
from referrals
join networks on networks.employer_id = referrals.employer_id
join rated on rated.npi = networks.npi and rated.cpt = referrals.cpt
left join providers on providers.npi = rated.npi
