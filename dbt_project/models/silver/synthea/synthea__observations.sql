{{ versions_of('synthea', 'observations') }}
