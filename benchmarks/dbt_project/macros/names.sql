{# A model `silver__patients` is the table patients in the schema silver. #}
{% macro generate_schema_name(custom_schema_name, node) %}{{ return(node.name.split('__')[0]) }}{% endmacro %}
{% macro generate_alias_name(custom_alias_name=none, node=none) %}{{ return(node.name.split('__')[1]) }}{% endmacro %}
