{{ current_of('icon_health', 'providers') }}
