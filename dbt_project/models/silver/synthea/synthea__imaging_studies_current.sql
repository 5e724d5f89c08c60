{{ current_of('synthea', 'imaging_studies') }}
