{{ versions_of('synthea', 'conditions') }}
