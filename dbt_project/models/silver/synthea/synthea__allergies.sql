{{ versions_of('synthea', 'allergies') }}
