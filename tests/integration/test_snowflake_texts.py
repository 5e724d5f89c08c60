"""A text is the same value, or none, on both engines: what senders write and what they should not."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.cli.main import dbtRunner

from healthcare_elt.settings import Settings
from healthcare_elt.transform.build import close_connections
from healthcare_elt.transform.project import dbt_arguments, export_environment

DATABASE = "HEALTHCARE_ELT_TEXTS"
COLUMNS = {
    name: {"name": "c", "data_type": "varchar", "config": {"meta": rules}}
    for name, rules in (
        ("npi", {"format": "npi"}),
        ("required_npi", {"required": True, "format": "npi"}),
        ("zip", {"format": "zip"}),
        ("npi_list", {"list_of": "npi"}),
        ("required_npi_list", {"required": True, "list_of": "npi"}),
    )
}
READINGS = {
    "integers": "text_to_type('t', 'integer', [])",
    "bigints": "text_to_type('t', 'bigint', [])",
    "decimals": "text_to_type('t', 'decimal(18,2)', [])",
    "whole_decimals": "text_to_type('t', 'decimal(18,0)', [])",
    "doubles": "text_to_type('t', 'double', [])",
    "booleans": "text_to_type('t', 'boolean', [])",
    "days": "text_to_type('t', 'date', ['%Y-%m-%d'])",
    "american_days": "text_to_type('t', 'date', ['%m/%d/%Y', '%m/%d/%y'])",
    "named_days": "text_to_type('t', 'date', ['%d-%b-%Y', '%d %B %Y'])",
    "years": "text_to_type('t', 'date', ['%Y-%m-%dT%H:%M:%SZ', '%Y-%m-%d', '%Y'])",
    "moments": "moment_text(text_to_type('t', 'timestamp', []))",
    "hours_of_twelve": "moment_text(text_to_type('t', 'timestamp', ['%Y-%m-%d %I:%M %p']))",
    "hashes": "hash_key(['t', 'null'])",
    "emails": "is_format('email', 't')",
    "phones": "is_format('phone', 't')",
    "diagnoses": "is_format('icd10cm', 't')",
    "npis": "is_format('npi', 't')",
    "good_npis": "list_elements('t', 'npi', true, '')",
    "bad_npis": "list_elements('t', 'npi', false, 'npis.format:')",
    "joined": "join_texts(['t', 'null', 't'])",
    **{f"broken_{name}": f"reasons_of(broken_rules({column}, 't', 't', {{}}))" for name, column in COLUMNS.items()},
}
IS_TIME = re.compile(r"'(date|timestamp)'")
WORDS = r"""
-0 7 -5 +5 007 1.9 1.0 1. .5 5e3 . - + 1,5 1-2 2147483647 2147483648 -2147483648 -2147483649 9223372036854775807
9223372036854775808 12.34 12.345 12.3400 -.5 99999999999999999.99 9999999999999999.99 1e400x nan true TRUE t yes Y 1 f
No 2 on tru 2026-01-02 2026-1-2 2026-02-29 2024-02-29 2026-13-01 2026-00-10 26-1-2 02026-01-02 2026/01/02 20260102
2026-01-02T 2026-01-02Z 2026 2026-01-02T03:04 2026-01-02T03:04:05 2026-01-02T03:04:05.1 2026-01-02T03:04:05.123456
2026-01-02T03:04:05.1234567 2026-01-02T3:4:5 2026-01-02T03:04:05Z 2026-01-02T03:04:05+02:00 2026-01-02T03:04:05-0800
2026-01-02T03:04:05+2 2026-01-02T03:04:60 2026-01-02T25:00:00 2026-01-02T03 01/02/2026 1/2/26 1/2/69 1/2/68 13/01/2026
02-Jan-2026 2-feb-2026 31-Apr-2026 02-Foo-2026 a@b.c a@b a.b@c.d.e 617-555-0100 (617)555-0100 A01 A01.1 A01.12345
S72.001A 1234567893 1234567890 1234567893,1234567890 1234567890,,x,1234567893,x O'Brien back\slash per%cent a|b né
"""
TEXTS = [
    *WORDS.split(),
    "2026-01-02 03:04:05",
    "2026-01-02  03:04",
    "2026-01-02 03:04 PM",
    "2026-01-02 12:04 am",
    "2 February 2026",
    "1 , 1234567893 ,",
    "a b",
    "",
    "[[1234567893],[1]]",
    "{1234567893}",
    "2026-01-02 03:04:05+00",
    None,
]

OTHERWISE = {("2026-01-02 03:04 PM", "moments"), ("2026-01-02 12:04 am", "moments")}
"""DuckDB takes any word after a moment for the name of a time zone: see docs/dbt_on_snowflake.md."""

Values = dict[str | None, dict[str, str | None]]
"""What each text reads as, by reading."""


def _query(settings: Settings) -> str:
    columns = ", ".join(_column(name, call) for name, call in READINGS.items())
    export_environment(settings)
    inline = ["--inline", f"select t, {columns} from texts"]
    try:
        compiled = dbtRunner().invoke(["--log-level", "none", "compile", *inline, *dbt_arguments(settings)])
    finally:
        close_connections()
    assert compiled.success, compiled.exception
    (result,) = compiled.result.results
    return result.node.compiled_code


def _column(name: str, call: str) -> str:
    """Days and moments as text: some are none to Python."""
    read = f"{{{{ {call} }}}}"
    return f"cast({read} as varchar) as {name}" if IS_TIME.search(call) else f"{read} as {name}"


def _values(cursor: Any) -> Values:
    names = [column[0].lower() for column in cursor.description]
    rows = [[None if value is None else str(value) for value in row] for row in cursor.fetchall()]
    return {row[0]: dict(zip(names, row, strict=True)) for row in rows}


@pytest.fixture
def on_duckdb(home: Callable[..., Any]) -> Values:
    settings = home("local").settings
    settings.data.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("create table texts (t varchar)")
        connection.executemany("insert into texts values (?)", [[text] for text in TEXTS])
        return _values(connection.execute(_query(settings)))


@pytest.fixture
def on_snowflake(tmp_path: Path, snowflake_server: Any, monkeypatch: pytest.MonkeyPatch) -> Values:
    for name, value in (snowflake_server.settings | {"SNOWFLAKE_DATABASE": DATABASE}).items():
        monkeypatch.setenv(name, value)
    with snowflake_server.connect() as connection:
        for thing in (f"database if not exists {DATABASE}", f"schema if not exists {DATABASE}.META"):
            connection.cursor().execute(f"create {thing}")
    with snowflake_server.connect(database=DATABASE, schema="META") as connection:
        cursor = connection.cursor()
        cursor.execute("create or replace table texts (t varchar)")
        cursor.executemany("insert into texts values (%s)", [[text] for text in TEXTS])
        return _values(cursor.execute(_query(Settings(home=tmp_path / "cloud", target="snowflake"))))


def test_each_text_is_the_same_value_on_both(on_duckdb: Values, on_snowflake: Values) -> None:
    assert len(on_duckdb) == len(set(TEXTS))
    differing = [
        f"{text!r} as {name}: {expected} here, {on_snowflake[text][name]} there"
        for text, read in on_duckdb.items()
        for name, expected in read.items()
        if on_snowflake[text][name] != expected and (text, name) not in OTHERWISE
    ]
    assert not differing, "\n".join(differing)


def test_a_blank_cell_breaks_no_format_and_a_list_that_is_json_breaks_its_own(on_duckdb: Values) -> None:
    no_npi, no_list = dict.fromkeys(("npi", "required_npi", "zip"), "c.format"), dict.fromkeys(COLUMNS, "c.format")
    expected = {
        None: dict.fromkeys(("required_npi", "required_npi_list"), "c.required"),
        "1234567893": {"zip": "c.format"},
        "1234567890": no_npi,
        "1234567893,1234567890": no_npi,
        "[[1234567893],[1]]": no_list,
        "{1234567893}": no_list,
    }
    for text, broken in expected.items():
        assert {name: on_duckdb[text][f"broken_{name}"] for name in COLUMNS} == dict.fromkeys(COLUMNS, "") | broken
