{# The definition of the classes of promise P1 as one query, for any set of typed rows that is whole for its keys. #}

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
        select
            delivery_id, delivery_date, is_whole,
            {% if is_full %}row_number() over (partition by delivery_date order by arrival desc) = 1{% else %}true{% endif %} as is_effective,
            dense_rank() over (order by delivery_date) as ordinal
        from ({{ active_deliveries(names) }}) as active
    ),

    judged as (
        select
            typed_rows.*,
            deliveries.ordinal,
            {{ identifier(op) ~ " = 'D'" if op else 'false' }} as _is_deleted,
            case
                when not deliveries.is_effective then 'superseded'
                when typed_rows._reasons <> '' then 'quarantined'
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
