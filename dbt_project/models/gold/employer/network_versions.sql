{{ config(
    materialized='keyed',
    unique_key='employer_id',
    meta={'touched_by': {'icon_health__employer_in_network': [['employer_id']]}},
) }}

with lists as (
    select
        employer_id, _effective_at as effective_at, in_network_npis,
        lead(_effective_at) over (partition by employer_id order by _effective_at) as next_effective_at
    from {{ ref('icon_health__employer_in_network') }}
    where {{ only_touched('network_versions', ['employer_id']) }}
),

members as (
    select lists.employer_id, lists.effective_at, lists.next_effective_at, {{ element_of('m') }} as npi
    from lists, {{ explode('lists.in_network_npis', 'm') }}
    where lists.in_network_npis is not null
),

leavers as (
    select members.employer_id, members.next_effective_at as effective_at, members.npi
    from members
    left join members as next_list
        on next_list.employer_id = members.employer_id
        and next_list.effective_at = members.next_effective_at
        and next_list.npi = members.npi
    where members.next_effective_at is not null and next_list.npi is null
)

select employer_id, npi, effective_at, false as is_deleted from members
union all
select employer_id, npi, effective_at, true as is_deleted from leavers
