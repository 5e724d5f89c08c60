{# Which curated models rest on which source table, by dbt's own graph. #}

{# The marts of each source table, as a query; models about health itself rest on everything and are none. #}
{% macro marts_of_tables() %}
    {%- set resting = {} -%}
    {%- for node in (graph.nodes.values() if execute else []) if node.resource_type == 'model' and 'curated' in node.fqn and 'health' not in node.fqn -%}
        {%- do resting.update({node.name: ancestors_of(node.unique_id)}) -%}
    {%- endfor -%}
    {%- for system, table in var('source_tables') %}
    {%- set marts = [] -%}
    {%- for mart in resting | sort if source_node(system, table).unique_id in resting[mart] -%}{%- do marts.append(mart) -%}{%- endfor %}
    select '{{ system }}' as system, '{{ table }}' as table_name, '{{ marts | join(",") }}' as marts
    {{- ' union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}

{# Everything that a node is made of, by unique id. #}
{% macro ancestors_of(unique_id) %}
    {% set found = {} %}
    {% set waiting = [unique_id] %}
    {% for step in range(graph.nodes | length) if waiting %}
        {% for parent in graph.nodes[waiting.pop()].depends_on.nodes if parent not in found %}
            {% do found.update({parent: true}) %}
            {% if parent in graph.nodes %}{% do waiting.append(parent) %}{% endif %}
        {% endfor %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}
