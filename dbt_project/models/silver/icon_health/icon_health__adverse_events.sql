{{ versions_of('icon_health', 'adverse_events') }}
