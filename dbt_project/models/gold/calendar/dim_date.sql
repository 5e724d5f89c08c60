{{ config(materialized='table') }}

with days as (
    {{ date_spine('2000-01-01', '2050-01-01') }}
)

select
    cast(extract(year from day) * 10000 + extract(month from day) * 100 + extract(day from day) as integer) as date_key,
    day as full_date,
    cast(extract(year from day) as integer) as year,
    cast(extract(quarter from day) as integer) as quarter,
    cast(extract(month from day) as integer) as month,
    cast(extract(day from day) as integer) as day_of_month,
    {{ iso_weekday('day') }} as iso_weekday
from days
