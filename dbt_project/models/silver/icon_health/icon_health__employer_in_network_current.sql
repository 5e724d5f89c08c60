{{ current_of('icon_health', 'employer_in_network') }}
