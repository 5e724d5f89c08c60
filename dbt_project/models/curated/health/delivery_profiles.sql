{{ config(materialized='by_delivery', contract={'enforced': true}) }}

with profiled as (
    {%- for system, table in due_tables() %}
    {{ profile_of(system, table) }}
    {{ 'union all' if not loop.last }}
    {%- else %}
    select
        system, table_name, delivery_id, delivery_date, arrival as _arrival, bronze_rows, '' as column_name,
        0 as filled, 0 as different, '' as lowest, '' as highest
    from {{ due_deliveries() }} as due
    where 1 = 0
    {%- endfor %}
)

select
    system,
    table_name,
    delivery_id,
    delivery_date,
    _arrival,
    cast(bronze_rows as bigint) as bronze_rows,
    column_name,
    cast(bronze_rows - coalesce(filled, 0) as bigint) as null_rows,
    cast(least(coalesce(different, 0), coalesce(filled, 0)) as bigint) as distinct_values,
    lowest as minimum,
    highest as maximum
from profiled
