{{ versions_of('synthea', 'supplies') }}
