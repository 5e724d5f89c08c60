"""What an account model answers to SHOW, DESCRIBE and INFORMATION_SCHEMA, in the form that Snowflake documents."""

from __future__ import annotations

import json
import re
from typing import Any

from account_model import AccountModel

Row = dict[str, Any]
PLURALS = {
    "databases": "database", "roles": "role", "warehouses": "warehouse", "resource monitors": "resource monitor",
    "storage integrations": "storage integration", "network policies": "network policy", "schemas": "schema",
    "tags": "tag", "masking policies": "masking policy", "row access policies": "row access policy",
    "file formats": "file format", "stages": "stage", "external tables": "external table",
}  # fmt: skip


def answer(account: AccountModel, question: str) -> list[Row]:
    """The rows for a question of `verify`; any other is an AssertionError."""
    if question.startswith("use "):
        account.run(question)
        return []
    if " union all " in question:
        return [row for part in question.split(" union all ") for row in answer(account, part)]
    for pattern, rows in ANSWERS:
        if match := re.fullmatch(pattern, question):
            return rows(account, *match.groups())
    raise AssertionError(f"not understood: {question}")


def _show(account: AccountModel, plural: str, where: str | None) -> list[Row]:
    rows = []
    for name, properties in account.objects[PLURALS[plural]].items():
        if where and not name.startswith(f"{where}."):
            continue
        words = [("TRANSIENT", properties.get("transient")), ("MANAGED ACCESS", properties.get("managed"))]
        options = ", ".join(word for word, is_so in words if is_so)
        rows.append(properties | {"name": name.rsplit(".", 1)[-1], "options": options})
        if plural == "file formats":
            rows[-1]["format_options"] = json.dumps({key.upper(): value or [] for key, value in properties.items()})
    return rows


def _parameters(account: AccountModel, name: str) -> list[Row]:
    value = account.objects["warehouse"][name].get("statement_timeout_in_seconds", "172800")
    return [{"key": "STATEMENT_TIMEOUT_IN_SECONDS", "value": value}]


def _describe(account: AccountModel, kind: str, name: str) -> list[Row]:
    if kind in ("masking policy", "row access policy"):
        return [account.objects[kind][name]]
    if kind == "network policy":
        allowed = account.objects[kind][name]["allowed_ip_list"].replace("'", "").replace(" ", "")
        return [{"name": "ALLOWED_IP_LIST", "value": allowed}]
    properties = account.objects["storage integration"][name]
    return [{"property": key.upper(), "property_value": str(value).strip("'")} for key, value in properties.items()]


def _grants_to(account: AccountModel, role: str) -> list[Row]:
    held = [grant for grant in account.grants if grant[3] == role and not grant[1].startswith(("all ", "future "))]
    rows = [
        {"privilege": privilege.upper(), "granted_on": kind.upper().replace(" ", "_"), "name": name}
        for privilege, kind, name, _ in held
    ]
    members = [name for name, above in account.inherited_by.items() if role in above]
    return rows + [{"privilege": "USAGE", "granted_on": "ROLE", "name": name} for name in members]


def _future_grants(account: AccountModel, schema: str) -> list[Row]:
    return [
        {"privilege": privilege.upper(), "grant_on": _object(kind), "grantee_name": role}
        for privilege, kind, name, role in account.grants
        if kind.startswith("future ") and name == schema
    ]


def _object(kind: str) -> str:
    return kind.removeprefix("future ").removesuffix("s").upper().replace(" ", "_")


def _columns(account: AccountModel, database: str, schemas: str) -> list[Row]:
    return [
        {"table_schema": table.split(".")[1], "table_name": table.split(".")[2], "column_name": column}
        for table, columns in account.columns.items()
        for column in columns
        if f"'{table.split('.')[1]}'" in schemas
    ]


def _column_tags(account: AccountModel, name: str, table: str) -> list[Row]:
    return [
        {"table_name": name, "name": column, "tag_value": value}
        for column, value in account.columns[table].items()
        if value
    ]


def _columns_shown(account: AccountModel, schema: str) -> list[Row]:
    return [
        {"table_name": table.rsplit(".", 1)[-1], "column_name": column}
        for table, columns in account.columns.items()
        for column in columns
        if table.startswith(f"{schema}.")
    ]


ANSWERS = (
    (r"show columns in schema (\S+)", _columns_shown),
    (rf"show ({'|'.join(PLURALS)})(?: like '[^']+')?(?: in (?:schema|database) (\S+))?", _show),
    (r"show parameters like 'STATEMENT_TIMEOUT_IN_SECONDS' in warehouse (\S+)", _parameters),
    (r"describe (integration|network policy|masking policy|row access policy) (\S+)", _describe),
    (r"show grants to role (\S+)", _grants_to),
    (r"show future grants in schema (\S+)", _future_grants),
    (
        r"select table_schema, table_name, column_name from (\S+)\.information_schema\.columns "
        r"where table_schema in \((.*)\)",
        _columns,
    ),
    (
        r"select policy_name as name from table\(\S+\.policy_references\(ref_entity_name => '(\S+)', .*",
        lambda account, tag: [{"name": name.rsplit(".", 1)[-1]} for name in account.bound],
    ),
    (
        r"select '(\S+)' as table_name, policy_name as name, policy_kind as tag_value "
        r"from table\(\S+\.policy_references\(ref_entity_name => '(\S+)', .*",
        lambda account, name, table: [
            {"table_name": name, "name": policy, "tag_value": "MASKING_POLICY"}
            for policy in account.own_policies.get(table, ())
        ],
    ),
    (
        r"select tag_name as name, tag_value from table\(\S+\.tag_references\('(\S+)', 'schema'\)\)",
        lambda account, schema: [
            {"name": tag.rsplit(".", 1)[-1], "tag_value": value} for tag, value in account.schema_tags[schema].items()
        ],
    ),
    (
        r"select '(\S+)' as table_name, tag_name as name, tag_value "
        r"from table\(\S+\.tag_references\('(\S+)', 'table'\)\)",
        lambda account, name, table: [
            {"table_name": name, "name": tag.rsplit(".", 1)[-1], "tag_value": value}
            for tag, value in account.table_tags[table].items()
        ],
    ),
    (
        r"select '(\S+)' as table_name, column_name as name, tag_value "
        r"from table\(\S+\.tag_references_all_columns\('(\S+)', 'table'\)\) .*",
        _column_tags,
    ),
    (
        r"select ref_entity_name from table\(\S+\.policy_references\(policy_name => '(\S+)'\)\)",
        lambda account, policy: [
            {"ref_entity_name": table.rsplit(".", 1)[-1]}
            for table, name in account.row_policies.items()
            if name == policy
        ],
    ),
)
