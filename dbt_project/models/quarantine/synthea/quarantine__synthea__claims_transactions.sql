{{ config(alias='synthea__claims_transactions') }}

{{ quarantined_of('synthea', 'claims_transactions') }}
