{# What keeps curated tables free of PHI: pseudonyms and brackets instead of identifiers and ages (45 CFR 164.514). #}

{# A name for a key that cannot be guessed without the salt. #}
{% macro pseudonym(columns) %}
    {{- hash_key([pseudonym_salt()] + columns) -}}
{% endmacro %}

{# From the table that the product writes before every build: a literal would be in every log of queries. #}
{% macro pseudonym_salt() %}{{ return('(select salt from ' ~ meta_table('pseudonym_salt') ~ ')') }}{% endmacro %}

{% macro age_bracket(age) -%}
    case
        when {{ age }} is null or {{ age }} < 0 then 'unknown'
        when {{ age }} <= 17 then '0-17'
        when {{ age }} <= 34 then '18-34'
        when {{ age }} <= 49 then '35-49'
        when {{ age }} <= 64 then '50-64'
        else '65+'
    end
{%- endmacro %}

{#
    A rate drawn towards the rate of all, as if `strength` cases of the average had been seen before (the mean of a beta-binomial posterior): a
    provider with two cases and no event does not outrank one with two hundred and one.
#}
{% macro shrunk_rate(events, cases, overall_rate, strength=20) -%}
    {{ rounded('(cast(' ~ events ~ ' as double) + ' ~ strength ~ ' * coalesce(' ~ overall_rate ~ ', 0)) / (' ~ cases ~ ' + ' ~ strength ~ ')', 9, 6) }}
{%- endmacro %}
