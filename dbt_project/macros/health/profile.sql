{#
    What one delivery of a source table looks like, from silver's typed rows: each bronze row counts, in whatever class, and a cell
    that could not be typed counts as null. All expressions are the same on every engine.
#}

{# Columns of a contract whose values may be shown outside of the PHI zone. #}
{% macro is_open(column) %}{{ return(column_rules(column).get('phi') == 'none') }}{% endmacro %}

{# Columns whose values have an order and a distance. #}
{% macro is_ordered(column) %}
    {{ return(column.data_type in ['integer', 'bigint', 'double', 'date', 'timestamp'] or column.data_type.startswith('decimal')) }}
{% endmacro %}

{# Columns whose values are counted: not PHI, and not different in every row, as the only column of a key or a list is. #}
{% macro has_shares(column, contract) %}
    {{ return(is_open(column) and contract.key != [column.name] and not column_rules(column).get('list_of')) }}
{% endmacro %}

{# One row per due delivery and column, from one aggregate query over the table. #}
{% macro profile_of(system, table) %}
    {%- set columns = source_node(system, table).columns.values() | list if execute else [] %}
    select
        due.system, due.table_name, due.delivery_id, due.delivery_date, due.arrival as _arrival,
        coalesce(measured.bronze_rows, 0) as bronze_rows,
        {%- for part in ['name', 'filled', 'different', 'lowest', 'highest'] %}
        case number
            {%- for column in columns %}
            when {{ loop.index }} then {{ "'" ~ column.name ~ "'" if part == 'name' else 'measured.' ~ part ~ '_' ~ loop.index }}
            {%- endfor %}
        end as {{ 'column_name' if part == 'name' else part }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ due_deliveries() }} as due
    cross join ({% for column in columns %}select {{ loop.index }} as number{{ ' union all ' if not loop.last }}{% endfor %}) as numbers
    left join (
        select
            _delivery_id, count(*) as bronze_rows
            {%- for column in columns %},
            count({{ identifier(column.name) }}) as filled_{{ loop.index }},
            approx_count_distinct({{ identifier(column.name) }}) as different_{{ loop.index }},
            {%- set is_shown = is_open(column) and is_ordered(column) %}
            {{ value_text('min(' ~ identifier(column.name) ~ ')', column) if is_shown else 'cast(null as varchar)' }} as lowest_{{ loop.index }},
            {{ value_text('max(' ~ identifier(column.name) ~ ')', column) if is_shown else 'cast(null as varchar)' }} as highest_{{ loop.index }}
            {%- endfor %}
        from {{ ref(system ~ '__' ~ table ~ '_rows') }}
        where _class <> 'tombstone' and _delivery_id in (select delivery_id from {{ due_deliveries() }})
        group by _delivery_id
    ) as measured on measured._delivery_id = due.delivery_id
    where due.system = '{{ system }}' and due.table_name = '{{ table }}'
{% endmacro %}

{% macro value_text(value, column) -%}
    cast({{ moment_text(value) if column.data_type == 'timestamp' else value }} as varchar)
{%- endmacro %}

{# How often each bin (of numbers and days) or each of the most frequent values (of texts) occurs in the due deliveries; one select per column. #}
{% macro shares_of(system, table) %}
    {%- set selects = [] -%}
    {%- set node = source_node(system, table) -%}
    {%- for column in node.columns.values() if has_shares(column, contract_of(node)) -%}
        {%- do selects.append(binned(system, table, column) if is_ordered(column) else most_frequent(system, table, column)) -%}
    {%- endfor -%}
    {{ return(selects) }}
{% endmacro %}

{#
    The bins of a DDSketch (Masson, Rim and Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees", VLDB 2019)
    with gamma 1.1: a value x is in the bin floor(log(|x|) / log(1.1)), so bins do not depend on the data, can be added up over
    deliveries, and give every quantile to within 5 %. 0 is 0; others are moved away from it by 10,000, so that their order is that of the values.
#}
{% macro bin_of(number) -%}
    case
        when {{ number }} = 0 then 0
        when {{ number }} > 0 then 10000 + cast(floor(ln({{ number }}) / ln(1.1)) as bigint)
        else -10000 - cast(floor(ln(-({{ number }})) / ln(1.1)) as bigint)
    end
{%- endmacro %}

{# Of a day, how long before the delivery date it is: tomorrow's delivery is a day later, and no drift. #}
{% macro number_of(column) -%}
    cast({{ days_between(identifier(column.name), '_delivery_date') if column.data_type in ['date', 'timestamp'] else identifier(column.name) }} as double)
{%- endmacro %}

{% macro binned(system, table, column) %}
    select
        '{{ system }}' as system, '{{ table }}' as table_name, _delivery_id as delivery_id, '{{ column.name }}' as column_name,
        {{ bin_of('number') }} as bin, cast(null as varchar) as value, count(*) as occurrences
    from (
        select _delivery_id, {{ number_of(column) }} as number
        from {{ ref(system ~ '__' ~ table ~ '_rows') }}
        where _class <> 'tombstone' and {{ identifier(column.name) }} is not null
            and _delivery_id in (select delivery_id from {{ due_deliveries() }})
    ) as numbers
    group by _delivery_id, {{ bin_of('number') }}
{% endmacro %}

{# Values beyond the most frequent hundred are one: null. #}
{% macro most_frequent(system, table, column) %}
    select
        '{{ system }}' as system, '{{ table }}' as table_name, _delivery_id as delivery_id, '{{ column.name }}' as column_name,
        cast(null as bigint) as bin, case when frequency_rank <= 100 then value end as value, sum(occurrences) as occurrences
    from (
        select
            _delivery_id, value, count(*) as occurrences,
            row_number() over (partition by _delivery_id order by count(*) desc, value) as frequency_rank
        from (
            select _delivery_id, substr(cast({{ identifier(column.name) }} as varchar), 1, 100) as value
            from {{ ref(system ~ '__' ~ table ~ '_rows') }}
            where _class <> 'tombstone' and {{ identifier(column.name) }} is not null
                and _delivery_id in (select delivery_id from {{ due_deliveries() }})
        ) as texts
        group by _delivery_id, value
    ) as ranked
    group by _delivery_id, case when frequency_rank <= 100 then value end
{% endmacro %}
