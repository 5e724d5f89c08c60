{{ versions_of('synthea', 'devices') }}
