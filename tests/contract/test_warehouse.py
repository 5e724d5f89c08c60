"""What every warehouse promises; each kind of it runs the same suite, with deliveries that really landed."""

from __future__ import annotations

import csv
import gzip
import io
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from live_places import Account
from snowflake_places import drop_tables, opened, prepared

from healthcare_elt.contracts import Column, Contract
from healthcare_elt.landing import Delivery, FolderLandingZone, Landed, discover, land
from healthcare_elt.ledger import Event, KnownDeliveries
from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.warehouse import (
    DuckDBWarehouse,
    Loaded,
    LoadError,
    Outcome,
    Unreadable,
    Warehouse,
    WarehouseError,
)

NOW = datetime(2026, 1, 9, 6, tzinfo=UTC)
TYPES = {
    "duckdb": ("VARCHAR", "BIGINT", "DATE", "TIMESTAMP"),
    "snowflake": ("VARCHAR(16777216)", "NUMBER(19,0)", "DATE", "TIMESTAMP_NTZ(9)"),
}
REFUSE_PATIENTS = {
    "duckdb": ("create unique index one_run on meta.load_log (run_id)", "drop index meta.one_run"),
    "snowflake": (
        "alter table bronze.plan__patients__rejects rename column _raw to another",
        "alter table bronze.plan__patients__rejects rename column another to _raw",
    ),
}


def contract(table: str, *columns: str, on_new_column: str = "evolve", **dialect: str) -> Contract:
    return Contract.model_validate(
        {
            "system": "plan",
            "table": table,
            "description": "A table.",
            "files": f"{table}*",
            "delivers": "changes",
            "key": [columns[0]],
            "on_new_column": on_new_column,
            "dialect": dialect,
            "columns": [
                Column(name=name, description="A column.", data_type="varchar", phi="direct") for name in columns
            ],
            "source_file": Path("plan.yml"),
        }
    )


PATIENTS = contract("patients", "id", "name")
EVENTS = contract("events", "id")


class Plan:
    """A source system whose files land and are loaded."""

    def __init__(self, folder: Path, warehouse: Warehouse) -> None:
        self.inbox = folder / "inbox" / "plan"
        self.inbox.mkdir(parents=True)
        self.zone = FolderLandingZone(folder / "landing")
        self.warehouse = warehouse
        self.known = KnownDeliveries()

    def deliver(self, name: str, content: bytes, to: Contract = PATIENTS) -> Delivery:
        path = self.inbox / name
        path.write_bytes(content)
        found = discover(self.inbox.parent, [to], UTC)
        [outcome] = land(
            found, self.zone, self.known, dates=None, now=NOW, start_date=date(2000, 1, 1), settle_seconds=0
        )
        assert isinstance(outcome, Landed), outcome
        self.known.note(Event.of("landed", outcome.delivery, NOW))
        path.unlink()
        return outcome.delivery

    def load(self, *deliveries: Delivery, to: Contract = PATIENTS) -> list[Outcome]:
        self.warehouse.prepare([to])
        return list(self.warehouse.load(to, deliveries, self.zone, run_id="run", now=NOW))

    def deliver_and_load(
        self, content: bytes, name: str = "patients_2026-01-02.csv", to: Contract = PATIENTS
    ) -> Loaded:
        [outcome] = self.load(self.deliver(name, content, to), to=to)
        assert isinstance(outcome, Loaded), outcome
        return outcome

    def bronze(self, columns: str = "id, name", table: str = "patients") -> list[tuple[object, ...]]:
        sql = f"select {columns} from bronze.plan__{table} order by _arrival, _row_number"
        return [tuple(row.values()) for row in self.warehouse.rows(sql)]

    def rejects(self, table: str = "patients") -> list[tuple[object, ...]]:
        sql = f"select _line_number, _raw, _reason from bronze.plan__{table}__rejects order by _arrival, _line_number"
        return [tuple(row.values()) for row in self.warehouse.rows(sql)]


@pytest.fixture(params=sorted(TYPES))
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def plan(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Plan]:
    with _opened(kind, tmp_path, request) as warehouse:
        yield Plan(tmp_path, warehouse)


@pytest.fixture(scope="module")
def snowflake(account: Account, own_database: str) -> SnowflakeSettings:
    """A database as the plan makes it: once, since that takes seconds."""
    return prepared(account, own_database, [PATIENTS, EVENTS], None)


def _opened(kind: str, folder: Path, request: pytest.FixtureRequest) -> Warehouse:
    if kind == "duckdb":
        return DuckDBWarehouse(folder / "w.duckdb")
    settings = request.getfixturevalue("snowflake")
    drop_tables(settings)
    return opened(settings, folder / "work", has_stage=False)


def test_a_prepared_warehouse_has_an_empty_table_for_every_contract(plan: Plan) -> None:
    plan.warehouse.prepare([PATIENTS, EVENTS])
    assert plan.bronze("*") == plan.bronze("*", "events") == []
    assert plan.rejects() == plan.rejects("events") == []
    assert plan.warehouse.load_log() == []


def test_bronze_has_the_columns_of_the_contract_as_text_and_then_its_own(kind: str, plan: Plan) -> None:
    plan.warehouse.prepare([PATIENTS])
    text, number, day, moment = TYPES[kind]
    found = plan.warehouse.rows("describe table bronze.plan__patients")
    assert [tuple(row.values())[:2] for row in found] == [
        (each.upper() if kind == "snowflake" else each, type_name)
        for each, type_name in (
            ("id", text),
            ("name", text),
            ("_delivery_id", text),
            ("_row_number", number),
            ("_delivery_date", day),
            ("_arrival", number),
            ("_loaded_at", moment),
        )
    ]


