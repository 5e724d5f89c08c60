{{ versions_of('synthea', 'procedures') }}
