select new.provider_name, new.npi, new.zip, new.delivery_date as effective_date
from {{ ref('typed__providers') }} as new
{%- if is_incremental() %}
left join (
    select * from {{ this }} qualify row_number() over (partition by npi order by effective_date desc) = 1
) as known on known.npi = new.npi
{%- endif %}
where new.reasons = '' and {{ only_new('effective_date') }}
{%- if is_incremental() %}
    and (known.npi is null or known.zip is distinct from new.zip or known.provider_name is distinct from new.provider_name)
{%- endif %}
