{{ current_of('synthea', 'devices') }}
