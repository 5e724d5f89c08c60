{#
    Materialization `by_delivery`: a table that is a pure function of deliveries, delivery by delivery.

    `standing_deliveries` says which deliveries it speaks of, and gives each a mark: a hash of all that its rows rest on. Rows of a delivery
    whose mark is not the one in `meta.processed` are made again, and those of a delivery that no longer stands are deleted: an anti-join,
    whatever the order and the batching. The model's SQL reads the deliveries to make from `due_deliveries()`.

    They are made of a few source tables at a time, each time in a transaction: in one statement an engine would hold the groups of all
    tables at once (DuckDB 10 to 15 MB of each, however small it is), and two hundred of them would not fit in a gigabyte.
#}
{% macro tables_at_a_time() %}{{ return(20) }}{% endmacro %}

{% materialization by_delivery, default %}
    {% set target_relation = this.incorporate(type='table') %}
    {% set fingerprint = fingerprint_of(model.name) %}
    {% set goes_on = is_incremental_build(model.name, load_relation(relation_named(model.name)), fingerprint) %}

    {% do tag_queries() %}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% if not goes_on %}
        {% do begin_anew(model.name) %}
        {% do run_statement("delete from " ~ meta_table('processed') ~ " where model = '" ~ model.name ~ "'") %}
    {% endif %}
    {% set due_tables_at_first = single_value("select count(*) from (select distinct system, table_name from (" ~ due_sql(model.name) ~ ") as due) as tables") %}
    {% do create_due_table(model.name) %}
    {% if goes_on %}
        {% do replace_due_deliveries(target_relation, compiled_code) %}
    {% else %}
        {# What was compiled is of the deliveries that were due before. #}
        {% call statement('main') %}
            {{ replace_table(target_relation, render(model.raw_code)) }}
        {% endcall %}
        {% do class_columns(target_relation) %}
        {% do begin_writes() %}
        {% do record_due(model.name) %}
        {% do record_built(model.name, fingerprint) %}
        {% do commit_writes() %}
    {% endif %}
    {% for _ in range(tables_at_a_time(), due_tables_at_first, tables_at_a_time()) %}
        {% do create_due_table(model.name) %}
        {% do replace_due_deliveries(target_relation, render(model.raw_code)) %}
    {% endfor %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% macro create_due_table(name) %}
    {% call statement('due') %}
        create or replace temporary table {{ due_table(name) }} as
        select due.* from ({{ due_sql(name) }}) as due
        join ({{ next_tables(name) }}) as coming on coming.system = due.system and coming.table_name = due.table_name
    {% endcall %}
{% endmacro %}

{# The source tables that come next of those of which a delivery is due. #}
{% macro next_tables(name) %}
    select distinct system, table_name from ({{ due_sql(name) }}) as due order by system, table_name limit {{ tables_at_a_time() }}
{% endmacro %}

{% macro replace_due_deliveries(relation, sql) %}
    {% set gone = session_table('gone__' ~ model.name) %}
    {% set after = session_table('after__' ~ model.name) %}
    {% call statement('gone') %}
        create or replace temporary table {{ gone }} as
        select delivery_id from {{ meta_table('processed') }} as here
        where model = '{{ model.name }}' and not exists (
            select 1 from ({{ standing_deliveries(model.name) }}) as standing
            where standing.delivery_id = here.delivery_id and standing.mark = here.contract
        )
    {% endcall %}
    {% if single_value("select (select count(*) from " ~ gone ~ ") + (select count(*) from " ~ due_table(model.name) ~ ")") == 0 %}
        {% call statement('main') %}select 1{% endcall %}
        {{ return('') }}
    {% endif %}
    {% call statement('after') %}
        create or replace temporary table {{ after }} as {{ sql }}
    {% endcall %}
    {% set list = adapter.get_columns_in_relation(relation) | map(attribute='quoted') | join(', ') %}
    {% do begin_writes() %}
    {% do run_statement("delete from " ~ relation ~ " where delivery_id in (select delivery_id from " ~ gone ~ ")") %}
    {% do run_statement("delete from " ~ meta_table('processed') ~ " where model = '" ~ model.name ~ "' and delivery_id in (select delivery_id from " ~ gone ~ ")") %}
    {% call statement('main') %}
        insert into {{ relation }} ({{ list }}) select {{ list }} from {{ after }}
    {% endcall %}
    {% do record_due(model.name) %}
    {% do commit_writes() %}
{% endmacro %}

{% macro record_due(name) %}
    {% do run_statement("insert into " ~ meta_table('processed') ~ " select '" ~ name ~ "', delivery_id, mark from " ~ due_table(name)) %}
{% endmacro %}

{% macro due_table(name) %}{{ return(session_table('due__' ~ name)) }}{% endmacro %}

{# In a model: the deliveries whose rows are to be made. #}
{% macro due_deliveries() %}
    {%- if model.resource_type == 'unit_test' -%}{{ return("(select distinct delivery_id from " ~ ref('delivery_profiles') ~ ") as due") }}{%- endif -%}
    {{ return(due_table(model.name)) }}
{% endmacro %}

{% macro due_sql(name) %}
    select * from ({{ standing_deliveries(name) }}) as standing
    where not exists (
        select 1 from {{ meta_table('processed') }} as here
        where here.model = '{{ name }}' and here.delivery_id = standing.delivery_id and here.contract = standing.mark
    )
{% endmacro %}

{# The source tables that come next, as [system, table]: the model's SQL need not speak of the others. All, before anything is run. #}
{% macro due_tables() %}
    {% if not execute or model.resource_type == 'unit_test' %}{{ return(var('source_tables')) }}{% endif %}
    {% set found = run_query(next_tables(model.name)).rows %}
    {% set due = [] %}
    {% for row in found %}{% do due.append(row[0] ~ '.' ~ row[1]) %}{% endfor %}
    {% set tables = [] %}
    {% for system, table in var('source_tables') if system ~ '.' ~ table in due %}{% do tables.append([system, table]) %}{% endfor %}
    {{ return(tables) }}
{% endmacro %}

{# What every delivery is judged by: its rows in silver under its contract; for expectations these too; for drift, those of its window. #}
{% macro standing_deliveries(name) %}
    {{ return(context['standing_deliveries__' ~ name]()) }}
{% endmacro %}

{# Deliveries that silver holds. One that another machine has loaded meanwhile is not among them. #}
{% macro deliveries_in_silver() %}
    select
        log.system, log.table_name, log.delivery_id, log.delivery_date, log.arrival, log.{{ identifier('rows') }} as bronze_rows,
        md5(log.delivery_id || here.contract) as mark
    from {{ meta_table('processed') }} as here
    join {{ meta_table('load_log') }} as log
        on log.delivery_id = here.delivery_id and log.system || '__' || log.table_name = here.model
{% endmacro %}

{% macro standing_deliveries__delivery_profiles() %}{{ return(deliveries_in_silver()) }}{% endmacro %}
{% macro standing_deliveries__delivery_shares() %}{{ return(deliveries_in_silver()) }}{% endmacro %}

{% macro standing_deliveries__data_drift() %}
    with marked as (
        {{ deliveries_in_silver() }}
    ),

    placed as (
        select marked.*, windows.deliveries as window_deliveries,
            row_number() over (partition by marked.system, marked.table_name order by marked.delivery_date, marked.arrival) as place
        from marked
        join ({{ drift_windows() }}) as windows on windows.system = marked.system and windows.table_name = marked.table_name
    )

    select
        placed.system, placed.table_name, placed.delivery_id, placed.delivery_date, placed.arrival,
        md5({{ joined('earlier.mark', 'earlier.place') }}) as mark
    from placed
    join ({{ drift_steps() }}) as steps on steps.step <= placed.window_deliveries
    join placed as earlier
        on earlier.system = placed.system and earlier.table_name = placed.table_name and earlier.place = placed.place - steps.step
    group by placed.system, placed.table_name, placed.delivery_id, placed.delivery_date, placed.arrival
{% endmacro %}

{# How many deliveries before it a delivery of each source table is compared with. #}
{% macro drift_windows() %}
    {%- for system, table in var('source_tables') %}
    select '{{ system }}' as system, '{{ table }}' as table_name, {{ drift_rule(system, table).get('window', 14) }} as deliveries
    {{- ' union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}

{# From a delivery itself back to the first of the widest window: an engine joins by equality, whatever the length of history. #}
{% macro drift_steps() %}
    {%- set widest = namespace(window=14) -%}
    {%- for system, table in var('source_tables') -%}
        {%- set widest.window = [widest.window, drift_rule(system, table).get('window', 14)] | max -%}
    {%- endfor -%}
    {%- for step in range(widest.window + 1) %}select {{ step }} as step{{ ' union all ' if not loop.last }}{% endfor -%}
{% endmacro %}

{# Unit tests know no contract: the defaults hold. #}
{% macro drift_rule(system, table) %}
    {% if not execute or model.resource_type == 'unit_test' %}{{ return({}) }}{% endif %}
    {{ return(contract_of(source_node(system, table)).get('drift') or {}) }}
{% endmacro %}
