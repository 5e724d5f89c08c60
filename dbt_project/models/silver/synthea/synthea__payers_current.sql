{{ current_of('synthea', 'payers') }}
