{{ config(alias='synthea__claims') }}

{{ quarantined_of('synthea', 'claims') }}
