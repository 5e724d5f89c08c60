{{ current_of('synthea', 'claims') }}
