{# What people read of a source table's classified rows: all versions, the current ones, and quarantine. #}

{% macro source_columns(system, table) %}
    {%- if not execute %}{{ return(['*']) }}{% endif -%}
    {{ return(source_node(system, table).columns.values() | map(attribute='name') | list) }}
{% endmacro %}

{#
    The columns of these views, in order, of the columns of their source table: who makes a view asks here and not the database, which has to
    be asked for any other model.
#}
{% macro version_columns(columns) %}
    {{ return(columns + ['_effective_at', '_first_effective_at', '_is_deleted', '_is_current', '_delivery_id', '_row_number', '_delivery_date', '_arrival']) }}
{% endmacro %}
{% macro current_columns(columns) %}
    {{ return(columns + ['_effective_at', '_first_effective_at', '_delivery_id', '_row_number', '_delivery_date', '_arrival']) }}
{% endmacro %}
{% macro quarantine_columns(columns) %}
    {{ return(['kind', 'reasons', 'element'] + columns + ['_delivery_id', '_row_number', '_delivery_date', '_arrival']) }}
{% endmacro %}

{% macro columns_of_view(sql) %}
    {% set node = contract_of_model() %}
    {% if node is none %}{{ return(get_columns_in_query(sql)) }}{% endif %}
    {% set columns = source_columns(node.source_name, node.name) %}
    {% if model.schema | lower == 'quarantine' %}{{ return(quarantine_columns(columns)) }}{% endif %}
    {{ return(current_columns(columns) if model.alias == node.source_name ~ '__' ~ node.name ~ '_current' else version_columns(columns)) }}
{% endmacro %}

{#
    All valid versions with exact repeats removed; a deletion is a version with `_is_deleted`. Versions and tombstones are what has a
    `_first_effective_at`: DuckDB asks that while it scans, and does not take it for a fifth of the rows as it does a list of classes, which
    makes it join a fact to its dimensions the wrong way round. For the same reason people ask for `_is_current = true`.
#}
{% macro versions_of(system, table) %}
    select {{ identifiers(version_columns(source_columns(system, table))) }}
    from {{ ref(system ~ '__' ~ table ~ '_rows') }}
    where _first_effective_at is not null
{% endmacro %}

{# The last version of each key that has not been deleted. #}
{% macro current_of(system, table) %}
    select {{ identifiers(current_columns(source_columns(system, table))) }}
    from {{ ref(system ~ '__' ~ table) }}
    where _is_current = true
{% endmacro %}

{# Rows that broke a rule, whole and as delivered, with every reason; and single elements of lists, whose row stays. #}
{% macro quarantined_of(system, table) %}
    {%- set cells = [] -%}
    {%- for column in (source_node(system, table).columns.values() if execute else []) -%}
        {%- do cells.append(delivered_cell(source(system, table), column, 'bronze.') ~ ' as ' ~ identifier(column.name)) -%}
    {%- endfor -%}
    with classified as (
        select * from {{ ref(system ~ '__' ~ table ~ '_rows') }}
    ),

    bronze as (
        select * from {{ source(system, table) }}
    ),

    told as (
        select c._delivery_id, c._row_number, {{ element_of('e') }} as told
        from classified as c, {{ explode('c._bad_elements', 'e') }}
        where c._bad_elements <> '' and c._class in ('version', 'repeat')
    ),

    elements as (
        select *, split_part(told, ':', 1) as reason from told
    )

    select
        'row' as kind, c._reasons as reasons, null as element,
        {% for cell in cells %}{{ cell }}, {% endfor %}
        c._delivery_id, c._row_number, c._delivery_date, c._arrival
    from classified as c
    join bronze on bronze._delivery_id = c._delivery_id and bronze._row_number = c._row_number
    where c._class = 'quarantined'
    union all
    select
        'element', elements.reason, substr(elements.told, length(elements.reason) + 2),
        {% for cell in cells %}{{ cell }}, {% endfor %}
        bronze._delivery_id, bronze._row_number, bronze._delivery_date, bronze._arrival
    from elements
    join bronze on bronze._delivery_id = elements._delivery_id and bronze._row_number = elements._row_number
{% endmacro %}
