select encounter_id, npi, patient_id, cpt, typed_paid_amount as paid_amount, delivery_date as effective_date
from {{ ref('typed__encounters') }}
where reasons = '' and {{ only_new('effective_date') }}
