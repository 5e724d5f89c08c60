select reasons, encounter_id, npi, patient_id, cpt, paid_amount, delivery_date, row_number
from {{ ref('typed__encounters') }}
where reasons <> '' and {{ only_new('delivery_date') }}
