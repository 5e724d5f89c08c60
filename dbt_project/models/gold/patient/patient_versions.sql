{{ config(materialized='ephemeral') }}

with delivered as (
    select patient_id, _effective_at as effective_at, _is_deleted as is_deleted, 1 as priority, gender, birth_date
    from {{ ref('icon_health__patients') }}
    where {{ only_touched('patient_history', ['patient_id']) }}
),

referred as (
    select patient_id, _effective_at as effective_at, gender, birth_date
    from {{ ref('icon_health__referrals') }}
    where not _is_deleted and {{ only_touched('patient_history', ['patient_id']) }}
    qualify row_number() over (partition by patient_id, _effective_at order by procedure) = 1
),

mentioned as (
    select distinct patient_id, _first_effective_at as effective_at
    from {{ ref('icon_health__encounters_details') }}
    where _is_current and {{ only_touched('patient_history', ['patient_id']) }}
),

candidates as (
    select patient_id, effective_at, is_deleted, priority, gender, birth_date from delivered
    union all
    select patient_id, effective_at, false, 2, gender, birth_date from referred
    union all
    select patient_id, effective_at, false, 3, null, null from mentioned
),

ranked as (
    select
        *,
        min(priority) over (
            partition by patient_id order by effective_at, priority
            rows between unbounded preceding and current row
        ) as best_priority_so_far
    from candidates
)

select patient_id, effective_at, is_deleted, priority = 3 as is_inferred, gender, birth_date
from ranked
where priority = best_priority_so_far
