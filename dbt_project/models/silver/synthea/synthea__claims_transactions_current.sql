{{ current_of('synthea', 'claims_transactions') }}
