{#
    Views on DuckDB, in one statement. dbt's own materialization makes each under another name, asks for what is there, renames it twice and
    drops what was there before, so that a reader finds one or the other; on DuckDB the transaction sees to that.
#}
{% materialization view, adapter='duckdb' %}
    {% set target_relation = this.incorporate(type='view') %}
    {% set existing = load_cached_relation(this) %}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% if existing is not none and not existing.is_view %}{% do adapter.drop_relation(existing) %}{% endif %}
    {% call statement('main') %}
        create or replace view {{ target_relation }} as (
            {{ compiled_code }}
        )
    {% endcall %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
