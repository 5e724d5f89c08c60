"""What a source system says of its dates is for who starts runs: what dbt makes of its tables stays the same."""

from __future__ import annotations

from datetime import time

import yaml
from example import MakeExample

from healthcare_elt.pipeline.home import Home


def test_rules_of_a_system_change_nothing_in_its_tables(make_example: MakeExample) -> None:
    plan = make_example()
    plan.contract()
    plan.deliver("members_2026-01-01.csv", "id,value\n1,a\n")
    plan.run()
    file = plan.project / "models" / "sources" / "plan.yml"
    document = yaml.safe_load(file.read_text())
    document["sources"][0]["config"] = {"meta": {"ready_when": ["members"], "due": "06:00"}}
    file.write_text(yaml.safe_dump(document))
    plan.home = Home(plan.home.settings)
    assert [(system.ready_when, system.due) for system in plan.home.systems] == [(("members",), time(6))]
    plan.deliver("members_2026-01-02.csv", "id,value\n1,b\n")
    plan.run()
    assert plan.history() == [("1", "a", 1, 2), ("1", "b", 2, None)]
