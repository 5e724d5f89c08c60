{{ current_of('synthea', 'medications') }}
