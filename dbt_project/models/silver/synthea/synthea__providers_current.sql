{{ current_of('synthea', 'providers') }}
