{% snapshot patient_history %}
{{ config(
    unique_key='patient_id',
    check_cols=['gender', 'birth_date', 'is_inferred'],
    meta={'touched_by': {
        'icon_health__patients': [['patient_id']],
        'icon_health__referrals': [['patient_id']],
        'icon_health__encounters_details': [['patient_id']],
    }},
) }}
select patient_id, effective_at, is_deleted, is_inferred, gender, birth_date
from {{ ref('patient_versions') }}
{% endsnapshot %}
