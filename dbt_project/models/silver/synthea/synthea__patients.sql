{{ versions_of('synthea', 'patients') }}
