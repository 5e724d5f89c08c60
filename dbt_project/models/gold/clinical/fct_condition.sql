{{ config(
    materialized='keyed',
    unique_key=['source_system', 'patient_id'],
    cluster_by=['onset_date'],
    meta={'touched_by': {
        'synthea__conditions': [["'synthea'", 'patient']],
        'patient_history': [['source_system', 'patient_id']],
    }},
) }}

{{ facts_of_patients('conditions', happened_at='start', columns={
    'code': 'code',
    'description': 'description',
    'onset_date': 'start',
    'resolved_date': 'stop',
}) }}
