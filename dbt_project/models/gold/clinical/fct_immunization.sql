{{ config(
    materialized='keyed',
    unique_key=['source_system', 'patient_id'],
    cluster_by=['to_date(given_at)'],
    meta={'touched_by': {
        'synthea__immunizations': [["'synthea'", 'patient']],
        'patient_history': [['source_system', 'patient_id']],
    }},
) }}

{{ facts_of_patients('immunizations', happened_at='date', columns={
    'code': 'code',
    'description': 'description',
    'given_at': 'date',
    'base_cost': 'base_cost',
}) }}
