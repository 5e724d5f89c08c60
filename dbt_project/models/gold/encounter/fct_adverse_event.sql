{{ config(
    materialized='keyed',
    unique_key='encounter_id',
    meta={'touched_by': {
        'icon_health__adverse_events': [['encounter_id']],
        'fct_encounter': [['encounter_id']],
    }},
) }}

with events as (
    select encounter_id, _first_effective_at as reported_at, _delivery_id, _row_number
    from {{ ref('icon_health__adverse_events') }}
    where _is_current = true and {{ only_touched('fct_adverse_event', ['encounter_id']) }}
),

encounters as (
    select encounter_id, patient_key, provider_key, procedure_key, encounter_date
    from {{ ref('fct_encounter') }}
    where source_system = 'icon_health' and {{ only_touched('fct_adverse_event', ['encounter_id']) }}
)

select
    events.encounter_id,
    coalesce(encounters.patient_key, {{ unknown_key() }}) as patient_key,
    coalesce(encounters.provider_key, {{ unknown_key() }}) as provider_key,
    coalesce(encounters.procedure_key, {{ unknown_key() }}) as procedure_key,
    encounters.encounter_date,
    cast(events.reported_at as date) as reported_date,
    encounters.encounter_id is not null as is_encounter_known,
    events._delivery_id,
    events._row_number
from events
left join encounters on encounters.encounter_id = events.encounter_id
