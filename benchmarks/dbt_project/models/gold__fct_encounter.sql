with encounters as (
    select *, effective_date as delivery_date from {{ ref('silver__encounters') }}
)

select
    e.encounter_id, p.patient_key, v.provider_key, e.effective_date as encounter_date, e.patient_id, e.npi, e.cpt, e.paid_amount
from encounters as e
left join {{ ref('gold__dim_patient') }} as p
    on p.patient_id = e.patient_id and p.valid_from <= e.effective_date and (e.effective_date < p.valid_to or p.valid_to is null)
left join {{ ref('gold__dim_provider') }} as v
    on v.npi = e.npi and v.valid_from <= e.effective_date and (e.effective_date < v.valid_to or v.valid_to is null)
where {{ only_new('encounter_date') }}
