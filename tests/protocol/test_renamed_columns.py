"""Columns that exports rename, drop or give another type: a contract edit, and history is whole again."""

from __future__ import annotations

import io
import json
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from example import MakeExample

from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.pending import pending

ID = {"name": "id", "required": True}
RENAMED = {"name": "start_year", "aliases": ["Start_Date "]}


def parquet(rows: list[dict[str, str]]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue()


def content(format: str, rows: list[dict[str, str]]) -> str | bytes:
    match format:
        case "csv":
            return "\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows), ""])
        case "json":
            return json.dumps(rows)
        case "ndjson":
            return "".join(json.dumps(row) + "\n" for row in rows)
        case _:
            return parquet(rows)


def test_a_column_delivered_under_its_alias_is_the_contracts_column_in_every_format(make_example: MakeExample) -> None:
    plan = make_example()
    plan.contract([ID, RENAMED])
    for day, format in enumerate(("csv", "json", "ndjson", "parquet"), 1):
        plan.deliver(f"members_2026-01-{day:02}.{format}", content(format, [{"START_date": f"200{day}", "id": "1"}]))
    plan.land()
    load_deliveries(plan.home, run_id="run")
    found = plan.rows("select * from bronze.plan__members order by _arrival")
    assert [row[:2] for row in found] == [("1", "2001"), ("1", "2002"), ("1", "2003"), ("1", "2004")]
    assert plan.rows("select column_name from information_schema.columns where column_name ilike 'start_date'") == []


def test_a_file_that_holds_a_column_and_its_alias_is_rejected_with_a_sentence(make_example: MakeExample) -> None:
    plan = make_example()
    plan.contract([ID, RENAMED])
    plan.deliver("members_2026-01-02.csv", "id,start_year,start_date\n1,2001,2002\n")
    plan.deliver("members_2026-01-03.ndjson", '{"id": "1", "start_year": "1"}\n{"id": "2", "start_date": "1"}\n')
    said = "holds column start_year under 2 names, start_year and start_date; deliver it under one."
    assert [rejected.reason.endswith(said) for rejected in plan.land().rejected] == [True, True]


def test_a_rename_that_came_before_its_alias_was_declared_is_mended_by_the_contract(make_example: MakeExample) -> None:
    plan = make_example()
    plan.contract([ID, {"name": "start_year"}])
    plan.deliver("members_2026-01-01.csv", "id,start_year\n1,2001\n2,2001\n")
    plan.deliver("members_2026-01-02.csv", "id,start_date\n1,2002\n2,2001\n3, \n")
    plan.run()
    assert [version[1] for version in plan.history("id", "start_year")] == ["2001", None, "2001", None, None]
    plan.contract([ID, RENAMED])
    plan.run()
    assert plan.history("id", "start_year") == [
        ("1", "2001", 1, 2),
        ("1", "2002", 2, None),
        ("2", "2001", 1, None),
        ("3", None, 2, None),
    ]


@pytest.mark.parametrize("replayed", [False, True], ids=["by a run", "after a replay"])
def test_a_column_that_was_ignored_is_loaded_once_the_contract_declares_it(
    make_example: MakeExample, replayed: bool
) -> None:
    plan = make_example()
    ignoring = {"on_new_column": "ignore"}
    plan.contract([ID, {"name": "start_year"}], **ignoring)
    plan.deliver("members_2026-01-01.csv", "id,start_year\n1,2001\n2,2001\n")
    plan.deliver("members_2026-01-02.csv", "id,start_date\n1,2002\n2,2001\n")
    plan.deliver("members_2026-01-03.csv", "id,more\n1,x\n2,y\n")
    plan.run()
    assert [version[1] for version in plan.history("id", "start_year")] == ["2001", None, "2001", None]

    plan.contract([ID, RENAMED], **ignoring)
    if replayed:
        plan.transform()
    assert pending(plan.home) == {date(2026, 1, 2): {"plan.members"}}
    plan.run()
    grown = plan.history("id", "start_year")
    assert grown == [
        ("1", "2001", 1, 2),
        ("1", "2002", 2, 3),
        ("1", None, 3, None),
        ("2", "2001", 1, 3),
        ("2", None, 3, None),
    ]
    assert not pending(plan.home)

    plan.home.settings.warehouse.unlink()
    plan.run()
    assert plan.history("id", "start_year") == grown


def test_a_column_renamed_in_the_contract_keeps_its_old_name_as_alias_and_all_its_values(
    make_example: MakeExample,
) -> None:
    plan = make_example()
    plan.contract([ID, {"name": "start", "max": 2002, "data_type": "integer"}])
    plan.deliver("members_2026-01-01.csv", "id,start\n1,2001\n2,2003\n")
    plan.run()
    plan.deliver("members_2026-01-02.csv", "id,start\n1,2002\n")
    plan.land()
    plan.contract([ID, {"name": "start_year", "aliases": ["start"], "max": 2002, "data_type": "integer"}])
    plan.deliver("members_2026-01-03.csv", "id,start_year\n1,2000\n")
    plan.run()
    assert plan.history("id", "start_year") == [("1", 2000, 3, None), ("1", 2001, 1, 2), ("1", 2002, 2, 3)]
    assert plan.rows("select start_year, reasons from quarantine.plan__members") == [("2003", "start_year.max")]

    plan.home.settings.warehouse.unlink()
    plan.run()
    assert plan.history("id", "start_year") == [("1", 2000, 3, None), ("1", 2001, 1, 2), ("1", 2002, 2, 3)]


def test_a_delivery_that_landed_with_both_names_keeps_the_columns_own(make_example: MakeExample) -> None:
    plan = make_example()
    plan.contract([ID, {"name": "start_year"}])
    plan.deliver("members_2026-01-01.csv", "id,start_date,start_year\n1,old,2001\n")
    plan.land()
    plan.contract([ID, RENAMED])
    load_deliveries(plan.home, run_id="run")
    assert plan.rows("select id, start_year, start_date from bronze.plan__members") == [("1", "2001", "old")]


def test_an_optional_column_that_is_dropped_is_null_with_a_warning(make_example: MakeExample) -> None:
    plan = make_example()
    plan.deliver("members_2026-01-01.csv", "id,value\n1,a\n")
    plan.deliver("members_2026-01-02.csv", "id\n1\n")
    report = plan.land()
    assert report.landed[1].delivery.warnings == ("has no column value; these are null in its rows",)
    load_deliveries(plan.home, run_id="run")
    assert plan.rows("select id, value from bronze.plan__members order by _arrival") == [("1", "a"), ("1", None)]


def test_a_required_column_that_is_dropped_rejects_the_delivery_with_a_sentence(make_example: MakeExample) -> None:
    plan = make_example()
    plan.contract([ID, {"name": "value", "required": True, "aliases": ["worth"]}])
    plan.deliver("members_2026-01-01.csv", "id,value\n1,a\n")
    plan.deliver("members_2026-01-02.csv", "id\n1\n")
    report = plan.land()
    assert [each.delivery.columns for each in report.landed] == [("id", "value")]
    assert [each.reason for each in report.rejected] == [
        "plan.members: 002/members_2026-01-02.csv has no column value in its header; "
        "deliver it with a header line that names them."
    ]


def test_what_does_not_fit_a_columns_type_is_quarantined_until_the_contract_says_another(
    make_example: MakeExample,
) -> None:
    plan = make_example()
    plan.contract([ID, {"name": "value", "data_type": "integer"}])
    plan.deliver("members_2026-01-01.csv", "id,value\n1,7\n2,8\n")
    plan.deliver("members_2026-01-02.csv", "id,value\n1,7a\n2,008\n")
    plan.run()
    assert plan.history() == [("1", 7, 1, None), ("2", 8, 1, None)]
    assert plan.rows("select id, value, reasons from quarantine.plan__members") == [("1", "7a", "value.type")]

    plan.contract([ID, {"name": "value"}])
    plan.run()
    assert plan.history() == [("1", "7", 1, 2), ("1", "7a", 2, None), ("2", "008", 2, None), ("2", "8", 1, 2)]
    assert plan.rows("select * from quarantine.plan__members") == []
