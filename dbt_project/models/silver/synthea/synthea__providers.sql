{{ versions_of('synthea', 'providers') }}
