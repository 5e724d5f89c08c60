{{ current_of('synthea', 'encounters') }}
