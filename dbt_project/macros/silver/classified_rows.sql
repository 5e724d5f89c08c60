{#
    Materialization `classified_rows`: every bronze row of a source table, in exactly one class (promise P1).

    version      a state of its key from `_effective_at` on; of a row whose operation is D, that the key is deleted (`_is_deleted`)
    tombstone    its key is absent from a full delivery from `_effective_at` on (not a bronze row)
    repeat       equal to the version it would follow; a deletion of a key that is not there
    superseded   a later row for the same key and moment, or a later arrival of the same full delivery, replaces it
    quarantined  it broke a rule

    Work grows with the deliveries that are new (or withdrawn): their rows are typed, and the keys they touch are classified again.
    The result is a function of the set of deliveries alone. classify.sql holds the definition.
#}
{% materialization classified_rows, default %}
    {% set target_relation = this.incorporate(type='table') %}
    {% set existing = load_cached_relation(this) %}
    {% set names = {'system': model.sources[0][0], 'table': model.sources[0][1]} %}
    {% set producer = names.system ~ '__' ~ names.table %}
    {% set node = source_node(names.system, names.table) %}
    {% set fingerprint = contract_fingerprint(node) %}
    {# A model may end in a comment. #}
    {% set typed_sql = compiled_code ~ '\n' %}

    {% do tag_queries() %}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% set other_contract = single_value("select count(*) from " ~ meta_table('processed') ~ " as p left join " ~ meta_table('load_log') ~ " as log on log.delivery_id = p.delivery_id"
        ~ " where p.model = '" ~ producer ~ "' and p.contract <> " ~ contract_of_load(fingerprint)) %}
    {% do create_active(names) %}
    {% if existing is none or flags.FULL_REFRESH or other_contract > 0 %}
        {% do build_all_rows(target_relation, names, producer, node, fingerprint, typed_sql) %}
    {% else %}
        {% do create_delivery_difference(names, producer) %}
        {% if single_value('select count(*) from ' ~ deliveries_table(names)) == 0 %}
            {% call statement('main') %}select 1{% endcall %}
        {% else %}
            {% do update_touched_rows(target_relation, names, producer, node, fingerprint, typed_sql) %}
        {% endif %}
    {% endif %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#
    Deliveries of the table that count: loaded and not withdrawn. A full delivery without one good row does not say that everything
    was deleted, unless the contract allows that and none of its lines was rejected. One that is not whole, since some of its lines
    are no rows, has rows like any other, and deletes nothing: the absent key may be the one that cannot be read.
#}
{% macro active_deliveries(names) -%}
    {%- set contract = contract_of(source_node(names.system, names.table)) -%}
    select delivery_id, delivery_date, arrival, ignored_columns, {{ 'true' if contract.get('delete_despite_rejects') else 'rejects = 0' }} as is_whole
    from {{ meta_table('load_log') }}
    where system = '{{ names.system }}' and table_name = '{{ names.table }}' and withdrawn_at is null
    {%- if contract.delivers == 'full' %} and ({{ identifier('rows') }} > 0 {{ 'or rejects = 0' if contract.get('allow_empty') }}){% endif %}
{%- endmacro %}

{#
    What is active is asked once: were it asked again, a delivery that another machine loads in the middle of the build would judge the rows
    of others, and nothing would judge them again were it withdrawn before the next.
#}
{% macro create_active(names) %}
    {% do run_statement("create or replace temporary table " ~ active_table(names) ~ " as " ~ active_deliveries(names)) %}
{% endmacro %}

{% macro active_table(names) %}{{ return(session_table('active__' ~ names.system ~ '__' ~ names.table)) }}{% endmacro %}

{# A delivery that was loaded again with columns that it was once loaded without is one of another contract. #}
{% macro contract_of_load(fingerprint) %}{{ return("'" ~ fingerprint ~ "' || coalesce(ignored_columns, '')") }}{% endmacro %}

{% macro build_all_rows(relation, names, producer, node, fingerprint, typed_sql) %}
    {% call statement('deliveries') %}
        create or replace temporary table {{ deliveries_table(names) }} as
        select *, true as is_new from {{ active_table(names) }}
    {% endcall %}
    {# In this order: changes that nobody has taken yet are forgotten only when the next run is bound to build the table anew. #}
    {% do record_unfinished(producer) %}
    {% do begin_anew(producer) %}
    {% set rows = single_value("select coalesce(sum(" ~ identifier('rows') ~ "), 0) from " ~ meta_table('load_log') ~ " where delivery_id in (select delivery_id from " ~ deliveries_table(names) ~ ")") %}
    {% do create_classified(relation, typed_sql, rows, names, node) %}
    {% do class_columns(relation) %}
    {% do begin_writes() %}
    {% do record_full_batch(producer) %}
    {% do run_statement("delete from " ~ meta_table('processed') ~ " where model = '" ~ producer ~ "'") %}
    {% do record_processed(names, producer, fingerprint) %}
    {% do commit_writes() %}
{% endmacro %}

{# A mark of another contract than any: were the build stopped before `record_processed`, the next run would build the table anew. #}
{% macro record_unfinished(producer) %}
    {% do run_statement("insert into " ~ meta_table('processed') ~ " values ('" ~ producer ~ "', 'unfinished', '')") %}
{% endmacro %}

{#
    The classes of all rows. Where many rows have a key that others have too, these are classified slice by slice of the keys, since each slice
    fits in memory where the whole would not, and a key is whole in its slice. They are typed once for that and kept in the order of their
    slices, so that a slice is read without the others.
#}
{% macro create_classified(relation, typed_sql, rows, names, node, temporary=false) %}
    {% set several = session_table('several__' ~ names.system ~ '__' ~ names.table) %}
    {% do run_statement("create or replace temporary table " ~ several ~ " as " ~ keys_of_several_rows(typed_sql, names, node)) %}
    {% set of_several = rows_of_several(typed_sql, several, node) %}
    {% set slices = slices_of(rows) %}
    {% if slices > 1 %}
        {% set slices = slices_of(single_value("select count(*) from (" ~ of_several ~ ") as several_rows")) %}
    {% endif %}
    {% set first = classify_all(typed_sql, several, names, node) if slices == 1 else classify_alone(typed_sql, several, names, node) %}
    {% call statement('main') %}
        {% if temporary %}create or replace temporary table {{ relation }} as {{ first }}{% else %}{{ replace_table(relation, first) }}{% endif %}
    {% endcall %}
    {% if slices > 1 %}{% do insert_slices(relation, of_several, slices, names, node) %}{% endif %}
{% endmacro %}

{% macro insert_slices(relation, typed_sql, slices, names, node) %}
    {% set sliced = session_table('sliced__' ~ names.system ~ '__' ~ names.table) %}
    {% call statement('sliced') %}
        create or replace temporary table {{ sliced }} as
        select *, {{ slice_of_key(contract_of(node).key, slices) }} as _slice from ({{ typed_sql }}) as whole order by _slice
    {% endcall %}
    {% for slice in range(slices) %}
        {% set typed_slice = "select " ~ identifiers(typed_columns(node)) ~ " from " ~ sliced ~ " where _slice = " ~ slice %}
        {% call statement('main') %}
            insert into {{ relation }} {{ classify(typed_slice, names, node) }}
        {% endcall %}
    {% endfor %}
    {% do run_statement("drop table " ~ sliced) %}
{% endmacro %}

{# The deliveries that this build has read, and not those that another machine has loaded meanwhile. #}
{% macro record_processed(names, producer, fingerprint) %}
    {% do run_statement("insert into " ~ meta_table('processed') ~ " select '" ~ producer ~ "', delivery_id, " ~ contract_of_load(fingerprint) ~ " from " ~ deliveries_table(names) ~ " where is_new") %}
{% endmacro %}

{# The deliveries that are active and not yet here (is_new), or here and no longer active. #}
{% macro create_delivery_difference(names, producer) %}
    {% call statement('deliveries') %}
        create or replace temporary table {{ deliveries_table(names) }} as
        with here as (select delivery_id from {{ meta_table('processed') }} where model = '{{ producer }}')
        select delivery_id, delivery_date, arrival, ignored_columns, true as is_new from {{ active_table(names) }} as active
        where not exists (select 1 from here where here.delivery_id = active.delivery_id)
        union all
        select log.delivery_id, log.delivery_date, log.arrival, log.ignored_columns, false from {{ meta_table('load_log') }} as log
        join here on here.delivery_id = log.delivery_id
        where not exists (select 1 from {{ active_table(names) }} as active where active.delivery_id = log.delivery_id)
    {% endcall %}
{% endmacro %}

{% macro update_touched_rows(relation, names, producer, node, fingerprint, typed_sql) %}
    {% set key = contract_of(node).key %}
    {% set deliveries = deliveries_table(names) %}
    {% set typed = session_table('typed__' ~ producer) %}
    {% set touched = touched_table(producer) %}
    {% set before = session_table('before__' ~ producer) %}
    {% set after = session_table('after__' ~ producer) %}
    {% set appends = is_next_full_delivery(names, node, deliveries) %}
    {% set is_touched %}
        exists (select 1 from {{ touched }} as t where {{ same('t', 'here', key) }})
    {% endset %}
    {% set columns = identifiers(typed_columns(node)) %}
    {% call statement('typed') %}
        create or replace temporary table {{ typed }} as
        select * from ({{ typed_sql }}) as t
        where _delivery_id in (select delivery_id from {{ deliveries }} where is_new)
    {% endcall %}
    {% call statement('touched') %}
        create or replace temporary table {{ touched }} as
        {{ changed_by_next_full_delivery(relation, node, typed) if appends else touched_by_deliveries(relation, node, deliveries, typed) }}
    {% endcall %}
    {% call statement('before') %}
        create or replace temporary table {{ before }} as
        select here.* from {{ relation }} as here where {{ is_touched }}
    {% endcall %}
    {% set all_typed %}
        select {{ columns }} from {{ before }}
        where _class <> 'tombstone'
            and _delivery_id not in (select delivery_id from {{ deliveries }} where not is_new)
        union all
        select {{ columns }} from {{ typed }} as here {% if appends %}where {{ is_touched }}{% endif %}
    {% endset %}
    {% set rows = single_value("select (select count(*) from " ~ before ~ ") + (select count(*) from " ~ typed ~ ")") %}
    {% do create_classified(after, all_typed, rows, names, node, temporary=true) %}
    {% set changed = create_version_difference(producer, node, before, after) %}
    {% set list = adapter.get_columns_in_relation(relation) | map(attribute='quoted') | join(', ') %}
    {% do begin_writes() %}
    {% call statement('delete') %}
        delete from {{ relation }} as here where {{ is_touched }}
    {% endcall %}
    {% call statement('main') %}
        insert into {{ relation }} ({{ list }}) select {{ list }} from {{ after }}
    {% endcall %}
    {% if appends %}
        {% call statement('unchanged') %}
            insert into {{ relation }} ({{ columns }}, _class, _is_deleted, _is_current)
            select {{ columns }}, case when _reasons = '' then 'repeat' else 'quarantined' end, false, false
            from {{ typed }} as here where not {{ is_touched }}
        {% endcall %}
    {% endif %}
    {% if changed > 0 %}{% do record_changes(producer) %}{% endif %}
    {% do run_statement("delete from " ~ meta_table('processed') ~ " where model = '" ~ producer ~ "' and delivery_id in (select delivery_id from " ~ deliveries ~ " where not is_new)") %}
    {% do record_processed(names, producer, fingerprint) %}
    {% do commit_writes() %}
{% endmacro %}

{#
    True for the common day: one new full delivery, later than all others. Its rows need only the current versions to be judged,
    so the work grows with the delivery and not with the table's history.
#}
{% macro is_next_full_delivery(names, node, deliveries) %}
    {% set contract = contract_of(node) %}
    {% if contract.delivers != 'full' or contract.effective_at != 'delivery_date' %}{{ return(false) }}{% endif %}
    {% set sql %}
        select count(*) from (
            select count(*) as n, min(case when is_new then 1 else 0 end) as all_new, min(delivery_date) as new_date from {{ deliveries }}
        ) as d
        where d.n = 1 and d.all_new = 1 and not exists (
            select 1 from {{ active_table(names) }} as active
            where active.delivery_date >= d.new_date and active.delivery_id not in (select delivery_id from {{ deliveries }})
        )
    {% endset %}
    {{ return(single_value(sql) == 1) }}
{% endmacro %}

{# Keys whose current version the delivery changes, brings back or no longer holds, and those that it holds more than once. #}
{% macro changed_by_next_full_delivery(relation, node, typed) %}
    {%- set key = contract_of(node).key -%}
    {%- set values = node.columns.values() | map(attribute='name') | reject('in', key) | list -%}
    select distinct {% for column in key %}here.{{ identifier(column) }}{{ ', ' if not loop.last }}{% endfor %}
    from (
        select *, count(*) over (partition by {{ identifiers(key) }}) as copies from {{ typed }} where _reasons = ''
    ) as here
    left join (select * from {{ relation }} where _is_current) as live on {{ same('live', 'here', key) }}
    where here.copies > 1 or live._class is null
        {%- for column in values %} or here.{{ identifier(column) }} is distinct from live.{{ identifier(column) }}{% endfor %}
    union
    select {{ identifiers(key) }} from {{ relation }} as live
    where _is_current and not exists (select 1 from {{ typed }} as here where {{ same('live', 'here', key) }})
{% endmacro %}

{% macro create_version_difference(producer, node, before, after) %}
    {# Facts name the row they come from: the same values from another row are a change too. #}
    {% set columns = (node.columns.values() | map(attribute='name') | list)
        + ['_effective_at', '_first_effective_at', '_is_deleted', '_is_current', '_delivery_id', '_row_number'] %}
    {% set kept = "(select * from %s where _class in ('version', 'tombstone')) as versions" %}
    {{ return(create_difference(producer, kept | format(before), kept | format(after), identifiers(columns).split(', '))) }}
{% endmacro %}

{#
    Deliveries all of whose rows may change class: new or withdrawn ones, and for a full table those of the same date and of
    the dates before it, back to the last that is whole (whose keys may now be absent).
#}
{% macro affected_deliveries(node, deliveries, names) %}
    {%- if contract_of(node).delivers == 'changes' -%} {{ deliveries }}
    {%- else -%}
    (
        select active.delivery_id
        from {{ active_table(names) }} as active
        join (
            select d.delivery_date, max(p.delivery_date) as whole_date
            from {{ deliveries }} as d
            left join ({{ effective_deliveries(names) }}) as p on p.is_whole and p.delivery_date < d.delivery_date
            group by d.delivery_date
        ) as changed
            on active.delivery_date <= changed.delivery_date
            and (active.delivery_date >= changed.whole_date or changed.whole_date is null)
        union
        select delivery_id from {{ deliveries }}
    ) as affected
    {%- endif -%}
{% endmacro %}

{# The last delivery of each date: of a full table, the one that the others of that date gave way to. #}
{% macro effective_deliveries(names) -%}
    select * from {{ active_table(names) }} as active
    qualify row_number() over (partition by delivery_date order by arrival desc) = 1
{%- endmacro %}

{# The keys in those deliveries. #}
{% macro touched_by_deliveries(relation, node, deliveries, typed) %}
    {%- set key = identifiers(contract_of(node).key) -%}
    {%- set names = {'system': node.source_name, 'table': node.name} -%}
    select distinct {{ key }} from {{ typed }}
    union
    select distinct {{ key }} from {{ relation }}
    where _delivery_id in (select delivery_id from {{ affected_deliveries(node, deliveries, names) }})
{% endmacro %}

{% macro typed_columns(node) %}
    {{ return(['_delivery_id', '_row_number', '_delivery_date', '_arrival', '_effective_at']
        + (node.columns.values() | map(attribute='name') | list) + ['_reasons', '_bad_elements']) }}
{% endmacro %}
