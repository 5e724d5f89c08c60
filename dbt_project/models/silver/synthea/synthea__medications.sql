{{ versions_of('synthea', 'medications') }}
