{# dbt's own macros for Snowflake, found before the project's, give way to the `history` strategy. #}

{% macro snowflake__snapshot_merge_sql(target, source, insert_cols) %}{{ return(default__snapshot_merge_sql(target, source, insert_cols)) }}{% endmacro %}
