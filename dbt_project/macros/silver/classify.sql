{#
    The classes of promise P1. `classify` defines them, as one query over any set of typed rows that is whole for its keys. Its windows cost
    several times what typing does, and most keys have one row: `classify_alone` says the same of those without looking beside them.
#}

{# The classes of all rows, given the table of `keys_of_several_rows`. #}
{% macro classify_all(typed_sql, several, names, node) %}
    {{ classify_alone(typed_sql, several, names, node) }}
    union all
    select * from ({{ classify(rows_of_several(typed_sql, several, node), names, node) }}) as several_rows
{% endmacro %}

{# Keys whose rows are judged by other rows: they have more than one, or a full delivery follows in which they may be absent. #}
{% macro keys_of_several_rows(typed_sql, names, node) %}
    {%- set key = identifiers(contract_of(node).key) -%}
    {%- set is_full = contract_of(node).delivers == 'full' -%}
    select {{ key }}
    from ({{ typed_sql }}) as typed_rows
    {%- if is_full %}
    join ({{ judged_deliveries(names, node) }}) as deliveries on deliveries.delivery_id = typed_rows._delivery_id
    {%- endif %}
    group by {{ key }}
    having count(*) > 1 {%- if is_full %} or max(case when deliveries.is_followed then 1 end) = 1{% endif %}
{% endmacro %}

{% macro rows_of_several(typed_sql, several, node) %}
    select * from ({{ typed_sql }}) as here where {{ is_of_several('here', several, node) }}
{% endmacro %}

{% macro is_of_several(rows, several, node) -%}
    exists (select 1 from {{ several }} as several where {{ same('several', rows, contract_of(node).key) }})
{%- endmacro %}

{# The class of each row whose key has no other. #}
{% macro classify_alone(typed_sql, several, names, node) %}
    {%- set op = contract_of(node).get('op_column') %}
    {%- set output = identifiers(typed_columns(node)) %}
    select
        {{ output }}, _class, false as _is_deleted, _class = 'version' as _is_current,
        case when _class = 'version' then _effective_at end as _first_effective_at
    from (
        select
            alone.*,
            case
                {{ settled('alone') }}
                {%- if op %}
                when alone.{{ identifier(op) }} = 'D' then 'repeat'
                {%- endif %}
                else 'version'
            end as _class
        from ({{ typed_sql }}) as alone
        join ({{ judged_deliveries(names, node) }}) as deliveries on deliveries.delivery_id = alone._delivery_id
        where not {{ is_of_several('alone', several, node) }}
    ) as judged_alone
{% endmacro %}

{# What settles a row's class without a look at others, as branches of a case. #}
{% macro settled(rows) -%}
    when not deliveries.is_effective then 'superseded'
                when {{ rows }}._reasons <> '' then 'quarantined'
{%- endmacro %}

{#
    The active deliveries, which of a full table's count for their date, their place in the order of dates, and whether a full delivery follows
    that may say that a key is absent.
#}
{% macro judged_deliveries(names, node) %}
    {%- set is_full = contract_of(node).delivers == 'full' %}
    select
        *, {{ 'coalesce(ordinal < max(case when is_whole and is_effective then ordinal end) over (), false)' if is_full else 'false' }} as is_followed
    from (
        select
            delivery_id, delivery_date, is_whole,
            {% if is_full %}row_number() over (partition by delivery_date order by arrival desc) = 1{% else %}true{% endif %} as is_effective,
            dense_rank() over (order by delivery_date) as ordinal
        from {{ active_table(names) }} as active
    ) as ordered
{% endmacro %}

{% macro classify(typed_sql, names, node) %}
    {%- set contract = contract_of(node) -%}
    {%- set key = contract.key -%}
    {%- set columns = node.columns.values() | map(attribute='name') | list -%}
    {%- set op = contract.get('op_column') -%}
    {%- set values = columns | reject('in', key + [op]) | list -%}
    {%- set state = values + (['_is_deleted'] if op else []) -%}
    {%- set is_full = contract.delivers == 'full' -%}
    {%- set by_key = 'partition by ' ~ identifiers(key) -%}
    {%- set by_moment = by_key ~ ', _effective_at' -%}
    {%- set latest_first = 'order by _delivery_date desc, _arrival desc, _row_number desc' -%}
    with typed_rows as (
        {{ typed_sql }}
    ),

    deliveries as (
        {{ judged_deliveries(names, node) }}
    ),

    judged as (
        select
            typed_rows.*,
            deliveries.ordinal,
            {{ identifier(op) ~ " = 'D'" if op else 'false' }} as _is_deleted,
            case
                {{ settled('typed_rows') }}
            end as settled_class
        from typed_rows
        join deliveries on deliveries.delivery_id = typed_rows._delivery_id
    ),

    ranked as (
        select
            *,
            row_number() over ({{ by_moment }} {{ latest_first }}) as moment_rank
            {%- for column in state %},
            first_value({{ identifier(column) }}) over ({{ by_moment }} {{ latest_first }}) as winning_{{ column }}
            {%- endfor %}
        from judged
        where settled_class is null
    ),
    {% if is_full %}
    presence as (
        select
            {{ identifiers(key) }}, ordinal,
            lead(ordinal) over ({{ by_key }} order by ordinal) as next_ordinal
        from (select distinct {{ identifiers(key) }}, ordinal from judged where settled_class is distinct from 'superseded') as p
    ),

    states as (
        select
            delivery_id, delivery_date, ordinal,
            min(case when is_whole then ordinal end) over (order by ordinal rows between 1 following and unbounded following) as next_whole
        from deliveries
        where is_effective
    ),

    absences as (
        select {% for column in key %}presence.{{ identifier(column) }}, {% endfor %}absent.delivery_id, absent.delivery_date
        from presence
        join states as present on present.ordinal = presence.ordinal
        join states as absent on absent.ordinal = present.next_whole
        where presence.next_ordinal is null or presence.next_ordinal > absent.ordinal
    ),
    {% endif %}
    timeline as (
        select
            _delivery_id, _row_number, _delivery_date, _arrival, _effective_at, _reasons, _bad_elements, _is_deleted,
            {{ identifiers(columns) }}
        from ranked
        where moment_rank = 1
        {%- if is_full %}
        union all
        select
            delivery_id, null, delivery_date, null, cast(delivery_date as {{ timestamp_type() }}), '', '', true,
            {% for column in columns %}{{ identifier(column) if column in key else 'null' }}{{ ', ' if not loop.last }}{% endfor %}
        from absences
        {%- endif %}
    ),

    compared as (
        select
            *,
            lag(_is_deleted) over ({{ by_key }} order by _effective_at) as previous_is_deleted
            {%- for column in values %},
            lag({{ identifier(column) }}) over ({{ by_key }} order by _effective_at) as previous_{{ column }}
            {%- endfor %}
        from timeline
    ),

    decided as (
        select
            *,
            case
                when _is_deleted then case when not previous_is_deleted then {{ "'tombstone'" if is_full else "'version' else 'repeat'" }} end
                when previous_is_deleted is null or previous_is_deleted then 'version'
                {%- for column in values %}
                when {{ identifier(column) }} is distinct from previous_{{ column }} then 'version'
                {%- endfor %}
                else 'repeat'
            end as _class
        from compared
    ),

    kept as (
        select
            *,
            row_number() over ({{ by_key }} order by _effective_at desc) as from_the_end,
            min(_effective_at) over ({{ by_key }}) as _first_effective_at
        from decided
        where _class in ('version', 'tombstone')
    )

    {%- set output = identifiers(typed_columns(node)) %}
    select {{ output }}, _class, _is_deleted, from_the_end = 1 and not _is_deleted as _is_current, _first_effective_at
    from kept
    union all
    select {{ output }}, 'repeat', false, false, null from decided where _class = 'repeat'
    union all
    select
        {{ output }},
        case when true {%- for column in state %} and {{ identifier(column) }} is not distinct from winning_{{ column }}{% endfor %} then 'repeat' else 'superseded' end,
        false, false, null
    from ranked
    where moment_rank > 1
    union all
    select {{ output }}, settled_class, false, false, null from judged where settled_class is not null
{% endmacro %}
