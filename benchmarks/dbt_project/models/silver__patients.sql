select patient_id, gender, typed_birth_date as birth_date, delivery_date as effective_date
from {{ ref('typed__patients') }}
where reasons = '' and {{ only_new('effective_date') }}
