{{ current_of('synthea', 'allergies') }}
