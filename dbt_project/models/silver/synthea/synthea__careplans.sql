{{ versions_of('synthea', 'careplans') }}
