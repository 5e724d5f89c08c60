{{ versions_of('synthea', 'claims') }}
