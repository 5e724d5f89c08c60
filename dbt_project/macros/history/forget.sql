{#
    What every consumer has taken is forgotten at the end of a run: change feeds and their bookkeeping then hold what is still to be
    taken, and not the history of all runs. A consumer that comes later is built whole, and needs none of it; nor does a fact that the build
    was told to leave out, as it has no events yet: the first one touches a key, whose rows are computed from all inputs as they then are.
    A batch that says "built anew" stays: there is one per producer.
#}
{% macro forget_consumed() %}
    {% if execute %}
        {% for producer, batches in batches_to_forget().items() %}
            {% set list = "'" ~ batches | join("', '") ~ "'" %}
            {# In this order: stopped in between, the next run finds the batch again. #}
            {% if feed_exists(producer) %}{% do run_statement("delete from " ~ feed_of(producer) ~ " where batch in (" ~ list ~ ")") %}{% endif %}
            {% do run_statement("delete from " ~ meta_table('consumed_batches') ~ " where producer = '" ~ producer ~ "' and batch in (" ~ list ~ ")") %}
            {% do run_statement("delete from " ~ meta_table('change_batches') ~ " where producer = '" ~ producer ~ "' and batch in (" ~ list ~ ")") %}
        {% endfor %}
    {% endif %}
{% endmacro %}

{# The batches that all consumers of their producer have taken, by producer. #}
{% macro batches_to_forget() %}
    {% set pairs = ["select null as producer, null as consumer where 1 = 0"] %}
    {% set without_events = env_var('HEALTHCARE_ELT_WITHOUT_EVENTS', '').split() %}
    {% for node in graph.nodes.values() if node.name not in without_events %}
        {% for producer in node.config.get('meta', {}).get('touched_by', {}) %}
            {% do pairs.append("select '" ~ producer ~ "', '" ~ node.name ~ "'") %}
        {% endfor %}
    {% endfor %}
    {% set sql %}
        select made.producer, made.batch
        from {{ meta_table('change_batches') }} as made
        left join ({{ pairs | join(' union all ') }}) as takes on takes.producer = made.producer
        left join {{ meta_table('consumed_batches') }} as taken
            on taken.producer = made.producer and taken.batch = made.batch and taken.consumer = takes.consumer
        where not made.is_full
        group by made.producer, made.batch
        having count(distinct takes.consumer) = count(distinct taken.consumer)
    {% endset %}
    {% set found = {} %}
    {% for row in run_query(sql).rows %}
        {% do found.setdefault(row[0], []).append(row[1]) %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}
