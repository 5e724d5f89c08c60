{{ config(materialized='by_delivery', contract={'enforced': true}) }}

with profiles as (
    select * from {{ ref('delivery_profiles') }}
),

shares as (
    select * from {{ ref('delivery_shares') }}
),

deliveries as (
    select
        system, table_name, delivery_id, delivery_date, max(bronze_rows) as bronze_rows,
        row_number() over (partition by system, table_name order by delivery_date, _arrival) as place
    from profiles
    group by system, table_name, delivery_id, delivery_date, _arrival
),

compared as (
    select here.delivery_id, earlier.delivery_id as earlier_id, earlier.bronze_rows, count(*) over (partition by here.delivery_id) as compared
    from deliveries as here
    join ({{ drift_windows() }}) as windows on windows.system = here.system and windows.table_name = here.table_name
    join deliveries as earlier
        on earlier.system = here.system and earlier.table_name = here.table_name
        and earlier.place between here.place - windows.deliveries and here.place - 1
    where here.delivery_id in (select delivery_id from {{ due_deliveries() }})
    qualify count(*) over (partition by here.delivery_id) >= {{ fewest_compared() }}
),

middles as (
    select delivery_id, max(compared) as compared, cast(median(bronze_rows) as double) as middle
    from compared
    group by delivery_id
),

spreads as (
    select compared.delivery_id, cast(median(abs(compared.bronze_rows - middles.middle)) as double) as deviation
    from compared
    join middles on middles.delivery_id = compared.delivery_id
    group by compared.delivery_id
),

volumes as (
    select
        deliveries.delivery_id, 'volume' as check_name, 'ratio' as measure, '' as column_name, middles.compared,
        abs(deliveries.bronze_rows - middles.middle) / greatest(middles.middle, 1) as score,
        {{ volume_threshold('greatest(middles.middle, 1)', 'spreads.deviation', 'middles.compared') }} as threshold
    from middles
    join spreads on spreads.delivery_id = middles.delivery_id
    join deliveries on deliveries.delivery_id = middles.delivery_id
),

usual_nulls as (
    select
        compared.delivery_id, profiles.column_name, sum(profiles.null_rows) as null_rows, sum(profiles.bronze_rows) as bronze_rows,
        stddev_pop({{ ratio('profiles.null_rows', 'profiles.bronze_rows') }}) as deviation, max(compared.compared) as compared
    from compared
    join profiles on profiles.delivery_id = compared.earlier_id
    group by compared.delivery_id, profiles.column_name
    having sum(profiles.bronze_rows) > 0
),

null_rates as (
    select
        profiles.delivery_id, 'null_rate' as check_name, 'difference' as measure, profiles.column_name, usual.compared,
        abs({{ ratio('profiles.null_rows', 'profiles.bronze_rows') }} - {{ ratio('usual.null_rows', 'usual.bronze_rows') }}) as score,
        {{ null_rate_threshold('profiles.null_rows', 'profiles.bronze_rows', 'usual.null_rows', 'usual.bronze_rows', 'usual.deviation', 'usual.compared') }} as threshold
    from profiles
    join usual_nulls as usual on usual.delivery_id = profiles.delivery_id and usual.column_name = profiles.column_name
    where profiles.bronze_rows > 0
),

counted as (
    select delivery_id, column_name, bin, value, occurrences as here, 0 as before, 0 as compared
    from shares
    where delivery_id in (select delivery_id from compared)
    union all
    select compared.delivery_id, shares.column_name, shares.bin, shares.value, 0, shares.occurrences, compared.compared
    from compared
    join shares on shares.delivery_id = compared.earlier_id
),

together as (
    select delivery_id, column_name, bin, value, sum(here) as here, sum(before) as before, max(compared) as compared
    from counted
    group by delivery_id, column_name, bin, value
),

ranked as (
    select
        *,
        sum(here) over (partition by delivery_id, column_name) as all_here,
        sum(before) over (partition by delivery_id, column_name) as all_before,
        max(compared) over (partition by delivery_id, column_name) as all_compared,
        sum(here) over (partition by delivery_id, column_name order by bin rows between unbounded preceding and current row) as here_until,
        sum(before) over (partition by delivery_id, column_name order by bin rows between unbounded preceding and current row) as before_until,
        row_number() over (partition by delivery_id, column_name order by case when value is null then 1 else 0 end, before desc, value) as frequency_rank
    from together
),

