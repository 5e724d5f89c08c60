{{ config(
    materialized='keyed',
    unique_key=['source_system', 'patient_id'],
    cluster_by=['to_date(started_at)'],
    meta={'touched_by': {
        'synthea__procedures': [["'synthea'", 'patient']],
        'patient_history': [['source_system', 'patient_id']],
    }},
) }}

{{ facts_of_patients('procedures', happened_at='start', columns={
    'code': 'code',
    'description': 'description',
    'started_at': 'start',
    'ended_at': 'stop',
    'base_cost': 'base_cost',
    'reason_code': 'reasoncode',
    'reason': 'reasondescription',
}) }}
