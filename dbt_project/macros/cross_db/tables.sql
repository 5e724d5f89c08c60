{#
    Tables and transactions. DuckDB runs each model in one transaction, DDL included. On Snowflake every DDL statement commits, so a
    materialization first makes what it needs (tables of the session, a table built anew), and then writes all rows that must agree between
    `begin_writes` and `commit_writes`. docs/dbt_on_snowflake.md says what a run that was stopped in between leaves, and how the next mends it.
#}

{# A table of this session alone. On Snowflake it is in `meta`, whatever schema the session is in. #}
{% macro session_table(name) %}{{ return(adapter.dispatch('session_table', 'healthcare_elt')(name)) }}{% endmacro %}
{% macro duckdb__session_table(name) %}{{ return(name) }}{% endmacro %}
{% macro snowflake__session_table(name) %}{{ return(meta_table(name)) }}{% endmacro %}

{# The statement that makes a model's table anew, with what its config says of it on that engine (transient, cluster_by). #}
{% macro replace_table(relation, sql) %}{{ return(adapter.dispatch('replace_table', 'healthcare_elt')(relation, sql)) }}{% endmacro %}
{% macro duckdb__replace_table(relation, sql) %}create or replace table {{ relation }} as {{ sql }}{% endmacro %}
{% macro snowflake__replace_table(relation, sql) %}{{ create_table_as(False, relation, sql) }}{% endmacro %}

{# A table that is kept from run to run, and could be made again: no history of it is paid for. #}
{% macro passing_table() %}{{ return(adapter.dispatch('passing_table', 'healthcare_elt')()) }}{% endmacro %}
{% macro duckdb__passing_table() %}{{ return('table') }}{% endmacro %}
{% macro snowflake__passing_table() %}{{ return('transient table') }}{% endmacro %}

{# From here to `commit_writes` only rows are written: all of them, or none. #}
{% macro begin_writes() %}{% do adapter.dispatch('begin_writes', 'healthcare_elt')() %}{% endmacro %}
{% macro duckdb__begin_writes() %}{% endmacro %}
{% macro snowflake__begin_writes() %}{% do run_statement('begin transaction') %}{% endmacro %}

{% macro commit_writes() %}{% do adapter.dispatch('commit_writes', 'healthcare_elt')() %}{% endmacro %}
{% macro duckdb__commit_writes() %}{% endmacro %}
{% macro snowflake__commit_writes() %}{% do run_statement('commit work') %}{% endmacro %}

{# On Snowflake `healthcare-elt snowflake apply` makes every schema, and nobody else may. #}
{% macro create_bookkeeping_schema(schema) %}{{ return(adapter.dispatch('create_bookkeeping_schema', 'healthcare_elt')(schema)) }}{% endmacro %}
{% macro duckdb__create_bookkeeping_schema(schema) %}{% do run_statement('create schema if not exists ' ~ schema) %}{% endmacro %}
{% macro snowflake__create_bookkeeping_schema(schema) %}{% endmacro %}

{#
    Statements that return no rows, in one call: dbt makes a table of what it fetches, and each call costs it more than a small statement
    costs the engine.
#}
{% macro run_statements(statements) %}
    {% call statement(auto_begin=false) %}
        {{ statements | join(';\n') }}
    {% endcall %}
{% endmacro %}

{% macro run_statement(sql) %}{% do run_statements([sql]) %}{% endmacro %}
