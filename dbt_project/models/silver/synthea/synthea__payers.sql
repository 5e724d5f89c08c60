{{ versions_of('synthea', 'payers') }}