def test_a_column_that_is_new_in_the_contract_is_added_and_old_rows_stay(plan: Plan) -> None:
    plan.deliver_and_load(b"id,name\n1,a\n")
    plan.warehouse.prepare([contract("patients", "id", "name", "zip")])
    assert plan.bronze("id, name, zip") == [("1", "a", None)]


def test_a_row_knows_its_delivery_and_its_place_in_it(plan: Plan) -> None:
    first = plan.deliver("patients_2026-01-02.csv", b"id,name\n1,a\n2,b\n")
    second = plan.deliver("patients_2026-01-03.csv", b"id,name\n3,c\n")
    assert plan.load(second, first) == [Loaded(first.delivery_id, 2, 0), Loaded(second.delivery_id, 1, 0)]
    assert plan.bronze("id, _delivery_id, _row_number, _delivery_date, _arrival, _loaded_at") == [
        ("1", first.delivery_id, 1, date(2026, 1, 2), 1, NOW.replace(tzinfo=None)),
        ("2", first.delivery_id, 2, date(2026, 1, 2), 1, NOW.replace(tzinfo=None)),
        ("3", second.delivery_id, 1, date(2026, 1, 3), 2, NOW.replace(tzinfo=None)),
    ]


def test_the_load_log_tells_all_about_a_delivery(plan: Plan) -> None:
    delivery = plan.deliver("patients_2026-01-02.csv", b"id,name\n1,a\n2\n")
    plan.load(delivery)
    [entry] = plan.warehouse.load_log()
    assert (entry.delivery_id, entry.table, entry.rows, entry.rejects) == (delivery.delivery_id, "patients", 1, 1)
    assert (entry.delivers, entry.run_id, entry.loaded_at) == ("changes", "run", NOW.replace(tzinfo=None))
    assert Delivery.from_json(entry.details) == delivery


def test_a_delivery_is_loaded_once_when_loaded_again(plan: Plan) -> None:
    delivery = plan.deliver("patients_2026-01-02.csv", b"id,name\n1,a\n2\n")
    plan.load(delivery)
    assert plan.load(delivery) == []
    assert (len(plan.bronze()), len(plan.rejects()), len(plan.warehouse.load_log())) == (1, 1, 1)


def test_a_delivery_that_is_named_twice_in_one_load_is_loaded_once(plan: Plan) -> None:
    delivery = plan.deliver("patients_2026-01-02.csv", b"id,name\n1,a\n")
    assert plan.load(delivery, delivery) == [Loaded(delivery.delivery_id, 1, 0)]
    assert plan.bronze() == [("1", "a")]


def test_the_load_log_in_brief_has_each_delivery_with_its_table(plan: Plan) -> None:
    patient = plan.deliver_and_load(b"id,name\n1,a\n")
    event = plan.deliver_and_load(b"id\n1\n", "events_2026-01-02.csv", EVENTS)
    assert plan.warehouse.loaded_ids() == {patient.delivery_id, event.delivery_id}
    assert {load.delivery_id for load in plan.warehouse.loads() if load.contract_name == "plan.events"} == {
        event.delivery_id
    }


def test_a_failure_between_rows_and_load_log_leaves_neither(kind: str, plan: Plan) -> None:
    refuse, allow = REFUSE_PATIENTS[kind]
    delivery = plan.deliver("patients_2026-01-02.csv", b"id,name\n1,SECRET\n2\n")
    plan.warehouse.prepare([PATIENTS])
    plan.deliver_and_load(b"id\n1\n", "events_2026-01-02.csv", EVENTS)
    plan.warehouse.execute(refuse)
    with pytest.raises(LoadError, match=r"plan\.patients: delivery .* \(patients_2026-01-02\.csv\) is not loaded: .*"):
        plan.load(delivery)
    plan.warehouse.execute(allow)
    assert plan.bronze() == plan.rejects() == []
    assert plan.load(delivery) == [Loaded(delivery.delivery_id, 1, 1)]


def test_an_unreadable_delivery_keeps_no_other_from_loading(plan: Plan) -> None:
    good = plan.deliver("patients_2026-01-02.csv.gz", gzip.compress(b"id,name\n1,a\n"))
    bad = plan.deliver("patients_2026-01-03.csv.gz", gzip.compress(b"id,name\n1,b\n"))
    last = plan.deliver("patients_2026-01-04.csv.gz", gzip.compress(b"id,name\n1,c\n"))
    damage(plan.zone, bad, lambda content: content[:-9])
    outcomes = {outcome.delivery_id: outcome for outcome in plan.load(good, bad, last)}
    assert outcomes[good.delivery_id] == Loaded(good.delivery_id, 1, 0)
    assert outcomes[last.delivery_id] == Loaded(last.delivery_id, 1, 0)
    unreadable = outcomes[bad.delivery_id]
    assert isinstance(unreadable, Unreadable)
    assert unreadable.reason.startswith("plan.patients: patients_2026-01-03.csv.gz ")
    assert plan.bronze() == [("1", "a"), ("1", "c")]
    assert bad.delivery_id not in plan.warehouse.loaded_ids()


def test_a_file_missing_from_the_landing_zone_stops_the_load_after_all_others(plan: Plan) -> None:
    gone = plan.deliver("patients_2026-01-02.csv", b"id,name\n1,a\n")
    plan.deliver("patients_2026-01-03.csv", b"id,name\n2,b\n")
    there = plan.deliver("patients_2026-01-04.csv", b"id,name\n3,c\n")
    plan.zone.path(gone.landing_key).unlink()
    with pytest.raises(LoadError, match="missing from the landing zone; restore it"):
        plan.load(gone, there)
    assert plan.bronze() == [("3", "c")]


