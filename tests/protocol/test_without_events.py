"""A fact that a build has left out for want of events keeps nobody's changes, and misses nothing when they come."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dbt.parser.manifest import ManifestLoader
from example import CONTRACT, Example, MakeExample
from live_places import Account, point_to
from snowflake_places import prepared, working
from snowflake_tables import copy_bronze

from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.transform import is_up_to_date, transform
from healthcare_elt.settings import Settings
from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.transform import DbtFailed
from healthcare_elt.transform.without_events import facts_without_events

FACT = "fct_visit"
FACT_SQL = """
{{ config(materialized='keyed', unique_key=['visit'], meta={'touched_by': {
    'clinic__visits': [['visit']],
    'member_history': [{'on': ['id'], 'through': 'fct_visit'}],
    'member_days': [{'on': ['id'], 'through': 'fct_visit'}],
}}) }}
select visits.visit, visits.id, history.value, days.versions
from (
    select * from {{ ref('clinic__visits') }} where _is_current = true and {{ only_touched('fct_visit', ['visit']) }}
) as visits
left join {{ ref('member_history') }} as history
    on history.id = visits.id and history.dbt_valid_from <= visits._effective_at
    and (history.dbt_valid_to is null or history.dbt_valid_to > visits._effective_at)
left join {{ ref('member_days') }} as days on days.id = visits.id
"""
KEPT = "select count(*) as n from meta.change_batches where not is_full"
CHANGED = ("plan__members", "member_history", "member_days")


def node(name: str, schema: str, *parents: str) -> dict[str, Any]:
    return {
        "name": name, "schema": schema, "config": {"materialized": "keyed"}, "depends_on": {"nodes": list(parents)},
    }  # fmt: skip


MANIFEST = {
    "nodes": {
        each["name"]: each
        for each in (
            node("devices", "silver"),
            node("visits", "silver"),
            node("dim_people", "gold", "people"),
            node("fct_devices", "gold", "devices", "dim_people"),
            node("fct_both", "gold", "devices", "visits"),
            node("fct_of_facts", "gold", "fct_devices"),
        )
    }
}


class Clinic:
    """The example project with visits of its members, to be built on either engine."""

    def __init__(self, plan: Example) -> None:
        self.plan = plan
        self.built_in = plan.home

    def deliver(self, system: str, name: str, content: str) -> None:
        path = self.plan.home.settings.inbox / system / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        self.plan.land()
        load_deliveries(self.plan.home, run_id="run")

    def build(self, **how: Any) -> set[str]:
        """The models that were built."""
        results = list(transform(self.built_in, run_id="run", **how))
        assert {result.status for result in results} <= {"success", "pass"}
        return {result.name for result in results if result.built}

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.built_in.warehouse() as warehouse:
            return [tuple(row.values()) for row in warehouse.rows(sql)]

    def kept(self) -> int:
        """Batches of changes that somebody has yet to take, and rows of change feeds."""
        feeds = [f"select count(*) as n from meta.changes__{producer}" for producer in CHANGED]
        return sum(count for sql in (KEPT, *feeds) for (count,) in self.rows(sql))

    def visits(self) -> list[tuple[Any, ...]]:
        return sorted(self.rows(f"select visit, id, value, versions from gold.{FACT}"))


class CloudClinic(Clinic):
    """Bronze is copied from DuckDB to Snowflake, and built there."""

    def __init__(self, plan: Example, snowflake: SnowflakeSettings, folder: Path) -> None:
        super().__init__(plan)
        salt = plan.home.settings.pseudonym_salt
        self.snowflake = snowflake
        self.built_in = Home(Settings(home=folder, target="snowflake", pseudonym_salt=salt))

    def deliver(self, system: str, name: str, content: str) -> None:
        super().deliver(system, name, content)
        with working(self.snowflake, "loader") as connection:
            copy_bronze(self.plan.home.settings.warehouse, connection)


@pytest.fixture
def plan(make_example: MakeExample) -> Example:
    """With a second source table, which nobody has delivered, and its fact."""
    made = make_example("clinic")
    columns = ({"name": "visit", "required": True}, {"name": "id"})
    made.source("clinic", "visits", columns, CONTRACT | {"files": "visits*", "key": ["visit"]})
    made.model(FACT, FACT_SQL)
    shutil.rmtree(made.project / "models" / "curated", ignore_errors=True)  # half of what there is to build
    made.home = Home(made.home.settings)
    return made


@pytest.fixture
def clinic(plan: Example) -> Clinic:
    made = Clinic(plan)
    made.deliver("plan", "members_2026-01-01.csv", "id,value\n1,a\n")
    assert FACT in made.build()
    return made


@pytest.fixture(params=["duckdb", "snowflake"])
def either(
    request: pytest.FixtureRequest, plan: Example, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Clinic]:
    if request.param == "duckdb":
        yield Clinic(plan)
        return
    account: Account = request.getfixturevalue("account")
    snowflake = prepared(account, request.getfixturevalue("own_database"), [], None)
    point_to(monkeypatch, account, snowflake.database)
    yield CloudClinic(plan, snowflake, tmp_path / "cloud")


def readings(environment: pytest.MonkeyPatch) -> list[str]:
    """The targets for which dbt reads anything of the project from now on."""
    targets: list[str] = []
    read = ManifestLoader.parse_project

    def told(loader: ManifestLoader, *what: Any) -> None:
        targets.append(loader.root_project.target_name)
        read(loader, *what)

    environment.setattr(ManifestLoader, "parse_project", told)
    return targets


def test_a_fact_is_left_out_if_nothing_of_any_of_its_events_was_delivered() -> None:
    assert facts_without_events(MANIFEST, {"devices"}) == ["fct_devices"]
    assert facts_without_events(MANIFEST, {"devices", "visits"}) == ["fct_both", "fct_devices"]


def test_no_changes_are_kept_for_a_fact_without_events_and_its_first_finds_all_else_as_it_is(
    either: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    either.deliver("plan", "members_2026-01-01.csv", "id,value\n1,a\n2,a\n")
    assert FACT in either.build()
    read_again = readings(monkeypatch)
    either.deliver("plan", "members_2026-01-02.csv", "id,value\n1,b\n")
    built = either.build()
    assert {"member_history", "member_days"} <= built
    assert FACT not in built
    assert either.kept() == 0
    either.deliver("plan", "members_2026-01-03.csv", "id,value\n1,c\n")
    either.deliver("clinic", "visits_2026-01-02.csv", "visit,id\nV1,1\nV2,2\nV3,3\n")
    assert FACT in either.build()
    assert either.kept() == 0
    assert read_again == [], "for what dbt was told of one build"
    visits = either.visits()
    assert visits == [("V1", "1", "b", 3), ("V2", "2", "a", 1), ("V3", "3", None, None)]
    either.build(select=[f"+{FACT}"], full_refresh=True)
    assert either.visits() == visits


def test_what_is_built_of_a_failed_build_keeps_no_changes_for_it_either(clinic: Clinic) -> None:
    clinic.deliver("plan", "members_2026-01-02.csv", "id,value\n2,b\n")
    with clinic.built_in.warehouse() as warehouse:
        warehouse.execute("create unique index obstacle on gold.member_days (versions)")
    with pytest.raises(DbtFailed, match="member_days"):
        clinic.build()
    with clinic.built_in.warehouse() as warehouse:
        warehouse.execute("drop index gold.obstacle")
    assert clinic.rows(KEPT) == [(1,)], "what the failed model has yet to take"
    assert clinic.build() == {"member_days"}
    assert clinic.kept() == 0


def test_first_events_are_kept_for_their_fact_by_a_build_that_is_not_asked_for_it(clinic: Clinic) -> None:
    clinic.deliver("plan", "members_2026-01-02.csv", "id,value\n1,b\n")
    assert FACT not in clinic.build()
    clinic.deliver("clinic", "visits_2026-01-02.csv", "visit,id\nV1,1\n")
    assert clinic.build(select=["clinic__visits_rows"]) == {"clinic__visits_rows"}
    assert not is_up_to_date(clinic.built_in)
    assert FACT in clinic.build()
    assert clinic.visits() == [("V1", "1", "b", 2)]
    assert clinic.kept() == 0
