{{ config(
    materialized='keyed',
    unique_key=['npi', 'cpt'],
    meta={'touched_by': {
        'icon_health__encounters_details': [['npi', 'cpt'], {'on': ['encounter_id'], 'through': 'icon_health__encounters_details'}],
        'icon_health__adverse_events': [{'on': ['encounter_id'], 'through': 'icon_health__encounters_details'}],
    }},
) }}

{%- set touched = only_touched('provider_procedure_features', ['npi', 'cpt']) %}

with deltas as (
    {{ encounter_deltas(touched) }}
),

changes as (
    select
        npi, cpt, cast(changed_at as date) as as_of_date,
        sum(encounters) as encounters, sum(adverse_events) as adverse_events, sum(paid) as paid
    from deltas
    where {{ touched }}
    group by npi, cpt, cast(changed_at as date)
),

running as (
    select
        npi, cpt, as_of_date,
        cast(sum(encounters) over (partition by npi, cpt order by as_of_date) as bigint) as encounters_to_date,
        cast(sum(adverse_events) over (partition by npi, cpt order by as_of_date) as bigint) as adverse_events_to_date,
        cast(sum(paid) over (partition by npi, cpt order by as_of_date) as decimal(18, 2)) as paid_to_date
    from changes
)

select
    *,
    {{ rounded(ratio('paid_to_date', 'encounters_to_date'), 18, 2) }} as mean_paid_to_date,
    {{ rounded(ratio('adverse_events_to_date', 'encounters_to_date'), 9, 6) }} as adverse_event_rate_to_date
from running
