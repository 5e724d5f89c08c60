"""Applying the plan: every statement in order, again without harm, and one sentence where it stops.

The cursor is a double over the account model: the emulator's server remembers no tags and refuses no role.
"""

from __future__ import annotations

import pytest
from account_connection import Connection

from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.snowflake.apply import apply
from healthcare_elt.snowflake.errors import SnowflakeError
from healthcare_elt.snowflake.group import Group


def test_every_statement_is_run_in_order_under_its_role(
    snowflake: SnowflakeSettings, full_plan: tuple[Group, ...]
) -> None:
    connection = Connection()
    list(apply(connection, snowflake, full_plan))
    planned = [line for group in full_plan for line in (f"use role {group.role}", *group.statements)]
    assert connection.ran == planned


def test_what_was_made_the_first_time_is_there_the_second(
    snowflake: SnowflakeSettings, full_plan: tuple[Group, ...]
) -> None:
    connection = Connection()
    first = list(apply(connection, snowflake, full_plan))
    second = list(apply(connection, snowflake, full_plan))
    assert sum(done.made for done in first) == sum(done.there for done in second) > 80
    assert sum(done.made for done in second) == 0
    assert [done.set for done in first] == [done.set for done in second]


def test_running_again_after_a_failure_finishes_the_work(
    snowflake: SnowflakeSettings, full_plan: tuple[Group, ...]
) -> None:
    connection = Connection("create row access policy", msg="no", errno=3001, sqlstate="42501")
    with pytest.raises(SnowflakeError):
        list(apply(connection, snowflake, full_plan))
    assert not connection.account.row_policies
    connection.refused = ""
    list(apply(connection, snowflake, full_plan))
    assert len(connection.account.row_policies) == 96


@pytest.mark.parametrize(
    ("statement", "needed"),
    [
        ("create resource monitor", "lacks the role ACCOUNTADMIN"),
        ("create storage integration", "lacks CREATE INTEGRATION on the account"),
        ("create role", "lacks CREATE ROLE on the account"),
        ("create warehouse", "lacks CREATE WAREHOUSE on the account"),
        ("create transient schema", "lacks CREATE SCHEMA on the database"),
        ("create masking policy", "lacks CREATE MASKING POLICY on the schema"),
        ("create file format", "lacks CREATE FILE FORMAT on the schema"),
        ("create transient table", "lacks CREATE TABLE on the schema"),
        ("alter tag", "lacks APPLY MASKING POLICY on the account"),
        ("alter schema HEALTHCARE_ELT.GOLD set tag", "lacks APPLY TAG on the account"),
        ("grant usage on schema", "lacks OWNERSHIP of the object or MANAGE GRANTS on the account"),
    ],
)
def test_a_missing_privilege_is_named_with_its_group_and_role(
    snowflake: SnowflakeSettings, full_plan: tuple[Group, ...], statement: str, needed: str
) -> None:
    said = "SQL access control error: Insufficient privileges to operate on account 'X'."
    with pytest.raises(SnowflakeError) as caught:
        list(apply(Connection(statement, msg=said, errno=3001, sqlstate="42501"), snowflake, full_plan))
    group = next(g for g in full_plan if any(line.startswith(statement) for line in g.statements))
    sentence = str(caught.value)
    assert f"Group {group.title!r} stopped at `{statement.partition(' set ')[0]}" in sentence
    assert f"role {group.role} {needed}" in sentence
    assert sentence.endswith("grant it and apply again.")
    assert "\n" not in sentence


def test_a_role_that_the_user_does_not_have_is_told_with_who_may_run_it(
    snowflake: SnowflakeSettings, full_plan: tuple[Group, ...]
) -> None:
    said = "Requested role 'ACCOUNTADMIN' is not assigned to the executing user. Specify another role to activate."
    with pytest.raises(SnowflakeError, match="user DEPLOYER does not have role ACCOUNTADMIN") as caught:
        list(apply(Connection("use role", msg=said, errno=3013, sqlstate="42501"), snowflake, full_plan))
    assert "`healthcare-elt snowflake plan --part account` prints" in str(caught.value)


def test_anything_else_is_told_in_snowflake_s_words_on_one_line(
    snowflake: SnowflakeSettings, full_plan: tuple[Group, ...]
) -> None:
    said = "SQL compilation error:\nsyntax error line 1"
    connection = Connection("create stage", msg=said, errno=1003, sqlstate="42000")
    with pytest.raises(SnowflakeError, match=r"create stage .*SQL compilation error: syntax error line 1") as caught:
        list(apply(connection, snowflake, full_plan))
    assert "\n" not in str(caught.value)
