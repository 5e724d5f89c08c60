{# Members that every dimension shares. #}

{# The key of the unknown member: facts that name nobody point to it. #}
{% macro unknown_key() %}'{{ '0' * 32 }}'{% endmacro %}

{# Where static dimensions begin. #}
{% macro beginning_of_time() %}cast('1900-01-01' as {{ timestamp_type() }}){% endmacro %}
