{{ config(materialized='view', schema='testing', enabled=var('unit_tests')) }}

select
    cast(null as varchar) as key, cast(null as {{ timestamp_type() }}) as effective_at,
    cast(null as boolean) as is_deleted, cast(null as varchar) as value
