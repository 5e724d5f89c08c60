{{ current_of('synthea', 'organizations') }}
