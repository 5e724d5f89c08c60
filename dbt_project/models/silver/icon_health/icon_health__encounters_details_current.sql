{{ current_of('icon_health', 'encounters_details') }}