def test_an_error_never_shows_a_value_of_a_row(plan: Plan) -> None:
    plan.deliver_and_load(b"id,name\n1,SECRET\n")
    with pytest.raises(WarehouseError) as error:
        plan.warehouse.rows("select name::integer from bronze.plan__patients")
    assert "SECRET" not in str(error.value)
    assert error.value.__suppress_context__


@pytest.mark.parametrize(
    ("what", "content"),
    [
        ("no final line end", b"id,name\n1,a\n2,b"),
        ("CRLF", b"id,name\r\n1,a\r\n2,b\r\n"),
        ("CR", b"id,name\r1,a\r2,b\r"),
        ("mixed line ends", b"id,name\r\n1,a\n2,b\r\n"),
        ("a byte order mark", b"\xef\xbb\xbfid,name\n1,a\n2,b\n"),
        ("a byte order mark and a quoted header", b'\xef\xbb\xbf"id","name"\r\n1,a\r\n2,b\r\n'),
        ("UTF-16", "id,name\n1,a\n2,b\n".encode("utf-16")),
        ("blank lines at the end", b"id,name\n1,a\n2,b\n\n\n"),
        ("a blank line in the middle", b"id,name\n1,a\n\n2,b\n"),
        ("blank lines before the header", b"\n  \nid,name\n1,a\n2,b\n"),
        ("blank CRLF lines before the header", b"\r\n\r\nid,name\r\n1,a\r\n2,b\r\n"),
        ("another order of columns", b"name,id\na,1\nb,2\n"),
        ("names in capitals and blanks", b" ID ,Name\n1,a\n2,b\n"),
        ("semicolons", b"id;name\n1;a\n2;b\n"),
        ("tabs", b"id\tname\n1\ta\n2\tb\n"),
        ("pipes", b"id|name\n1|a\n2|b\n"),
    ],
)
def test_a_csv_file_is_read_with(plan: Plan, what: str, content: bytes) -> None:
    assert plan.deliver_and_load(content).rows == 2
    assert plan.bronze() == [("1", "a"), ("2", "b")]
    assert plan.rejects() == []


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_a_compressed_file_is_read_whatever_it_is_called(plan: Plan, compression: str) -> None:
    content = pa.compress(b"id,name\n1,a\n", compression, asbytes=True) if compression == "zstd" else None
    plan.deliver_and_load(content or gzip.compress(b"id,name\n1,a\n"))
    assert plan.bronze() == [("1", "a")]


@pytest.mark.parametrize(("encoding", "name"), [("latin-1", "Zoë"), ("windows-1252", "Zoë €")])
def test_a_file_that_is_not_utf_8_keeps_its_letters(plan: Plan, encoding: str, name: str) -> None:
    rows = "".join(f"{number},{name}\n" for number in range(200))
    plan.deliver_and_load(f"id,name\n{rows}".encode(encoding))
    assert plan.bronze() == [(str(number), name) for number in range(200)]


def test_a_header_without_rows_is_a_load_of_nothing(plan: Plan) -> None:
    loaded = plan.deliver_and_load(b"id,name\n")
    assert (loaded.rows, loaded.rejects) == (0, 0)
    assert plan.warehouse.loaded_ids() == {loaded.delivery_id}


def test_empty_cells_are_null_and_blanks_stay(plan: Plan) -> None:
    plan.deliver_and_load(b'id,name\n1,\n2,""\n3,"  "\n')
    assert plan.bronze() == [("1", None), ("2", None), ("3", "  ")]


def test_a_blank_line_of_a_one_column_file_is_no_row(plan: Plan) -> None:
    plan.deliver_and_load(b'id\n1\n\n""\n2\n\n', "events_2026-01-02.csv", EVENTS)
    assert plan.bronze("id, _row_number", "events") == [("1", 1), (None, 2), ("2", 3)]


def test_ragged_lines_are_kept_as_rejects_with_line_and_text(plan: Plan) -> None:
    loaded = plan.deliver_and_load(b'id,name\n1,a\n2\n3,"c\nc"\n4,d,e,f\n5,f\n')
    assert (loaded.rows, loaded.rejects) == (3, 2)
    assert plan.bronze("id, name, _row_number") == [("1", "a", 1), ("3", "c\nc", 2), ("5", "f", 3)]
    assert plan.rejects() == [
        (3, "2", "has fewer values than the header has columns"),
        (6, "4,d,e,f", "has more values than the header has columns"),
    ]


def test_a_reject_is_on_its_line_of_the_delivery_where_blank_lines_come_first(plan: Plan) -> None:
    plan.deliver_and_load(b"\r\n \r\nid,name\r\n1,a\r\n2\r\n")
    assert [(line, raw) for line, raw, _ in plan.rejects()] == [(5, "2")]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_an_undecodable_line_is_a_reject_that_shows_its_bytes(plan: Plan, pack: Callable[[bytes], bytes]) -> None:
    loaded = plan.deliver_and_load(
        pack("id,name\r\n1,éééé\r\n2,é".encode() + b'\xff\xfe\r\n3,"\r\n"\r\n4,\xfe,\r\n5,e\r\n')
    )
    assert loaded.rows == 3
    assert [(line, raw) for line, raw, _ in plan.rejects()] == [(3, "2,é\\xff\\xfe"), (6, "4,\\xfe,")]


def test_an_undecodable_byte_hides_no_letter_after_it_in_the_reject(plan: Plan) -> None:
    plan.deliver_and_load('id,name\n1,éé\n2,"a\nb"\n'.encode() + b"Zo\xeb,3\n")
    assert [(line, raw) for line, raw, _ in plan.rejects()] == [(5, "Zo\\xeb,3")]


