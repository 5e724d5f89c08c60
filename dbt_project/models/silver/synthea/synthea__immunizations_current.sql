{{ current_of('synthea', 'immunizations') }}
