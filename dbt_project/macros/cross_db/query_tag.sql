{# Whose query it is: Snowflake's query history has the run and the asset with each, for what a run costs. #}

{% macro tag_queries() %}{% do adapter.dispatch('tag_queries', 'healthcare_elt')() %}{% endmacro %}
{% macro duckdb__tag_queries() %}{% endmacro %}
{% macro snowflake__tag_queries() %}
    {% set run = env_var('HEALTHCARE_ELT_RUN_ID', '') or invocation_id %}
    {% do run_statement("alter session set query_tag = " ~ text_literal(tojson({'run': run, 'asset': model.unique_id}))) %}
{% endmacro %}

{# dbt's own materializations call this one. #}
{% macro snowflake__set_query_tag() %}{% do snowflake__tag_queries() %}{% endmacro %}
