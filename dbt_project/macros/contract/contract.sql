{#
    The contract as dbt sees it: read from `graph.sources`, the same YAML that the Pydantic models read.
    Rules are in rules.sql, casts in cross_db/.
#}

{# The source node of `<system>__<table>`, with its contract. #}
{% macro source_node(system, table) %}
    {% for node in graph.sources.values() %}
        {% if node.source_name == system and node.name == table %}
            {{ return(node) }}
        {% endif %}
    {% endfor %}
    {{ exceptions.raise_compiler_error("No source table " ~ system ~ "." ~ table ~ " in models/sources: declare it there with a contract.") }}
{% endmacro %}

{% macro contract_of(node) %}
    {% set contract = node.config.meta.get('contract') %}
    {% if contract is none %}
        {{ exceptions.raise_compiler_error(node.original_file_path ~ ": table " ~ node.name ~ " has no config.meta.contract; see the other tables for its keys.") }}
    {% endif %}
    {{ return(contract) }}
{% endmacro %}

{# The column rules of a source column. #}
{% macro column_rules(column) %}
    {{ return(column.config.get('meta') or column.get('meta') or {}) }}
{% endmacro %}

{#
    The cell of a column as it was delivered: of the column itself, or else of an alias that bronze holds because it was delivered before
    the contract knew that alias. `row` names the bronze row in a query that reads more than one table.
#}
{% macro delivered_cell(bronze, column, row='') %}
    {%- set cells = [row ~ delivered_name(column.name)] -%}
    {%- set aliases = column_rules(column).get('aliases', []) | map('trim') | map('lower') | list -%}
    {%- if aliases -%}
        {%- for there in adapter.get_columns_in_relation(bronze) if there.name | lower in aliases -%}{%- do cells.append(row ~ there.quoted) -%}{%- endfor -%}
    {%- endif -%}
    {{ return(cells[0] if cells | length == 1 else 'coalesce(' ~ cells | join(', ') ~ ')') }}
{% endmacro %}

{# Changes whenever a rule, a type or a macro does: rows typed under another contract are typed again. What is said of health types nothing. #}
{% macro contract_fingerprint(node) %}
    {% set contract = {} %}
    {% for name, rule in contract_of(node).items() if name not in ['drift', 'expectations'] %}{% do contract.update({name: rule}) %}{% endfor %}
    {% set columns = [] %}
    {% for column in node.columns.values() %}
        {% do columns.append([column.name, column.data_type, column_rules(column)]) %}
    {% endfor %}
    {{ return(local_md5(tojson([contract, columns, var('macros_fingerprint')]))) }}
{% endmacro %}
