{{ config(alias='synthea__medications') }}

{{ quarantined_of('synthea', 'medications') }}
