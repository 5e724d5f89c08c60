{{ current_of('synthea', 'careplans') }}
