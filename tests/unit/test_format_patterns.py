"""A format means the same to Python, which checks contracts, and to SQL, which checks rows."""

import re
import string
from pathlib import Path

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from healthcare_elt.contracts import FORMATS
from healthcare_elt.contracts.column import DATE_CODES, DATE_FORMAT
from healthcare_elt.contracts.formats import PATTERNS

RULES = Path(__file__).parents[2] / "dbt_project" / "macros" / "contract" / "rules.sql"


def sql_patterns() -> dict[str, str]:
    """The pattern of each format as the macro writes it, with Jinja's escapes undone."""
    body = RULES.read_text().split("set patterns = {")[1].split("} -%}")[0]
    return {name: text.replace("\\\\", "\\") for name, text in re.findall(r"'(\w+)': '(.*)',", body)}


def test_sql_and_python_know_the_same_patterns() -> None:
    assert sql_patterns() == {name: pattern for name, pattern in PATTERNS.items() if name != "npi"}


@given(st.sampled_from(sorted(sql_patterns())), st.data())
def test_duckdb_and_python_agree_on_every_text(name: str, data: st.DataObject) -> None:
    text = data.draw(st.one_of(st.from_regex(PATTERNS[name], fullmatch=True), st.text(max_size=12)))
    found = duckdb.execute("select regexp_full_match(?, ?)", [text, sql_patterns()[name]]).fetchall()
    assert found == [(FORMATS[name](text),)]


def is_read(date_format: str) -> bool:
    try:
        duckdb.execute("select try_strptime('', ?)", [date_format])
    except duckdb.InvalidInputException:
        return False
    return True


def test_a_contract_may_have_the_date_formats_that_duckdb_reads_and_no_other() -> None:
    formats = {f"{code}{letter}" for code in ("%Y%", "%Y%-") for letter in ("", *string.printable)} | {DATE_CODES}
    assert {each for each in formats if re.fullmatch(DATE_FORMAT, each)} == set(filter(is_read, formats))
