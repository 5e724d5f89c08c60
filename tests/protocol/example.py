"""A small dbt project with the product's own macros, for contracts that the product's own tables do not have.

Here belongs the source system `plan` with one table, `members`: its contract as a test wants it, its silver models, its
history. What is delivered, and what must become of it, is in the tests.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from healthcare_elt.landing import Delivery
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import LandReport, land_deliveries
from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.transform import transform
from healthcare_elt.settings import PROJECT_ROOT, Settings

RELATION = "plan__members"
COLUMNS = ({"name": "id", "required": True}, {"name": "value"})
CONTRACT = {
    "files": "members*",
    "delivers": "changes",
    "key": ["id"],
    "effective_at": "delivery_date",
    "on_new_column": "evolve",
}
SILVER = {
    "silver/%s_rows": "{{ config(materialized='classified_rows') }}{{ typed_rows(%s) }}",
    "silver/%s": "{{ versions_of(%s) }}",
    "silver/%s_current": "{{ current_of(%s) }}",
    "quarantine/quarantine__%s": "{{ config(alias=model.name[12:]) }}{{ quarantined_of(%s) }}",
}
"""By a relation, of its source table."""
EXTRA = "gold/extra"
MEMBER_HISTORY = """
{{% snapshot member_history %}}
{{{{ config(unique_key={key}, check_cols={values}, meta={{'touched_by': {{'plan__members': [{key}]}}}}) }}}}
select {columns}, _effective_at as effective_at, _is_deleted as is_deleted
from {{{{ ref('plan__members') }}}} where {{{{ only_touched('member_history', {key}) }}}}
{{% endsnapshot %}}
"""
MEMBER_DAYS = """
{{{{ config(materialized='keyed', unique_key={key}, meta={{'touched_by': {{'plan__members': [{key}]}}}}) }}}}
select {names}, count(*) as versions, min(_effective_at) as first_at
from {{{{ ref('plan__members') }}}} where {{{{ only_touched('member_days', {key}) }}}} group by {names}
"""
TESTS = f"""
models:
  - name: {RELATION}_rows
    data_tests: [{{every_row_in_one_class: {{arguments: {{source_table: "source('plan', 'members')"}}}}}}]
  - name: {RELATION}
    data_tests: [{{unique_key: {{arguments: {{columns: %s}}}}}}]
snapshots:
  - name: member_history
    data_tests:
      - no_overlap: {{arguments: {{key: %s, valid_from: dbt_valid_from, valid_to: dbt_valid_to}}}}
"""


class Example:
    """A home whose only source table is `plan.members`."""

    def __init__(self, home: Home, project: Path) -> None:
        self.home = home
        self.project = project
        self._files = 0

    def contract(self, columns: Sequence[dict[str, Any]] = COLUMNS, **rules: Any) -> Home:
        """Write the contract and open the home again, as the next command would."""
        contract = {name: rule for name, rule in (CONTRACT | rules).items() if rule is not None}
        self.source("plan", "members", columns, contract)
        key, names = contract["key"], [column["name"] for column in columns]
        words = {"key": key, "values": [name for name in names if name not in key]}
        words |= {"columns": ", ".join(names), "names": ", ".join(key)}
        self._write("snapshots/member_history.sql", MEMBER_HISTORY.format(**words))
        self._write("models/gold/member_days.sql", MEMBER_DAYS.format(**words))
        self._write("models/tests.yml", TESTS % (str([*key, "_effective_at"]), str(key)))
        self.home = Home(self.home.settings)
        return self.home

    def source(self, system: str, table: str, columns: Sequence[dict[str, Any]], contract: dict[str, Any]) -> None:
        """A source table with its silver models, which stays in the project."""
        relation, described = f"{system}__{table}", [_column(dict(column)) for column in columns]
        told = {"name": table, "identifier": relation, "description": f"All {table}.", "columns": described}
        told["config"] = {"meta": {"contract": contract}}
        source = {"name": system, "schema": "bronze", "description": f"A {system}.", "tables": [told]}
        self._write(f"models/sources/{system}.yml", yaml.safe_dump({"version": 2, "sources": [source]}))
        for model, sql in SILVER.items():
            self._write(f"models/{model % relation}.sql", sql % f"'{system}', '{table}'")

    def model(self, name: str, sql: str) -> None:
        """A gold model more, for this test only."""
        self._write(f"models/{EXTRA}/{name}.sql", sql)

    def deliver(self, name: str, content: str | bytes) -> None:
        """Put a file into the inbox; files arrive in the order in which they are delivered."""
        self._files += 1
        path = self.home.settings.inbox / "plan" / f"{self._files:03}" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        os.utime(path, (1_767_000_000 + self._files,) * 2)

    def run(self) -> LandReport:
        """Land, load and transform, without Dagster."""
        report = self.land()
        load_deliveries(self.home, run_id="run")
        self.transform()
        return report

    def land(self) -> LandReport:
        return land_deliveries(self.home, run_id="run")

    def load(self, deliveries: Iterable[Delivery]) -> None:
        """Load these and no others, in whatever order."""
        wanted = list(deliveries)
        with self.home.lock(), self.home.warehouse() as warehouse:
            warehouse.prepare(self.home.contracts)
            for contract in self.home.contracts:
                outcomes = warehouse.load(contract, wanted, self.home.zone, run_id="run", now=datetime.now(UTC))
                assert len(list(outcomes)) == len(wanted)

    def transform(self, *, full_refresh: bool = False) -> None:
        results = list(transform(self.home, full_refresh=full_refresh, run_id="run"))
        assert {result.status for result in results} <= {"success", "pass"}

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.home.warehouse(read_only=True) as warehouse:
            return [tuple(row.values()) for row in warehouse.rows(sql)]

    def classes(self) -> dict[str, int]:
        return dict(self.rows(f"select _class, count(*) from silver.{RELATION}_rows group by _class"))

    def history(self, *names: str) -> list[tuple[Any, ...]]:
        """Key and values with the first day and, if there is one, the last day of each version."""
        columns = ", ".join(names or ("id", "value"))
        return self.rows(
            f"select {columns}, day(dbt_valid_from), day(dbt_valid_to) from gold.member_history order by all"
        )

    def _write(self, name: str, text: str) -> None:
        path = self.project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def example(home: Home, folder: Path, environment: pytest.MonkeyPatch) -> Example:
    """The example project in a folder, which `Settings` now takes for the product's."""
    product, project = PROJECT_ROOT / "dbt_project", folder / "dbt_project"
    if not project.exists():
        shutil.copytree(product / "macros", project / "macros")
        shutil.copy(product / "profiles.yml", project)
        settings = yaml.safe_load((product / "dbt_project.yml").read_text())
        settings["vars"]["source_tables"] = [["plan", "members"]]
        (project / "dbt_project.yml").write_text(yaml.safe_dump(settings))
        for place in ("models/sources/meta.yml", "models/curated/health"):
            _copy(product / place, project / place)
    shutil.rmtree(project / "models" / EXTRA, ignore_errors=True)
    environment.setattr(Settings, "dbt_project", property(lambda settings: project))
    made = Example(home, project)
    made.contract()
    return made


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    (shutil.copytree if source.is_dir() else shutil.copy)(source, target)


def _column(rules: dict[str, Any]) -> dict[str, Any]:
    name, data_type = rules.pop("name"), rules.pop("data_type", "varchar")
    config = {"meta": {"phi": "none"} | rules}
    return {"name": name, "description": f"The {name}.", "data_type": data_type, "config": config}


MakeExample = Callable[..., Example]
