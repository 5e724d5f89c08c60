{{ current_of('synthea', 'patients') }}
