{{ config(alias='synthea__encounters') }}

{{ quarantined_of('synthea', 'encounters') }}
