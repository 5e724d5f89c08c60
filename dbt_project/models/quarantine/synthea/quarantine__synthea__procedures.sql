{{ config(alias='synthea__procedures') }}

{{ quarantined_of('synthea', 'procedures') }}
