{{ current_of('synthea', 'procedures') }}
