"""Which shift of the sample's last day is seen, from which size on, and how often nothing at all is taken for one.

.venv/bin/python tests/drift/shifts.py [--seeds 100] [--shifted-seeds 20]

Each seed is another clean sample. Its unshifted days give the false alarms; then its last day is shifted in one way
after the other, and judged again. Writes the tables of docs/drift.md: `make drift` in full, test_drift.py a small cut.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from judged import Judge, connect

from healthcare_elt.sample import write_sample

DOC = Path(__file__).parents[2] / "docs" / "drift.md"
BEGIN, END = "<!-- tables begin -->", "<!-- tables end -->"
DAYS = 15
PATIENTS = 5000
TABLES = {
    "encounters_details": {"paid_amount": "decimal(12,2)"},
    "patients": {"birth_date": "date"},
    "providers": {},
    "referrals": {"birth_date": "date"},
}
DRAW = "(hash(_row_number, {seed}) % 1000000) / 1000000.0"
"""A number from 0 to 1 for each row, the same in every run."""


@dataclass(frozen=True)
class Shift:
    """One way to change the rows of the last day."""

    kind: str
    table: str
    sizes: tuple[float, ...]
    sql: str
    """A query over `rows` with {size} and {draw}."""
    check: str
    """The check that should see it."""


SHIFTS = (
    Shift("paid_amount times", "encounters_details", (1.02, 1.05, 1.1, 1.2, 1.5, 2.0, 100.0),
          "select * replace (cast(paid_amount * {size} as decimal(12,2)) as paid_amount) from rows", "distribution"),
    Shift("share of zip that is missing", "referrals", (0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
          "select * replace (case when {draw} >= {size} then zip end as zip) from rows", "null_rate"),
    Shift("rows that are missing", "encounters_details", (0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9),
          "select * from rows where {draw} >= {size}", "volume"),
    Shift("rows that come twice", "encounters_details", (0.1, 0.2, 0.3, 0.5, 1.0),
          "select * from rows union all select * from rows where {draw} < {size}", "volume"),
    Shift("share of rows that become one cpt", "encounters_details", (0.02, 0.05, 0.1, 0.2, 0.3, 0.5),
          "select * replace (case when {draw} < {size} then '27447' else cpt end as cpt) from rows", "distribution"),
    Shift("share of rows of a cpt never seen", "encounters_details", (0.01, 0.02, 0.05, 0.1, 0.2),
          "select * replace (case when {draw} < {size} then '99999' else cpt end as cpt) from rows", "distribution"),
    Shift("share of referrals by one employer", "referrals", (0.05, 0.1, 0.2, 0.3, 0.5),
          "select * replace (case when {draw} < {size} then 'ACME' else employer_id end as employer_id) from rows",
          "distribution"),
)  # fmt: skip


@dataclass
class Outcome:
    """What came of all seeds."""

    judged: Counter[str]
    """Comparisons of unshifted deliveries, by check."""
    alarms: Counter[str]
    """Those that are called drift."""
    seeds_with_alarm: int
    seen: Counter[tuple[str, float, str]]
    """How often a check saw a shift, by kind, size and check."""
    rows: Counter[str]
    """Rows of the last day, over all seeds, by table."""
    seeds: int
    shifted_seeds: int


def measure(
    judge: Judge, seeds: int, shifted_seeds: int, shifts: Sequence[Shift] = SHIFTS, *, patients: int = PATIENTS
) -> Outcome:
    """Judge so many seeds unshifted, and shift the first of them."""
    outcome = Outcome(Counter(), Counter(), 0, Counter(), Counter(), seeds, shifted_seeds)
    for seed in range(seeds):
        with TemporaryDirectory() as folder, connect() as connection:
            write_sample(Path(folder), Path(folder) / "truth.json", days=DAYS, patients=patients, seed=seed, clean=True)
            _deliver(connection, Path(folder))
            _due(connection, "true")
            judge.judge(connection)
            before = sum(outcome.alarms.values())
            for check, drifted, count in connection.execute(
                "select check_name, has_drifted, count(*) from curated.data_drift group by all"
            ).fetchall():
                outcome.judged[check] += count
                outcome.alarms[check] += count if drifted else 0
            outcome.seeds_with_alarm += sum(outcome.alarms.values()) > before
            _due(connection, "place = 1")
            for shift in shifts if seed < shifted_seeds else ():
                for size in shift.sizes:
                    for check in _shifted(connection, judge, shift, size, seed):
                        outcome.seen[shift.kind, size, check] += 1
            for table in TABLES:
                sql = (
                    f"select count(*) from silver.icon_health__{table}_rows join last_day on _delivery_id = delivery_id"
                )
                outcome.rows[table] += connection.execute(sql).fetchone()[0]
    return outcome


def _deliver(connection: duckdb.DuckDBPyConnection, inbox: Path) -> None:
    """Every file as a delivery, typed as silver has it."""
    for table, types in TABLES.items():
        typed = ", ".join(f"try_cast({name} as {kind}) as {name}" for name, kind in types.items())
        connection.execute(
            f"create or replace table silver.icon_health__{table}_rows as "
            f"select * exclude (filename) {f'replace ({typed})' if typed else ''}, filename as _delivery_id, "
            "cast(regexp_extract(filename, '\\d{4}-\\d\\d-\\d\\d') as date) as _delivery_date, 'version' as _class, "
            "row_number() over (partition by filename) as _row_number "
            f"from read_csv('{inbox}/**/{table}*.csv', all_varchar = true, filename = true, null_padding = true)"
        )


def _due(connection: duckdb.DuckDBPyConnection, condition: str) -> None:
    """The deliveries to judge; `place` counts each table's from the last one on."""
    deliveries = " union all ".join(
        f"select distinct 'icon_health' as system, '{table}' as table_name, _delivery_id as delivery_id, "
        f"_delivery_date as delivery_date from silver.icon_health__{table}_rows"
        for table in TABLES
    )
    connection.execute(
        "create or replace table last_day as select * from (select *, 1 as arrival, row_number() over "
        f"(partition by table_name order by delivery_date desc) as place from ({deliveries})) where {condition}"
    )
    connection.execute("create or replace temporary table due__inline_query as select * exclude (place) from last_day")


