"""The whole plan: every group of statements, in an order that an empty account takes."""

from __future__ import annotations

from collections.abc import Sequence

from healthcare_elt.contracts import Contract
from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.snowflake.account import account_groups
from healthcare_elt.snowflake.grants import grant_groups, warehouse_grant_group
from healthcare_elt.snowflake.group import Group
from healthcare_elt.snowflake.policies import policy_groups
from healthcare_elt.snowflake.raw import raw_groups
from healthcare_elt.snowflake.stages import schema_group, stage_group
from healthcare_elt.snowflake.tables import table_groups


def plan(
    snowflake: SnowflakeSettings, contracts: Sequence[Contract], landing_url: str | None = None
) -> tuple[Group, ...]:
    """Groups to run one after the other; each statement may be repeated.

    Policies and their binding come before the first table that they guard, and tables come last.

    Args:
        landing_url: the landing zone in S3, `s3://bucket/prefix`; none means that files are uploaded to a stage.

    Raises:
        SettingsError: a setting that the plan needs is missing.
    """
    systems = tuple(sorted({contract.system for contract in contracts}))
    return (
        *account_groups(snowflake, landing_url),
        warehouse_grant_group(snowflake),
        schema_group(snowflake),
        *policy_groups(snowflake, contracts),
        stage_group(snowflake, landing_url),
        *grant_groups(snowflake, systems, landing_url),
        *table_groups(snowflake, contracts),
        *raw_groups(snowflake, contracts, landing_url),
    )
