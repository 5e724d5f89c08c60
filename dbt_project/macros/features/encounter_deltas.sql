{#
    What each moment changed in what was known of encounters, as amounts to add: an encounter's version adds itself when it begins
    and takes itself away when the next one does. Their running sums are point in time by construction: nothing from the future.
    `condition` keeps to the encounters of the touched entities.
#}
{% macro encounter_deltas(condition) %}
    with known as (
        {{ known_encounters(condition) }}
    ),

    adverse as (
        select encounter_id, _first_effective_at as known_from
        from {{ ref('icon_health__adverse_events') }}
        where _is_current
    )

    {#- One version is one row of its own: there is nothing to add up. #}
    select encounter_id, patient_id, npi, cpt, known_from as changed_at, 1 as encounters, 0 as adverse_events, coalesce(paid_amount, 0) as paid
    from known
    where is_only
    union all
    select
        encounter_id, patient_id, npi, cpt, changed_at,
        sum(encounters) as encounters, sum(adverse_events) as adverse_events, sum(paid) as paid
    from (
        select v.encounter_id, v.patient_id, v.npi, v.cpt, v.known_from as changed_at, 1 as encounters, 0 as adverse_events, coalesce(v.paid_amount, 0) as paid
        from known as v
        where not v.is_only
        union all
        select v.encounter_id, v.patient_id, v.npi, v.cpt, v.known_to, -1, 0, -coalesce(v.paid_amount, 0)
        from known as v
        where v.known_to is not null
        union all
        select v.encounter_id, v.patient_id, v.npi, v.cpt, greatest(v.known_from, a.known_from), 0, 1, 0
        from known as v
        join adverse as a on a.encounter_id = v.encounter_id
        where v.known_to is null or a.known_from < v.known_to
        union all
        select v.encounter_id, v.patient_id, v.npi, v.cpt, v.known_to, 0, -1, 0
        from known as v
        join adverse as a on a.encounter_id = v.encounter_id
        where a.known_from < v.known_to
    ) as deltas
    group by encounter_id, patient_id, npi, cpt, changed_at
{% endmacro %}

{#
    Versions of encounters with the moment at which the next one replaced them; whole histories of the encounters of which a version meets the
    condition. Most encounters have one version (`is_only`), which says alone whether it does; only the others need a look at the next.
#}
{% macro known_encounters(condition) -%}
    select encounter_id, patient_id, npi, cpt, paid_amount, _effective_at as known_from, null as known_to, true as is_only
    from {{ ref('icon_health__encounters_details') }}
    where {{ is_only_version() }} and {{ condition }}
    union all
    select encounter_id, patient_id, npi, cpt, paid_amount, known_from, known_to, false
    from (
        select
            encounter_id, patient_id, npi, cpt, paid_amount, _is_deleted, _effective_at as known_from,
            lead(_effective_at) over (partition by encounter_id order by _effective_at) as known_to
        from {{ ref('icon_health__encounters_details') }}
        where not {{ is_only_version() }}
            {#- Of all encounters nothing is to be looked up, which with many of them takes as much memory as they do. #}
            {%- if condition | trim != 'true' %}
            and encounter_id in (
                select encounter_id from {{ ref('icon_health__encounters_details') }} where not {{ is_only_version() }} and {{ condition }}
            )
            {%- endif %}
    ) as chained
    where not _is_deleted
{%- endmacro %}

{% macro is_only_version() -%}
    (_is_current and _effective_at = _first_effective_at)
{%- endmacro %}
