{{ config(materialized='ephemeral') }}

{%- set columns = ['payer_name', 'ownership', 'address', 'city', 'state', 'zip', 'phone'] %}
{%- set mentions = [('encounters', 'payer'), ('medications', 'payer'), ('payer_transitions', 'payer'), ('payer_transitions', 'secondary_payer')] %}

with delivered as (
    select
        'synthea' as source_system, id as payer_id, _effective_at as effective_at, _is_deleted as is_deleted,
        name as payer_name, ownership, address, city, state_headquartered as state, zip, phone
    from {{ ref('synthea__payers') }}
    where {{ only_touched('payer_history', ["'synthea'", 'id']) }}
),

mentioned as (
    {%- for table, column in mentions %}
    select 'synthea' as source_system, {{ column }} as payer_id, _first_effective_at as effective_at
    from {{ ref('synthea__' ~ table) }}
    where _is_current = true and {{ column }} is not null and {{ only_touched('payer_history', ["'synthea'", column]) }}
    {{ 'union' if not loop.last }}
    {%- endfor %}
),

candidates as (
    select source_system, payer_id, effective_at, is_deleted, 1 as priority, {{ columns | join(', ') }} from delivered
    union all
    select source_system, payer_id, effective_at, false, 2 {%- for column in columns %}, null{% endfor %} from mentioned
)

{{ members_of(['source_system', 'payer_id'], columns, 2) }}
