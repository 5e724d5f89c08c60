{{ current_of('synthea', 'supplies') }}