def test_a_line_that_repeats_the_header_is_no_row_however_it_is_written(plan: Plan) -> None:
    again = b'id,name\n\xef\xbb\xbfID, "Name"\n'
    plan.deliver_and_load(b"id,name\n1,a\n" + again + b"2,b\nid,x\n")
    assert plan.bronze("id, name, _row_number") == [("1", "a", 1), ("2", "b", 2), ("id", "x", 3)]
    assert plan.rejects() == [
        (3, "id,name", "repeats the header"),
        (4, '\ufeffID, "Name"', "repeats the header"),
    ]


def test_a_repeated_header_of_aliases_is_no_row_either(plan: Plan) -> None:
    name = PATIENTS.columns[1].model_copy(update={"aliases": ["full name"]})
    aliased = PATIENTS.model_copy(update={"columns": (PATIENTS.columns[0], name)})
    plan.deliver_and_load(b"id|Full Name\n1|a\nid|Full Name\n2|b\n", to=aliased)
    assert plan.bronze() == [("1", "a"), ("2", "b")]
    assert plan.rejects() == [(3, "id|Full Name", "repeats the header")]


def test_a_repeated_header_with_a_byte_order_mark_or_blanks_and_without_quotes_is_no_row_either(plan: Plan) -> None:
    plan.deliver_and_load(b"id,name\n1,a\n\xef\xbb\xbfid,name\n2,b\n\tID ,name\t\n3,c\n")
    assert plan.bronze() == [("1", "a"), ("2", "b"), ("3", "c")]
    assert [(line, reason) for line, _, reason in plan.rejects()] == [
        (3, "repeats the header"),
        (5, "repeats the header"),
    ]


def test_what_repeats_a_header_does_not_depend_on_what_is_loaded_with_it(plan: Plan) -> None:
    name = PATIENTS.columns[1].model_copy(update={"aliases": ["full name"]})
    aliased = PATIENTS.model_copy(update={"columns": (PATIENTS.columns[0], name)})
    mixed = plan.deliver("patients_2026-01-02.csv", b"id,name\n1,a\nid,full name\nid,name\n2,b\n", aliased)
    other = plan.deliver("patients_2026-01-03.csv", b"id,full name\n3,c\n", aliased)
    plan.load(mixed, other, to=aliased)
    assert plan.bronze() == [("1", "a"), ("id", "full name"), ("2", "b"), ("3", "c")]
    assert plan.rejects() == [(4, "id,name", "repeats the header")]


def test_a_repeated_header_that_cannot_be_found_among_the_lines_is_on_the_line_of_its_row(plan: Plan) -> None:
    plan.deliver_and_load(b'id,name\n1,"\nid,name\n"\nid,name\n2,b\n')
    assert plan.bronze() == [("1", "\nid,name\n"), ("2", "b")]
    assert plan.rejects() == [(3, "id,name", "repeats the header")]


def test_the_only_column_of_a_table_does_not_hide_a_repeated_header(plan: Plan) -> None:
    plan.deliver_and_load(b"id\n1\nid\n2\n", "events_2026-01-02.csv", EVENTS)
    assert plan.bronze("id, _row_number", "events") == [("1", 1), ("2", 2)]
    assert plan.rejects("events") == [(3, "id", "repeats the header")]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_quote_that_is_never_closed_costs_one_line(plan: Plan, pack: Callable[[bytes], bytes]) -> None:
    other = plan.deliver("patients_2026-01-01.csv", pack(b"id,name\n0,z\n"))
    broken = plan.deliver("patients_2026-01-02.csv", pack(b'id,name\n1,a\n2,"b\n3,c\n4,"d"\n5,"e\n6,f\n7\n'))
    assert plan.load(other, broken) == [Loaded(other.delivery_id, 1, 0), Loaded(broken.delivery_id, 4, 3)]
    assert plan.bronze("id, name, _row_number") == [
        ("0", "z", 1),
        ("1", "a", 1),
        ("3", "c", 2),
        ("4", "d", 3),
        ("6", "f", 4),
    ]
    assert [(line, raw) for line, raw, _ in plan.rejects()] == [(3, '2,"b'), (6, '5,"e'), (8, "7")]


def test_broken_quotes_and_mixed_line_ends_in_one_file_cost_one_line(plan: Plan) -> None:
    plan.deliver_and_load(b'id,name\r\n1,a\n2,"b\r\n3,c\r\n4,"d\nd"\r5,e\n')
    assert plan.bronze() == [("1", "a"), ("3", "c"), ("4", "d\nd"), ("5", "e")]
    assert [(line, raw) for line, raw, _ in plan.rejects()] == [(3, '2,"b')]


@pytest.mark.parametrize("rows", [b'"\r\n1,2\n"bb\r\n', b',"1,2\n"a\r\n,1,2\n', b'1,"2"\n"a1,2\nab1,2\n"b\r \n1,2\n'])
def test_every_letter_of_a_hopeless_file_is_in_a_row_or_a_reject(plan: Plan, rows: bytes) -> None:
    plan.deliver_and_load(b"id,name\n" + rows)
    kept = [value for row in plan.bronze() for value in row] + [raw for _, raw, _ in plan.rejects()]
    letters = sorted(letter for value in kept for letter in str(value or "") if letter.isalnum())
    assert letters == sorted(letter for letter in rows.decode() if letter.isalnum())


def test_a_contract_column_that_the_file_lacks_is_null(plan: Plan) -> None:
    plan.deliver_and_load(b"id\n1\n")
    assert plan.bronze() == [("1", None)]


