{{ config(materialized='classified_rows') }}

{{ typed_rows('synthea', 'imaging_studies') }}
