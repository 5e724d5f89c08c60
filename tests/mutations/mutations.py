"""Plausible mistakes in the macros that make history, each as one change of text, and the test that must catch it.

A text that is not in its file exactly once is an error: then the macro has changed, and its mutation must follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[2]

HISTORY_SQL = "tests/property/test_history_sql_property.py::test_history_of_any_versions_is_the_oracles"
CLASSIFY_SQL = "tests/property/test_classify_sql_property.py::test_every_row_is_in_the_oracles_class"
INCREMENTAL = "tests/property/test_incremental_property.py::test_every_run_leaves_what_the_oracle_says_of_all_keys"


@dataclass(frozen=True)
class Mutation:
    name: str
    file: str
    """Below dbt_project/macros."""
    text: str
    instead: str
    test: str

    def apply(self, project: Path) -> None:
        path = project / "dbt_project" / "macros" / self.file
        text = path.read_text()
        if (times := text.count(self.text)) != 1:
            raise ValueError(
                f"Mutation '{self.name}' no longer applies: its text is {times} times in {self.file}, and must be "
                "there once; bring tests/mutations/mutations.py up to date with the macro."
            )
        path.write_text(text.replace(self.text, self.instead))


MUTATIONS = (
    Mutation(
        "a version is closed by the one before it",
        "history/history.sql",
        "lead({{ updated_at }}) over",
        "lag({{ updated_at }}) over",
        HISTORY_SQL,
    ),
    Mutation(
        "versions are compared across keys",
        "history/history.sql",
        "lag(is_deleted) over (partition by {{ key | join(', ') }} order by",
        "lag(is_deleted) over (order by",
        HISTORY_SQL,
    ),
    Mutation(
        "only the first column of a key counts",
        "history/history.sql",
        "row_number() over (partition by {{ key | join(', ') }}, {{ updated_at }}",
        "row_number() over (partition by {{ key[0] }}, {{ updated_at }}",
        HISTORY_SQL,
    ),
    Mutation(
        "a change to or from null is not seen by the history",
        "history/history.sql",
        "or {{ column }} is distinct from previous_{{ column }}",
        "or {{ column }} <> previous_{{ column }}",
        HISTORY_SQL,
    ),
    Mutation(
        "at one moment a deletion beats a live version",
        "history/history.sql",
        "order by is_deleted) = 1",
        "order by is_deleted desc) = 1",
        HISTORY_SQL,
    ),
    Mutation(
        "a version that is no more stays in the snapshot",
        "history/history.sql",
        "where dbt_change_type in ('delete', 'update'))",
        "where dbt_change_type in ('update'))",
        INCREMENTAL,
    ),
    Mutation(
        "a consumer that has taken one batch takes no other",
        "history/bookkeeping.sql",
        " and taken.batch = made.batch",
        "",
        INCREMENTAL,
    ),
    Mutation(
        "a watermark on the delivery date instead of an anti-join",
        "silver/classified_rows.sql",
        "where not exists (select 1 from here where here.delivery_id = active.delivery_id)",
        "where active.delivery_date > (select coalesce(max(log.delivery_date), date '1900-01-01') "
        "from {{ meta_table('load_log') }} as log join here on here.delivery_id = log.delivery_id)",
        INCREMENTAL,
    ),
    Mutation(
        "the same values from another row are no change",
        "silver/classified_rows.sql",
        "'_is_current', '_delivery_id', '_row_number']",
        "'_is_current']",
        INCREMENTAL,
    ),
    Mutation(
        "a change to or from null is not seen by silver",
        "silver/classify.sql",
        "when {{ identifier(column) }} is distinct from previous_{{ column }} then",
        "when {{ identifier(column) }} <> previous_{{ column }} then",
        CLASSIFY_SQL,
    ),
    Mutation(
        "of two rows of one day the later arrival does not win",
        "silver/classify.sql",
        "_delivery_date desc, _arrival desc, _row_number desc",
        "_delivery_date desc, _row_number desc",
        CLASSIFY_SQL,
    ),
    Mutation(
        "a key that a full delivery no longer holds stays",
        "silver/classify.sql",
        "{%- if is_full %}\n        union all",
        "{%- if false %}\n        union all",
        CLASSIFY_SQL,
    ),
    Mutation(
        "of a full delivery that was replaced some rows remain",
        "silver/classify.sql",
        "when not deliveries.is_effective then 'superseded'",
        "when false then 'superseded'",
        CLASSIFY_SQL,
    ),
    Mutation(
        "a key of one row is not missed by the full deliveries that follow",
        "silver/classify.sql",
        "count(*) > 1 {%- if is_full %} or max(case when deliveries.is_followed then 1 end) = 1{% endif %}",
        "count(*) > 1",
        CLASSIFY_SQL,
    ),
    Mutation(
        "a version is still valid at the moment of the next",
        "gold/as_of.sql",
        "{{ fact }}.{{ moment }} < {{ versions }}.valid_to",
        "{{ fact }}.{{ moment }} <= {{ versions }}.valid_to",
        INCREMENTAL,
    ),
)
