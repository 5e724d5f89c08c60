{# The counts of one source table per delivery date, for data_health. #}

{% macro health_counts(system, table) %}
    {%- set columns = [] -%}
    {%- set rules = [] -%}
    {%- if execute -%}
        {%- set node = source_node(system, table) -%}
        {%- for column in node.columns.values() -%}
            {%- do columns.append(identifier(column.name)) -%}
            {%- do rules.extend(broken_rules(column, column.name, column.name, contract_of(node))) -%}
        {%- endfor -%}
    {%- endif %}
    select
        '{{ system }}' as system, '{{ table }}' as table_name, _delivery_date as delivery_date,
        count(case when _class = 'version' then 1 end) as versions,
        count(case when _class = 'repeat' then 1 end) as repeats,
        count(case when _class = 'superseded' then 1 end) as superseded,
        count(case when _class = 'quarantined' then 1 end) as quarantined,
        sum({% for column in columns %}case when {{ column }} is null then 0 else 1 end + {% endfor %}0) as filled_cells,
        {{ columns | length }} * count(*) as cells,
        {{ rules | length }} * count(*) as rule_checks,
        sum(case when _reasons = '' then 0 else length(_reasons) - length(replace(_reasons, ',', '')) + 1 end) as rule_checks_failed
    from {{ ref(system ~ '__' ~ table ~ '_rows') }}
    where _class <> 'tombstone'
    group by _delivery_date
{% endmacro %}
