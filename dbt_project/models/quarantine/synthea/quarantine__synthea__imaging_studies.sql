{{ config(alias='synthea__imaging_studies') }}

{{ quarantined_of('synthea', 'imaging_studies') }}