def test_a_new_column_is_added_where_the_contract_says_evolve(plan: Plan) -> None:
    first = plan.deliver("patients_2026-01-02.csv", b"id,name\n1,a\n")
    second = plan.deliver("patients_2026-01-03.csv", b'id,"Eye ""colour""",name\n2,blue,b\n')
    plan.load(first, second)
    assert plan.bronze('id, name, "eye ""colour"""') == [("1", "a", None), ("2", "b", "blue")]


def test_a_column_that_is_no_longer_new_is_filled(plan: Plan) -> None:
    plan.deliver_and_load(b"id,colour\n1,blue\n")
    plan.deliver_and_load(b"id,Colour\n2,green\n", "patients_2026-01-03.csv")
    assert plan.bronze("id, colour") == [("1", "blue"), ("2", "green")]


def test_a_new_column_is_left_out_where_the_contract_says_ignore(plan: Plan) -> None:
    ignoring = contract("patients", "id", "name", on_new_column="ignore")
    plan.deliver_and_load(b"id,colour,name\n1,blue,a\n", to=ignoring)
    assert plan.bronze() == [("1", "a")]
    assert "colour" not in plan.warehouse.rows("select * from bronze.plan__patients")[0]


def test_a_delivery_is_loaded_again_once_its_ignored_column_is_wanted(plan: Plan) -> None:
    ignoring = contract("patients", "id", "name", on_new_column="ignore")
    deliveries = [
        plan.deliver(f"patients_2026-01-0{day}.csv", text, to=ignoring)
        for day, text in enumerate((b"id,colour,name\n1,blue,a\nx\n", b"id,name\n2,b\n"), 2)
    ]
    plan.load(*deliveries, to=ignoring)
    assert plan.warehouse.loaded_ids([ignoring, EVENTS]) == plan.warehouse.loaded_ids()

    for wanting in (contract("patients", "id", "name", "colour", on_new_column="ignore"), PATIENTS):
        assert plan.warehouse.loaded_ids() - plan.warehouse.loaded_ids([wanting]) == {deliveries[0].delivery_id}
    plan.warehouse.prepare([wanting])
    assert [outcome.delivery_id for outcome in plan.load(*deliveries, to=wanting)] == [deliveries[0].delivery_id]
    assert plan.bronze("id, name, colour, _row_number") == [("1", "a", "blue", 1), ("2", "b", None, 1)]
    assert len(plan.rejects()) == 1
    assert [entry.rows for entry in plan.warehouse.load_log()] == [1, 1]
    assert plan.warehouse.loaded_ids([wanting]) == plan.warehouse.loaded_ids()


def test_a_year_of_files_is_loaded_at_once_with_each_row_in_its_place(plan: Plan) -> None:
    deliveries = [
        plan.deliver(f"patients_{date.fromordinal(date(2025, 1, 1).toordinal() + day)}.csv", year_file(day))
        for day in range(365)
    ]
    assert sum(outcome.rows for outcome in plan.load(*deliveries) if isinstance(outcome, Loaded)) == sum(
        day % 5 for day in range(365)
    )
    assert plan.bronze() == [(str(row), f"n{day}") for day in range(365) for row in range(day % 5)]
    assert all(int(str(row)) == number - 1 for row, number in plan.bronze("id, _row_number"))


def year_file(day: int) -> bytes:
    return b"id,name\n" + b"".join(b"%d,n%d\n" % (row, day) for row in range(day % 5)) + b"# %d\n" % day


def test_row_numbers_follow_the_file_where_the_engine_reads_it_in_parallel(plan: Plan) -> None:
    rows = [b'%d,"n\n%d"\n' % (row, row) if row % 3 else b"%d,n\n" % row for row in range(400_000)]
    plan.deliver_and_load(b"id,name\n" + b"".join(rows))
    wrong = "select count(*) as n from bronze.plan__patients where id::bigint <> _row_number - 1"
    assert plan.warehouse.rows(wrong) == [{"n": 0}]
    assert plan.warehouse.rows("select count(*) as n from bronze.plan__patients") == [{"n": 400_000}]


def test_a_cell_of_fifteen_megabytes_is_a_value_and_one_of_seventeen_a_reject(plan: Plan) -> None:
    plan.deliver_and_load(b"id,name\n1," + b"x" * 15_000_000 + b"\n2," + b"y" * 17_000_000 + b"\n3,z\n")
    assert plan.bronze("id, length(name)") == [("1", 15_000_000), ("3", 1)]
    assert [(line, reason) for line, _, reason in plan.rejects()] == [(3, "is longer than 16 MB")]


def test_quotes_are_letters_where_the_contract_says_that_none_quotes(plan: Plan) -> None:
    stated = contract("patients", "id", "name", quote="")
    plan.deliver_and_load(b'id,name\r\n1,"a\n2,b"\r\n3,"c"\n', to=stated)
    assert plan.bronze() == [("1", '"a'), ("2", 'b"'), ("3", '"c"')]


def test_a_line_longer_than_any_buffer_is_a_reject_and_no_other_line_is(plan: Plan) -> None:
    long = b"x" * 34_000_000
    plan.deliver_and_load(b"id,name\n1,a\n2," + long + b'\n3,"b"\n4,"' + long + b'"\n5,c\n')
    assert plan.bronze() == [("1", "a"), ("3", "b"), ("5", "c")]
    assert [(line, reason) for line, _, reason in plan.rejects()] == [
        (3, "is longer than 16 MB"),
        (5, "is longer than 16 MB"),
    ]


