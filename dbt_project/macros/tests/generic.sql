{# Generic data tests of this project; each returns the rows that break it. #}

{% test unique_key(model, columns) %}
    select {{ identifiers(columns) }}, count(*) as copies
    from {{ model }}
    group by {{ identifiers(columns) }}
    having count(*) > 1
{% endtest %}

{#
    Promise P1 for one source table: per delivery, the rows in bronze, the rows that the load log counted and the
    classified rows agree, row by row. Deliveries that were withdrawn have no classified rows.
#}
{% test every_row_in_one_class(model, source_table) %}
    with bronze as (
        {{ rows_by_delivery(source_table) }}
    ),

    classified as (
        {{ rows_by_delivery(model, "_class <> 'tombstone'") }}
    ),

    unclassified as (
        select _delivery_id from {{ model }}
        where _class is null or _class not in ('version', 'tombstone', 'repeat', 'superseded', 'quarantined')
    ),

    logged as (
        select delivery_id, {{ identifier('rows') }} as row_count from {{ target.database }}.meta.load_log
        where withdrawn_at is null
            and system || '__' || table_name = '{{ source_table.identifier }}'
    )

    select coalesce(logged.delivery_id, classified._delivery_id) as delivery_id, logged.row_count, bronze.row_count as bronze_rows, classified.row_count as classified_rows
    from logged
    full outer join classified on classified._delivery_id = logged.delivery_id
    left join bronze on bronze._delivery_id = coalesce(logged.delivery_id, classified._delivery_id)
    where logged.row_count is distinct from coalesce(classified.row_count, 0)
        or logged.row_count is distinct from coalesce(bronze.row_count, 0)
        or coalesce(classified.row_count, 0) <> coalesce(classified.distinct_count, 0)
        or coalesce(bronze.row_count, 0) <> coalesce(bronze.distinct_count, 0)
    union all
    select _delivery_id, null, null, null from unclassified
{% endtest %}

{#
    How many rows each delivery has in a relation, and how many different row numbers. On DuckDB a row number is a bit in a block of the
    delivery's rows, which takes a fifth of the time of `count(distinct)` and next to no memory.
#}
{% macro rows_by_delivery(relation, condition='true') %}{{ return(adapter.dispatch('rows_by_delivery', 'healthcare_elt')(relation, condition)) }}{% endmacro %}
{% macro default__rows_by_delivery(relation, condition) %}
        select _delivery_id, count(*) as row_count, count(distinct _row_number) as distinct_count
        from {{ relation }}
        where {{ condition }}
        group by _delivery_id
{% endmacro %}
{% macro duckdb__rows_by_delivery(relation, condition) %}
        select _delivery_id, sum(row_count) as row_count, sum(distinct_count) as distinct_count
        from (
            select
                _delivery_id, count(*) as row_count,
                coalesce(bit_count(bitstring_agg(_row_number % 1024, 0, 1023)), 0) as distinct_count
            from {{ relation }}
            where {{ condition }}
            group by _delivery_id, _row_number // 1024
        ) as blocks
        group by _delivery_id
{% endmacro %}

{# SCD2: the versions of a key do not overlap, and none is empty. #}
{% test no_overlap(model, key, valid_from='valid_from', valid_to='valid_to') %}
    with chained as (
        select
            {{ key | join(', ') }}, {{ valid_from }} as valid_from, {{ valid_to }} as valid_to,
            lead({{ valid_from }}) over (partition by {{ key | join(', ') }} order by {{ valid_from }}) as next_from
        from {{ model }}
    )

    select * from chained
    where valid_to <= valid_from or next_from < valid_to or (valid_to is null and next_from is not null)
{% endtest %}

{# Every value of the column is a value of the other table's column; a null is an orphan too. #}
{% test resolves(model, column_name, to, field) %}
    select child.{{ column_name }}
    from {{ model }} as child
    where not exists (select 1 from {{ to }} as parent where parent.{{ field }} = child.{{ column_name }})
{% endtest %}
