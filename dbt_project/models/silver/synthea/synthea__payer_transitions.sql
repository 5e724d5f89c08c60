{{ versions_of('synthea', 'payer_transitions') }}
