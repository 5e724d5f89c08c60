{% snapshot employer_network %}
{{ config(
    unique_key=['employer_id', 'npi'],
    check_cols=[],
    meta={'touched_by': {'network_versions': [['employer_id', 'npi']]}},
) }}
select employer_id, npi, effective_at, is_deleted
from {{ ref('network_versions') }}
where {{ only_touched('employer_network', ['employer_id', 'npi']) }}
{% endsnapshot %}
