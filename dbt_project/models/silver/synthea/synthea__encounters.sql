{{ versions_of('synthea', 'encounters') }}
