{{ config(materialized='view') }}

select
    dbt_scd_id as payer_key,
    source_system, payer_id, payer_name, ownership, address, city, state, zip, phone,
    dbt_valid_from as valid_from,
    dbt_valid_to as valid_to,
    dbt_valid_to is null as is_current,
    is_inferred
from {{ ref('payer_history') }}
union all
select
    {{ unknown_key() }}, null, null, null, null, null, null, null, null, null,
    {{ beginning_of_time() }}, null, true, true
