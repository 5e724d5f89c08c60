{% snapshot provider_history %}
{{ config(
    unique_key='npi',
    check_cols=['provider_name', 'zip', 'is_inferred'],
    meta={'touched_by': {
        'icon_health__providers': [['npi']],
        'icon_health__encounters_details': [['npi']],
        'employer_network': [['npi']],
    }},
) }}
select npi, effective_at, is_deleted, is_inferred, provider_name, zip
from {{ ref('provider_versions') }}
{% endsnapshot %}
