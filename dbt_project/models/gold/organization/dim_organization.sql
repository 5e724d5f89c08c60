{{ config(materialized='view') }}

select
    dbt_scd_id as organization_key,
    source_system, organization_id, organization_name, address, city, state, zip, phone,
    dbt_valid_from as valid_from,
    dbt_valid_to as valid_to,
    dbt_valid_to is null as is_current,
    is_inferred
from {{ ref('organization_history') }}
union all
select
    {{ unknown_key() }}, null, null, null, null, null, null, null, null,
    {{ beginning_of_time() }}, null, true, true
