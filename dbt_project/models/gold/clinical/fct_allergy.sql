{{ config(
    materialized='keyed',
    unique_key=['source_system', 'patient_id'],
    meta={'touched_by': {
        'synthea__allergies': [["'synthea'", 'patient']],
        'patient_history': [['source_system', 'patient_id']],
    }},
) }}

{{ facts_of_patients('allergies', happened_at='start', columns={
    'code': 'code',
    'description': 'description',
    'allergy_type': 'type',
    'category': 'category',
    'onset_date': 'start',
    'resolved_date': 'stop',
    'reaction_1': 'reaction1',
    'severity_1': 'severity1',
    'reaction_2': 'reaction2',
    'severity_2': 'severity2',
}) }}
