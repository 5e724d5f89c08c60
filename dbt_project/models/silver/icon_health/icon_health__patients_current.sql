{{ current_of('icon_health', 'patients') }}
