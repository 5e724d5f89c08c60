{#
    The expectations of a contract as SQL: names, arguments and meaning are those of Great Expectations' core expectations
    (docs.greatexpectations.io); healthcare_elt/contracts/expectations.py says which there are and checks how they are written.

    Those about rows give a count of the rows that are asked and of those that meet them: `mostly` of them must. The others give one figure.
#}

{% macro expectations_of(node) %}{{ return(contract_of(node).get('expectations') or []) }}{% endmacro %}

{# The columns that an expectation is asked of, by name. #}
{% macro expected_columns(given) %}
    {% set names = [] %}
    {% for argument in ['column', 'column_A', 'column_B'] if argument in given %}{% do names.append(given[argument]) %}{% endfor %}
    {{ return(names + (given.column_list or [])) }}
{% endmacro %}

{# SQL that is true where the expression is within the bounds that are given. #}
{% macro within(expression, given, data_type) %}
    {%- set kind = data_type if data_type in ['date', 'timestamp'] else 'double' -%}
    {%- set conditions = [] -%}
    {%- if given.min_value is not none and given.min_value is defined -%}
        {%- do conditions.append(expression ~ (' > ' if given.strict_min else ' >= ') ~ typed_literal(given.min_value, kind)) -%}
    {%- endif -%}
    {%- if given.max_value is not none and given.max_value is defined -%}
        {%- do conditions.append(expression ~ (' < ' if given.strict_max else ' <= ') ~ typed_literal(given.max_value, kind)) -%}
    {%- endif -%}
    {{ return(conditions | join(' and ') or 'true') }}
{% endmacro %}

{% macro is_in_set(expression, given, data_type) %}
    {%- set literals = [] -%}
    {%- for value in given.value_set -%}{%- do literals.append(typed_literal(value, data_type)) -%}{%- endfor -%}
    {{ return(expression ~ ' in (' ~ literals | join(', ') ~ ')') }}
{% endmacro %}

{#
    What one expectation asks: of rows {asked, met}, two conditions; else {figures, holds, shown}: aggregates by name, the condition on them, and the
    one that is shown. Either may need `copies`: columns whose equal rows are counted, in `copies_<number>`; their most is in `top_<number>`.
#}
{% macro expectation_sql(number, name, given, node) %}
    {%- set names = expected_columns(given) -%}
    {%- set types = {} -%}
    {%- for column in node.columns.values() -%}{%- do types.update({column.name: column.data_type}) -%}{%- endfor -%}
    {%- set column = identifier(names[0]) if names else none -%}
    {%- set type = types[names[0]] if names else none -%}
    {%- set figure = 'figure_' ~ number -%}
    {%- set filled = column ~ ' is not null' -%}
    {%- set copies = 'copies_' ~ number -%}
    {%- set aggregates = {
        'expect_column_mean_to_be_between': 'avg(cast(%s as double))',
        'expect_column_median_to_be_between': 'median(cast(%s as double))',
        'expect_column_sum_to_be_between': 'sum(%s)',
        'expect_column_stdev_to_be_between': 'stddev_samp(cast(%s as double))',
        'expect_column_min_to_be_between': 'min(%s)',
        'expect_column_max_to_be_between': 'max(%s)',
        'expect_column_unique_value_count_to_be_between': 'count(distinct %s)',
        'expect_column_proportion_of_unique_values_to_be_between': 'cast(count(distinct %s) as double) / greatest(count(%s), 1)',
    } -%}
    {%- if name == 'expect_column_values_to_not_be_null' -%}
        {{ return({'asked': 'true', 'met': filled}) }}
    {%- elif name == 'expect_column_values_to_be_between' -%}
        {{ return({'asked': filled, 'met': within(column, given, type)}) }}
    {%- elif name == 'expect_column_values_to_be_in_set' -%}
        {{ return({'asked': filled, 'met': is_in_set(column, given, type)}) }}
    {%- elif name == 'expect_column_values_to_match_regex' -%}
        {{ return({'asked': filled, 'met': matches(column, '.*(' ~ given.regex ~ ').*')}) }}
    {%- elif name == 'expect_column_value_lengths_to_be_between' -%}
        {{ return({'asked': filled, 'met': within('length(' ~ column ~ ')', given, 'integer')}) }}
    {%- elif name == 'expect_column_values_to_be_unique' -%}
        {{ return({'asked': filled, 'met': copies ~ ' = 1', 'copies': names}) }}
    {%- elif name == 'expect_compound_columns_to_be_unique' -%}
        {{ return({'asked': 'not (' ~ identifiers(names).split(', ') | join(' is null and ') ~ ' is null)', 'met': copies ~ ' = 1', 'copies': names}) }}
    {%- elif name == 'expect_column_pair_values_a_to_be_greater_than_b' -%}
        {%- set other = identifier(names[1]) -%}
        {{ return({'asked': column ~ ' is not null or ' ~ other ~ ' is not null', 'met': column ~ (' >= ' if given.or_equal else ' > ') ~ other}) }}
    {%- elif name == 'expect_column_most_common_value_to_be_in_set' -%}
        {%- set is_top = filled ~ ' and ' ~ copies ~ ' = top_' ~ number -%}
        {%- set inside = "count(distinct case when " ~ is_top ~ " and " ~ is_in_set(column, given, type) ~ " then " ~ column ~ " end)" -%}
        {%- set all = "count(distinct case when " ~ is_top ~ " then " ~ column ~ " end)" -%}
        {%- set one_alone = figure ~ '_inside = 1 and ' ~ figure ~ '_all = 1' -%}
        {{ return({'figures': {figure ~ '_inside': inside, figure ~ '_all': all}, 'holds': figure ~ '_inside > 0' if given.ties_okay else one_alone, 'shown': none, 'copies': names}) }}
    {%- elif name == 'expect_column_quantile_values_to_be_between' -%}
        {%- set figures, conditions = {}, [] -%}
        {%- for share in given.quantile_ranges.quantiles -%}
            {%- set ends = given.quantile_ranges.value_ranges[loop.index0] -%}
            {%- do figures.update({figure ~ '_' ~ loop.index: 'percentile_disc(' ~ share ~ ') within group (order by ' ~ column ~ ')'}) -%}
            {%- do conditions.append(within(figure ~ '_' ~ loop.index, {'min_value': ends[0], 'max_value': ends[1]}, type)) -%}
        {%- endfor -%}
        {{ return({'figures': figures, 'holds': conditions | join(' and '), 'shown': figure ~ '_1' if figures | length == 1 else none}) }}
    {%- elif name == 'expect_table_row_count_to_be_between' -%}
        {{ return({'figures': {figure: 'count(*)'}, 'holds': within('coalesce(' ~ figure ~ ', 0)', given, 'bigint'), 'shown': 'coalesce(' ~ figure ~ ', 0)'}) }}
    {%- elif name in aggregates -%}
        {{ return({'figures': {figure: aggregates[name] | replace('%s', column)}, 'holds': within(figure, given, type), 'shown': figure}) }}
    {%- endif -%}
    {{ exceptions.raise_compiler_error("Unknown expectation '" ~ name ~ "' of " ~ node.source_name ~ "." ~ node.name ~ "; healthcare_elt/contracts/expectations.py lists those that there are.") }}
{% endmacro %}

{# One row per due delivery and expectation of a source table, from one aggregate query over the table. #}
{% macro expected_of(system, table) %}
    {%- set node = source_node(system, table) -%}
    {%- set all = [] -%}
    {%- for entry in expectations_of(node) -%}
        {%- for name, given in entry.items() -%}
            {%- set sql = expectation_sql(all | length + 1, name, given, node) -%}
            {%- do all.append({'number': all | length + 1, 'name': name, 'given': given, 'sql': sql, 'names': expected_columns(given)}) -%}
        {%- endfor -%}
    {%- endfor %}
    {%- set counting = all | selectattr('sql.copies') | list %}
    select
        due.system, due.table_name, due.delivery_id, due.delivery_date, numbers.number,
        case numbers.number {% for each in all %}when {{ each.number }} then '{{ each.name }}' {% endfor %}end as expectation,
        case numbers.number {% for each in all %}when {{ each.number }} then '{{ each.names | join(",") }}' {% endfor %}end as column_names,
        case numbers.number {% for each in all %}when {{ each.number }} then '{{ each.given.get("severity", "warn") }}' {% endfor %}end as severity,
        case numbers.number
            {%- for each in all %}
            when {{ each.number }} then cast({{ shown_of(each, node) }} as double)
            {%- endfor %}
        end as observed,
        case numbers.number
            {%- for each in all %}
            when {{ each.number }} then {{ holds_of(each) }}
            {%- endfor %}
        end as has_held
    from {{ due_deliveries() }} as due
    cross join ({% for each in all %}select {{ each.number }} as number{{ ' union all ' if not loop.last }}{% endfor %}) as numbers
    left join (
        select
            _delivery_id
            {%- for each in all %}
            {%- for figure, aggregate in (each.sql.figures or {
                'asked_' ~ each.number: 'count(case when ' ~ each.sql.asked ~ ' then 1 end)',
                'met_' ~ each.number: 'count(case when (' ~ each.sql.asked ~ ') and ' ~ each.sql.met ~ ' then 1 end)'}).items() %},
            {{ aggregate }} as {{ figure }}
            {%- endfor %}
            {%- endfor %}
        from (
            select *{% for each in counting %}, max(copies_{{ each.number }}) over (partition by _delivery_id) as top_{{ each.number }}{% endfor %}
            from (
                select *
                {%- for each in counting %},
                case when {{ identifiers(each.names).split(', ') | join(' is not null or ') }} is not null
                    then count(*) over (partition by _delivery_id, {{ identifiers(each.names) }}) end as copies_{{ each.number }}
                {%- endfor %}
                from {{ ref(system ~ '__' ~ table ~ '_rows') }}
                where _class <> 'tombstone' and _delivery_id in (select delivery_id from {{ due_deliveries() }})
            ) as copied
        ) as topped
        group by _delivery_id
    ) as measured on measured._delivery_id = due.delivery_id
    where due.system = '{{ system }}' and due.table_name = '{{ table }}'
{% endmacro %}

{# The share of rows that meet it, or its figure unless that would tell a value of a column that is PHI. #}
{% macro shown_of(each, node) %}
    {%- if each.sql.asked -%}{{ return("cast(met_" ~ each.number ~ " as double) / nullif(asked_" ~ each.number ~ ", 0)") }}{%- endif -%}
    {%- set counts = each.name in ['expect_column_unique_value_count_to_be_between', 'expect_column_proportion_of_unique_values_to_be_between'] -%}
    {%- set closed = [] -%}
    {%- for column in node.columns.values() if column.name in each.names and not is_open(column) -%}{%- do closed.append(column.name) -%}{%- endfor -%}
    {{ return(each.sql.shown if each.sql.shown and (counts or not closed) else 'null') }}
{% endmacro %}

{# Where there is nothing to ask, what is said of rows holds, and what is said of a figure does not. #}
{% macro holds_of(each) %}
    {%- if not each.sql.asked -%}{{ return("coalesce(" ~ each.sql.holds ~ ", false)") }}{%- endif -%}
    {{ return("coalesce(cast(met_" ~ each.number ~ " as double) / nullif(asked_" ~ each.number ~ ", 0) >= cast(" ~ each.given.get('mostly', 1) ~ " as double), true)") }}
{% endmacro %}

{# Other expectations make other rows of the same delivery. #}
{% macro standing_deliveries__delivery_expectations() %}
    {%- set asked = [] -%}
    {%- for system, table in var('source_tables') if execute and expectations_of(source_node(system, table)) -%}
        {%- set expected = local_md5(tojson(expectations_of(source_node(system, table)))) -%}
        {%- do asked.append("select '" ~ system ~ "' as system, '" ~ table ~ "' as table_name, '" ~ expected ~ "' as expected") -%}
    {%- endfor -%}
    select here.system, here.table_name, here.delivery_id, here.delivery_date, here.arrival, md5(here.mark || asked.expected) as mark
    from ({{ deliveries_in_silver() }}) as here
    join ({{ asked | join(' union all ') or "select '' as system, '' as table_name, '' as expected" }}) as asked
        on asked.system = here.system and asked.table_name = here.table_name
{% endmacro %}
