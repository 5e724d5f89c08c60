{{ config(materialized='ephemeral') }}

with delivered as (
    select npi, _effective_at as effective_at, _is_deleted as is_deleted, provider_name, zip
    from {{ ref('icon_health__providers') }}
    where {{ only_touched('provider_history', ['npi']) }}
),

mentioned as (
    select npi, _first_effective_at as effective_at
    from {{ ref('icon_health__encounters_details') }}
    where _is_current and {{ only_touched('provider_history', ['npi']) }}
    union
    select npi, dbt_valid_from
    from {{ ref('employer_network') }}
    where {{ only_touched('provider_history', ['npi']) }}
),

candidates as (
    select npi, effective_at, is_deleted, false as is_inferred, provider_name, zip from delivered
    union all
    select npi, effective_at, false, true, null, null from mentioned
),

described as (
    select
        *,
        max(case when not is_inferred and not is_deleted then effective_at end) over (
            partition by npi order by effective_at, is_inferred
            rows between unbounded preceding and current row
        ) as last_seen_at,
        max(case when is_deleted then effective_at end) over (
            partition by npi order by effective_at, is_inferred
            rows between unbounded preceding and current row
        ) as last_deleted_at
    from candidates
)

select npi, effective_at, is_deleted, is_inferred, provider_name, zip
from described
where not is_inferred or last_seen_at is null or last_deleted_at > last_seen_at
