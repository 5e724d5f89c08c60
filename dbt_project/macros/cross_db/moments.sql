{#
    Days and moments from text on Snowflake. Its own reading guesses formats and takes what no format says, so the parts are taken out by a
    pattern and put together in one fixed format; what is then no day of the calendar is null. `duckdb__text_to_type` leaves this to strptime.
#}

{% macro snowflake__text_to_moment(text, data_type, date_formats) %}
    {% set readings = [] %}
    {% for parts in snowflake__parts_of(date_formats) %}
        {% do readings.append(snowflake__moment_of_parts(text, parts)) %}
    {% endfor %}
    {% set moment = readings[0] if readings | length == 1 else 'coalesce(' ~ readings | join(', ') ~ ')' %}
    {{ return('cast(' ~ moment ~ ' as ' ~ (timestamp_type() if data_type == 'timestamp' else 'date') ~ ')') }}
{% endmacro %}

{# The patterns that a text may have, each with its parts by the number of their group; without a format, those of ISO 8601. #}
{% macro snowflake__parts_of(date_formats) %}
    {% if date_formats %}
        {% set all = [] %}
        {% for format in date_formats %}{% do all.append(snowflake__format_parts(format)) %}{% endfor %}
        {{ return(all) }}
    {% endif %}
    {# What DuckDB takes, but for years beyond 9999: an offset is read and not applied, as there. #}
    {% set day = '0*([0-9]{1,4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})' %}
    {% set minute = day ~ '[T ] *([0-9]{1,2}):([0-9]{1,2})' %}
    {% set zone = '( *(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?))?' %}
    {{ return([
        {'pattern': day, 'groups': {'Y': 1, 'm': 2, 'd': 3}},
        {'pattern': minute ~ zone, 'groups': {'Y': 1, 'm': 2, 'd': 3, 'H': 4, 'M': 5}},
        {'pattern': minute ~ ':([0-9]{1,2})([.][0-9]*)?' ~ zone, 'groups': {'Y': 1, 'm': 2, 'd': 3, 'H': 4, 'M': 5, 'S': 6, 'f': 7}},
    ]) }}
{% endmacro %}

{# The pattern of a strptime format, and which of its groups is which part. #}
{% macro snowflake__format_parts(format) %}
    {% set digits = {'Y': '([0-9]{1,4})', 'f': '([0-9]{1,9})', 'p': '([AaPp][Mm])', 'b': '([A-Za-z]{3})', 'B': '([A-Za-z]{3,9})'} %}
    {% set pattern, groups = [], {} %}
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
    {{ return({'pattern': pattern | join(''), 'groups': groups}) }}
{% endmacro %}

{% macro snowflake__moment_of_parts(text, parts) %}
    {% set part = {} %}
    {% for letter, group in parts.groups.items() %}
        {% do part.update({letter: "regexp_replace(" ~ text ~ ", '^" ~ parts.pattern ~ "$', '\\\\" ~ group ~ "')"}) %}
    {% endfor %}
    {% set year = "lpad(" ~ part.Y ~ ", 4, '0')" if 'Y' in part
        else "case when lpad(" ~ part.y ~ ", 2, '0') < '69' then '20' else '19' end || lpad(" ~ part.y ~ ", 2, '0')" %}
    {% set named = 'b' if 'b' in part else 'B' %}
    {% set month = snowflake__month_of_name(part[named], named) if named in part else snowflake__two_digits(part, 'm', '01') %}
    {% set hour = snowflake__hour_of_twelve(part) if 'I' in part else snowflake__two_digits(part, 'H', '00') %}
    {% set fraction = "rpad(left(replace(" ~ part.f ~ ", '.', ''), 6), 6, '0')" if 'f' in part else "'000000'" %}
    {% set written = [year, "'-'", month, "'-'", snowflake__two_digits(part, 'd', '01'), "' '", hour, "':'",
        snowflake__two_digits(part, 'M', '00'), "':'", snowflake__two_digits(part, 'S', '00'), "'.'", fraction] | join(' || ') %}
    {{ return("case when " ~ matches(text, parts.pattern) ~ " then try_to_timestamp_ntz(" ~ written ~ ", 'YYYY-MM-DD HH24:MI:SS.FF6') end") }}
{% endmacro %}

{# A part that the format leaves out is the first of its kind. #}
{% macro snowflake__two_digits(part, letter, otherwise) %}
    {{ return("lpad(" ~ part[letter] ~ ", 2, '0')" if letter in part else "'" ~ otherwise ~ "'") }}
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
