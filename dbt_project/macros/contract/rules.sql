{#
    Column rules as SQL. A rule that is broken gives a reason `<column>.<rule>`; the words for people are in
    healthcare_elt/contracts. Each macro gives one SQL expression over the text of a cell.
#}

{# SQL that is true where the text has the named format. #}
{% macro is_format(name, text) %}
    {%- if name == 'npi' -%}
        {{ is_npi(text) }}
    {%- else -%}
        {%- set patterns = {
            'cpt': '[0-9]{4}[0-9A-Z]',
            'hcpcs': '[A-V][0-9]{4}',
            'icd10cm': '[A-Z][0-9][0-9AB](\\.?[0-9A-Z]{1,4})?',
            'ndc': '[0-9]{4,5}-[0-9]{3,4}-[0-9]{1,2}|[0-9]{10,11}',
            'zip': '[0-9]{5}(-?[0-9]{4})?',
            'state': '[A-Z]{2}',
            'email': '[^@\\s]+@[^@\\s]+\\.[^@\\s]+',
            'phone': '\\+?[0-9 ().-]{7,20}',
            'ssn': '[0-9]{3}-?[0-9]{2}-?[0-9]{4}',
            'uuid': '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}',
        } -%}
        {%- if name not in patterns -%}
            {{ exceptions.raise_compiler_error("Unknown format '" ~ name ~ "'; one of: npi, " ~ patterns.keys() | join(', ') ~ ".") }}
        {%- endif -%}
        {{ matches(text, patterns[name]) }}
    {%- endif -%}
{% endmacro %}

{#
    National Provider Identifier: ten digits, the last one the Luhn check digit of the number with the prefix 80840, which adds 24
    (45 CFR 162.406; ISO/IEC 7812-1).
#}
{% macro is_npi(text) -%}
    case when {{ matches(text, '[12][0-9]{9}') }} then (24 + {{ luhn_sum(text, 10) }}) % 10 = 0 else false end
{%- endmacro %}

{# A literal of the contract in the column's type. #}
{% macro typed_literal(value, data_type) %}
    {%- if data_type == 'varchar' -%} {{ text_literal(value) }}
    {%- else -%} cast('{{ value }}' as {{ timestamp_type() if data_type == 'timestamp' else data_type }}) {%- endif -%}
{% endmacro %}

{#
    Broken rules of one column as a list of [reason, SQL condition that is true where it is broken].
    `text` is the trimmed cell (null when blank), `typed` the cast value.
#}
{% macro broken_rules(column, text, typed, contract) %}
    {% if column.name == contract.get('op_column') %}
        {{ return([[column.name ~ '.allowed', typed ~ " is null or " ~ typed ~ " not in ('I', 'U', 'D')"]]) }}
    {% endif %}
    {% set rules = column_rules(column) %}
    {% set type = column.data_type | lower %}
    {% set broken = [] %}
    {% if rules.get('required') or column.name == contract.effective_at %}
        {% do broken.append([column.name ~ '.required', text ~ ' is null']) %}
    {% endif %}
    {% if type != 'varchar' %}
        {% do broken.append([column.name ~ '.type', text ~ ' is not null and ' ~ typed ~ ' is null']) %}
    {% endif %}
    {% if rules.get('allowed') %}
        {% set literals = [] %}
        {% for value in rules.allowed %}{% do literals.append(typed_literal(value, type)) %}{% endfor %}
        {% do broken.append([column.name ~ '.allowed', typed ~ ' not in (' ~ literals | join(', ') ~ ')']) %}
    {% endif %}
    {% if rules.get('min') is not none %}
        {% do broken.append([column.name ~ '.min', typed ~ ' < ' ~ typed_literal(rules.min, type)]) %}
    {% endif %}
    {% if rules.get('max') is not none %}
        {% do broken.append([column.name ~ '.max', typed ~ ' > ' ~ typed_literal(rules.max, type)]) %}
    {% endif %}
    {% if rules.get('pattern') %}
        {% do broken.append([column.name ~ '.pattern', 'not ' ~ matches(text, rules.pattern)]) %}
    {% endif %}
    {% if rules.get('format') %}
        {% do broken.append([column.name ~ '.format', text ~ ' is not null and not (' ~ is_format(rules.format, text) ~ ')']) %}
    {% endif %}
    {% if rules.get('list_of') %}
        {# A list that came as JSON: an element holds a comma or is a list itself, and no split finds it whole. #}
        {% do broken.append([column.name ~ '.format', 'left(' ~ text ~ ", 1) in ('[', '{')"]) %}
    {% endif %}
    {{ return(broken) }}
{% endmacro %}
