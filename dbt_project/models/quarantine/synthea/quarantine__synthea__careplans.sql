{{ config(alias='synthea__careplans') }}

{{ quarantined_of('synthea', 'careplans') }}
