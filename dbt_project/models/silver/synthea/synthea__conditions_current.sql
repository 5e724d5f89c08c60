{{ current_of('synthea', 'conditions') }}
