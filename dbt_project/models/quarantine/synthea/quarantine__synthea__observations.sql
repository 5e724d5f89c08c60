{{ config(alias='synthea__observations') }}

{{ quarantined_of('synthea', 'observations') }}
