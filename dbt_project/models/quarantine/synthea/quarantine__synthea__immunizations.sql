{{ config(alias='synthea__immunizations') }}

{{ quarantined_of('synthea', 'immunizations') }}
