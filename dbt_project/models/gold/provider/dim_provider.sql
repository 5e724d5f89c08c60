{{ config(materialized='view') }}

select
    dbt_scd_id as provider_key,
    source_system, provider_id, npi, provider_name, gender, speciality, organization_id, address, city, state, zip,
    dbt_valid_from as valid_from,
    dbt_valid_to as valid_to,
    dbt_valid_to is null as is_current,
    is_inferred
from {{ ref('provider_history') }}
union all
select
    {{ unknown_key() }}, null, null, null, null, null, null, null, null, null, null, null,
    {{ beginning_of_time() }}, null, true, true
