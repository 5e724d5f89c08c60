"""Deliveries whose values have types: what a list, a moment and a number mean in silver, and what cannot be told."""

from __future__ import annotations

import io
import json
from datetime import date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from example import RELATION, Example, MakeExample

COLUMNS = (
    {"name": "id", "required": True},
    {"name": "npi", "format": "npi"},
    {"name": "born", "data_type": "date"},
    {"name": "network", "required": True, "list_of": "npi"},
)
FIRST, SECOND, NO_NPI = "1234567893", "2400942530", "1234567890"


@pytest.fixture
def plan(make_example: MakeExample) -> Example:
    plan = make_example()
    plan.contract(COLUMNS)
    return plan


def parquet(**columns: pa.Array) -> bytes:
    target = io.BytesIO()
    pq.write_table(pa.table(columns), target)
    return target.getvalue()


def lines(*networks: object) -> bytes:
    rows = ({"id": str(number), "network": network} for number, network in enumerate(networks))
    return "\n".join(map(json.dumps, rows)).encode()


def versions(plan: Example, column: str) -> dict[str, object]:
    return dict(plan.rows(f"select id, {column} from silver.{RELATION}"))


def quarantined(plan: Example) -> list[tuple[str, ...]]:
    return plan.rows(f"select id, kind, reasons, element from quarantine.{RELATION} order by all")


def test_each_element_of_a_native_list_is_an_element(plan: Example) -> None:
    both, mixed = [SECOND, FIRST], [FIRST, NO_NPI, None, ""]
    plan.deliver("members_2026-01-01.ndjson", lines(both, mixed, [float(SECOND)]))
    network = pa.array([both, mixed], pa.list_(pa.string()))
    plan.deliver("members_2026-01-02.parquet", parquet(id=pa.array(["3", "4"]), network=network))
    plan.deliver("members_2026-01-03.parquet", parquet(id=pa.array(["5"]), network=pa.array([[float(SECOND)]])))
    plan.run()
    read = [f"{FIRST},{SECOND}", FIRST, SECOND, f"{FIRST},{SECOND}", FIRST, SECOND]
    assert versions(plan, "network") == {str(number): network for number, network in enumerate(read)}
    assert quarantined(plan) == [(number, "element", "network.format", NO_NPI) for number in ("1", "4")]


def test_an_element_is_told_in_full_whatever_stands_in_it(plan: Example) -> None:
    plan.deliver("members_2026-01-01.csv", f'id,network\n1,"{FIRST},http://a:80/,:,x:"\n')
    plan.run()
    assert [element for *_, element in quarantined(plan)] == [":", "http://a:80/", "x:"]


def test_a_list_whose_elements_cannot_be_told_apart_is_in_quarantine_and_closes_no_network(plan: Example) -> None:
    plan.deliver("members_2026-01-01.ndjson", lines([FIRST], [FIRST], [FIRST], [FIRST]))
    untold = [f"{FIRST},{SECOND}", FIRST]
    plan.deliver("members_2026-01-02.ndjson", lines(untold, [[FIRST], [SECOND]], {"npi": FIRST}, []))
    network = pa.array([untold], pa.list_(pa.string()))
    plan.deliver("members_2026-01-03.parquet", parquet(id=pa.array(["0"]), network=network))
    plan.run()
    assert versions(plan, "network") == dict.fromkeys("0123", FIRST)
    assert [(id, reasons) for id, _, reasons, _ in quarantined(plan)] == [
        ("0", "network.format"),
        ("0", "network.format"),
        ("1", "network.format"),
        ("2", "network.format"),
        ("3", "network.required"),
    ]


def test_days_and_numbers_that_pandas_writes_are_days_and_numbers(plan: Example) -> None:
    born = pa.array([datetime(1980, 1, 2), None, datetime(1980, 1, 2, 3)], pa.timestamp("ns"))
    npi = pa.array([float(SECOND), None, float(FIRST)])
    columns = {"id": pa.array(["1", "2", "3"]), "npi": npi, "born": born, "network": pa.array([FIRST] * 3)}
    plan.deliver("members_2026-01-01.parquet", parquet(**columns))
    plan.run()
    assert versions(plan, "npi") == {"1": SECOND, "2": None}
    assert versions(plan, "born") == {"1": date(1980, 1, 2), "2": None}
    assert quarantined(plan) == [("3", "row", "born.type", None)]


def test_an_optional_npi_may_be_blank(plan: Example) -> None:
    plan.deliver("members_2026-01-01.csv", f'id,npi,born,network\n1,,,{FIRST}\n2," ",,{FIRST}\n3,x,,{FIRST}\n')
    plan.run()
    assert versions(plan, "npi") == {"1": None, "2": None}
    assert quarantined(plan) == [("3", "row", "npi.format", None)]


def test_a_required_npi_that_is_blank_breaks_one_rule(plan: Example) -> None:
    plan.contract([*COLUMNS[:1], {"name": "npi", "required": True, "format": "npi"}])
    plan.deliver("members_2026-01-01.csv", "id,npi\n1,\n")
    plan.run()
    assert quarantined(plan) == [("1", "row", "npi.required", None)]


def test_a_decimal_may_have_no_places(plan: Example) -> None:
    plan.contract([*COLUMNS[:1], {"name": "n", "data_type": "decimal(20,0)"}])
    plan.deliver("members_2026-01-01.csv", "id,n\n1,12345678901234567890\n2,-3.00\n3,.0\n4,1.5\n5,.\n")
    plan.run()
    assert versions(plan, "n") == {"1": 12345678901234567890, "2": -3, "3": 0}
    assert [(id, reasons) for id, _, reasons, _ in quarantined(plan)] == [("4", "n.type"), ("5", "n.type")]
