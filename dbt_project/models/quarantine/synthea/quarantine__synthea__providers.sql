{{ config(alias='synthea__providers') }}

{{ quarantined_of('synthea', 'providers') }}
