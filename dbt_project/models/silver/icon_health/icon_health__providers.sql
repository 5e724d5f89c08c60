{{ versions_of('icon_health', 'providers') }}
