{{ config(materialized='classified_rows') }}

{{ typed_rows('synthea', 'claims_transactions') }}
