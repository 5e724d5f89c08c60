{{ config(alias='icon_health__patients') }}

{{ quarantined_of('icon_health', 'patients') }}
