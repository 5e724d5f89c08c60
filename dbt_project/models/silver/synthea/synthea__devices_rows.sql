{{ config(materialized='classified_rows') }}

{{ typed_rows('synthea', 'devices') }}
