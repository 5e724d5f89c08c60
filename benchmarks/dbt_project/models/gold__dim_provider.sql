{{ config(materialized='view') }}
select
    dbt_scd_id as provider_key, npi, provider_name, zip, dbt_valid_from as valid_from, dbt_valid_to as valid_to, is_inferred
from {{ ref('gold__provider_history') }}
