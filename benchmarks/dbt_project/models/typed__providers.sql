{{ config(materialized='ephemeral') }}
select
    *,
    concat_ws(',',
        case when provider_name is null then 'provider_name.required' end,
        case when not {{ is_npi('npi') }} then 'npi.format' end,
        case when not regexp_full_match(zip, '[0-9]{5}(-?[0-9]{4})?') then 'zip.format' end) as reasons
from {{ source('bronze', 'providers') }}
