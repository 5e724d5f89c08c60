{{ config(alias='synthea__payers') }}

{{ quarantined_of('synthea', 'payers') }}
