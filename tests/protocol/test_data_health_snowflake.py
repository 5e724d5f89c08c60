"""Health on Snowflake is what it is on DuckDB: profiles, every expectation and drift, built and brought up to date."""

from __future__ import annotations

from pathlib import Path

import pytest
from example import MakeExample
from live_places import Account, point_to
from snowflake_places import opened, prepared, working
from snowflake_tables import copy_bronze, differences
from test_data_health import CASES, COLUMNS, ROWS, deliver, usual

from healthcare_elt.settings import Settings
from healthcare_elt.transform.build import build
from healthcare_elt.transform.pseudonyms import keep_pseudonym_salt


def test_the_health_of_a_table_is_the_same_on_both_row_for_row(
    make_example: MakeExample, account: Account, own_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plan = make_example("snowflake")
    plan.contract(COLUMNS, expectations=[{name: given} for name, given, _, _ in CASES])
    snowflake = prepared(account, own_database, [], None)
    point_to(monkeypatch, account, snowflake.database)
    cloud = Settings(home=tmp_path, target="snowflake", pseudonym_salt=plan.home.settings.pseudonym_salt)
    with opened(snowflake, cloud.data, has_stage=False) as warehouse:
        keep_pseudonym_salt(warehouse, cloud)
    for days in ((1, 2, 3, 5), (4, 6)):
        for day in days:
            deliver(plan, day, ROWS if day == 5 else usual(day))
        plan.run()
        with working(snowflake, "loader") as connection:
            copy_bronze(plan.home.settings.warehouse, connection)
        list(build(cloud))
        with working(snowflake, "transformer") as connection:
            found, _, rows = differences(plan.home.settings.warehouse, connection)
        assert found == []
        assert rows > 1000
    assert plan.rows("select count(*) from curated.data_drift where has_drifted") > [(0,)]
