{{ config(alias='synthea__supplies') }}

{{ quarantined_of('synthea', 'supplies') }}
