{{ versions_of('synthea', 'claims_transactions') }}
