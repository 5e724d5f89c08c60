{{ config(materialized='ephemeral') }}
select
    *,
    concat_ws(',',
        case when gender not in ('F', 'M', 'X', 'U') then 'gender.allowed' end,
        case when birth_date is null then 'birth_date.required' end,
        case when birth_date is not null and typed_birth_date is null then 'birth_date.type' end,
        case when typed_birth_date < date '1900-01-01' then 'birth_date.min' end) as reasons
from (select *, cast(try_strptime(birth_date, '%Y-%m-%d') as date) as typed_birth_date from {{ source('bronze', 'patients') }}) as delivered
