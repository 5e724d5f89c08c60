{{ config(alias='icon_health__referrals') }}

{{ quarantined_of('icon_health', 'referrals') }}
