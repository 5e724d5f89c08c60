"""Polluted files, as the Pollock benchmark describes them (Vitagliano et al., VLDB 2023), are never silently wrong.

Each goes as a full delivery of its own date into one home. Whatever comes of it: every cell of a valid row is as the
file states it, and every line is a header, a row, a reject or blank; or the whole file is rejected.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from clean_table import HEADER, Pollution
from polluted_texts import unpack_zstd
from pollutions import ALL

from healthcare_elt.landing import Delivery
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.transform import transform

FIRST = date(2020, 1, 2)
TABLE = "icon_health__providers"
UNPACKED = {".csv.gz": gzip.decompress, ".csv.zst": unpack_zstd}
each_pollution = pytest.mark.parametrize("pollution", ALL, ids=[pollution.name for pollution in ALL])


@dataclass(frozen=True)
class Came:
    """What came of one file."""

    state: str
    reason: str
    delivery: Delivery
    rows: list[dict]
    """Of bronze, with their class and broken rules."""
    rejects: list[tuple[int, str, str]]

    def valid(self) -> list[tuple[str, ...]]:
        rows = [row for row in self.rows if row["_class"] in ("version", "repeat")]
        return [tuple(text or "" for text in row["typed"]) for row in rows]

    def quarantined(self) -> dict[int, str]:
        return {row["_row_number"]: row["_reasons"] for row in self.rows if row["_class"] == "quarantined"}


@pytest.fixture(scope="module")
def came(module_home) -> dict[str, Came]:
    """Everything landed, loaded and typed in one run."""
    home = module_home()
    folder = home.settings.inbox / "icon_health"
    folder.mkdir(parents=True)
    dates = {FIRST + timedelta(days=number): pollution for number, pollution in enumerate(ALL)}
    for day, pollution in dates.items():
        (folder / f"providers_{day}{pollution.suffix}").write_bytes(pollution.content)
    land_deliveries(home, run_id="test")
    load_deliveries(home, run_id="test")
    list(transform(home, select=[f"+{TABLE}_rows"], run_id="test"))
    return {dates[day].name: found for day, found in _what_came(home)}


def _what_came(home: Home) -> Iterator[tuple[date, Came]]:
    with home.warehouse(read_only=True) as warehouse:
        rows = warehouse.rows(
            f"select b.*, r._class, r._reasons, [r.provider_name, r.npi, r.zip] as typed from bronze.{TABLE} as b "
            f"left join silver.{TABLE}_rows as r on r._delivery_id = b._delivery_id "
            "and r._row_number = b._row_number and r._class <> 'tombstone' order by b._row_number"
        )
        rejects = warehouse.rows(f"select * from bronze.{TABLE}__rejects order by _line_number")
    for each in home.ledger.deliveries():
        assert each.delivery
        yield (
            each.delivery_date,
            Came(
                each.state,
                each.reason or "",
                each.delivery,
                [row for row in rows if row["_delivery_id"] == each.delivery_id],
                [
                    (row["_line_number"], row["_raw"], row["_reason"])
                    for row in rejects
                    if row["_delivery_id"] == each.delivery_id
                ],
            ),
        )


@each_pollution
def test_a_polluted_file_is_loaded_right_or_kept_apart_or_rejected_as_documented(
    pollution: Pollution, came: dict[str, Came]
) -> None:
    found = came[pollution.name]
    assert pollution.rejected in found.reason
    assert found.state == ("rejected" if pollution.rejected else "loaded"), found.reason
    assert pollution.warning in "; ".join(found.delivery.warnings)
    if pollution.rejected:
        return
    assert {line: reason for line, _, reason in found.rejects}.keys() == pollution.rejects.keys()
    assert all(pollution.rejects[line] in reason for line, _, reason in found.rejects)
    assert found.quarantined() == pollution.quarantined
    assert found.valid() == [row for row in stated(pollution) if row not in lost(pollution)]


@pytest.mark.parametrize(
    ("name", "dialect"),
    [
        ("LF", (",", '"', '"', "utf-8", 0)),
        ("two pipes", ("||", '"', '"', "utf-8", 0)),
        ("single quotes with backslashes", (",", "'", "\\", "utf-8", 0)),
        ("Windows-1252", (",", '"', '"', "windows-1252", 0)),
        ("a title before UTF-16", (",", '"', '"', "utf-16", 1)),
        ("a title before semicolons and CRLF", (";", '"', '"', "utf-8", 1)),
    ],
)
def test_the_ledger_knows_how_a_file_was_read(
    name: str, dialect: tuple[str, str, str, str, int], came: dict[str, Came]
) -> None:
    found = came[name].delivery
    assert (found.delimiter, found.quote, found.escape, found.encoding, found.preamble) == dialect


@each_pollution
def test_no_pollution_is_silently_wrong(pollution: Pollution, came: dict[str, Came]) -> None:
    found = came[pollution.name]
    if found.state == "rejected":
        assert (found.rows, found.rejects) == ([], [])
        assert found.reason.startswith("icon_health.providers: providers_")
        assert found.reason.endswith(".")
        assert ". " not in found.reason
        return
    by_npi = {row[1]: row for row in stated(pollution)}
    assert [row for row in found.valid() if row != by_npi.get(row[1])] == []
    missing = set(by_npi) - {row[1] for row in found.valid()}
    kept_apart = "\n".join([raw for _, raw, _ in found.rejects] + [str(row) for row in quarantined(found)])
    assert [npi for npi in missing if npi not in kept_apart.replace('"', "")] == []
    assert {row["_class"] for row in found.rows} <= {"version", "repeat", "quarantined"}


def quarantined(found: Came) -> list[dict]:
    return [row for row in found.rows if row["_class"] == "quarantined"]


def stated(pollution: Pollution) -> list[tuple[str, ...]]:
    return [
        tuple("" if name in pollution.without else cell for name, cell in zip(HEADER, row, strict=True))
        for row in pollution.rows
    ]


def lost(pollution: Pollution) -> list[tuple[str, ...]]:
    return [stated(pollution)[position] for position in pollution.lost]


@each_pollution
def test_every_line_of_a_loaded_file_is_a_header_a_row_a_reject_or_blank(
    pollution: Pollution, came: dict[str, Came]
) -> None:
    found = came[pollution.name]
    if found.state == "rejected":
        return
    in_rows = sum(len(filled_lines("".join(row[name] or "" for name in HEADER))) or 1 for row in found.rows)
    in_rejects = sum(len(filled_lines(raw)) for _, raw, _ in found.rejects)
    assert in_rows + in_rejects + 1 == len(filled_lines(text_of(pollution, found.delivery.encoding)))


def filled_lines(text: str) -> list[str]:
    return [line for line in re.split("[\r\n]", text) if line.strip("\ufeff ")]


def text_of(pollution: Pollution, encoding: str) -> str:
    return UNPACKED.get(pollution.suffix, bytes)(pollution.content).decode(encoding, "replace")


@pytest.mark.parametrize("place", [0, 11], ids=["first", "last"])
def test_a_quote_that_is_open_to_the_end_is_found_among_many_good_files(home, place: int) -> None:
    """Of more than a few files at once DuckDB does not tell of it, nor of the rows that it swallows."""
    made = home()
    folder = made.settings.inbox / "icon_health"
    folder.mkdir(parents=True)
    good = f"{','.join(HEADER)}\n" + "".join(f"Care {number},1000000004,1000{number}\n" for number in range(3))
    for number in range(12):
        broken = good.replace("Care 1", '"Care 1') if number == place else good.replace("Care 1", f'"Care {number}"')
        (folder / f"providers_{FIRST + timedelta(days=number)}.csv").write_text(broken)
    land_deliveries(made, run_id="test")
    load_deliveries(made, run_id="test")
    with made.warehouse(read_only=True) as warehouse:
        loads = warehouse.rows("select rows, rejects from meta.load_log order by delivery_date")
    expected = [(2, 1) if number == place else (3, 0) for number in range(12)]
    assert [(load["rows"], load["rejects"]) for load in loads] == expected
