{{ versions_of('synthea', 'immunizations') }}
