{{ config(materialized='ephemeral') }}

{%- set columns = ['organization_name', 'address', 'city', 'state', 'zip', 'phone'] %}

with delivered as (
    select
        'synthea' as source_system, id as organization_id, _effective_at as effective_at, _is_deleted as is_deleted,
        name as organization_name, address, city, state, zip, phone
    from {{ ref('synthea__organizations') }}
    where {{ only_touched('organization_history', ["'synthea'", 'id']) }}
),

mentioned as (
    select 'synthea' as source_system, organization as organization_id, _first_effective_at as effective_at
    from {{ ref('synthea__encounters') }}
    where _is_current = true and organization is not null and {{ only_touched('organization_history', ["'synthea'", 'organization']) }}
),

candidates as (
    select source_system, organization_id, effective_at, is_deleted, 1 as priority, {{ columns | join(', ') }} from delivered
    union all
    select source_system, organization_id, effective_at, false, 2 {%- for column in columns %}, null{% endfor %} from mentioned
)

{{ members_of(['source_system', 'organization_id'], columns, 2) }}
