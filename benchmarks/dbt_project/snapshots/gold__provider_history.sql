{% snapshot gold__provider_history %}
{{ config(unique_key='npi', check_cols=['provider_name', 'zip', 'is_inferred']) }}
with described as (
    select npi, provider_name, zip, effective_date, false as is_inferred
    from {{ ref('silver__providers') }}
    qualify row_number() over (partition by npi order by effective_date desc) = 1
)

select * from described
union all
select npi, null as provider_name, null as zip, min(effective_date), true
from {{ ref('silver__encounters') }}
where npi not in (select npi from described)
group by npi
{% endsnapshot %}
