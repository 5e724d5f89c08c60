{{ config(materialized='ephemeral') }}

{%- set key = ['source_system', 'provider_id'] %}
{%- set columns = ['npi', 'provider_name', 'gender', 'speciality', 'organization_id', 'address', 'city', 'state', 'zip'] %}

with icon_health as (
    select 'icon_health' as source_system, npi as provider_id, _effective_at as effective_at, _is_deleted as is_deleted, npi, provider_name, zip
    from {{ ref('icon_health__providers') }}
    where {{ only_touched('provider_history', ["'icon_health'", 'npi']) }}
),

synthea as (
    select
        'synthea' as source_system, id as provider_id, _effective_at as effective_at, _is_deleted as is_deleted, name as provider_name,
        gender, speciality, organization as organization_id, address, city, state, zip
    from {{ ref('synthea__providers') }}
    where {{ only_touched('provider_history', ["'synthea'", 'id']) }}
),

mentioned as (
    select 'icon_health' as source_system, npi as provider_id, npi, _first_effective_at as effective_at
    from {{ ref('icon_health__encounters_details') }}
    where _is_current = true and {{ only_touched('provider_history', ["'icon_health'", 'npi']) }}
    union
    select 'icon_health', npi, npi, dbt_valid_from
    from {{ ref('employer_network') }}
    where {{ only_touched('provider_history', ["'icon_health'", 'npi']) }}
    union
    select 'synthea', provider, null, _first_effective_at
    from {{ ref('synthea__encounters') }}
    where _is_current = true and provider is not null and {{ only_touched('provider_history', ["'synthea'", 'provider']) }}
),

candidates as (
    select
        source_system, provider_id, effective_at, is_deleted, 1 as priority, cast(null as varchar) as npi, provider_name,
        gender, speciality, organization_id, address, city, state, zip
    from synthea
    union all
    select
        source_system, provider_id, effective_at, is_deleted, 1, npi, provider_name,
        null, null, null, null, null, null, zip
    from icon_health
    union all
    select source_system, provider_id, effective_at, false, 2, npi, null, null, null, null, null, null, null, null from mentioned
)

{{ members_of(key, columns, 2) }}
