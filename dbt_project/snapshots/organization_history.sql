{% snapshot organization_history %}
{%- set columns = ['organization_name', 'address', 'city', 'state', 'zip', 'phone', 'is_inferred'] %}
{{ config(
    unique_key=['source_system', 'organization_id'],
    check_cols=columns,
    meta={'touched_by': {
        'synthea__organizations': [["'synthea'", 'id']],
        'synthea__encounters': [["'synthea'", 'organization']],
    }},
) }}
select source_system, organization_id, effective_at, is_deleted, {{ columns | join(', ') }}
from {{ ref('organization_versions') }}
{% endsnapshot %}
