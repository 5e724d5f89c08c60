{{ config(materialized='classified_rows') }}

{{ typed_rows('icon_health', 'providers') }}
