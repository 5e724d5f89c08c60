{#
    What was built from what. Four small tables in schema `meta`, each written in the transaction of the rows it
    speaks of, make every model incremental without a clock or a watermark:

    processed         which delivery is in which silver model under which contract, or in which other table that is made by delivery
    change_batches    each run of a producer that changed rows; `is_full` says that it was built anew
    consumed_batches  which consumer has taken which batch of which producer
    built             the code a model was built with

    A producer's changed rows, old and new, are in `meta.changes__<producer>`: a change feed. A consumer touches the
    keys in the batches that it has not consumed (an anti-join, never "newer than"), computes them again, and writes the difference.
#}

{% macro create_bookkeeping() %}
    {% if execute %}
        {% set schema = target.database ~ '.meta' %}
        {% do create_bookkeeping_schema(schema) %}
        {% do run_statements([
            'create table if not exists ' ~ schema ~ '.processed (model varchar, delivery_id varchar, contract varchar)',
            'create table if not exists ' ~ schema ~ '.change_batches (producer varchar, batch varchar, is_full boolean)',
            'create table if not exists ' ~ schema ~ '.consumed_batches (consumer varchar, producer varchar, batch varchar)',
            'create table if not exists ' ~ schema ~ '.built (model varchar, fingerprint varchar)',
        ]) %}
    {% endif %}
{% endmacro %}

{% macro meta_table(name) %}{{ return(target.database ~ '.meta.' ~ name) }}{% endmacro %}

{% macro feed_of(producer) %}{{ return(meta_table('changes__' ~ producer)) }}{% endmacro %}

{% macro single_value(sql) %}{{ return(run_query(sql).rows[0][0]) }}{% endmacro %}

{# True when the table can be brought up to date key by key: it exists, its code has not changed, and no producer was built anew. #}
{% macro is_incremental_build(name, relation, fingerprint) %}
    {% if not execute or relation is none or flags.FULL_REFRESH %}{{ return(false) }}{% endif %}
    {% set same_code = single_value("select count(*) from " ~ meta_table('built') ~ " where model = '" ~ name ~ "' and fingerprint = '" ~ fingerprint ~ "'") %}
    {% if same_code == 0 %}{{ return(false) }}{% endif %}
    {{ return(single_value("select count(*) from (" ~ unconsumed_batches(name) ~ ") as b where is_full") == 0) }}
{% endmacro %}

{% macro fingerprint_of(name) %}
    {% set node = node_named(name) %}
    {{ return(local_md5(tojson([node.checksum.checksum, node.unrendered_config | string, var('macros_fingerprint')] + tagged_classes(node)))) }}
{% endmacro %}

{# The batches that `consumer` has not taken; its producers are the keys of its `touched_by`. #}
{% macro unconsumed_batches(consumer) -%}
    {%- set producers = node_named(consumer).config.meta.get('touched_by', {}).keys() | list -%}
    select producer, batch, is_full from {{ meta_table('change_batches') }} as made
    where producer in ('{{ producers | join("', '") }}')
        and not exists (
            select 1 from {{ meta_table('consumed_batches') }} as taken
            where taken.consumer = '{{ consumer }}' and taken.producer = made.producer and taken.batch = made.batch
        )
{%- endmacro %}

{% macro node_named(name) %}
    {% for node in graph.nodes.values() %}
        {% if node.name == name and node.resource_type in ('model', 'snapshot', 'seed') %}{{ return(node) }}{% endif %}
    {% endfor %}
    {{ exceptions.raise_compiler_error("No model or snapshot called " ~ name ~ "; a `touched_by` names one that does not exist.") }}
{% endmacro %}

{% macro key_of(name) %}
    {% set key = node_named(name).config.unique_key %}
    {{ return([key] if key is string else key) }}
{% endmacro %}

{% macro relation_named(name) %}
    {% set node = node_named(name) %}
    {{ return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) }}
{% endmacro %}

{% macro touched_table(name) %}{{ return(session_table('touched__' ~ name)) }}{% endmacro %}

{#
    The keys of `consumer` that changes of its producers touch. `touched_by` gives for each producer a list of ways, each either the producer's
    columns (or expressions) that equal the consumer's key, or {on: […], through: model}: the keys of the rows of `through` that agree with a
    changed row in the columns `on`, whose names in `through` are `equal` if they differ.
#}
{% macro touched_keys(consumer, key) -%}
    {%- set names = [] -%}
    {%- for column in key -%}{%- do names.append('null as ' ~ column) -%}{%- endfor -%}
    {%- set selects = ["select " ~ names | join(', ') ~ " where 1 = 0"] -%}
    {%- set producers = run_query("select distinct producer from (" ~ unconsumed_batches(consumer) ~ ") as b").columns[0].values() | list -%}
    {%- for producer, ways in node_named(consumer).config.meta.touched_by.items() if producer in producers -%}
        {%- set changed = feed_of(producer) ~ " as changed where batch in (select batch from (" ~ unconsumed_batches(consumer) ~ ") as b where producer = '" ~ producer ~ "')" -%}
        {%- for way in ways -%}
            {%- if way is mapping -%}
                {%- set agreements = [] -%}
                {%- for column in way.on -%}
                    {%- do agreements.append("through." ~ (way.equal or way.on)[loop.index0] ~ " is not distinct from changed." ~ column) -%}
                {%- endfor -%}
                {%- do selects.append("select " ~ key | join(', ') ~ " from " ~ relation_named(way.through) ~ " as through where exists (select 1 from "
                    ~ changed ~ " and " ~ agreements | join(' and ') ~ ")") -%}
            {%- else -%}
                {%- do selects.append("select " ~ way | join(', ') ~ " from " ~ changed) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    select distinct * from ({{ selects | join(' union all ') }}) as touched
{%- endmacro %}

{# Asked of the database: dbt's cache does not know a feed that this very run has made. #}
{% macro feed_exists(producer) %}
    {{ return(single_value("select count(*) from information_schema.tables where lower(table_schema) = 'meta' and lower(table_name) = 'changes__" ~ producer ~ "'") > 0) }}
{% endmacro %}

{#
    The condition that keeps a model's SQL to the touched keys of `consumer`; true when everything is built.
    Used inside the model, on every branch that reads history. A null in a key is a value like any other, which `in` would not find.
#}
{% macro only_touched(consumer, columns) -%}
    {%- if not execute or model.resource_type == 'unit_test' -%} true
    {%- else -%}
        {%- set relation = load_relation(relation_named(consumer)) -%}
        {%- if is_incremental_build(consumer, relation, fingerprint_of(consumer)) -%}
            {#- Names of its own, or a column of the model would be taken for the touched one of that name. #}
            {%- set key = key_of(consumer) -%}
            {%- set names = [] -%}
            {%- for column in key -%}{%- do names.append(column ~ ' as touched_' ~ loop.index) -%}{%- endfor %}
            exists (
                select 1 from (select {{ names | join(', ') }} from {{ touched_table(consumer) }}) as touched
                where {% for column in columns %}touched.touched_{{ loop.index }} is not distinct from {{ column }}{{ ' and ' if not loop.last }}{% endfor %}
            )
        {%- else -%} true
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro record_consumed(consumer) -%}
    insert into {{ meta_table('consumed_batches') }} (consumer, producer, batch)
    select '{{ consumer }}', producer, batch from ({{ unconsumed_batches(consumer) }}) as b
{%- endmacro %}

{% macro record_built(name, fingerprint) %}
    {% do run_statements([
        "delete from " ~ meta_table('built') ~ " where model = '" ~ name ~ "' and fingerprint <> '" ~ fingerprint ~ "'",
        "insert into " ~ meta_table('built') ~ " (model, fingerprint) select '" ~ name ~ "', '" ~ fingerprint ~ "' where not exists (select 1 from " ~ meta_table('built') ~ " where model = '" ~ name ~ "')",
    ]) %}
{% endmacro %}

{#
    Before a table is built anew. Its changes until now are of no more use; and were the build stopped before `record_built`,
    the next run would find that the table is not the one that was built, and build it again.
#}
{% macro begin_anew(producer) %}
    {% do run_statements([
        "delete from " ~ meta_table('built') ~ " where model = '" ~ producer ~ "'",
        "delete from " ~ meta_table('change_batches') ~ " where producer = '" ~ producer ~ "'",
        "drop table if exists " ~ feed_of(producer),
    ]) %}
{% endmacro %}

{# A batch that says "built anew": every consumer builds anew too. #}
{% macro record_full_batch(producer) %}
    {% do run_statement("insert into " ~ meta_table('change_batches') ~ " values ('" ~ producer ~ "', '" ~ invocation_id ~ "', true)") %}
{% endmacro %}

{#
    The difference between two tables with the same columns, in a table of the session, and a change feed that can take it.
    Returns the number of changed rows.
#}
{% macro create_difference(producer, before, after, columns) %}
    {% set list = columns | join(', ') %}
    {% set difference = difference_table(producer) %}
    {% call statement('difference') %}
        create or replace temporary table {{ difference }} as
        (select 'before' as change, {{ list }} from {{ before }} except select 'before', {{ list }} from {{ after }})
        union all
        (select 'after' as change, {{ list }} from {{ after }} except select 'after', {{ list }} from {{ before }})
    {% endcall %}
    {% set changed = single_value('select count(*) from ' ~ difference) %}
    {% if changed > 0 %}
        {% do run_statement("create " ~ passing_table() ~ " if not exists " ~ feed_of(producer) ~ " as select cast(null as varchar) as batch, * from " ~ difference ~ " where 1 = 0") %}
    {% endif %}
    {{ return(changed) }}
{% endmacro %}

{% macro difference_table(producer) %}{{ return(session_table('difference__' ~ producer)) }}{% endmacro %}

{# The difference as a batch of the producer's change feed; call it only where there is one. #}
{% macro record_changes(producer) %}
    {% do run_statements([
        "insert into " ~ feed_of(producer) ~ " select '" ~ invocation_id ~ "', d.* from " ~ difference_table(producer) ~ " as d",
        "insert into " ~ meta_table('change_batches') ~ " values ('" ~ producer ~ "', '" ~ invocation_id ~ "', false)",
    ]) %}
{% endmacro %}
