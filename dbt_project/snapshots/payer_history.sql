{% snapshot payer_history %}
{%- set columns = ['payer_name', 'ownership', 'address', 'city', 'state', 'zip', 'phone', 'is_inferred'] %}
{{ config(
    unique_key=['source_system', 'payer_id'],
    check_cols=columns,
    meta={'touched_by': {
        'synthea__payers': [["'synthea'", 'id']],
        'synthea__encounters': [["'synthea'", 'payer']],
        'synthea__medications': [["'synthea'", 'payer']],
        'synthea__payer_transitions': [["'synthea'", 'payer'], ["'synthea'", 'secondary_payer']],
    }},
) }}
select source_system, payer_id, effective_at, is_deleted, {{ columns | join(', ') }}
from {{ ref('payer_versions') }}
{% endsnapshot %}
