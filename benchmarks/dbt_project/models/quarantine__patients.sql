select reasons, patient_id, gender, birth_date, delivery_date, row_number
from {{ ref('typed__patients') }}
where reasons <> '' and {{ only_new('delivery_date') }}
