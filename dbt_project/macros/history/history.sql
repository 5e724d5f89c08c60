{#
    The `history` snapshot strategy: SCD2 as a pure function of all versions of a key.

    A snapshot with it selects versions, one row per key and moment: the key, `updated_at`, `is_deleted` and the columns of
    `check_cols`. For the touched keys all versions are read, a version equal to its predecessor is dropped, `dbt_valid_to` is the
    next version's moment, and the difference to the snapshot is merged. Order of arrival, batches and repeats make no difference, which
    dbt's own `timestamp` and `check` strategies cannot promise (dbt-core issue 7138).
#}

{% macro snapshot_history_strategy(node, snapshotted_rel, current_rel, model_config, target_exists) %}
    {% set key = config.get('unique_key') %}
    {{ return({
        'unique_key': key,
        'updated_at': config.get('updated_at'),
        'row_changed': 'false',
        'scd_id': hash_key(([key] if key is string else key) + [moment_text(config.get('updated_at'))]),
        'hard_deletes': 'ignore',
        'invalidate_hard_deletes': false,
    }) }}
{% endmacro %}

{#
    The history of every key in `versions`: one row per version that differs from the one before it, closed by the next.
    At one moment a live version beats a deletion. Most keys have one version, which is compared with nothing.
#}
{% macro history(versions, key, updated_at, check_cols) %}
    {%- set columns = (key + check_cols + [updated_at, 'is_deleted']) | join(', ') %}
    with versions as (
        {{ versions }}
    ),

    several as (
        select {{ key | join(', ') }} from versions group by {{ key | join(', ') }} having count(*) > 1
    ),

    one_per_moment as (
        select * from versions as here
        where exists (select 1 from several where {{ same('several', 'here', key) }})
        qualify row_number() over (partition by {{ key | join(', ') }}, {{ updated_at }} order by is_deleted) = 1
    ),

    compared as (
        select
            *,
            lag(is_deleted) over (partition by {{ key | join(', ') }} order by {{ updated_at }}) as previous_is_deleted
            {%- for column in check_cols %},
            lag({{ column }}) over (partition by {{ key | join(', ') }} order by {{ updated_at }}) as previous_{{ column }}
            {%- endfor %}
        from one_per_moment
    ),

    changes as (
        select * from compared
        where case
            when previous_is_deleted is null then not is_deleted
            when is_deleted then not previous_is_deleted
            when previous_is_deleted then true
            else false {%- for column in check_cols %} or {{ column }} is distinct from previous_{{ column }}{% endfor %}
        end
    ),

    chained as (
        select {{ columns }}, lead({{ updated_at }}) over (partition by {{ key | join(', ') }} order by {{ updated_at }}) as valid_to
        from changes
        union all
        select {{ columns }}, null
        from versions as here
        where not exists (select 1 from several where {{ same('several', 'here', key) }})
    )

    select
        {{ (key + check_cols) | join(', ') }},
        {{ hash_key(key + [moment_text(updated_at)]) }} as dbt_scd_id,
        {{ updated_at }} as dbt_updated_at,
        {{ updated_at }} as dbt_valid_from,
        valid_to as dbt_valid_to
    from chained
    where not is_deleted
{% endmacro %}

{% macro history_of_snapshot(sql) %}
    {% set key = config.get('unique_key') %}
    {{ return(history(sql, [key] if key is string else key, config.get('updated_at'), config.get('check_cols') or [])) }}
{% endmacro %}

{% macro default__build_snapshot_table(strategy, sql) %}
    {{ require_history_strategy() }}
    {% do begin_anew(model.name) %}
    {{ history_of_snapshot(sql) }}
{% endmacro %}

{% macro require_history_strategy() %}
    {% if config.get('strategy') != 'history' %}
        {{ exceptions.raise_compiler_error("Snapshot " ~ model.name ~ " has strategy '" ~ config.get('strategy') ~ "'; in this project it must be 'history', which keeps late and repeated versions.") }}
    {% endif %}
{% endmacro %}

{# The difference between the history of the touched keys and the snapshot: rows to insert, update and delete by dbt_scd_id. #}
{% macro default__snapshot_staging_table(strategy, source_sql, target_relation) %}
    {{ require_history_strategy() }}
    {% set key = config.get('unique_key') %}
    {% set key = [key] if key is string else key %}
    {% set columns = key + (config.get('check_cols') or []) + ['dbt_scd_id', 'dbt_updated_at', 'dbt_valid_from', 'dbt_valid_to'] %}
    {% set incremental = is_incremental_build(model.name, target_relation, fingerprint_of(model.name)) %}
    {% do create_touched_keys(key, incremental) %}
    {% if not incremental %}
        {% do begin_anew(model.name) %}
        {% do drop_retyped_columns(target_relation, history_of_snapshot(source_sql)) %}
    {% endif %}
    with expected as (
        {{ history_of_snapshot(source_sql) }}
    ),

    present as (
        select {{ columns_or_null(target_relation, columns) | join(', ') }} from {{ target_relation }} as here
        {%- if incremental %}
        where exists (select 1 from {{ touched_table(model.name) }} as t where {{ same('t', 'here', key) }})
        {%- endif %}
    )

    select 'delete' as dbt_change_type, present.*
    from present
    left join expected on present.dbt_scd_id = expected.dbt_scd_id
    where expected.dbt_scd_id is null
    union all
    select case when present.dbt_scd_id is null then 'insert' else 'update' end as dbt_change_type, expected.*
    from expected
    left join present on expected.dbt_scd_id = present.dbt_scd_id
    where present.dbt_scd_id is null or not ({{ same('expected', 'present', columns) }})
{% endmacro %}

{#
    Columns whose type is another than when the snapshot was made, since a contract changed: dbt adds them again as new ones, and every row
    gets its value. Its insert would fail on the first value that does not fit the old type.
#}
{% macro drop_retyped_columns(relation, sql) %}
    {% set types = {} %}
    {% for column in get_column_schema_from_query(sql) %}{% do types.update({column.name | lower: column.data_type}) %}{% endfor %}
    {% for column in get_column_schema_from_query('select * from ' ~ relation) %}
        {% if types.get(column.name | lower, column.data_type) != column.data_type %}
            {% do run_statement('alter table ' ~ relation ~ ' drop column ' ~ adapter.quote(column.name)) %}
        {% endif %}
    {% endfor %}
{% endmacro %}

{# A column of `check_cols` that is new is null in every row that was there before. #}
{% macro columns_or_null(relation, columns) %}
    {% set present = adapter.get_columns_in_relation(relation) | map(attribute='name') | map('lower') | list %}
    {% set expressions = [] %}
    {% for column in columns %}
        {% do expressions.append(column if column in present else 'null as ' ~ column) %}
    {% endfor %}
    {{ return(expressions) }}
{% endmacro %}

{% macro create_touched_keys(key, incremental) %}
    {% call statement('touched') %}
        create or replace temporary table {{ touched_table(model.name) }} as
        {%- if incremental %} {{ touched_keys(model.name, key) }}
        {%- else %} select {% for column in key %}null as {{ column }}{{ ', ' if not loop.last }}{% endfor %} where 1 = 0 {% endif %}
    {% endcall %}
{% endmacro %}

{% macro default__snapshot_merge_sql(target, source, insert_cols) -%}
    {%- set changed = create_snapshot_difference(target, source) if is_incremental_build(model.name, target, fingerprint_of(model.name)) else 0 -%}
    {%- do begin_writes() -%}
    {%- if changed > 0 %}{% do record_changes(model.name) %}{% endif -%}
    delete from {{ target }} where dbt_scd_id in (select dbt_scd_id from {{ source }} where dbt_change_type in ('delete', 'update'));
    insert into {{ target }} ({{ insert_cols | join(', ') }})
    select {{ insert_cols | join(', ') }} from {{ source }} where dbt_change_type in ('insert', 'update');
{%- endmacro %}

{# What changes in a snapshot: its rows before and after, for the keys in the staging table. Returns their number. #}
{% macro create_snapshot_difference(target, source) %}
    {% set key = config.get('unique_key') %}
    {% set columns = ([key] if key is string else key) + (config.get('check_cols') or []) + ['dbt_valid_from', 'dbt_valid_to'] %}
    {% set before = session_table('before__' ~ model.name) %}
    {% set after = session_table('after__' ~ model.name) %}
    {% do run_statement("create or replace temporary table " ~ before ~ " as select " ~ columns | join(', ') ~ " from " ~ target ~ " where dbt_scd_id in (select dbt_scd_id from " ~ source ~ " where dbt_change_type <> 'insert')") %}
    {% do run_statement("create or replace temporary table " ~ after ~ " as select " ~ columns | join(', ') ~ " from " ~ source ~ " where dbt_change_type <> 'delete'") %}
    {{ return(create_difference(model.name, before, after, columns)) }}
{% endmacro %}

{# Post-hook of every snapshot, inside its transaction, which it ends: what it has consumed, and that it was built. #}
{% macro finish_snapshot() %}
    {% if execute %}
        {% set fingerprint = fingerprint_of(model.name) %}
        {% set anew = not is_incremental_build(model.name, this, fingerprint) %}
        {% if anew %}{% do record_full_batch(model.name) %}{% endif %}
        {% if single_value("select count(*) from (" ~ unconsumed_batches(model.name) ~ ") as b") > 0 %}
            {% do run_statement(record_consumed(model.name)) %}
        {% endif %}
        {% do commit_writes() %}
        {% if anew %}
            {% do class_columns(this) %}
            {% do record_built(model.name, fingerprint) %}
        {% endif %}
    {% endif %}
{% endmacro %}
