"""SHOW and DESCRIBE of what the emulator remembers itself; tables, views, schemas, databases and columns are
fakesnow's.

Columns are the documented ones as far as the emulator knows their values.
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Callable
from typing import Any

from .account import Account, Remembered, full_name
from .errors import unsupported
from .grants import Grants

Rows = tuple[list[str], list[tuple[Any, ...]]]

SHOW = re.compile(
    r"show\s+(?:terse\s+)?(?P<kind>roles|users|warehouses|resource\s+monitors|masking\s+policies|row\s+access\s+policies|tags|"
    r"(?:(?:storage|notification|security|api)\s+)?integrations|network\s+policies|network\s+rules|session\s+policies|"
    r"password\s+policies|external\s+tables|stages|file\s+formats)"
    r"(?:\s+like\s+'(?P<like>(?:[^']|'')*)')?(?:\s+in\s+(?P<in>.*?))?(?:\s+limit\s+\d+)?",
    re.I | re.S,
)
DESCRIBE = re.compile(
    r"desc(?:ribe)?\s+(?P<kind>masking\s+policy|row\s+access\s+policy|(?:(?:storage|notification|security|api)\s+)?integration|"
    r"warehouse|user|network\s+policy|network\s+rule|stage|file\s+format)\s+(?P<name>\S+)",
    re.I,
)
GRANTS = re.compile(r"show\s+(?P<future>future\s+)?grants(?:\s+(?P<way>to|of|on|in)\s+(?P<rest>.*))?", re.I | re.S)
ROLE = "ACCOUNTADMIN"
TOLD_OF_STORAGE = {
    "STORAGE_AWS_IAM_USER_ARN": "arn:aws:iam::999999999999:user/emulated-snowflake",
    "STORAGE_AWS_EXTERNAL_ID": "EMULATED_SFCRole=1_AbCdEfGhIjKlMnOpQrStUvWxYz0=",
}
"""Who Snowflake is to AWS: its own answer to DESCRIBE of a storage integration."""


TIMEOUT = re.compile(r"show\s+parameters\s+like\s+'(STATEMENT_TIMEOUT_IN_SECONDS)'\s+in\s+warehouse\s+(\S+)", re.I)


def timeout(statement: str, account: Account) -> Rows | None:
    """How long a statement may run in a warehouse; nothing for any other question."""
    if not (match := TIMEOUT.fullmatch(statement)):
        return None
    warehouse = account.find("WAREHOUSE", full_name(match[2], None, None))
    value = warehouse.properties.get(match[1].upper(), 172800)
    columns = ["key", "value", "default", "level", "description", "type"]
    return columns, [(match[1].upper(), value, "172800", "WAREHOUSE", "", "NUMBER")]


def answer(statement: str, account: Account, grants: Grants, session: Any) -> Rows | None:
    """The answer to a SHOW or DESCRIBE that this module knows, else nothing."""
    if match := SHOW.fullmatch(statement):
        return _show(match, account, session)
    if match := DESCRIBE.fullmatch(statement):
        return _describe(match, account, session)
    if match := GRANTS.fullmatch(statement):
        return _grants(match, grants, session)
    return None


def _show(match: re.Match[str], account: Account, session: Any) -> Rows:
    plural = " ".join(match["kind"].upper().split())
    kind = f"{plural[:-3]}Y" if plural.endswith("IES") else plural.removesuffix("S")
    found = [thing for thing in account.of_kind(kind) if like(thing.name[-1], match["like"])]
    if (place := match["in"]) and not re.match(r"account\b", place, re.I):
        inside = _inside(place, session)
        found = [thing for thing in found if thing.name[: len(inside)] == inside]
    columns = _COLUMNS.get(kind, _COLUMNS["INTEGRATION"] if kind.endswith("INTEGRATION") else _IN_SCHEMA)
    return list(columns), [tuple(value(thing) for value in columns.values()) for thing in found]


def _inside(place: str, session: Any) -> tuple[str, ...]:
    kind, name = re.fullmatch(r"(?:(database|schema)\b)?\s*(.*)", place, re.I | re.S).groups()
    if not name:
        return (session.database,) if (kind or "").lower() == "database" else (session.database, session.schema)
    return full_name(name, None if (kind or "").lower() == "database" else session.database, None)


def like(name: str, pattern: str | None) -> bool:
    """Whether a name matches the pattern of a SHOW; `_` and `%` are its wildcards, case does not matter."""
    if pattern is None:
        return True
    glob = pattern.replace("''", "'").replace("\\\\_", "\0").replace("\\_", "\0")
    return fnmatch.fnmatchcase(name.upper(), glob.upper().replace("%", "*").replace("_", "?").replace("\0", "_"))


def _property(key: str, default: Any = "") -> Callable[[Remembered], Any]:
    return lambda thing: _text(thing.properties.get(key, default))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value)


def _created(thing: Remembered) -> str:
    return thing.created.strftime("%Y-%m-%d %H:%M:%S.%f")


def _name(thing: Remembered) -> str:
    return thing.name[-1]


def _minutes(thing: Remembered) -> str:
    return _text(thing.properties.get("AUTO_SUSPEND", 600))


def _trigger(action: str) -> Callable[[Remembered], str]:
    """At how many percent of the credits a resource monitor does it."""
    share = re.compile(rf"on\s+(\d+)\s+percent\s+do\s+{action}\b", re.I)
    return lambda thing: ",".join(f"{found}%" for found in share.findall(thing.properties.get("TRIGGERS", "")))


_COLUMNS: dict[str, dict[str, Callable[[Remembered], Any]]] = {
    "ROLE": {"created_on": _created, "name": _name, "owner": lambda _: "USERADMIN", "comment": _property("COMMENT")},
    "USER": {
        "name": _name,
        "created_on": _created,
        "login_name": _name,
        "comment": _property("COMMENT"),
        "disabled": _property("DISABLED", False),
        "default_warehouse": _property("DEFAULT_WAREHOUSE"),
        "default_namespace": _property("DEFAULT_NAMESPACE"),
        "default_role": _property("DEFAULT_ROLE"),
        "type": _property("TYPE"),
        "has_rsa_public_key": lambda thing: "true" if "RSA_PUBLIC_KEY" in thing.properties else "false",
    },
    "WAREHOUSE": {
        "name": _name,
        "state": lambda _: "SUSPENDED",
        "type": _property("WAREHOUSE_TYPE", "STANDARD"),
        "size": lambda thing: _SIZES.get(_property("WAREHOUSE_SIZE", "XSMALL")(thing).upper(), "X-Small"),
        "auto_suspend": _minutes,
        "auto_resume": _property("AUTO_RESUME", True),
        "created_on": _created,
        "comment": _property("COMMENT"),
        "resource_monitor": _property("RESOURCE_MONITOR", "null"),
        "statement_timeout_in_seconds": _property("STATEMENT_TIMEOUT_IN_SECONDS", 172800),
    },
    "RESOURCE MONITOR": {
        "name": _name,
        "credit_quota": _property("CREDIT_QUOTA"),
        "frequency": _property("FREQUENCY", "MONTHLY"),
        "start_time": _property("START_TIMESTAMP"),
        "notify_at": _trigger("notify"),
        "suspend_at": _trigger("suspend"),
        "suspend_immediately_at": _trigger("suspend_immediate"),
        "created_on": _created,
        "owner": lambda _: ROLE,
    },
    "INTEGRATION": {
        "name": _name,
        "type": lambda thing: _property("TYPE", thing.kind.rsplit(" ", 1)[0])(thing).upper(),
        "category": lambda thing: thing.kind.rsplit(" ", 1)[0],
        "enabled": _property("ENABLED", False),
        "comment": _property("COMMENT"),
        "created_on": _created,
    },
    "STAGE": {
        "created_on": _created,
        "name": _name,
        "database_name": lambda thing: thing.name[0],
        "schema_name": lambda thing: thing.name[1],
        "url": _property("URL"),
        "has_credentials": lambda thing: "Y" if "CREDENTIALS" in thing.properties else "N",
        "owner": lambda _: ROLE,
        "comment": _property("COMMENT"),
        "type": lambda thing: "EXTERNAL" if "URL" in thing.properties else "INTERNAL",
        "cloud": lambda thing: "AWS" if "URL" in thing.properties else None,
        "storage_integration": lambda thing: _property("STORAGE_INTEGRATION")(thing).upper() or None,
    },
    "EXTERNAL TABLE": {
        "created_on": _created,
        "name": _name,
        "database_name": lambda thing: thing.name[0],
        "schema_name": lambda thing: thing.name[1],
        "invalid": lambda _: "false",
        "owner": lambda _: ROLE,
        "comment": _property("COMMENT"),
        "location": _property("LOCATION"),
        "file_format_name": lambda thing: thing.properties["FILE_FORMAT"].get("FORMAT_NAME", ""),
    },
    "FILE FORMAT": {
        "created_on": _created,
        "name": _name,
        "database_name": lambda thing: thing.name[0],
        "schema_name": lambda thing: thing.name[1],
        "type": lambda thing: _property("TYPE", "CSV")(thing).upper(),
        "owner": lambda _: ROLE,
        "comment": _property("COMMENT"),
        "format_options": lambda thing: json.dumps({k: v for k, v in thing.properties.items() if k != "COMMENT"}),
    },
    "NETWORK POLICY": {
        "created_on": _created,
        "name": _name,
        "comment": _property("COMMENT"),
        "entries_in_allowed_ip_list": lambda thing: str(len(thing.properties.get("ALLOWED_IP_LIST", []))),
        "entries_in_blocked_ip_list": lambda thing: str(len(thing.properties.get("BLOCKED_IP_LIST", []))),
    },
}
_IN_SCHEMA: dict[str, Callable[[Remembered], Any]] = {
    "created_on": _created,
    "name": _name,
    "database_name": lambda thing: thing.name[0],
    "schema_name": lambda thing: thing.name[1],
    "kind": lambda thing: thing.kind.replace(" ", "_"),
    "owner": lambda _: ROLE,
    "comment": _property("COMMENT"),
    "allowed_values": lambda thing: str(thing.properties.get("ALLOWED_VALUES", "")).replace("'", '"'),
}
_SIZES = {
    "XSMALL": "X-Small", "X-SMALL": "X-Small", "SMALL": "Small", "MEDIUM": "Medium", "LARGE": "Large",
    "XLARGE": "X-Large", "X-LARGE": "X-Large", "XXLARGE": "2X-Large", "2X-LARGE": "2X-Large",
}  # fmt: skip


def _describe(match: re.Match[str], account: Account, session: Any) -> Rows:
    kind = " ".join(match["kind"].upper().split())
    scoped = kind in ("MASKING POLICY", "ROW ACCESS POLICY", "NETWORK RULE", "STAGE", "FILE FORMAT")
    thing = account.find(
        kind, full_name(match["name"], *((session.database, session.schema) if scoped else (None, None)))
    )
    if kind in ("MASKING POLICY", "ROW ACCESS POLICY"):
        values = [thing.properties.get(key, "") for key in ("SIGNATURE", "RETURN_TYPE", "BODY")]
        return ["name", "signature", "return_type", "body"], [(thing.name[-1], *values)]
    told = TOLD_OF_STORAGE if kind.endswith("INTEGRATION") and "STORAGE_AWS_ROLE_ARN" in thing.properties else {}
    rows = [(key, _text(value)) for key, value in sorted((thing.properties | told).items())]
    return ["property", "property_value"], rows


def _grants(match: re.Match[str], grants: Grants, session: Any) -> Rows:
    way, rest = (match["way"] or "to").lower(), match["rest"] or f"user {session.user}"
    kind, name = re.fullmatch(
        r"((?:[a-z]+\s+)*?)((?:\"[^\"]*\"|[\w$.])+)(?:\s+limit\s+\d+)?", rest.strip(), re.I | re.S
    ).groups()
    kind = " ".join(kind.upper().split())
    scoped = kind in ("TABLE", "VIEW", "STAGE", "FILE FORMAT", "TAG", "MASKING POLICY", "ROW ACCESS POLICY")
    full = ".".join(
        full_name(name, session.database if scoped or kind == "SCHEMA" else None, session.schema if scoped else None)
    )
    held = [g for g in grants.all if bool(g.scope) == bool(match["future"])]
    if way == "of":
        columns = ["created_on", "role", "granted_to", "grantee_name", "granted_by"]
        return columns, [("", g.name, g.to, g.grantee, ROLE) for g in held if (g.kind, g.name) == ("ROLE", full)]
    if way == "to":
        held = [g for g in held if (g.to, g.grantee) == (kind or "ROLE", full)]
    elif way == "in":
        held = [g for g in held if g.name.rsplit(".<", 1)[0] == full]
    elif way == "on":
        held = [g for g in held if g.name == full and (g.kind == kind or {g.kind, kind} == {"TABLE", "VIEW"})]
    else:
        raise unsupported("this form of SHOW GRANTS")
    on, to = ("grant_on", "grant_to") if match["future"] else ("granted_on", "granted_to")
    columns = ["created_on", "privilege", on, "name", to, "grantee_name", "grant_option", "granted_by"]
    rows = [
        ("", g.privilege, g.kind.replace(" ", "_"), g.name, g.to, g.grantee, str(g.option).lower(), ROLE) for g in held
    ]
    return columns, rows
