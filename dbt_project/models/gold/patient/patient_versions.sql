{{ config(materialized='ephemeral') }}

{%- set key = ['source_system', 'patient_id'] %}
{%- set columns = ['gender', 'birth_date', 'death_date', 'race', 'ethnicity', 'marital_status', 'address', 'city', 'county', 'state', 'zip'] %}
{%- set synthea_mentions = ['encounters', 'conditions', 'medications', 'procedures', 'immunizations', 'allergies', 'careplans', 'devices', 'payer_transitions'] %}

with icon_health as (
    select 'icon_health' as source_system, patient_id, _effective_at as effective_at, _is_deleted as is_deleted, gender, birth_date
    from {{ ref('icon_health__patients') }}
    where {{ only_touched('patient_history', ["'icon_health'", 'patient_id']) }}
),

icon_health_referred as (
    select 'icon_health' as source_system, patient_id, _effective_at as effective_at, gender, birth_date
    from {{ ref('icon_health__referrals') }}
    where not _is_deleted and {{ only_touched('patient_history', ["'icon_health'", 'patient_id']) }}
    qualify row_number() over (partition by patient_id, _effective_at order by procedure) = 1
),

synthea as (
    select
        'synthea' as source_system, id as patient_id, _effective_at as effective_at, _is_deleted as is_deleted, gender,
        birthdate as birth_date, deathdate as death_date, race, ethnicity, marital as marital_status, address, city, county, state, zip
    from {{ ref('synthea__patients') }}
    where {{ only_touched('patient_history', ["'synthea'", 'id']) }}
),

mentioned as (
    select 'icon_health' as source_system, patient_id, _first_effective_at as effective_at
    from {{ ref('icon_health__encounters_details') }}
    where _is_current = true and {{ only_touched('patient_history', ["'icon_health'", 'patient_id']) }}
    {%- for table in synthea_mentions %}
    union
    select 'synthea', patient, _first_effective_at
    from {{ ref('synthea__' ~ table) }}
    where _is_current = true and {{ only_touched('patient_history', ["'synthea'", 'patient']) }}
    {%- endfor %}
),

candidates as (
    select source_system, patient_id, effective_at, is_deleted, 1 as priority, {{ columns | join(', ') }} from synthea
    union all
    select
        source_system, patient_id, effective_at, is_deleted, 1, gender, birth_date,
        null, null, null, null, null, null, null, null, null
    from icon_health
    union all
    select
        source_system, patient_id, effective_at, false, 2, gender, birth_date,
        null, null, null, null, null, null, null, null, null
    from icon_health_referred
    union all
    select source_system, patient_id, effective_at, false, 3 {%- for column in columns %}, null{% endfor %} from mentioned
)

{{ members_of(key, columns, 3) }}
