{#
    The PHI class of what this project makes, for engines that mask by it (cross_db/tags.sql). A column has the class that its model's YAML
    declares (`config: {meta: {phi: …}}`), or, in silver and quarantine, the one that the contract gives to its name. A column
    without either keeps the class of its schema, which is `direct` wherever PHI may be. healthcare_elt/snowflake/classes.py says the same to `verify`.
#}

{# The class of a column of this model, its name in lower case; none if nobody has classed it. #}
{% macro phi_class(name) %}
    {% set declared = column_rules(model.columns[name]).get('phi') if name in model.columns else none %}
    {% if declared %}{{ return(declared) }}{% endif %}
    {% set node = contract_of_model() %}
    {% if name in ['_delivery_id', '_row_number', '_delivery_date', '_arrival'] %}{{ return('none') }}{% endif %}
    {% if node is none %}{{ return(none) }}{% endif %}
    {% if name in node.columns %}{{ return(column_rules(node.columns[name]).get('phi')) }}{% endif %}
    {% if name in ['_class', '_reasons', '_is_deleted', '_is_current', 'kind', 'reasons'] %}{{ return('none') }}{% endif %}
    {% if name in ['_effective_at', '_first_effective_at'] %}
        {% set effective_at = contract_of(node).effective_at %}
        {{ return('none' if effective_at == 'delivery_date' else column_rules(node.columns[effective_at]).get('phi')) }}
    {% endif %}
    {{ return(none) }}
{% endmacro %}

{# The source table whose contract this model is made from: that of silver's tables and views and of quarantine's; none for any other. #}
{% macro contract_of_model() %}
    {% if model.schema | lower in ['silver', 'quarantine'] %}
        {% for node in graph.sources.values() if node.config.meta.get('contract') %}
            {% set relation = node.source_name ~ '__' ~ node.name %}
            {% if model.alias in [relation, relation ~ '_rows', relation ~ '_current'] %}{{ return(node) }}{% endif %}
        {% endfor %}
    {% endif %}
    {{ return(none) }}
{% endmacro %}

{# The classes that a model's YAML declares; with another one its table is built anew, where that is how a column gets it. #}
{% macro declared_classes(node) %}
    {% set declared = {} %}
    {% for column in node.columns.values() if column_rules(column).get('phi') %}{% do declared.update({column.name: column_rules(column).phi}) %}{% endfor %}
    {{ return(declared) }}
{% endmacro %}
