{{ config(alias='icon_health__employer_in_network') }}

{{ quarantined_of('icon_health', 'employer_in_network') }}
