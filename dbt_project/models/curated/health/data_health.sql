{{ config(materialized='table', contract={'enforced': true}) }}

with counted as (
    {%- for system, table in var('source_tables') %}
    {{ health_counts(system, table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

loaded as (
    select system, table_name, delivery_date, count(*) as deliveries, sum({{ identifier('rows') }}) as bronze_rows, sum(rejects) as rejects
    from {{ source('meta', 'load_log') }}
    where withdrawn_at is null
    group by system, table_name, delivery_date
)

select
    loaded.system,
    loaded.table_name,
    loaded.delivery_date,
    cast(loaded.deliveries as bigint) as deliveries,
    cast(loaded.bronze_rows as bigint) as bronze_rows,
    cast(loaded.rejects as bigint) as rejects,
    cast(coalesce(counted.versions, 0) as bigint) as versions,
    cast(coalesce(counted.repeats, 0) as bigint) as repeats,
    cast(coalesce(counted.superseded, 0) as bigint) as superseded,
    cast(coalesce(counted.quarantined, 0) as bigint) as quarantined,
    {{ rounded(ratio('counted.filled_cells', 'counted.cells'), 9, 6) }} as completeness,
    {{ rounded(ratio('loaded.bronze_rows - coalesce(counted.quarantined, 0)', 'loaded.bronze_rows + loaded.rejects'), 9, 6) }} as validity,
    cast(coalesce(counted.rule_checks, 0) as bigint) as rule_checks,
    cast(coalesce(counted.rule_checks - counted.rule_checks_failed, 0) as bigint) as rule_checks_passed,
    {{ rounded(ratio('counted.rule_checks - counted.rule_checks_failed', 'counted.rule_checks'), 9, 6) }} as check_pass_rate
from loaded
left join counted
    on counted.system = loaded.system
    and counted.table_name = loaded.table_name
    and counted.delivery_date = loaded.delivery_date
