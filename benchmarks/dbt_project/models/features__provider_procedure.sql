with new as (
    select npi, cpt, delivery_date, count(*) as encounters, coalesce(sum(paid_amount), 0) as paid
    from (select *, encounter_date as delivery_date from {{ ref('gold__fct_encounter') }}) as facts
    where {{ only_new('as_of_date') }}
    group by npi, cpt, delivery_date
),

deltas as (
    select npi, cpt, delivery_date, encounters, paid, true as is_new from new
    {%- if is_incremental() %}
    union all
    select npi, cpt, as_of_date, encounters_to_date, paid_to_date, false
    from {{ this }}
    qualify row_number() over (partition by npi, cpt order by as_of_date desc) = 1
    {%- endif %}
),

running as (
    select
        npi, cpt, delivery_date as as_of_date, is_new,
        cast(sum(encounters) over (partition by npi, cpt order by delivery_date) as bigint) as encounters_to_date,
        cast(sum(paid) over (partition by npi, cpt order by delivery_date) as decimal(18, 2)) as paid_to_date
    from deltas
)

select
    npi, cpt, as_of_date, encounters_to_date, paid_to_date,
    cast(cast(paid_to_date as double) / encounters_to_date as decimal(18, 2)) as mean_paid_to_date
from running
where is_new
