"""A Snowflake account in plain Python: it reads the plan's statements as text, and answers what `verify` asks.

Here belongs what the documentation says of existence, roles, grants, tags and policies, and nothing that the product
says of itself. It was never compared with a live account; it shows that plan and verify agree with one another and
with the documentation as understood, in the absence of one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

SYSTEM_ROLES = {
    "SYSADMIN": {"ACCOUNTADMIN"},
    "SECURITYADMIN": {"ACCOUNTADMIN"},
    "USERADMIN": {"SECURITYADMIN"},
    "ACCOUNTADMIN": set(),
    "PUBLIC": set(),
}
KINDS = (
    "resource monitor", "role", "warehouse", "database", "storage integration", "network policy", "schema", "tag",
    "masking policy", "row access policy", "file format", "stage", "table", "external table",
)  # fmt: skip
TRIGGERS = {"notify": "notify", "suspend": "suspend", "suspend_immediate": "suspend_immediately"}
CREATE = re.compile(rf"create (?:transient )?({'|'.join(KINDS)}) if not exists (\S+)\s?(.*)")
ALTER = re.compile(rf"alter ({'|'.join(KINDS)}) (\S+) (.*)")
GRANT_ROLE = re.compile(r"grant role (\S+) to role (\S+)")
GRANT_EACH = re.compile(r"grant (.+?) on (all|future) (tables|views|external tables) in schema (\S+) to role (\S+)")
GRANT = re.compile(r"grant (.+?) on (account|[a-z ]+? (?=\S+ to role))(\S*) ?to role (\S+)(?: copy current grants)?")
COLUMN = re.compile(
    r"(\"[^\"]+\"|[A-Za-z_0-9]+) \w+(?:\([\d, ]+\))?(?: not null| primary key)* with tag \((\S+) = '(\w+)'\)"
)
TABLE_TAGS = re.compile(r"\(VALUE\) with tag \((.+)\)$")
ROW_POLICY = re.compile(r"with row access policy (\S+) on \((\S+)\)")


class AccountModel:
    """Grows with every statement; a statement about something that is not there yet is an AssertionError."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        self.objects["role"] = {role: {} for role in SYSTEM_ROLES}
        self.inherited_by: dict[str, set[str]] = {role: set(above) for role, above in SYSTEM_ROLES.items()}
        self.grants: list[tuple[str, str, str, str]] = []
        """Privilege, kind, name, role; `future tables` and `all tables` are kinds of their own."""
        self.bound: list[str] = []
        self.schema_tags: dict[str, dict[str, str]] = defaultdict(dict)
        self.table_tags: dict[str, dict[str, str]] = defaultdict(dict)
        self.columns: dict[str, dict[str, str]] = {}
        self.own_policies: dict[str, list[str]] = {}
        """Policies on what dbt has built, beside those that a tag brings."""
        self.row_policies: dict[str, str] = {}
        self.role = ""

    def run(self, statement: str) -> None:
        if match := re.fullmatch(r"use role (\S+)", statement):
            self._there("role", match[1])
            self.role = match[1]
        elif match := re.fullmatch(r"use warehouse (\S+)", statement):
            self._there("warehouse", match[1])
        elif match := CREATE.fullmatch(statement):
            self._create(match[1], match[2], match[3], statement)
        elif match := ALTER.fullmatch(statement):
            self._alter(match[1], match[2], match[3])
        elif statement.startswith("grant "):
            self._grant(statement)
        else:
            match = re.match(r"insert into (\S+)", statement)
            assert match, f"not understood: {statement}"
            self._there("table", match[1])

    def roles_of(self, role: str) -> set[str]:
        """The role and every one that it inherits."""
        found = {role}
        while more := {one for one, above in self.inherited_by.items() if above & found} - found:
            found |= more
        return found

    def privileges_of(self, role: str) -> list[tuple[str, str, str]]:
        """Privilege, kind and name, whichever of its roles it comes through."""
        return [(privilege, kind, name) for privilege, kind, name, held in self.grants if held in self.roles_of(role)]

    def _there(self, kind: str, name: str) -> None:
        assert name in self.objects[kind], f"there is no {kind} {name} yet"

    def _create(self, kind: str, name: str, rest: str, statement: str) -> None:
        if "." in name:
            parent = name.rsplit(".", 1)[0]
            self._there("schema" if "." in parent else "database", parent)
        self.objects[kind].setdefault(name, _properties(rest) | {"transient": " transient " in statement})
        self.inherited_by.setdefault(name, set()) if kind == "role" else None
        if kind == "table":
            self._tags_and_policies(name, rest)
        if kind == "external table":
            self._external(name, rest)
        if kind == "schema" and "managed access" in rest:
            self.objects[kind][name]["managed"] = True

    def _tags_and_policies(self, table: str, rest: str) -> None:
        self.columns[table] = {}
        for column, tag, value in COLUMN.findall(rest):
            self._there("tag", tag)
            self.columns[table][column.strip('"').upper()] = value
        if match := ROW_POLICY.search(rest):
            self._there("row access policy", match[1])
            self.row_policies[table] = match[1]

    def _external(self, table: str, rest: str) -> None:
        properties = _properties(rest[rest.index(") partition by") :])
        properties["file_format_name"] = properties["file_format"].partition("'")[2]
        self.objects["external table"][table] = properties | {"invalid": "false"}
        self._there("stage", properties["location"].removeprefix("@").partition("/")[0])
        self._there("file format", properties["file_format_name"])
        policy = ROW_POLICY.search(rest)
        self._there("row access policy", policy[1])
        self.row_policies[table] = policy[1]
        for tag, value in re.findall(r"(\S+) = '(\w+)'", TABLE_TAGS.search(rest)[1]):
            self._there("tag", tag)
            self.table_tags[table][tag] = value

    def _change_columns(self, table: str, rest: str) -> None:
        if match := re.fullmatch(r"add column if not exists (.+)", rest):
            ((column, tag, value),) = COLUMN.findall(match[1])
            self.columns[table].setdefault(column.strip('"').upper(), value)
            return
        changed = re.findall(r"column (\S+) set tag (\S+) = '(\w+)'", rest)
        assert rest.startswith("modify column") and changed, f"not understood: {rest}"
        for column, tag, value in changed:
            self._there("tag", tag)
            assert column.strip('"') in self.columns[table], f"{table} has no column {column} yet"
            self.columns[table][column.strip('"')] = value

    def _alter(self, kind: str, name: str, rest: str) -> None:
        self._there(kind, name)
        if match := re.fullmatch(r"set masking policy (\S+) force", rest):
            self._there("masking policy", match[1])
            self.bound.append(match[1])
        elif match := re.fullmatch(r"set tag (\S+) = '([\w-]+)'", rest):
            self._there("tag", match[1])
            self.schema_tags[name][match[1]] = match[2]
        elif kind == "table":
            self._change_columns(name, rest)
        elif kind == "external table":
            assert re.match(r"refresh\b", rest), f"not understood: {rest}"
        elif rest == "enable managed access":
            self.objects[kind][name]["managed"] = True
        else:
            self.objects[kind][name] |= _properties(rest)
            if monitor := self.objects[kind][name].get("resource_monitor"):
                self._there("resource monitor", monitor)

    def _grant(self, statement: str) -> None:
        if match := GRANT_ROLE.fullmatch(statement):
            self._there("role", match[1])
            self._there("role", match[2])
            self.inherited_by[match[1]].add(match[2])
            return
        if match := GRANT_EACH.fullmatch(statement):
            privileges, which, kind, name, role = match.groups()
            self._there("schema", name)
            kind = f"{which} {kind}"
        else:
            match = GRANT.fullmatch(statement)
            assert match, f"not understood: {statement}"
            privileges, kind, name, role = (text.strip() for text in match.groups())
            if kind != "account":
                self._there("storage integration" if kind == "integration" else kind, name)
        self._there("role", role)
        for privilege in privileges.split(", "):
            if (privilege, kind, name, role) not in self.grants:
                self.grants.append((privilege, kind, name, role))


def _properties(rest: str) -> dict[str, Any]:
    """`key = value` pairs, and the body of a policy."""
    if "-> " in rest:
        return {"body": rest.partition("-> ")[2]}
    triggers = {f"{TRIGGERS[kind]}_at": f"{share}%" for share, kind in re.findall(r"on (\d+) percent do (\w+)", rest)}
    return triggers | {key: value.strip("'()") for key, value in re.findall(r"(\w+) = (\([^)]*\)|'[^']*'|\S+)", rest)}
