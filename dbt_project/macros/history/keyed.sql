{#
    Materialization `keyed`: a table that is a pure function of its inputs, key by key.
    The first build (and any after a change of its code or of a producer built anew) computes everything; after that the touched keys are
    computed again and the difference is written. A key that is touched and gone is deleted.
#}
{% materialization keyed, default %}
    {% set target_relation = this.incorporate(type='table') %}
    {% set existing = load_cached_relation(this) %}
    {% set key = config.require('unique_key') %}
    {% set key = [key] if key is string else key %}
    {% set fingerprint = fingerprint_of(model.name) %}

    {% do tag_queries() %}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% if not is_incremental_build(model.name, existing, fingerprint) %}
        {% do begin_anew(model.name) %}
        {% call statement('main') %}
            {{ replace_table(target_relation, compiled_code) }}
        {% endcall %}
        {% do class_columns(target_relation) %}
        {% do begin_writes() %}
        {% do record_full_batch(model.name) %}
        {% do run_statement(record_consumed(model.name)) %}
        {% do record_built(model.name, fingerprint) %}
        {% do commit_writes() %}
    {% elif single_value("select count(*) from (" ~ unconsumed_batches(model.name) ~ ") as b") == 0 %}
        {% call statement('main') %}select 1{% endcall %}
    {% else %}
        {% do update_touched_keys(target_relation, key) %}
    {% endif %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% macro update_touched_keys(relation, key) %}
    {% set touched = touched_table(model.name) %}
    {% set before = session_table('before__' ~ model.name) %}
    {% set after = session_table('after__' ~ model.name) %}
    {% call statement('touched') %}
        create or replace temporary table {{ touched }} as {{ touched_keys(model.name, key) }}
    {% endcall %}
    {% call statement('before') %}
        create or replace temporary table {{ before }} as
        select * from {{ relation }} as here where exists (select 1 from {{ touched }} as t where {{ same('t', 'here', key) }})
    {% endcall %}
    {% call statement('after') %}
        create or replace temporary table {{ after }} as {{ compiled_code }}
    {% endcall %}
    {% set columns = adapter.get_columns_in_relation(relation) | map(attribute='quoted') | list %}
    {% set changed = create_difference(model.name, before, after, columns) %}
    {% do begin_writes() %}
    {% if changed > 0 %}
        {% do record_changes(model.name) %}
        {% set has_changed = "exists (select 1 from " ~ difference_table(model.name) ~ " as d where " ~ same('d', 'here', key) ~ ")" %}
        {% set list = columns | join(', ') %}
        {% call statement('delete') %}
            delete from {{ relation }} as here where {{ has_changed }}
        {% endcall %}
        {% call statement('main') %}
            insert into {{ relation }} ({{ list }})
            select {{ list }} from {{ after }} as here where {{ has_changed }}
        {% endcall %}
    {% else %}
        {% call statement('main') %}select 1{% endcall %}
    {% endif %}
    {% do run_statement(record_consumed(model.name)) %}
    {% do commit_writes() %}
{% endmacro %}
