{{ config(alias='icon_health__encounters_details') }}

{{ quarantined_of('icon_health', 'encounters_details') }}