@pytest.mark.parametrize("size", [18_000_000, 34_000_000])
@pytest.mark.parametrize("end", [b"", b'"'])
def test_a_quote_that_is_closed_far_away_or_never_costs_one_line_however_large_the_file(
    plan: Plan, size: int, end: bytes
) -> None:
    row = b"3," + b"c" * 997 + b"\n"
    loaded = plan.deliver_and_load(b'id,name\n1,a\n2,"b\n' + row * (size // 1000) + b"4,d" + end + b"\n5,e\n")
    assert loaded.rows == size // 1000 + 3
    assert plan.rejects() == [(3, '2,"b', "has a quote that is not closed or is followed by more text")]


JSON_ROWS = [
    {"ID": 1, "name": "a"},
    {"ID": "2", "name": None},
    {"ID": 3, "name": {"first": "Zoë", "all": [1, 2.5, True]}},
    {"ID": 12345678901234567890123},
    {"ID": True, "name": ""},
]
JSON_BRONZE = [
    ("1", "a"),
    ("2", None),
    ("3", '{"first":"Zoë","all":[1,2.5,true]}'),
    ("12345678901234567890123", None),
    ("true", None),
]


def test_a_json_array_is_loaded_as_text(plan: Plan) -> None:
    plan.deliver_and_load(json.dumps(JSON_ROWS, indent=1).encode(), "patients_2026-01-02.json")
    assert plan.bronze() == JSON_BRONZE


def test_json_lines_are_loaded_as_text_and_a_broken_line_is_a_reject(plan: Plan) -> None:
    lines = [json.dumps(row).encode() for row in JSON_ROWS]
    content = b"\xef\xbb\xbf" + b"\r\n".join([*lines[:2], b"", b'{"ID": 9, "na', b"[1]", *lines[2:]])
    loaded = plan.deliver_and_load(content, "patients_2026-01-02.ndjson")
    assert (loaded.rows, loaded.rejects) == (5, 2)
    assert plan.bronze() == JSON_BRONZE
    assert plan.rejects() == [(4, '{"ID": 9, "na', "is no JSON object"), (5, "[1]", "is no JSON object")]


def test_json_files_with_different_names_are_loaded_together(plan: Plan) -> None:
    first = plan.deliver("patients_2026-01-02.ndjson", b'{"id": 1, "name": "a"}')
    second = plan.deliver("patients_2026-01-03.ndjson", b'{"Name": "b", "ID": 2}')
    plan.load(first, second)
    assert plan.bronze() == [("1", "a"), ("2", "b")]


def test_a_json_number_stays_as_it_was_written(plan: Plan) -> None:
    plan.deliver_and_load(b'{"id": 1.50, "name": 1e400}\n{"id": -0, "name": 1E5}\n', "patients_2026-01-02.jsonl")
    assert plan.bronze() == [("1.50", "1e400"), ("0", "1E5")]


def test_json_text_that_is_no_unicode_is_a_reject(plan: Plan) -> None:
    plan.deliver_and_load(b'{"id": 1, "name": "\\ud800"}\n{"id": 2, "name": "\\u0000"}\n', "patients_2026-01-02.jsonl")
    assert plan.bronze() == [("2", "\0")]
    assert [(line, reason) for line, _, reason in plan.rejects()] == [(1, "has a character that is no Unicode")]


def test_a_broken_json_array_is_unreadable_as_a_whole(plan: Plan) -> None:
    broken = plan.deliver("patients_2026-01-02.json", b'[{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]')
    damage(plan.zone, broken, lambda content: content[:-5])
    [outcome] = plan.load(broken)
    reason = "plan.patients: patients_2026-01-02.json is not one whole JSON array of objects; deliver it again."
    assert outcome == Unreadable(broken.delivery_id, reason)
    assert plan.bronze() == []


def test_parquet_of_different_types_is_loaded_as_text(plan: Plan) -> None:
    typed = {"ID": [1, 2], "name": [date(2026, 1, 2), None]}
    texts = {"ID": ["3"], "name": [["a", "b"]]}
    first = plan.deliver("patients_2026-01-02.parquet", parquet(typed))
    second = plan.deliver("patients_2026-01-03.parquet", parquet(texts))
    plan.load(first, second)
    assert plan.bronze("id, name, _row_number") == [("1", "2026-01-02", 1), ("2", None, 2), ("3", "a,b", 1)]


@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet"])
def test_columns_that_are_called_as_the_folders_of_the_landing_zone_keep_their_values(plan: Plan, form: str) -> None:
    dated = contract("patients", "id", "year", "month", "day")
    row = {"id": "1", "year": "a", "month": "b", "day": "c"}
    content = {
        "csv": f"{','.join(row)}\n{','.join(row.values())}\n".encode(),
        "ndjson": json.dumps(row).encode(),
        "parquet": parquet({name: [value] for name, value in row.items()}),
    }
    plan.deliver_and_load(content[form], f"patients_2026-01-02.{form}", dated)
    assert plan.bronze("id, year, month, day") == [tuple(row.values())]


MIDNIGHT = datetime(1980, 1, 2)
PARQUET_TEXTS = {
    "a moment at midnight is a day": (pa.array([MIDNIGHT], pa.timestamp("ns")), "1980-01-02"),
    "in seconds too": (pa.array([MIDNIGHT], pa.timestamp("s")), "1980-01-02"),
    "with a time of day it is none": (pa.array([MIDNIGHT.replace(hour=3)], pa.timestamp("us")), "1980-01-02 03:00:00"),
    "with a billionth of a second too": (pa.array([1], pa.timestamp("ns")), "1970-01-01 00:00:00.000000001"),
    "a moment of a time zone is no day": (
        pa.array([MIDNIGHT], pa.timestamp("us", "America/New_York")),
        "1980-01-02 00:00:00+00",
    ),
    "a whole double is an integer": (pa.array([2400942530.0]), "2400942530"),
    "the largest that is told apart": (pa.array([-(2.0**53) + 1]), "-9007199254740991"),
    "a larger one may have been rounded": (pa.array([2.0**53]), "9007199254740992.0"),
    "a whole float is an integer": (pa.array([27130.0], pa.float32()), "27130"),
    "a larger float may have been rounded": (pa.array([2400942530.0], pa.float32()), "2400942600.0"),
    "minus zero is zero": (pa.array([-0.0]), "0"),
    "any other double is itself": (pa.array([0.1 + 0.2]), "0.30000000000000004"),
    "infinity too": (pa.array([float("-inf")]), "-inf"),
    "an integer is itself": (pa.array([2**64 - 1], pa.uint64()), "18446744073709551615"),
    "a decimal keeps its digits": (pa.array([Decimal("12.00")]), "12.00"),
    "binary that is text is that text": (pa.array(["é".encode()]), "é"),
    "other binary loses no byte": (pa.array([b"a\xff\x00"]), r"a\xFF\x00"),
    "binary in a list too": (pa.array([["é".encode(), b"\xd8", None]]), r"é,\xD8"),
    "a boolean is a word": (pa.array([True]), "true"),
    "a list is its elements": (pa.array([["1234567893", "2400942530"]]), "1234567893,2400942530"),
    "of numbers too": (pa.array([[1234567893.0, None, 1.5]]), "1234567893,1.5"),
    "of days too": (pa.array([[MIDNIGHT]], pa.list_(pa.timestamp("us"))), "1980-01-02"),
    "nulls and blanks are no elements": (pa.array([["", None, "a", None]]), "a"),
    "an empty list is blank": (pa.array([[]], pa.list_(pa.string())), None),
    "a list of nulls too": (pa.array([[None, None]], pa.list_(pa.string())), None),
    "a list with a comma in an element is JSON": (pa.array([["a,b", "c", None]]), '["a,b","c",null]'),
    "a list of lists too": (pa.array([[["a"], ["b"]]]), '[["a"],["b"]]'),
    "an object is JSON": (pa.array([{"a": [1.5], "b": None}]), '{"a":[1.5],"b":null}'),
}


def test_a_parquet_value_is_loaded_as_the_text_that_its_type_says(plan: Plan) -> None:
    names = [f"c{number}" for number in range(len(PARQUET_TEXTS))]
    values = [pa.concat_arrays([value, pa.nulls(1, value.type)]) for value, _ in PARQUET_TEXTS.values()]
    typed = contract("patients", "id", *names)
    content = parquet({"id": ["1", "2"], **dict(zip(names, values, strict=True))})
    plan.deliver_and_load(content, "patients_2026-01-02.parquet", typed)
    texts, nulls = plan.bronze(", ".join(names))
    assert dict(zip(PARQUET_TEXTS, texts, strict=True)) == {what: text for what, (_, text) in PARQUET_TEXTS.items()}
    assert set(nulls) == {None}


@pytest.mark.parametrize("inside", [False, True])
def test_decimals_that_would_be_rounded_are_not_loaded(plan: Plan, inside: bool) -> None:
    wide = pa.array([Decimal("9" * 50)], pa.decimal256(60, 2))
    name = pa.StructArray.from_arrays([wide], ["a"]) if inside else wide
    [outcome] = plan.load(plan.deliver("patients_2026-01-02.parquet", parquet({"id": ["1"], "name": name})))
    assert isinstance(outcome, Unreadable)
    assert outcome.reason == (
        "plan.patients: patients_2026-01-02.parquet has decimals of more than 38 digits, "
        "which it must hold as text; deliver it again."
    )


@pytest.mark.parametrize("digits", [pa.float16(), pa.float32(), pa.float64()], ids=str)
def test_a_nan_among_whole_numbers_is_itself(plan: Plan, digits: pa.DataType) -> None:
    values = pa.array([1.0, float("nan"), 2.0], digits)  # the statistics of the file speak of 1 and 2 alone
    plan.deliver_and_load(parquet({"id": ["1", "2", "3"], "name": values}), "patients_2026-01-02.parquet")
    assert plan.bronze() == [("1", "1"), ("2", "nan"), ("3", "2")]


JSON_TEXTS = {
    "2400942530.0": "2400942530",
    "-1.0": "-1",
    "1.50": "1.50",
    "10.00": "10.00",
    "1e5": "1e5",
    "1.0e5": "1.0e5",
    "9007199254740993": "9007199254740993",
    "9007199254740993.0": "9007199254740993",
    "123456789012345678901234567890.123456789": "123456789012345678901234567890.123456789",
    "true": "true",
    "[]": None,
    "[null]": None,
    '["1234567893", "2400942530"]': "1234567893,2400942530",
    '[1234567893, 2400942530.0, null, "", 1.50, true]': "1234567893,2400942530,1.50,true",
    '["a,b", 1.50]': '["a,b",1.50]',
    '[["a"], "b"]': '[["a"],"b"]',
    '{"a": 1.0, "b": [1.50, 9007199254740993, 1e400, "é\\n"]}': '{"a":1.0,"b":[1.50,9007199254740993,1e400,"é\\n"]}',
}


def test_a_json_value_loses_nothing_as_text(plan: Plan) -> None:
    rows = [f'{{"id": {number}, "name": {value}}}' for number, value in enumerate(JSON_TEXTS)]
    plan.deliver_and_load("\n".join(rows).encode(), "patients_2026-01-02.ndjson")
    plan.deliver_and_load(f"[{','.join(rows)}]".encode(), "patients_2026-01-03.json")
    texts = [text for (text,) in plan.bronze("name")]
    assert dict(zip(JSON_TEXTS, texts[: len(rows)], strict=True)) == JSON_TEXTS
    assert texts[: len(rows)] == texts[len(rows) :]


def test_a_row_of_json_that_is_nested_without_end_is_a_reject(plan: Plan) -> None:
    content = b'{"id": 1}\n{"id": ' + b"[" * 900 + b"]" * 900 + b"}\n"
    loaded = plan.deliver_and_load(content, "patients_2026-01-02.ndjson")
    assert (loaded.rows, loaded.rejects) == (1, 1)


def test_a_moment_is_the_same_text_wherever_the_machine_stands(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        plan.deliver_and_load(parquet({"id": ["1"], "name": pa.array([MIDNIGHT], pa.timestamp("us", "UTC"))}))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert plan.bronze() == [("1", "1980-01-02 00:00:00+00")]


def parquet(columns: dict[str, Any]) -> bytes:
    target = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), target)
    return target.getvalue().to_pybytes()


def damage(zone: FolderLandingZone, delivery: Delivery, change: Callable[[bytes], bytes]) -> None:
    path = zone.path(delivery.landing_key)
    content = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(change(content))


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12) | st.sampled_from(
    ['"', '""', "\n", "\r\n", "\r", ",", '",', "a\n", " a", "\ufeff", "é\u2028", "\\", "'", "#", "NULL"]
)

