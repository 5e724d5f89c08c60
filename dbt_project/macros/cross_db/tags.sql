{#
    PHI classes as tags of columns, to which Snowflake's masks are bound. A table or view made anew has lost them: a view gets them in the
    statement that makes it, a table in one statement after it. In between, as before anybody has classed a column, the class of the
    schema holds, which is the strictest; a column's own can only show more. DuckDB has no masks.
#}

{# The classes of the columns of a table that was just made anew, in a statement of its own: on Snowflake, outside of a transaction. #}
{% macro class_columns(relation) %}{% do adapter.dispatch('class_columns', 'healthcare_elt')(relation) %}{% endmacro %}
{% macro duckdb__class_columns(relation) %}{% endmacro %}
{% macro snowflake__class_columns(relation) %}
    {% set classed = [] %}
    {% for column in adapter.get_columns_in_relation(relation) if phi_class(column.name | lower) %}
        {% do classed.append("column " ~ column.quoted ~ " set tag " ~ meta_table('phi') ~ " = '" ~ phi_class(column.name | lower) ~ "'") %}
    {% endfor %}
    {% if classed %}{% do run_statement("alter table " ~ relation ~ " modify " ~ classed | join(', ')) %}{% endif %}
{% endmacro %}

{# Post-hook of every model: dbt makes a table of materialization `table` anew with every build. The others class their own. #}
{% macro class_table() %}
    {% if execute and model.config.materialized == 'table' %}{% do class_columns(this) %}{% endif %}
{% endmacro %}

{# dbt's own materialization calls this one for every view. #}
{% macro snowflake__create_view_as(relation, sql) %}
    create or replace view {{ relation }} (
        {%- for name in columns_of_view(sql) %}
        {%- set class = phi_class(name | lower) %}
        {{ adapter.quote(name | upper) }}{% if class %} with tag ({{ meta_table('phi') }} = '{{ class }}'){% endif %}{{ ',' if not loop.last }}
        {%- endfor %}
    ) as (
        {{ sql }}
    )
{% endmacro %}

{# What a keyed table's columns are declared to be, as part of what it was built with. #}
{% macro tagged_classes(node) %}{{ return(adapter.dispatch('tagged_classes', 'healthcare_elt')(node)) }}{% endmacro %}
{% macro duckdb__tagged_classes(node) %}{{ return([]) }}{% endmacro %}
{% macro snowflake__tagged_classes(node) %}{{ return([declared_classes(node)]) }}{% endmacro %}
