{#
    Scores that say how far a delivery is from those before it, and the thresholds beyond which that is drift. A threshold is the greater of
    two: a difference too small to matter, and one that deliveries of the same kind would exceed less than once in a million by chance.
#}

{# Fewer deliveries than these say nothing of what is usual. #}
{% macro fewest_compared() %}3{% endmacro %}

{#
    Volume: the distance of the rows from the median of the window, as a share of it. The spread is the median absolute deviation, times
    1.4826 to be that of a normal distribution (Iglewicz and Hoaglin, "How to detect and handle outliers", 1993; they call 3.5 of it an outlier). A
    few deliveries tell the spread badly, hence the wider bound for them. Counts of independent events vary by their root at least (Poisson).
#}
{% macro volume_threshold(middle, deviation, compared) -%}
    greatest(0.25, (5 + 15.0 / {{ compared }}) * 1.4826 * {{ deviation }} / {{ middle }}, 4.9 * sqrt(2 / {{ middle }}))
{%- endmacro %}

{#
    Null rate: the difference of two shares, by the two-proportion z-test with the pooled share (Fleiss, Levin and Paik, "Statistical methods for
    rates and proportions", 2003, with their correction for continuity); z is 4.9. Where the window's own rates spread more than by chance, they say what is usual.
#}
{% macro null_rate_threshold(nulls, cells, nulls_before, cells_before, deviation, compared) -%}
    {%- set pooled = "(cast(" ~ nulls ~ " + " ~ nulls_before ~ " as double) / (" ~ cells ~ " + " ~ cells_before ~ "))" -%}
    {%- set parts = "(1.0 / " ~ cells ~ " + 1.0 / " ~ cells_before ~ ")" -%}
    greatest(0.01, 4.9 * sqrt({{ pooled }} * (1 - {{ pooled }}) * {{ parts }}) + 0.5 * {{ parts }}, (5 + 15.0 / {{ compared }}) * {{ deviation }})
{%- endmacro %}

{#
    Population stability index: sum of (p - q) ln(p / q) over the groups of values; 0.2 is the usual bound. Of n and m values of one distribution
    it is (1/n + 1/m) times a chi-square with one degree of freedom less than groups (Yurdakul, "Statistical properties of population
    stability index", 2018), whose quantile is that of Wilson and Hilferty (PNAS 1931).
#}
{% macro psi_threshold(groups, cells, cells_before, effect) -%}
    {%- set freedom = "(" ~ groups ~ " - 1.0)" -%}
    greatest(0.2, {{ effect }} * (1.0 / {{ cells }} + 1.0 / {{ cells_before }}) * {{ freedom }}
        * power(1 - 2 / (9 * {{ freedom }}) + 4.9 * sqrt(2 / (9 * {{ freedom }})), 3))
{%- endmacro %}

{#
    Kolmogorov-Smirnov: the greatest distance of the two cumulative shares, at the edges of the bins, so a little less than over all values.
    The bound is that of the two-sample test, sqrt(-ln(alpha / 2) / 2 * (1/n + 1/m)), at alpha = 1e-6 (Smirnov, 1948).
#}
{% macro ks_threshold(cells, cells_before, effect) -%}
    greatest(0.1, sqrt(7.2543 * {{ effect }} * (1.0 / {{ cells }} + 1.0 / {{ cells_before }})))
{%- endmacro %}

{#
    Rows of a delivery are seldom independent: those of a patient go together, and so do those of a sender's day. The design effect is how many
    times farther than by chance the window's own deliveries are from their mean: Pearson's chi-square over its degrees of freedom, which divides such
    a statistic (Rao and Scott, "The analysis of categorical data from complex sample surveys", JASA 1981). The median of the window counts.
#}
{% macro design_effect(squared, cells, groups) -%}
    ({{ squared }} / {{ cells }} - {{ cells }}) / ({{ groups }} - 1)
{%- endmacro %}
