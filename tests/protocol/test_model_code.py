"""The code of a model as people write it, where a materialization puts it into other code."""

from __future__ import annotations

from example import RELATION, MakeExample


def test_a_model_of_rows_may_end_in_a_comment(make_example: MakeExample) -> None:
    plan = make_example()
    model = plan.project / "models" / "silver" / f"{RELATION}_rows.sql"
    model.write_text(f"{model.read_text()}\n-- What became of every row.\n")
    plan.deliver("members_2026-01-01.csv", "id,value\n1,a\n")
    plan.run()
    plan.deliver("members_2026-01-02.csv", "id,value\n1,b\n")
    plan.run()
    assert plan.history() == [("1", "a", 1, 2), ("1", "b", 2, None)]
