{{ config(materialized='by_delivery', contract={'enforced': true}) }}

with expected as (
    {%- for system, table in due_tables() %}
    -- depends_on: {{ ref(system ~ '__' ~ table ~ '_rows') }}
    {%- if execute %}{{ expected_of(system, table) }}{% endif %}
    {{ 'union all' if execute and not loop.last }}
    {%- else %}
    select
        system, table_name, delivery_id, delivery_date, 0 as number, '' as expectation, '' as column_names, '' as severity,
        cast(null as double) as observed, true as has_held
    from {{ due_deliveries() }} as due
    where 1 = 0
    {%- endfor %}
)

select
    system,
    table_name,
    delivery_id,
    delivery_date,
    cast(number as bigint) as number,
    expectation,
    column_names,
    severity,
    case when abs(observed) < 1e22 then {{ rounded('observed', 28, 6) }} end as observed,
    has_held
from expected