# Python leaves a lone carriage return unquoted where lines end with a line feed only.
DIALECTS: list[tuple[str, int]] = [("\r\n", csv.QUOTE_MINIMAL), ("\r\n", csv.QUOTE_ALL), ("\n", csv.QUOTE_ALL)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=st.lists(st.tuples(cells, cells), min_size=1, max_size=8), dialect=st.sampled_from(DIALECTS))
def test_any_cell_that_csv_can_hold_comes_back_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    rows: Sequence[tuple[str, str]],
    dialect: tuple[str, int],
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=dialect[0], quoting=dialect[1]).writerows([("id", "name"), *rows])
    folder = tmp_path_factory.mktemp("plan")
    with DuckDBWarehouse(folder / "w.duckdb") as warehouse:
        plan = Plan(folder, warehouse)
        plan.deliver_and_load(text.getvalue().encode())
        assert plan.bronze() == [(first or None, second or None) for first, second in rows]
        assert plan.rejects() == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.lists(st.tuples(cells, cells), min_size=1, max_size=8),
    delimiter=st.sampled_from([",", ";", "\t", "|", " ", "||", "~|~", "\x1f", "¦"]),
    quote=st.sampled_from(['"', "'"]),
    escape=st.sampled_from(["doubling", "backslash"]),
    encoding=st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-16-be"]),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
