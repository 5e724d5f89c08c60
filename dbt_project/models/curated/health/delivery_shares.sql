{{ config(materialized='by_delivery', contract={'enforced': true}) }}

with counted as (
    {%- set selects = [] %}
    {%- for system, table in due_tables() %}
    -- depends_on: {{ ref(system ~ '__' ~ table ~ '_rows') }}
    {%- if execute %}{% do selects.extend(shares_of(system, table)) %}{% endif %}
    {%- endfor %}
    {%- for select in selects %}
    {{ select }}
    {{ 'union all' if not loop.last }}
    {%- else %}
    select system, table_name, delivery_id, '' as column_name, 0 as bin, '' as value, 0 as occurrences
    from {{ due_deliveries() }} as due
    where 1 = 0
    {%- endfor %}
)

select
    system,
    table_name,
    delivery_id,
    column_name,
    cast(bin as bigint) as bin,
    value,
    cast(occurrences as bigint) as occurrences
from counted
