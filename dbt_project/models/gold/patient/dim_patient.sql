{{ config(materialized='view') }}

select
    dbt_scd_id as patient_key,
    source_system, patient_id, gender, birth_date, death_date, race, ethnicity, marital_status,
    address, city, county, state, zip,
    dbt_valid_from as valid_from,
    dbt_valid_to as valid_to,
    dbt_valid_to is null as is_current,
    is_inferred
from {{ ref('patient_history') }}
union all
select
    {{ unknown_key() }}, null, null, null, null, null, null, null, null, null, null, null, null, null,
    {{ beginning_of_time() }}, null, true, true
