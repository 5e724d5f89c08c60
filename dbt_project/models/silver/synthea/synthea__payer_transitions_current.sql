{{ current_of('synthea', 'payer_transitions') }}
