{{ config(alias='synthea__allergies') }}

{{ quarantined_of('synthea', 'allergies') }}
