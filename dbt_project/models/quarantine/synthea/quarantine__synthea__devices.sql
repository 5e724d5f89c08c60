{{ config(alias='synthea__devices') }}

{{ quarantined_of('synthea', 'devices') }}
