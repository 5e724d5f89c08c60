select reasons, provider_name, npi, zip, delivery_date, row_number
from {{ ref('typed__providers') }}
where reasons <> '' and {{ only_new('delivery_date') }}
