"""What a run would stumble over in Snowflake, found out without compute: by SHOW, USE and LIST alone.

Here belongs what `doctor` says of the two workers. All of the plan is compared by `verify`, as an administrator.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, get_args

from healthcare_elt.contracts import Contract
from healthcare_elt.settings_snowflake import SnowflakeSettings, Worker
from healthcare_elt.snowflake.account import made_roles
from healthcare_elt.snowflake.errors import no_object, no_role, of_definition
from healthcare_elt.snowflake.grants import EACH, Grant, grants, warehouse_grants
from healthcare_elt.snowflake.verify_grants import held

APPLY = "run `healthcare-elt snowflake apply`"
NOWHERE = ".examined"
"""No delivery's name: asking for it tells whether the stage can be read, and lists nothing."""


def problems(
    connection: Any, snowflake: SnowflakeSettings, contracts: Sequence[Contract], landing_url: str | None
) -> Iterator[str]:
    """One sentence for each; what rests on something that is missing is not asked for."""
    with connection.cursor() as cursor:
        for worker in get_args(Worker):
            yield from _Examination(cursor, snowflake, worker).problems(contracts, landing_url)


class _Examination:
    """Of one worker, in the role in which it works."""

    def __init__(self, cursor: Any, snowflake: SnowflakeSettings, worker: Worker) -> None:
        self._cursor = cursor
        self._snowflake = snowflake
        self._role = snowflake.role_of(worker)
        self._compute = snowflake.warehouse_of(worker)
        self._is_loader = worker == "loader"

    def problems(self, contracts: Sequence[Contract], landing_url: str | None) -> Iterator[str]:
        role, snowflake = self._role, self._snowflake
        if self._refused(f"use role {role}"):
            yield no_role(snowflake, role)
            return
        if self._refused(f"use warehouse {self._compute}"):
            yield no_object("warehouse", snowflake, role, self._compute)
        if self._refused(f"use database {snowflake.database}"):
            yield no_object("database", snowflake, role, self._compute)
            return
        yield from self._lacking(contracts, landing_url)
        if self._is_loader:
            yield from self._log()
            yield from self._stage(landing_url) if landing_url else ()

    def _lacking(self, contracts: Sequence[Contract], landing_url: str | None) -> Iterator[str]:
        """Only of a role that the plan makes: another one may have its rights from elsewhere."""
        role, snowflake = self._role, self._snowflake
        if role not in made_roles(snowflake):
            return
        systems = tuple(sorted({contract.system for contract in contracts}))
        planned = [*grants(snowflake, systems, landing_url), *warehouse_grants(snowflake)]
        there = [held(row, role) for row in self._rows(f"show grants to role {role}")]
        mine = [grant for grant in planned if grant.role == role and grant.kind not in EACH]
        lacking = [grant for grant in mine if grant not in there]
        if lacking:
            yield f"Role {role} lacks {_named(lacking)}; {APPLY}."

    def _log(self) -> Iterator[str]:
        if not self._rows(f"show tables like 'LOAD_LOG' in schema {self._snowflake.database}.META"):
            yield f"Snowflake has no load log yet, or role {self._role} may not see it; {APPLY}."

    def _stage(self, landing_url: str) -> Iterator[str]:
        stage = self._snowflake.stage
        schema, _, name = stage.rpartition(".")
        found = self._rows(f"show stages like '{name}' in schema {schema}")
        if not found:
            yield f"Stage {stage} does not exist or role {self._role} may not use it; {APPLY}."
        elif str(found[0]["url"]).rstrip("/") != landing_url:
            yield f"Stage {stage} is over {found[0]['url']}, and HEALTHCARE_ELT_LANDING_URL is {landing_url}; {APPLY}."
        elif refused := self._refused(f"list @{stage}/{NOWHERE}"):
            yield refused

    def _refused(self, statement: str) -> str | None:
        """Why, in a sentence; None if Snowflake has done it."""
        from snowflake.connector.errors import Error

        try:
            self._cursor.execute(statement)
        except Error as error:
            return of_definition(error, self._snowflake, self._role)
        return None

    def _rows(self, statement: str) -> list[dict[str, Any]]:
        """No rows where the question is refused."""
        if self._refused(statement):
            return []
        names = [column[0].lower() for column in self._cursor.description]
        return [dict(zip(names, row, strict=True)) for row in self._cursor.fetchall()]


def _named(lacking: Sequence[Grant]) -> str:
    first = lacking[0]
    more = f" and {len(lacking) - 1} more grants" if len(lacking) > 1 else ""
    return f"{first.privilege} on {first.kind} {first.name}{more}"
