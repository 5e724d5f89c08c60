"""Running a plan's statements one by one, and saying what each group changed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.snowflake.errors import NO_PRIVILEGE, ROLE_NOT_GRANTED, SnowflakeError, of_definition
from healthcare_elt.snowflake.group import Group

NEEDED = (
    (r"create resource monitor", "the role ACCOUNTADMIN"),
    (r"alter resource monitor", "the role ACCOUNTADMIN"),
    (r"alter warehouse \S+ set resource_monitor", "the role ACCOUNTADMIN"),
    (r"create storage integration", "CREATE INTEGRATION on the account"),
    (r"create network policy", "CREATE NETWORK POLICY on the account"),
    (r"create (role|warehouse|database)\b", "CREATE {0} on the account"),
    (r"create (?:transient )?schema", "CREATE SCHEMA on the database"),
    (r"create (?:transient )?table", "CREATE TABLE on the schema, APPLY on its tags and its row access policy"),
    (r"create external table", "CREATE EXTERNAL TABLE on the schema, APPLY on its tags and its row access policy"),
    (r"create (masking policy|row access policy|tag|file format|stage)", "CREATE {0} on the schema"),
    (r"alter tag \S+ set masking policy", "APPLY MASKING POLICY on the account"),
    (r"alter \w+ \S+ set tag", "APPLY TAG on the account"),
    (r"grant role", "OWNERSHIP of the role"),
    (r"grant", "OWNERSHIP of the object or MANAGE GRANTS on the account"),
    (r"alter", "OWNERSHIP of the object"),
    (r"insert", "INSERT on the table"),
)
"""What the role of a group needs for each kind of statement."""


@dataclass(frozen=True)
class Applied:
    """What became of a group: how many objects were made or there already, and how many statements set something."""

    title: str
    role: str
    made: int
    there: int
    set: int


def apply(connection: Any, snowflake: SnowflakeSettings, groups: Sequence[Group]) -> Iterator[Applied]:
    """Run each group's statements; what was run before a failure stays, and running again goes on from there.

    Raises:
        SnowflakeError: a statement fails; the sentence names the group and what its role lacks.
    """
    with connection.cursor() as cursor:
        for group in groups:
            run(cursor, snowflake, group, f"use role {group.role}")
            outcomes = Counter(_outcome(run(cursor, snowflake, group, line)) for line in group.statements)
            yield Applied(group.title, group.role, outcomes["made"], outcomes["there"], outcomes["set"])


def run(cursor: Any, snowflake: SnowflakeSettings, group: Group, statement: str) -> str:
    """Run a statement and give Snowflake's answer in words."""
    from snowflake.connector.errors import Error

    try:
        rows = cursor.execute(statement).fetchall()
    except Error as error:
        raise SnowflakeError(_stopped(error, snowflake, group, statement)) from None
    return str(rows[0][0]) if rows and rows[0] else ""


def _outcome(answer: str) -> str:
    if "already exists" in answer:
        return "there"
    return "made" if "successfully created" in answer else "set"


def _stopped(error: Any, snowflake: SnowflakeSettings, group: Group, statement: str) -> str:
    where = f"Group {group.title!r} stopped at `{_short(statement)}`"
    if error.errno == NO_PRIVILEGE:
        lacks = f"role {group.role} lacks {_needed(statement)}; grant it and apply again."
        return f"{where}: {lacks}"
    if statement.startswith("use role") and error.errno in (ROLE_NOT_GRANTED, 2003, 2043):
        return (
            f"{where}: user {snowflake.user} does not have role {group.role}; grant it, or let somebody who has it "
            f"run what `healthcare-elt snowflake plan --part {group.part}` prints."
        )
    return f"{where}: {of_definition(error, snowflake, group.role)}"


def _needed(statement: str) -> str:
    for pattern, privilege in NEEDED:
        if match := re.match(pattern, statement):
            return privilege.format(*(text.upper() for text in match.groups()))
    return "a privilege"


def _short(statement: str) -> str:
    """The beginning of a statement, up to the name of what it is about."""
    return re.split(r" (?:as|with|set|type|to|url|allowed_values|allowed_ip_list|enable)\b| \(", statement)[0][:120]
