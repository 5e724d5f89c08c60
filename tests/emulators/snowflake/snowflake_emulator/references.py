"""POLICY_REFERENCES and TAG_REFERENCES[_ALL_COLUMNS] of INFORMATION_SCHEMA, from what the account remembers.

A tag is where it was set: nothing is inherited, and a masking policy on a tag shows on the tag alone.
"""

from __future__ import annotations

import re
from typing import Any

from .account import Account, Attachment, full_name
from .text import literal

CALL = re.compile(
    r"table\s*\(\s*(?:[\w$\"]+\.)?information_schema\.(?P<function>policy_references|tag_references(?:_all_columns)?)\s*"
    r"\((?P<arguments>(?:[^()']|'(?:[^']|'')*')*)\)\s*\)",
    re.I,
)
ARGUMENT = re.compile(r"(?:(?P<name>\w+)\s*=>\s*)?'(?P<value>(?:[^']|'')*)'")
POLICY_COLUMNS = (
    "POLICY_DB",
    "POLICY_SCHEMA",
    "POLICY_NAME",
    "POLICY_KIND",
    "REF_DATABASE_NAME",
    "REF_SCHEMA_NAME",
    "REF_ENTITY_NAME",
    "REF_ENTITY_DOMAIN",
    "REF_COLUMN_NAME",
    "REF_ARG_COLUMN_NAMES",
    "TAG_NAME",
    "POLICY_STATUS",
)
TAG_COLUMNS = (
    "TAG_DATABASE",
    "TAG_SCHEMA",
    "TAG_NAME",
    "TAG_VALUE",
    "LEVEL",
    "OBJECT_DATABASE",
    "OBJECT_SCHEMA",
    "OBJECT_NAME",
    "DOMAIN",
    "COLUMN_NAME",
)


def answered(statement: str, account: Account, session: Any) -> str:
    """The statement with each such call replaced by its rows."""
    return CALL.sub(lambda match: _rows(match, account, session), statement)


def _rows(match: re.Match[str], account: Account, session: Any) -> str:
    found = list(ARGUMENT.finditer(match["arguments"]))
    named = {one["name"].upper(): one["value"] for one in found if one["name"]}
    if match["function"].upper() == "POLICY_REFERENCES":
        key = "policy" if "POLICY_NAME" in named else "object"
        wanted = _full(named.get("POLICY_NAME") or named["REF_ENTITY_NAME"], session)
        chosen = [one for one in account.attachments if one.what != "TAG" and getattr(one, key) == wanted]
        return _select(POLICY_COLUMNS, [_policy(one) for one in chosen])
    name, domain = (one["value"] for one in found)
    whole = match["function"].upper() == "TAG_REFERENCES"
    columns = not whole or domain.upper() == "COLUMN"
    owner, _, column = name.rpartition(".") if whole and columns else (name, "", "")
    chosen = [one for one in account.attachments if one.what == "TAG" and one.object == _full(owner, session)]
    chosen = [one for one in chosen if bool(one.column) == columns and column.upper() in ("", one.column)]
    return _select(TAG_COLUMNS, [_tag(one) for one in chosen])


def _full(name: str, session: Any) -> str:
    return ".".join(full_name(name, session.database, session.schema))


def _policy(one: Attachment) -> tuple[Any, ...]:
    arguments = "[ " + ", ".join(f'"{column.strip().upper()}"' for column in one.argument.split(",") if column) + " ]"
    kind = one.what.replace(" ", "_")
    return (*_parts(one.policy), kind, *_parts(one.object), one.domain, one.column, arguments, None, "ACTIVE")


def _tag(one: Attachment) -> tuple[Any, ...]:
    domain = "COLUMN" if one.column else one.domain
    return (*_parts(one.policy), one.argument.replace("''", "'"), domain, *_parts(one.object), domain, one.column)


def _parts(name: str) -> list[str | None]:
    """Database, schema and name; what lies higher has no lower ones."""
    parts: list[str | None] = list(name.split("."))
    return [None] * (3 - len(parts)) + parts


def _select(columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    """As VALUES: a question about many tables is a long text, and each cast of it would be parsed."""
    shown = rows or [(None,) * len(columns)]
    values = ", ".join("(" + ", ".join(map(literal, row)) + ")" for row in shown)
    return f"(select * from (values {values}) as r ({', '.join(columns)}){'' if rows else ' where 1 = 0'})"