def test_any_cell_comes_back_the_same_from_any_dialect_that_the_contract_states(
    tmp_path_factory: pytest.TempPathFactory,
    rows: Sequence[tuple[str, str]],
    line_end: str,
    **dialect: str,
) -> None:
    quote, before = dialect["quote"], "\\" if dialect["escape"] == "backslash" else dialect["quote"]

    def quoted(cell: str) -> str:
        return (
            quote
            + cell.replace(before, before * 2).replace(quote, before + quote if before != quote else quote)
            + quote
        )

    lines = [dialect["delimiter"].join(map(quoted, cells)) + line_end for cells in [("id", "name"), *rows]]
    folder = tmp_path_factory.mktemp("plan")
    with DuckDBWarehouse(folder / "w.duckdb") as warehouse:
        plan, stated = Plan(folder, warehouse), contract("patients", "id", "name", **dialect)
        plan.deliver_and_load("".join(lines).encode(dialect["encoding"]), to=stated)
        assert plan.bronze() == [(first or None, second or None) for first, second in rows]
        assert plan.rejects() == []


def test_a_delivery_whose_details_name_an_older_shape_is_still_loaded(plan: Plan) -> None:
    delivery = plan.deliver("patients_2026-01-02.ndjson", b'{"id": 1, "name": "a"}\n')
    plan.load(replace(delivery, header=()))
    assert plan.bronze() == [("1", "a")]


def test_the_load_log_says_which_delivery_is_withdrawn_and_for_what_reason(plan: Plan) -> None:
    first = plan.deliver("patients_2026-01-02.csv", b"id,name\n1,a\n")
    second = plan.deliver("patients_2026-01-03.csv", b"id,name\n1,b\n")
    plan.load(first, second)
    at = NOW.astimezone(timezone(timedelta(hours=-5)))
    plan.warehouse.mark_withdrawn(second.delivery_id, at, "the wrong 'members'")
    plan.warehouse.mark_withdrawn("nobody", at, "not loaded")
    logged = [(each.withdrawn_at, each.withdrawn_reason) for each in plan.warehouse.load_log()]
    assert logged == [(None, None), (NOW.replace(tzinfo=None), "the wrong 'members'")]
    assert plan.load(second) == []
    plan.warehouse.mark_withdrawn(second.delivery_id, None, None)
    assert {each.withdrawn_at for each in plan.warehouse.load_log()} == {None}


def test_a_load_log_of_an_earlier_version_is_read_and_gets_what_is_new(plan: Plan) -> None:
    plan.deliver_and_load(b"id,name\n1,a\n")
    plan.warehouse.execute("alter table meta.load_log drop column withdrawn_reason")
    (before,) = plan.warehouse.load_log()
    plan.warehouse.prepare([PATIENTS])
    assert plan.warehouse.load_log() == [before]
    plan.warehouse.mark_withdrawn(before.delivery_id, NOW, "why")
    assert plan.warehouse.load_log()[0].withdrawn_reason == "why"
