{% snapshot patient_history %}
{%- set columns = ['gender', 'birth_date', 'death_date', 'race', 'ethnicity', 'marital_status', 'address', 'city', 'county', 'state', 'zip', 'is_inferred'] %}
{{ config(
    unique_key=['source_system', 'patient_id'],
    check_cols=columns,
    meta={'touched_by': {
        'icon_health__patients': [["'icon_health'", 'patient_id']],
        'icon_health__referrals': [["'icon_health'", 'patient_id']],
        'icon_health__encounters_details': [["'icon_health'", 'patient_id']],
        'synthea__patients': [["'synthea'", 'id']],
        'synthea__encounters': [["'synthea'", 'patient']],
        'synthea__conditions': [["'synthea'", 'patient']],
        'synthea__medications': [["'synthea'", 'patient']],
        'synthea__procedures': [["'synthea'", 'patient']],
        'synthea__immunizations': [["'synthea'", 'patient']],
        'synthea__allergies': [["'synthea'", 'patient']],
        'synthea__careplans': [["'synthea'", 'patient']],
        'synthea__devices': [["'synthea'", 'patient']],
        'synthea__payer_transitions': [["'synthea'", 'patient']],
    }},
) }}
select source_system, patient_id, effective_at, is_deleted, {{ columns | join(', ') }}
from {{ ref('patient_versions') }}
{% endsnapshot %}
