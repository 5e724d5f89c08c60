"""Resource monitor, roles, warehouses, integration and network policy: as planned or not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.snowflake.account import AUTO_SUSPEND_SECONDS, TRIGGERS, made_roles, made_warehouses
from healthcare_elt.snowflake.difference import Ask, Difference, changed, missing, named

SHOWN_TRIGGERS = {"notify": "notify_at", "suspend": "suspend_at", "suspend_immediate": "suspend_immediately_at"}
TIMEOUT = "STATEMENT_TIMEOUT_IN_SECONDS"


def account_differences(ask: Ask, snowflake: SnowflakeSettings, landing_url: str | None) -> Iterator[Difference]:
    prefix = snowflake.database.replace("_", "\\\\_")
    yield from missing("database", [snowflake.database], named(ask(f"show databases like '{prefix}'")))
    yield from _monitor(ask, snowflake)
    yield from missing("role", made_roles(snowflake), named(ask(f"show roles like '{prefix}%'")))
    yield from _warehouses(ask, snowflake, prefix)
    if landing_url and not snowflake.storage_integration:
        yield from _integration(ask, snowflake, landing_url)
    if snowflake.allowed_networks:
        yield from _network(ask, snowflake)


def _monitor(ask: Ask, snowflake: SnowflakeSettings) -> Iterator[Difference]:
    name = snowflake.resource_monitor
    there = named(ask("show resource monitors"))
    yield from missing("resource monitor", [name], there)
    if name in there:
        planned = {SHOWN_TRIGGERS[action]: f"{percent}%" for action, percent in TRIGGERS.items()}
        yield from changed(
            f"resource monitor {name}", there[name], {"credit_quota": snowflake.monthly_credits} | planned
        )


def _warehouses(ask: Ask, snowflake: SnowflakeSettings, prefix: str) -> Iterator[Difference]:
    there = named(ask(f"show warehouses like '{prefix}%'"))
    made = made_warehouses(snowflake)
    yield from missing("warehouse", made, there)
    planned = {
        "auto_suspend": AUTO_SUSPEND_SECONDS,
        "auto_resume": "true",
        "resource_monitor": snowflake.resource_monitor,
    }
    for name in [name for name in made if name in there]:
        yield from changed(f"warehouse {name}", there[name], planned)
        parameters = ask(f"show parameters like '{TIMEOUT}' in warehouse {name}")
        found = {str(row["key"]).upper(): row["value"] for row in parameters}
        yield from changed(f"warehouse {name}", found, {TIMEOUT: made[name]})


def _integration(ask: Ask, snowflake: SnowflakeSettings, landing_url: str) -> Iterator[Difference]:
    name = snowflake.integration
    there = named(ask("show storage integrations"))
    yield from missing("storage integration", [name], there)
    if name in there:
        planned = {
            "ENABLED": "true",
            "STORAGE_AWS_ROLE_ARN": snowflake.storage_role_arn,
            "STORAGE_ALLOWED_LOCATIONS": f"{landing_url}/",
        }
        yield from changed(f"storage integration {name}", _described(ask, f"describe integration {name}"), planned)


def _network(ask: Ask, snowflake: SnowflakeSettings) -> Iterator[Difference]:
    name = snowflake.network_policy
    there = named(ask("show network policies"))
    yield from missing("network policy", [name], there)
    if name in there:
        allowed = ",".join(network.strip() for network in str(snowflake.allowed_networks).split(","))
        found = _described(ask, f"describe network policy {name}")
        yield from changed(f"network policy {name}", found, {"ALLOWED_IP_LIST": allowed})


def _described(ask: Ask, statement: str) -> dict[str, Any]:
    """Properties by name; DESCRIBE calls its columns differently for each kind of object."""
    rows = ask(statement)
    return {
        str(row.get("property") or row["name"]).upper(): row.get("property_value", row.get("value")) for row in rows
    }
