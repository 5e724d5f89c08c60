{{ config(materialized='table') }}

with named as (
    select cpt, procedure_name, procedure_group from {{ ref('procedures') }}
),

mentioned as (
    select cpt from {{ ref('icon_health__encounters_details') }}
    union
    select procedure from {{ ref('icon_health__referrals') }}
),

members as (
    select cpt, procedure_name, procedure_group, false as is_inferred from named
    union all
    select mentioned.cpt, null, null, true
    from mentioned
    left join named on named.cpt = mentioned.cpt
    where named.cpt is null and mentioned.cpt is not null
)

select
    {{ hash_key(['cpt', moment_text(beginning_of_time())]) }} as procedure_key,
    cpt, procedure_name, procedure_group,
    {{ beginning_of_time() }} as valid_from,
    cast(null as {{ timestamp_type() }}) as valid_to,
    true as is_current,
    is_inferred
from members
union all
select {{ unknown_key() }}, null, null, null, {{ beginning_of_time() }}, null, true, true
