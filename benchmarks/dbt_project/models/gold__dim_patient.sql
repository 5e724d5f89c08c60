{{ config(materialized='view') }}
select
    dbt_scd_id as patient_key, patient_id, gender, birth_date, dbt_valid_from as valid_from, dbt_valid_to as valid_to, is_inferred
from {{ ref('gold__patient_history') }}
