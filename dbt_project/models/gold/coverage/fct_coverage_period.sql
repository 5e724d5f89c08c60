{{ config(
    materialized='keyed',
    unique_key=['source_system', 'patient_id'],
    meta={'touched_by': {
        'synthea__payer_transitions': [["'synthea'", 'patient']],
        'patient_history': [['source_system', 'patient_id']],
        'payer_history': [
            {'on': ['source_system', 'payer_id'], 'through': 'fct_coverage_period'},
            {'on': ['source_system', 'payer_id'], 'through': 'fct_coverage_period', 'equal': ['source_system', 'secondary_payer_id']},
        ],
    }},
) }}

with periods as (
    select
        'synthea' as source_system, patient as patient_id, payer as payer_id, secondary_payer as secondary_payer_id,
        memberid as member_id, start_date as started_at, end_date as ended_at, plan_ownership,
        _delivery_id, _row_number
    from {{ ref('synthea__payer_transitions') }}
    where _is_current = true and {{ only_touched('fct_coverage_period', ["'synthea'", 'patient']) }}
),

patients as ({{ versions_to_join('dim_patient', 'patient_key', 'patient_id') }}),

payers as ({{ versions_to_join('dim_payer', 'payer_key', 'payer_id') }})

select
    periods.source_system,
    coalesce(patients.patient_key, {{ unknown_key() }}) as patient_key,
    coalesce(payers.payer_key, {{ unknown_key() }}) as payer_key,
    coalesce(second_payers.payer_key, {{ unknown_key() }}) as secondary_payer_key,
    periods.patient_id,
    periods.payer_id,
    periods.secondary_payer_id,
    periods.member_id,
    periods.started_at,
    periods.ended_at,
    periods.plan_ownership,
    periods._delivery_id,
    periods._row_number
from periods
left join patients on {{ is_version_at('patients', 'patient_id', 'periods', 'started_at') }}
left join payers on {{ is_version_at('payers', 'payer_id', 'periods', 'started_at') }}
left join payers as second_payers on {{ is_version_at('second_payers', 'payer_id', 'periods', 'started_at', 'secondary_payer_id') }}
