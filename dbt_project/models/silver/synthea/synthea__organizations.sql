{{ versions_of('synthea', 'organizations') }}
