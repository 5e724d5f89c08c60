{{ config(materialized='classified_rows') }}

{{ typed_rows('synthea', 'payer_transitions') }}
