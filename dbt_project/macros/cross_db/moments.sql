{#
    Days and moments from text on Snowflake. Its own reading guesses formats and takes what no format says, so the parts are taken out by a
    pattern and put together in one fixed format; what is then no day of the calendar is null. `duckdb__text_to_type` leaves this to strptime.
#}

{% macro snowflake__text_to_moment(text, data_type, date_formats) %}
    {% set readings = [] %}
    {% for format in date_formats or ['iso'] %}
        {% do readings.append(snowflake__moment_of_parts(text, snowflake__iso_parts() if format == 'iso' else snowflake__format_parts(format))) %}
    {% endfor %}
    {% set moment = readings[0] if readings | length == 1 else 'coalesce(' ~ readings | join(', ') ~ ')' %}
    {{ return('cast(' ~ moment ~ ' as ' ~ (timestamp_type() if data_type == 'timestamp' else 'date') ~ ')') }}
{% endmacro %}

{# What DuckDB takes for ISO 8601, but for years beyond 9999: an offset is read and not applied, as there. #}
{% macro snowflake__iso_parts() %}
    {{ return({
        'pattern': '^([0-9]{1,4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})'
            ~ '((T| +)([0-9]{1,2}):([0-9]{1,2})(:([0-9]{1,2})([.]([0-9]*))?)?( *(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?))?)?$',
        'groups': {'Y': 1, 'm': 2, 'd': 3, 'H': 6, 'M': 7, 'S': 9, 'f': 11},
    }) }}
{% endmacro %}

{# The pattern of a strptime format, and which of its groups is which part. #}
{% macro snowflake__format_parts(format) %}
    {% set digits = {'Y': '([0-9]{1,4})', 'f': '([0-9]{1,9})', 'p': '([AaPp][Mm])', 'b': '([A-Za-z]{3})', 'B': '([A-Za-z]{3,9})'} %}
    {% set pattern, groups = ['^'], {} %}
    {% set at = namespace(code=false) %}
    {% for letter in format | replace('%-', '%') %}
        {% if at.code %}
            {% if letter not in 'YymdHIMSfpbB' %}
                {{ exceptions.raise_compiler_error("date_format '" ~ format ~ "' has %" ~ letter ~ ", which cannot be read on Snowflake; use %Y %y %m %b %B %d %H %I %p %M %S %f.") }}
            {% endif %}
            {% do pattern.append(digits.get(letter, '([0-9]{1,2})')) %}
            {% do groups.update({letter: groups | length + 1}) %}
            {% set at.code = false %}
        {% elif letter == '%' %}
            {% set at.code = true %}
        {% else %}
            {% do pattern.append(letter if letter.isalnum() else '[' ~ letter ~ ']') %}
        {% endif %}
    {% endfor %}
    {{ return({'pattern': pattern | join('') ~ '$', 'groups': groups}) }}
{% endmacro %}

{% macro snowflake__moment_of_parts(text, parts) %}
    {% set part = {} %}
    {% for letter, group in parts.groups.items() %}
        {% do part.update({letter: "regexp_substr(" ~ text ~ ", '" ~ parts.pattern ~ "', 1, 1, 'e', " ~ group ~ ")"}) %}
    {% endfor %}
    {% set year = "lpad(" ~ part.Y ~ ", 4, '0')" if 'Y' in part
        else "case when " ~ part.y ~ " < '69' then '20' else '19' end || lpad(" ~ part.y ~ ", 2, '0')" %}
    {% set month = snowflake__two_digits(part, 'm', '1') %}
    {% for letter in ('b', 'B') if letter in part %}{% set month = snowflake__month_of_name(part[letter], letter) %}{% endfor %}
    {% set hour = snowflake__two_digits(part, 'H', '0') %}
    {% if 'I' in part %}{% set hour = snowflake__hour_of_twelve(part) %}{% endif %}
    {% set fraction = "rpad(left(coalesce(" ~ part.f ~ ", ''), 6), 6, '0')" if 'f' in part else "'000000'" %}
    {% set written = year ~ " || '-' || " ~ month ~ " || '-' || " ~ snowflake__two_digits(part, 'd', '1') ~ " || ' ' || " ~ hour
        ~ " || ':' || " ~ snowflake__two_digits(part, 'M', '0') ~ " || ':' || " ~ snowflake__two_digits(part, 'S', '0') ~ " || '.' || " ~ fraction %}
    {{ return("try_to_timestamp_ntz(" ~ written ~ ", 'YYYY-MM-DD HH24:MI:SS.FF6')") }}
{% endmacro %}

{# A part that the format leaves out, or an ISO text, is the first of its kind. #}
{% macro snowflake__two_digits(part, letter, otherwise) %}
    {{ return("lpad(coalesce(" ~ part[letter] ~ ", '" ~ otherwise ~ "'), 2, '0')" if letter in part else "'0" ~ otherwise ~ "'") }}
{% endmacro %}

{% macro snowflake__hour_of_twelve(part) %}
    {% set afternoon = "upper(" ~ part.p ~ ") = 'PM'" if 'p' in part else 'false' %}
    {{ return("lpad(cast(try_cast(" ~ part.I ~ " as integer) % 12 + case when " ~ afternoon ~ " then 12 else 0 end as varchar), 2, '0')") }}
{% endmacro %}

{% macro snowflake__month_of_name(name, letter) %}
    {% set whens = [] %}
    {% for number in range(1, 13) %}
        {% do whens.append("when '" ~ modules.datetime.date(2000, number, 1).strftime('%' ~ letter) | lower ~ "' then '" ~ '%02d' % number ~ "'") %}
    {% endfor %}
    {{ return("case lower(" ~ name ~ ") " ~ whens | join(' ') ~ " end") }}
{% endmacro %}
