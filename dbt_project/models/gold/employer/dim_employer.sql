{{ config(materialized='table') }}

with named as (
    select employer_id, employer_name from {{ ref('employers') }}
),

mentioned as (
    select employer_id from {{ ref('icon_health__employer_in_network') }}
    union
    select employer_id from {{ ref('icon_health__referrals') }}
),

members as (
    select employer_id, employer_name, false as is_inferred from named
    union all
    select mentioned.employer_id, null, true
    from mentioned
    left join named on named.employer_id = mentioned.employer_id
    where named.employer_id is null and mentioned.employer_id is not null
)

select
    {{ hash_key(['employer_id', moment_text(beginning_of_time())]) }} as employer_key,
    employer_id, employer_name,
    {{ beginning_of_time() }} as valid_from,
    cast(null as {{ timestamp_type() }}) as valid_to,
    true as is_current,
    is_inferred
from members
union all
select {{ unknown_key() }}, null, null, {{ beginning_of_time() }}, null, true, true
