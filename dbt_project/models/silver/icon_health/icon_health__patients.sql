{{ versions_of('icon_health', 'patients') }}
