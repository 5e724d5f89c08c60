{{ current_of('synthea', 'observations') }}
