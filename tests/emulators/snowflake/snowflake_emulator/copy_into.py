"""COPY INTO a table: evaluates the rows beside the session's transaction, then inserts them within it.

Status words, error texts and numbers are modelled on the documentation and were never compared with an account. A
file that was loaded before (same name, same content) is skipped unless FORCE: shown as LOAD_SKIPPED if FILES names
it, not at all otherwise. TRUNCATE, DROP and CREATE OR REPLACE of the table forget its history; here it never expires.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from .account import full_name
from .copy_source import Batch, Outcome, batches, over
from .copy_statement import Copy, file_format, parsed
from .csv_records import Problem
from .errors import failure, missing
from .show import Rows
from .stages import place

RESULT = [
    "file", "status", "rows_parsed", "rows_loaded", "error_limit", "errors_seen", "first_error", "first_error_line",
    "first_error_character", "first_error_column_name",
]  # fmt: skip
HELP = (
    "\n  If you would like to continue loading when an error is encountered, use other values such as 'SKIP_FILE' or "
    "'CONTINUE' for the ON_ERROR option."
)


@dataclass(frozen=True)
class Target:
    """The table: its name in DuckDB, its full name, and the columns to be filled with their types."""

    sql: str
    name: tuple[str, ...]
    columns: list[tuple[str, str, bool]]

    @property
    def history(self) -> str:
        return f'"{self.name[0]}"._fs_information_schema._fs_load_history'


def copy_into(cursor: Any, statement: str) -> Rows:
    """Loads what the statement names and gives the rows of its result."""
    session = cursor._conn
    copy = parsed(statement)
    where = place(session, copy.location)
    form = file_format(copy, where.properties, lambda name: _named_format(session, name))
    target = _target(cursor, copy)
    found = where.files(copy.options.get("PATTERN")) if copy.files is None else where.named(copy.files)
    outcomes = [Outcome(file) for file in found]
    known = [] if copy.force else [o for o in outcomes if _loaded_before(session, target, o)]
    for outcome in known:
        outcome.skipped_as_known = True
    new = [o for o in outcomes if not o.skipped_as_known]
    checked = not copy.items and form["TYPE"] == "CSV" and form.get("ERROR_ON_COLUMN_COUNT_MISMATCH", True)
    evaluated = [
        _evaluated(cursor, copy, batch, target, new)
        for batch in (batches(new, form, len(target.columns) if checked else None) if new else ())
    ]
    _load(session, copy, target, new, evaluated)
    shown = outcomes if copy.files is not None else new
    if not shown:
        return ["status"], [("Copy executed with 0 files processed.",)]
    return RESULT, [_row(copy, outcome) for outcome in shown]


def _named_format(session: Any, name: str) -> dict[str, Any]:
    return session.emulator.account.find("FILE FORMAT", full_name(name, session.database, session.schema)).properties


def _target(cursor: Any, copy: Copy) -> Target:
    session = cursor._conn
    name = full_name(copy.table.sql(dialect="snowflake"), session.database, session.schema)
    if len(name) != 3:
        raise missing("TABLE", ".".join(name))
    table = cursor._transform(exp.select("*").from_(copy.table), None).find(exp.Table)
    table.set("alias", None)
    sql = table.sql(dialect="duckdb")
    every = session._duck_conn.execute(f"DESCRIBE {sql}").fetchall()
    types = {column: (column, kind, nullable == "NO") for column, kind, nullable, *_ in every}
    for column in copy.columns:
        if column not in types:
            raise failure(f"SQL compilation error: error line 1\ninvalid identifier '{column}'", 904, "42000")
    wanted = copy.columns or list(types)
    if copy.items and len(copy.items) != len(wanted):
        text = f"Insert value list does not match column list expecting {len(wanted)} but got {len(copy.items)}"
        raise failure(f"SQL compilation error:\n{text}", 2020, "21S01")
    return Target(sql, name, [types[column] for column in wanted])


def _loaded_before(session: Any, target: Target, outcome: Outcome) -> bool:
    sql = f"SELECT 1 FROM {target.history} WHERE schema_name = ? AND table_name = ? AND file_name = ?"
    key = [target.name[1], target.name[2], outcome.file.url]
    same = session.emulator.etags.get((*target.name, outcome.file.url)) == outcome.file.etag
    return same and session._duck_conn.execute(sql, key).fetchone() is not None


def _evaluated(cursor: Any, copy: Copy, batch: Batch, target: Target, outcomes: list[Outcome]) -> pa.Table:
    """The batch's rows as the table's columns v0, v1, …; a row that cannot be one is noted and left out."""
    items = [over(item, batch, outcomes) for item in copy.items] or _by_position(batch, target)
    named = [exp.alias_(item, f"v{at}", quoted=True) for at, item in enumerate(items)]
    keys = [exp.column(exp.to_identifier(key, quoted=True)) for key in ("file", "row", "line")]
    select = exp.select(*keys, *named).from_(exp.to_table('"copy_source"'))
    sql = cursor._transform(select, None).sql(dialect="duckdb")
    with cursor._conn.emulator.duck_conn.cursor() as scratch:
        scratch.execute(f"SET schema = '\"{target.name[0]}\".main'")
        scratch.register("copy_rows", batch.rows)
        json = " REPLACE (CAST(c1 AS JSON) AS c1)" if batch.kind == "JSON" and batch.width else ""
        scratch.execute(f"CREATE OR REPLACE TEMP VIEW copy_source AS SELECT *{json} FROM copy_rows")
        scratch.execute(f"CREATE OR REPLACE TEMP TABLE copy_values AS {sql}")
        checked = f"SELECT file, row, line, {_cast(target)} FROM copy_values ORDER BY file, row"
        scratch.execute(checked)
        typed = scratch.to_arrow_table()
    wrong = typed.filter(pc.is_valid(typed["bad"])).select(["file", "row", "line", "bad"]).to_pylist()
    for row in wrong:
        outcomes[row["file"]].problems.append((row["row"], row["line"], _problem(target, row["bad"])))
    return typed.filter(pc.is_null(typed["bad"])).drop_columns(["bad", "line"])


def _by_position(batch: Batch, target: Target) -> list[exp.Expression]:
    if batch.kind != "CSV" and len(target.columns) != 1:
        text = f"{batch.kind} file format can produce one and only one column of type variant, object, or array."
        raise failure(f"SQL compilation error:\n{text} Use a copy with transformation.", 2019, "0A000")
    parameters = [exp.Parameter(this=exp.Literal.number(at + 1)) for at in range(len(target.columns))]
    return [over(parameter, batch, []) for parameter in parameters]


def _cast(target: Target) -> str:
    """The typed columns, and in `bad` the first column that cannot hold its value: its number, negative for a NULL."""
    typed, tests = [], []
    for at, (_, kind, required) in enumerate(target.columns):
        value = f"TRY_CAST(v{at} AS {kind})"
        if kind == "JSON":
            value = f"CASE WHEN typeof(v{at}) = 'JSON' THEN {value} ELSE to_json(v{at}) END"
        typed.append(f"{value} AS v{at}")
        tests.append(f"WHEN v{at} IS NOT NULL AND {value} IS NULL THEN {at + 1}")
        if required:
            tests.append(f"WHEN {value} IS NULL THEN {-at - 1}")
    return f"{', '.join(typed)}, CASE {' '.join(tests)} END AS bad"


def _problem(target: Target, bad: int) -> Problem:
    name, kind, _ = target.columns[abs(bad) - 1]
    column = f'"{target.name[2]}"["{name}":{abs(bad)}]'
    if bad < 0:
        return Problem("NULL result in a non-nullable column", 100072, "22000", 1, column)
    word = "Numeric" if any(part in kind for part in ("INT", "DEC", "DOUBLE")) else kind.capitalize()
    return Problem(f"{word} value is not recognized", 100038, "22018", 1, column)


def _load(session: Any, copy: Copy, target: Target, outcomes: list[Outcome], evaluated: list[pa.Table]) -> None:
    for outcome in outcomes:
        outcome.problems.sort(key=lambda problem: problem[0])
        if outcome.problems and copy.on_error == "ABORT_STATEMENT":
            raise _aborted(outcome)
    kept = pa.array([at for at, outcome in enumerate(outcomes) if not _skips(copy, outcome)], pa.int32())
    names = ", ".join('"' + name.replace('"', '""') + '"' for name, _, _ in target.columns)
    values = ", ".join(f"v{at}" for at in range(len(target.columns)))
    insert = f"INSERT INTO {target.sql} ({names}) SELECT {values} FROM copy_chosen ORDER BY file, row"
    for rows in evaluated:
        chosen = rows.filter(pc.is_in(rows["file"], value_set=kept))
        for number, count in zip(*_counts(chosen), strict=True):
            outcomes[number].loaded += count
        session._duck_conn.register("copy_chosen", chosen)
        try:
            session._duck_conn.execute(insert)
        finally:
            session._duck_conn.unregister("copy_chosen")
    _remember(session, target, [outcome for outcome in outcomes if _status(outcome) != "LOAD_FAILED"])


def _counts(rows: pa.Table) -> tuple[list[int], list[int]]:
    """The file numbers in the rows, and how many rows each has."""
    counted = rows.group_by("file").aggregate([("file", "count")])
    return counted["file"].to_pylist(), counted["file_count"].to_pylist()


def _skips(copy: Copy, outcome: Outcome) -> bool:
    if not outcome.problems or not copy.on_error.startswith("SKIP_FILE"):
        return False
    limit = copy.on_error.removeprefix("SKIP_FILE").lstrip("_")
    if limit.endswith("%"):
        return len(outcome.problems) * 100 > outcome.parsed * int(limit[:-1])
    return len(outcome.problems) >= int(limit or 1)


def _aborted(outcome: Outcome) -> Exception:
    row, line, problem = outcome.problems[0]
    column = f", column {problem.column}" if problem.column else ""
    place_in_file = f"\n  File '{outcome.file.shown}', line {line}, character {problem.character}\n  Row {row}{column}"
    return failure(problem.message + place_in_file + HELP, problem.errno, problem.sqlstate)


def _status(outcome: Outcome) -> str:
    if outcome.skipped_as_known:
        return "LOAD_SKIPPED"
    if not outcome.problems:
        return "LOADED"
    return "PARTIALLY_LOADED" if outcome.loaded else "LOAD_FAILED"


def _remember(session: Any, target: Target, outcomes: list[Outcome]) -> None:
    now = datetime.now(UTC)
    for outcome in outcomes:
        session.emulator.etags[(*target.name, outcome.file.url)] = outcome.file.etag
        key = (target.name[1], outcome.file.url, target.name[2], now, _status(outcome).replace("_", " "))
        row = [*key, outcome.loaded, outcome.parsed, *_first(outcome), len(outcome.problems), None]
        session._duck_conn.execute(f"INSERT INTO {target.history} VALUES ({', '.join('?' * len(row))})", row)


def _first(outcome: Outcome) -> tuple[Any, ...]:
    if not outcome.problems:
        return None, None, None, None
    _, line, problem = outcome.problems[0]
    return problem.message, line, problem.character, problem.column


def _row(copy: Copy, outcome: Outcome) -> tuple[Any, ...]:
    if outcome.skipped_as_known:
        return outcome.file.shown, "LOAD_SKIPPED", 0, 0, None, 1, "File was loaded before.", None, None, None
    limit = outcome.parsed if copy.on_error == "CONTINUE" else 1
    if copy.on_error.startswith("SKIP_FILE_") and not copy.on_error.endswith("%"):
        limit = int(copy.on_error.removeprefix("SKIP_FILE_"))
    counts = (outcome.parsed, outcome.loaded, limit, len(outcome.problems))
    return (outcome.file.shown, _status(outcome), *counts, *_first(outcome))