def _shifted(
    connection: duckdb.DuckDBPyConnection, judge: Judge, shift: Shift, size: float, seed: int
) -> Iterator[str]:
    """The checks that see it. Profiles of earlier days stay as they are, as in a home."""
    relation = f"silver.icon_health__{shift.table}_rows"
    sql = shift.sql.format(size=size, draw=DRAW.format(seed=seed))
    connection.execute("begin transaction")
    connection.execute(
        f"create temporary table rows as select here.* from {relation} as here "
        "join last_day on _delivery_id = delivery_id"
    )
    connection.execute(f"delete from {relation} where _delivery_id in (select delivery_id from last_day)")
    connection.execute(f"insert into {relation} by name {sql}")
    for name in ("delivery_profiles", "delivery_shares"):
        connection.execute(f"delete from curated.{name} where delivery_id in (select delivery_id from last_day)")
        connection.execute(f"insert into curated.{name} {judge.models[name]}")
    found = connection.execute(
        f"select distinct check_name from ({judge.models['data_drift']}) where has_drifted and table_name = ?",
        [shift.table],
    ).fetchall()
    connection.execute("rollback")
    yield from (check for (check,) in found)


def tables(outcome: Outcome) -> str:
    """As they stand in the document."""
    judged, alarms, seeds = outcome.judged.total(), outcome.alarms.total(), outcome.seeds
    lines = [f"{seeds} seeds of {PATIENTS:,} patients and {DAYS} days each, {outcome.shifted_seeds} of them shifted; "
             "mean rows of the last day: "
             + ", ".join(f"{table} {count / seeds:,.0f}" for table, count in outcome.rows.items()) + ".", "",
             "| check on unshifted deliveries | comparisons | false alarms |", "| --- | ---: | ---: |"]  # fmt: skip
    lines += [f"| {check} | {count:,} | {outcome.alarms[check]} |" for check, count in sorted(outcome.judged.items())]
    lines += [f"| all | {judged:,} | {alarms}, in {outcome.seeds_with_alarm} of {seeds} seeds |", ""]
    lines += ["| shift of the last day | size | seen by its check | seen by others |", "| --- | ---: | ---: | --- |"]
    for shift in SHIFTS:
        for size in shift.sizes:
            others = [
                f"{check} {outcome.seen[shift.kind, size, check] / outcome.shifted_seeds:.0%}"
                for check in ("volume", "null_rate", "distribution")
                if check != shift.check and outcome.seen[shift.kind, size, check]
            ]
            seen = outcome.seen[shift.kind, size, shift.check] / outcome.shifted_seeds
            lines.append(f"| {shift.kind} | {size:g} | {shift.check} {seen:.0%} | {', '.join(others)} |")
    return "\n".join(lines)


def main() -> None:
    from rendered import product_judge

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--shifted-seeds", type=int, default=20)
    chosen = parser.parse_args()
    outcome = measure(product_judge(), chosen.seeds, chosen.shifted_seeds)
    text = tables(outcome)
    before, _, rest = DOC.read_text("utf-8").partition(BEGIN)
    DOC.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.partition(END)[2]}", "utf-8")
    print(text)


if __name__ == "__main__":
    main()
