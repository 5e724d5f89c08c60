"""MERGE by DuckDB's own MERGE INTO.

Added to it: a row that several source rows would change is Snowflake's error 100090 instead of a choice of one; the
answer counts by kind of change.
"""

from __future__ import annotations

from sqlglot import exp

from .errors import failure

KINDS = {"inserted": "INSERT", "updated": "UPDATE", "deleted": "DELETE"}


def kinds(merge: exp.Merge) -> list[str]:
    """What a merge can do, in the order of Snowflake's answer."""
    whens = merge.args["whens"].expressions
    found = {
        "inserted": any(not when.args.get("matched") for when in whens),
        "updated": any(isinstance(when.args.get("then"), exp.Update) for when in whens),
        "deleted": any(
            when.args.get("matched") and not isinstance(when.args.get("then"), exp.Update) for when in whens
        ),
    }
    return [kind for kind, does in found.items() if does]


def several_sources(merge: exp.Merge) -> exp.Select | None:
    """Finds a target row that more than one source row would change; nothing to ask if no clause changes one."""
    conditions = [
        when.args.get("condition") or exp.true() for when in merge.args["whens"].expressions if when.args.get("matched")
    ]
    if not conditions:
        return None
    row = exp.column("rowid", table=exp.to_identifier(merge.this.alias_or_name, quoted=True))
    return (
        exp.select("1")
        .from_(merge.this.copy())
        .join(merge.args["using"].copy(), on=merge.args["on"].copy())
        .where(exp.or_(*[condition.copy() for condition in conditions]))
        .group_by(row)
        .having("count(*) > 1")
        .limit(1)
    )


def nondeterministic() -> Exception:
    return failure("Duplicate row detected during DML action", 100090, "42P18")


def counting(merge: exp.Merge, actions: list[tuple[str]]) -> str:
    """The SQL of the answer, from the actions that DuckDB returned."""
    counts = {kind: sum(1 for (action,) in actions if action == KINDS[kind]) for kind in kinds(merge)}
    return "SELECT " + ", ".join(f'{count} AS "number of rows {kind}"' for kind, count in counts.items())
