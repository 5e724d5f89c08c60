{{ config(alias='icon_health__adverse_events') }}

{{ quarantined_of('icon_health', 'adverse_events') }}
