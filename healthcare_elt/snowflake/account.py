"""What lies outside of the database: resource monitor, roles, warehouses, integration, and the database itself.

Everything here needs an administrator of the account; nothing here is made or named elsewhere.
"""

from __future__ import annotations

from healthcare_elt.settings import SettingsError
from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.snowflake.group import Group
from healthcare_elt.snowflake.names import text

AUTO_SUSPEND_SECONDS = 60
TRIGGERS = {"notify": 80, "suspend": 100, "suspend_immediate": 110}
"""What the resource monitor does, and at how many percent of its credits."""
LOADING_TIMEOUT_SECONDS = 3600
TRANSFORMING_TIMEOUT_SECONDS = 7200
READING_TIMEOUT_SECONDS = 600


def account_groups(snowflake: SnowflakeSettings, landing_url: str | None) -> list[Group]:
    """In the order in which an empty account takes them.

    Raises:
        SettingsError: the landing zone is in S3, and nothing says with which AWS role Snowflake reads it.
    """
    return [
        Group("resource monitor", "account", "ACCOUNTADMIN", _monitor(snowflake)),
        Group("roles", "account", "USERADMIN", _roles(snowflake)),
        Group("warehouses", "account", "SYSADMIN", _warehouses(snowflake)),
        Group("warehouses under the resource monitor", "account", "ACCOUNTADMIN", _monitored(snowflake)),
        Group("database", "account", "SYSADMIN", _database(snowflake)),
        Group("what the administrator of the database may do", "account", "ACCOUNTADMIN", _administration(snowflake)),
        *_storage(snowflake, landing_url),
        *_network(snowflake),
    ]


def made_roles(snowflake: SnowflakeSettings) -> tuple[str, ...]:
    """Roles of this database; one that the settings name instead is somebody else's."""
    service = () if snowflake.role else (snowflake.loader_role, snowflake.transformer_role)
    return (*service, snowflake.analyst_role, snowflake.phi_reader_role, snowflake.admin_role)


def role_hierarchy(snowflake: SnowflakeSettings) -> list[tuple[str, str]]:
    """Pairs of a role and the role that inherits it.

    The PHI reader is granted to persons and to no role, so that nobody reads PHI by being an administrator.
    """
    service = [] if snowflake.role else [snowflake.loader_role, snowflake.transformer_role]
    inherited = [(role, snowflake.admin_role) for role in (*service, snowflake.analyst_role)]
    return [*inherited, (snowflake.analyst_role, snowflake.phi_reader_role), (snowflake.admin_role, "SYSADMIN")]


def made_warehouses(snowflake: SnowflakeSettings) -> dict[str, int]:
    """Warehouses of this database, each with the seconds after which a statement is stopped."""
    reading = {snowflake.reading_warehouse: READING_TIMEOUT_SECONDS}
    if snowflake.warehouse:
        return reading
    return {
        snowflake.loading_warehouse: LOADING_TIMEOUT_SECONDS,
        snowflake.transforming_warehouse: TRANSFORMING_TIMEOUT_SECONDS,
        **reading,
    }


def _monitor(snowflake: SnowflakeSettings) -> tuple[str, ...]:
    name, quota = snowflake.resource_monitor, snowflake.monthly_credits
    triggers = " ".join(f"on {percent} percent do {action}" for action, percent in TRIGGERS.items())
    return (
        f"create resource monitor if not exists {name} with credit_quota = {quota} frequency = monthly "
        f"start_timestamp = immediately triggers {triggers}",
        f"alter resource monitor {name} set credit_quota = {quota} triggers {triggers}",
    )


def _roles(snowflake: SnowflakeSettings) -> tuple[str, ...]:
    made = [f"create role if not exists {role}" for role in made_roles(snowflake)]
    return (*made, *(f"grant role {role} to role {above}" for role, above in role_hierarchy(snowflake)))


def _warehouses(snowflake: SnowflakeSettings) -> tuple[str, ...]:
    """The size is only a beginning: one that somebody chose later is left alone."""
    statements = []
    for name, timeout in made_warehouses(snowflake).items():
        always = (
            f"auto_suspend = {AUTO_SUSPEND_SECONDS} auto_resume = true statement_timeout_in_seconds = {timeout} "
            f"comment = 'Made by healthcare-elt for {snowflake.database}'"
        )
        statements += [
            f"create warehouse if not exists {name} with warehouse_size = 'XSMALL' initially_suspended = true {always}",
            f"alter warehouse {name} set {always}",
        ]
    return tuple(statements)


def _monitored(snowflake: SnowflakeSettings) -> tuple[str, ...]:
    monitor = snowflake.resource_monitor
    return tuple(f"alter warehouse {name} set resource_monitor = {monitor}" for name in made_warehouses(snowflake))


def _database(snowflake: SnowflakeSettings) -> tuple[str, ...]:
    database = snowflake.database
    return (
        f"create database if not exists {database}",
        f"grant ownership on database {database} to role {snowflake.admin_role} copy current grants",
        *(
            f"grant usage, operate, monitor on warehouse {name} to role {snowflake.admin_role}"
            for name in made_warehouses(snowflake)
        ),
    )


def _administration(snowflake: SnowflakeSettings) -> tuple[str, ...]:
    """Binding a policy to a tag takes privileges on the account; see deploy/snowflake/README.md."""
    return (
        f"grant apply masking policy on account to role {snowflake.admin_role}",
        f"grant apply tag on account to role {snowflake.admin_role}",
    )


def _storage(snowflake: SnowflakeSettings, landing_url: str | None) -> list[Group]:
    """`create or replace` would change the external id that AWS trusts: it is altered instead."""
    if landing_url is None:
        return []
    name = snowflake.integration
    usage = f"grant usage on integration {name} to role {snowflake.admin_role}"
    if snowflake.storage_integration:
        return [Group("storage integration", "account", "ACCOUNTADMIN", (usage,))]
    if snowflake.storage_role_arn is None:
        raise SettingsError(
            "SNOWFLAKE_STORAGE_ROLE_ARN is not set; set it to the AWS role with which Snowflake reads "
            "the landing zone, or SNOWFLAKE_STORAGE_INTEGRATION to an integration that exists."
        )
    read = (
        f"enabled = true storage_aws_role_arn = {text(snowflake.storage_role_arn)} "
        f"storage_allowed_locations = ({text(landing_url + '/')})"
    )
    create = f"create storage integration if not exists {name} type = external_stage storage_provider = 'S3' {read}"
    alter = f"alter storage integration {name} set {read}"
    return [Group("storage integration", "account", "ACCOUNTADMIN", (create, alter, usage))]


def _network(snowflake: SnowflakeSettings) -> list[Group]:
    """Made, but given to no user here: a wrong list would lock out whoever applies it."""
    if not snowflake.allowed_networks:
        return []
    allowed = ", ".join(text(network.strip()) for network in snowflake.allowed_networks.split(","))
    name = snowflake.network_policy
    statements = (
        f"create network policy if not exists {name} allowed_ip_list = ({allowed})",
        f"alter network policy {name} set allowed_ip_list = ({allowed})",
    )
    return [Group("network policy", "account", "SECURITYADMIN", statements)]
