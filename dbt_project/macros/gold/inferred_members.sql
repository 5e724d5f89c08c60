{#
    The states of a dimension's members from the CTE `candidates`: the key, `effective_at`, `is_deleted`, `priority` and the columns. A source of
    priority 1 describes a member (and may delete it), one of a higher number only while no better one does; the last priority names
    the member without describing it, which makes an inferred member wherever a fact would find none.
#}
{% macro members_of(key, columns, last_priority) %}
    {%- set so_far = 'partition by ' ~ key | join(', ') ~ ' order by effective_at, priority, is_deleted rows between unbounded preceding and current row' %}
    select {{ key | join(', ') }}, effective_at, is_deleted, priority = {{ last_priority }} as is_inferred, {{ columns | join(', ') }}
    from (
        select
            *,
            max(case when is_deleted then effective_at end) over ({{ so_far }}) as deleted_at
            {%- for priority in range(1, last_priority) %},
            max(case when priority <= {{ priority }} and not is_deleted then effective_at end) over ({{ so_far }}) as described_at_{{ priority }}
            {%- endfor %}
        from candidates
    ) as seen
    where priority = 1
        {%- for priority in range(2, last_priority + 1) %}
        or (priority = {{ priority }} and (described_at_{{ priority - 1 }} is null or deleted_at > described_at_{{ priority - 1 }}))
        {%- endfor %}
{% endmacro %}
