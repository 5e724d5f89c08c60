{{ versions_of('synthea', 'imaging_studies') }}
