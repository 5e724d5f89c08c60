{{ config(alias='synthea__payer_transitions') }}

{{ quarantined_of('synthea', 'payer_transitions') }}
