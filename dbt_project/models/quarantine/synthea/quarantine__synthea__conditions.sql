{{ config(alias='synthea__conditions') }}

{{ quarantined_of('synthea', 'conditions') }}
