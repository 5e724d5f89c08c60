{#
    Bronze text to typed rows with reasons: the SQL of every `<system>__<table>_rows` model.
    What class each row is in, and which deliveries are read, is the materialization's business (classified_rows.sql).
#}

{#
    One row per bronze row of the deliveries to read: bookkeeping columns, the contract's columns with their types, `_reasons` (comma list of
    `<column>.<rule>`, empty for a valid row) and `_bad_elements` (comma list of `<column>.format:<element>` for the elements of list columns that broke their format).
#}
{% macro typed_rows(system, table) %}
    {%- set bronze = source(system, table) -%}
    {%- if not execute %} select * from {{ bronze }}
    {%- else -%}
    {%- set node = source_node(system, table) -%}
    {%- set contract = contract_of(node) -%}
    {%- set columns = node.columns.values() | list -%}
    {%- set broken = [] -%}
    {%- set bad_elements = [] -%}
    {%- for column in columns -%}
        {%- for reason, condition in broken_rules(column, column.name ~ '_text', identifier(column.name), contract) -%}
            {%- do broken.append([reason, unless_deletion(contract, column, condition)]) -%}
        {%- endfor -%}
        {%- if column_rules(column).get('list_of') -%}
            {%- do bad_elements.append(unless_deletion(contract, column, list_elements(column.name ~ '_text', column_rules(column).list_of, false, column.name ~ '.format:'))) -%}
        {%- endif -%}
    {%- endfor %}
    with cleaned as (
        select
            _delivery_id, _row_number, _delivery_date, _arrival,
            {%- for column in columns %}
            {{ text_of_cell(bronze, column, contract) }} as {{ column.name }}_text{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ bronze }}
        where {{ deliveries_to_read({'system': system, 'table': table}) }}
    ),

    typed as (
        select
            *,
            {%- for column in columns %}
            {{ unless_deletion(contract, column, typed_cell(column)) }} as {{ identifier(column.name) }}{{ ',' if not loop.last }}
            {%- endfor %}
        from cleaned
    )

    select
        _delivery_id, _row_number, _delivery_date, _arrival,
        cast({{ '_delivery_date' if contract.effective_at == 'delivery_date' else identifier(contract.effective_at) }} as {{ timestamp_type() }}) as _effective_at,
        {%- for column in columns %}
        {{ identifier(column.name) }},
        {%- endfor %}
        {{ reasons_of(broken) }} as _reasons,
        {{ join_texts(bad_elements) if bad_elements else "''" }} as _bad_elements
    from typed
    {%- endif %}
{% endmacro %}

{# The reasons as a comma list, put together only of a row that breaks a rule, of which there are few. `broken` is a list of [reason, condition]. #}
{% macro reasons_of(broken) %}
    {%- if not broken -%}{{ return("''") }}{%- endif -%}
    {%- set reasons = [] -%}
    {%- set conditions = [] -%}
    {%- for reason, condition in broken -%}
        {%- do reasons.append("case when " ~ condition ~ " then '" ~ reason ~ "' end") -%}
        {%- do conditions.append("(" ~ condition ~ ")") -%}
    {%- endfor -%}
    {{ return("case when " ~ conditions | join(" or ") ~ " then " ~ join_texts(reasons) ~ " else '' end") }}
{% endmacro %}

{# The trimmed cell of a column as text, in the case that the contract says, null where it is blank. #}
{% macro text_of_cell(bronze, column, contract) %}
    {%- set text = "nullif(" ~ trimmed(delivered_cell(bronze, column)) ~ ", '')" -%}
    {%- set case = 'upper' if column.name == contract.get('op_column') else column_rules(column).get('case') -%}
    {{ return(case ~ '(' ~ text ~ ')' if case else text) }}
{% endmacro %}

{# The cell as a value of the column's type. #}
{% macro typed_cell(column) %}
    {%- set rules = column_rules(column) -%}
    {%- set text = column.name ~ '_text' -%}
    {%- if rules.get('list_of') -%}{{ return(list_elements(text, rules.list_of, true, '')) }}{%- endif -%}
    {{ return(text_to_type(text, column.data_type, date_formats_of(column))) }}
{% endmacro %}

{#
    What is said of a column, and nothing in a row that deletes its key: systems send no more than the key with it. The key, the moment
    and the operation count in every row.
#}
{% macro unless_deletion(contract, column, expression) %}
    {%- set op = contract.get('op_column') -%}
    {%- if not op or column.name in contract.key + [op, contract.effective_at] -%}{{ return(expression) }}{%- endif -%}
    {{ return('case when ' ~ op ~ "_text is distinct from 'D' then " ~ expression ~ ' end') }}
{% endmacro %}

{# The formats that a column's text may have; of a timestamp without one, any that the engine takes for ISO 8601. #}
{% macro date_formats_of(column) %}
    {% set given = column_rules(column).get('date_format') or ([] if column.data_type == 'timestamp' else ['%Y-%m-%d']) %}
    {{ return([given] if given is string else given) }}
{% endmacro %}

{# The condition on bronze that keeps to the deliveries of this build; everything that is active when built anew. #}
{% macro deliveries_to_read(names) -%}
    {%- if model.resource_type == 'unit_test' -%} true
    {%- else -%} _delivery_id in (select delivery_id from {{ deliveries_table(names) }})
    {%- endif -%}
{%- endmacro %}

{% macro deliveries_table(names) %}{{ return(session_table('deliveries__' ~ names.system ~ '__' ~ names.table)) }}{% endmacro %}
