{{ config(
    materialized='keyed',
    unique_key=['source_system', 'patient_id'],
    cluster_by=['to_date(started_at)'],
    meta={'touched_by': {
        'synthea__medications': [["'synthea'", 'patient']],
        'patient_history': [['source_system', 'patient_id']],
        'payer_history': [{'on': ['source_system', 'payer_id'], 'through': 'fct_medication'}],
    }},
) }}

with events as (
    select
        'synthea' as source_system, patient as patient_id, encounter as encounter_id, payer as payer_id,
        code, description, {{ identifier('start') }} as started_at, stop as ended_at, base_cost, payer_coverage as paid_amount,
        dispenses, totalcost as total_cost, reasoncode as reason_code, reasondescription as reason,
        _delivery_id, _row_number
    from {{ ref('synthea__medications') }}
    where _is_current = true and {{ only_touched('fct_medication', ["'synthea'", 'patient']) }}
),

patients as ({{ versions_to_join('dim_patient', 'patient_key', 'patient_id') }}),

payers as ({{ versions_to_join('dim_payer', 'payer_key', 'payer_id') }})

select
    events.source_system,
    coalesce(patients.patient_key, {{ unknown_key() }}) as patient_key,
    coalesce(payers.payer_key, {{ unknown_key() }}) as payer_key,
    events.patient_id,
    events.encounter_id,
    events.payer_id,
    events.code,
    events.description,
    events.started_at,
    events.ended_at,
    events.base_cost,
    events.paid_amount,
    events.dispenses,
    events.total_cost,
    events.reason_code,
    events.reason,
    events._delivery_id,
    events._row_number
from events
left join patients on {{ is_version_at('patients', 'patient_id', 'events', 'started_at') }}
left join payers on {{ is_version_at('payers', 'payer_id', 'events', 'started_at') }}
