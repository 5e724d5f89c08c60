{{ config(alias='icon_health__providers') }}

{{ quarantined_of('icon_health', 'providers') }}
