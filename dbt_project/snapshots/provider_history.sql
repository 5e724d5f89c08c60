{% snapshot provider_history %}
{%- set columns = ['npi', 'provider_name', 'gender', 'speciality', 'organization_id', 'address', 'city', 'state', 'zip', 'is_inferred'] %}
{{ config(
    unique_key=['source_system', 'provider_id'],
    check_cols=columns,
    meta={'touched_by': {
        'icon_health__providers': [["'icon_health'", 'npi']],
        'icon_health__encounters_details': [["'icon_health'", 'npi']],
        'employer_network': [["'icon_health'", 'npi']],
        'synthea__providers': [["'synthea'", 'id']],
        'synthea__encounters': [["'synthea'", 'provider']],
    }},
) }}
select source_system, provider_id, effective_at, is_deleted, {{ columns | join(', ') }}
from {{ ref('provider_versions') }}
{% endsnapshot %}