-- Ten groups of bins with about as many values in the window, or the nine most frequent texts and all others.
placed as (
    select
        *,
        case
            when bin is not null then least(9, floor(10 * {{ ratio('before_until - before / 2.0', 'all_before') }}))
            when value is not null and frequency_rank <= 9 and before >= 0.01 * all_before then frequency_rank
            else 0
        end as value_group
    from ranked
    where all_here > 0 and all_before > 0
),

grouped as (
    select
        delivery_id, column_name, max(all_compared) as compared, value_group,
        sum(here) as here, sum(before) as before, max(all_here) as all_here, max(all_before) as all_before,
        max(case when bin is not null then abs({{ ratio('here_until', 'all_here') }} - {{ ratio('before_until', 'all_before') }}) end) as distance
    from placed
    group by delivery_id, column_name, value_group
),

-- Half a value is added to each group, so that an empty one has a share to compare with.
weighed as (
    select
        *, count(*) over (partition by delivery_id, column_name) as all_groups,
        (here + 0.5) / (all_here + 0.5 * count(*) over (partition by delivery_id, column_name)) as share_here,
        (before + 0.5) / (all_before + 0.5 * count(*) over (partition by delivery_id, column_name)) as share_before
    from grouped
),

distances as (
    select
        delivery_id, column_name, max(compared) as compared, max(all_groups) as all_groups, max(all_here) as all_here, max(all_before) as all_before,
        sum((cast(share_here as double) - share_before) * ln(cast(share_here as double) / share_before)) as psi, max(distance) as ks
    from weighed
    group by delivery_id, column_name
),

within as (
    select
        compared.delivery_id, compared.earlier_id, placed.column_name, placed.value_group, sum(shares.occurrences) as occurrences
    from compared
    join shares on shares.delivery_id = compared.earlier_id
    join placed
        on placed.delivery_id = compared.delivery_id and placed.column_name = shares.column_name
        and placed.bin is not distinct from shares.bin and placed.value is not distinct from shares.value
    group by compared.delivery_id, compared.earlier_id, placed.column_name, placed.value_group
),

parts as (
    select
        within.delivery_id, within.earlier_id, within.column_name, weighed.all_groups,
        sum(within.occurrences) over (partition by within.delivery_id, within.earlier_id, within.column_name) as all_occurrences,
        cast(within.occurrences as double) * within.occurrences * weighed.all_before / weighed.before as squared
    from within
    join weighed
        on weighed.delivery_id = within.delivery_id and weighed.column_name = within.column_name and weighed.value_group = within.value_group
    where weighed.all_groups > 1
),

effects_of_each as (
    select
        delivery_id, column_name,
        {{ design_effect('sum(squared)', 'max(cast(all_occurrences as double))', 'max(all_groups)') }} as effect
    from parts
    group by delivery_id, earlier_id, column_name
),

effects as (
    select delivery_id, column_name, greatest(1, median(effect)) as effect
    from effects_of_each
    group by delivery_id, column_name
),

judged as (
    select distances.*, coalesce(effects.effect, 1) as effect
    from distances
    left join effects on effects.delivery_id = distances.delivery_id and effects.column_name = distances.column_name
),

scored as (
    select delivery_id, check_name, measure, column_name, compared, score, threshold from volumes
    union all
    select delivery_id, check_name, measure, column_name, compared, score, threshold from null_rates
    union all
    select delivery_id, 'distribution', 'psi', column_name, compared, psi, {{ psi_threshold('all_groups', 'all_here', 'all_before', 'effect') }}
    from judged
    where all_groups > 1
    union all
    select delivery_id, 'distribution', 'ks', column_name, compared, ks, {{ ks_threshold('all_here', 'all_before', 'effect') }}
    from judged
    where ks is not null
),

rounded as (
    select
        delivery_id, check_name, measure, column_name, compared,
        {{ rounded('score', 18, 6) }} as score, {{ rounded('threshold', 18, 6) }} as threshold
    from scored
)

select
    deliveries.system,
    deliveries.table_name,
    deliveries.delivery_date,
    deliveries.delivery_id,
    rounded.check_name,
    rounded.column_name,
    rounded.measure,
    cast(rounded.compared as bigint) as compared,
    rounded.score,
    rounded.threshold,
    rounded.score > rounded.threshold as has_drifted
from rounded
join deliveries on deliveries.delivery_id = rounded.delivery_id
