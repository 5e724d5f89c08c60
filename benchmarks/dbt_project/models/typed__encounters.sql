{{ config(materialized='ephemeral') }}
select
    *,
    concat_ws(',',
        case when not {{ is_npi('npi') }} then 'npi.format' end,
        case when patient_id is null then 'patient_id.required' end,
        case when not regexp_full_match(cpt, '[0-9]{4}[0-9A-Z]') then 'cpt.format' end,
        case when paid_amount is not null and typed_paid_amount is null then 'paid_amount.type' end,
        case when typed_paid_amount < 0 then 'paid_amount.min' end) as reasons
from (select *, try_cast(paid_amount as decimal(12, 2)) as typed_paid_amount from {{ source('bronze', 'encounters') }}) as delivered
