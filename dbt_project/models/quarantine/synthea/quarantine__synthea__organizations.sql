{{ config(alias='synthea__organizations') }}

{{ quarantined_of('synthea', 'organizations') }}
