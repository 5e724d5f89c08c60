{{ config(alias='synthea__patients') }}

{{ quarantined_of('synthea', 'patients') }}
