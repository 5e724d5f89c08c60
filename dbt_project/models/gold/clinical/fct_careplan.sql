{{ config(
    materialized='keyed',
    unique_key=['source_system', 'patient_id'],
    meta={'touched_by': {
        'synthea__careplans': [["'synthea'", 'patient']],
        'patient_history': [['source_system', 'patient_id']],
    }},
) }}

{{ facts_of_patients('careplans', happened_at='start', columns={
    'careplan_id': 'id',
    'code': 'code',
    'description': 'description',
    'start_date': 'start',
    'end_date': 'stop',
    'reason_code': 'reasoncode',
    'reason': 'reasondescription',
}) }}
