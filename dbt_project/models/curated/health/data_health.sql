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
),

-- What has drifted twice as far as it may counts a half.
drifted as (
    select
        system, table_name, delivery_date,
        count(case when has_drifted then 1 end) as drifts,
        min(case when has_drifted then {{ ratio('threshold', 'score') }} else 1 end) as stability
    from {{ ref('data_drift') }}
    group by system, table_name, delivery_date
),

expected as (
    select system, table_name, delivery_date, count(*) as expectations, count(case when has_held then 1 end) as expectations_held
    from {{ ref('delivery_expectations') }}
    group by system, table_name, delivery_date
),

rest_on as (
    {{ marts_of_tables() }}
),

joined as (
    select
        loaded.system,
        loaded.table_name,
        loaded.delivery_date,
        loaded.deliveries,
        loaded.bronze_rows,
        loaded.rejects,
        coalesce(counted.versions, 0) as versions,
        coalesce(counted.repeats, 0) as repeats,
        coalesce(counted.superseded, 0) as superseded,
        coalesce(counted.quarantined, 0) as quarantined,
        coalesce(counted.rule_checks, 0) as rule_checks,
        coalesce(counted.rule_checks_failed, 0) as rule_checks_failed,
        counted.filled_cells,
        counted.cells,
        coalesce(drifted.drifts, 0) as drifts,
        coalesce(drifted.stability, 1) as stability,
        coalesce(expected.expectations, 0) as expectations,
        coalesce(expected.expectations_held, 0) as expectations_held,
        rest_on.marts
    from loaded
    left join counted
        on counted.system = loaded.system and counted.table_name = loaded.table_name and counted.delivery_date = loaded.delivery_date
    left join drifted
        on drifted.system = loaded.system and drifted.table_name = loaded.table_name and drifted.delivery_date = loaded.delivery_date
    left join expected
        on expected.system = loaded.system and expected.table_name = loaded.table_name and expected.delivery_date = loaded.delivery_date
    left join rest_on
        on rest_on.system = loaded.system and rest_on.table_name = loaded.table_name
),

measured as (
    select
        *,
        {{ ratio('bronze_rows - quarantined', 'bronze_rows + rejects') }} as validity,
        {{ ratio('rule_checks - rule_checks_failed', 'rule_checks') }} as check_pass_rate,
        {{ ratio('expectations_held', 'expectations') }} as expectation_rate
    from joined
)

select
    system,
    table_name,
    delivery_date,
    cast(deliveries as bigint) as deliveries,
    cast(bronze_rows as bigint) as bronze_rows,
    cast(rejects as bigint) as rejects,
    cast(versions as bigint) as versions,
    cast(repeats as bigint) as repeats,
    cast(superseded as bigint) as superseded,
    cast(quarantined as bigint) as quarantined,
    {{ rounded(ratio('filled_cells', 'cells'), 9, 6) }} as completeness,
    {{ rounded('validity', 9, 6) }} as validity,
    cast(rule_checks as bigint) as rule_checks,
    cast(rule_checks - rule_checks_failed as bigint) as rule_checks_passed,
    {{ rounded('check_pass_rate', 9, 6) }} as check_pass_rate,
    cast(drifts as bigint) as drifts,
    cast(expectations as bigint) as expectations,
    cast(expectations_held as bigint) as expectations_held,
    {{ rounded('least(coalesce(validity, 1), coalesce(check_pass_rate, 1), coalesce(expectation_rate, 1), stability)', 9, 6) }} as score,
    coalesce(marts, '') as marts
from measured
