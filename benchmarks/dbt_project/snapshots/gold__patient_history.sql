{% snapshot gold__patient_history %}
{{ config(unique_key='patient_id', check_cols=['gender', 'birth_date', 'is_inferred']) }}
with described as (
    select patient_id, gender, birth_date, effective_date, false as is_inferred
    from {{ ref('silver__patients') }}
    qualify row_number() over (partition by patient_id order by effective_date desc) = 1
)

select * from described
union all
select patient_id, null as gender, null as birth_date, min(effective_date), true
from {{ ref('silver__encounters') }}
where patient_id not in (select patient_id from described)
group by patient_id
{% endsnapshot %}
