{{ config(materialized='table', contract={'enforced': true}) }}

with encounters as (
    select encounter_id, npi, cpt, patient_id, patient_key, encounter_date, paid_amount
    from {{ ref('fct_encounter') }}
    where npi is not null
),

patients as (
    select patient_key, gender, birth_date from {{ ref('dim_patient') }}
),

providers as (
    select npi, provider_name from {{ ref('dim_provider') }} where is_current and npi is not null
),

adverse as (
    select encounter_id from {{ ref('fct_adverse_event') }}
),

described as (
    select
        encounters.*,
        coalesce(patients.gender, 'unknown') as gender,
        {{ age_bracket(age_in_years('patients.birth_date', 'encounters.encounter_date')) }} as age_bracket,
        case when adverse.encounter_id is null then 0 else 1 end as has_adverse_event
    from encounters
    left join patients on patients.patient_key = encounters.patient_key
    left join adverse on adverse.encounter_id = encounters.encounter_id
),

overall as (
    select {{ ratio('sum(has_adverse_event)', 'count(*)') }} as adverse_event_rate from described
),

totals as (
    select
        npi, count(*) as procedures, count(distinct patient_id) as patients, sum(has_adverse_event) as adverse_events,
        sum(paid_amount) as total_paid, {{ mean_amount('paid_amount') }} as mean_paid
    from described
    group by npi
),

rated as (
    select totals.*, {{ shrunk_rate('totals.adverse_events', 'totals.procedures', 'overall.adverse_event_rate') }} as adverse_event_rate
    from totals, overall
),

ranked as (
    select *, row_number() over (order by adverse_event_rate, mean_paid, npi) as provider_rank from rated
),

cells as (
    select
        npi, cpt, gender, age_bracket,
        count(*) as procedures, sum(has_adverse_event) as adverse_events, count(distinct patient_id) as patients,
        sum(paid_amount) as total_paid, {{ mean_amount('paid_amount') }} as mean_paid
    from described
    group by npi, cpt, gender, age_bracket
)

select
    cells.npi,
    providers.provider_name,
    cells.cpt,
    cells.gender,
    cells.age_bracket,
    cast(cells.procedures as bigint) as procedures,
    cast(cells.adverse_events as bigint) as adverse_events,
    cast(cells.patients as bigint) as patients,
    cast(cells.total_paid as decimal(18, 2)) as total_paid,
    {{ rounded('cells.mean_paid', 18, 2) }} as mean_paid,
    cast(ranked.procedures as bigint) as provider_procedures,
    cast(ranked.patients as bigint) as provider_patients,
    cast(ranked.adverse_events as bigint) as provider_adverse_events,
    cast(ranked.total_paid as decimal(18, 2)) as provider_total_paid,
    {{ rounded('ranked.mean_paid', 18, 2) }} as provider_mean_paid,
    ranked.adverse_event_rate as provider_adverse_event_rate,
    cast(ranked.provider_rank as bigint) as provider_rank
from cells
join ranked on ranked.npi = cells.npi
left join providers on providers.npi = cells.npi
