{{ config(
    materialized='keyed',
    unique_key=['source_system', 'patient_id'],
    meta={'touched_by': {
        'synthea__devices': [["'synthea'", 'patient']],
        'patient_history': [['source_system', 'patient_id']],
    }},
) }}

{{ facts_of_patients('devices', happened_at='start', columns={
    'code': 'code',
    'description': 'description',
    'udi': 'udi',
    'started_at': 'start',
    'ended_at': 'stop',
}) }}
