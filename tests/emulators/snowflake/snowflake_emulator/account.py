"""Objects that are accepted and remembered but never act: the explicit list of no-ops.

CREATE, ALTER and DROP of them behave as in Snowflake towards each other (an object that exists, one that does not);
what they are for (rights, masking, compute, cost) does not happen. `show.py` shows them, `grants.py` keeps who was
granted what.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .errors import exists, missing
from .inline import Taken, of_external_table
from .text import Reader, name_parts

IN_ACCOUNT = (
    "ROLE",
    "USER",
    "WAREHOUSE",
    "RESOURCE MONITOR",
    "STORAGE INTEGRATION",
    "NOTIFICATION INTEGRATION",
    "SECURITY INTEGRATION",
    "API INTEGRATION",
    "NETWORK POLICY",
)
IN_SCHEMA = (
    "MASKING POLICY",
    "ROW ACCESS POLICY",
    "SESSION POLICY",
    "PASSWORD POLICY",
    "NETWORK RULE",
    "TAG",
    "EXTERNAL TABLE",
    "STAGE",
    "FILE FORMAT",
)
ACTED_ON = ("STAGE", "FILE FORMAT")
"""Remembered here like the rest, but these do act: `stages.py` and `copy_into.py` read them."""
KINDS = (*IN_ACCOUNT, *IN_SCHEMA)
_KIND = "|".join(kind.replace(" ", r"\s+") for kind in (*KINDS, "INTEGRATION"))
_NAME = r'(?:"(?:[^"]|"")*"|[\w$]+)(?:\s*\.\s*(?:"(?:[^"]|"")*"|[\w$]+))*'
STATEMENT = re.compile(
    rf"(?P<verb>create|alter|drop)\s+(?P<replace>or\s+(?:replace|alter)\s+)?(?:temp(?:orary)?\s+)?(?P<kind>{_KIND})\s+"
    rf"(?P<if>if\s+(?:not\s+)?exists\s+)?(?P<name>{_NAME})(?P<rest>.*)",
    re.I | re.S,
)
ATTACHED = re.compile(
    rf"alter\s+(?P<domain>table|view|schema|database|warehouse|user|role|tag)\s+(?:if\s+exists\s+)?(?P<object>{_NAME})\s+"
    rf"(?:(?:modify|alter)\s+(?:column\s+)?(?P<column>{_NAME})\s+)?"
    rf"(?P<verb>set|unset|add|drop)\s+(?P<what>masking\s+policy|row\s+access\s+policy|all\s+row\s+access\s+policies|tag)\b(?P<rest>.*)",
    re.I | re.S,
)
SYSTEM_ROLES = ("ACCOUNTADMIN", "SECURITYADMIN", "USERADMIN", "SYSADMIN", "PUBLIC")


@dataclass
class Remembered:
    """An object: its kind, its full name, the text that made it, and its properties as last set."""

    kind: str
    name: tuple[str, ...]
    text: str
    properties: dict[str, Any] = field(default_factory=dict)
    created: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def family(self) -> str:
        return self.kind.rsplit(" ", 1)[-1] if self.kind.endswith("INTEGRATION") else self.kind


@dataclass(frozen=True)
class Attachment:
    """A policy or tag on an object or one of its columns; `argument` is a tag's value or a row policy's columns."""

    what: str
    policy: str
    domain: str
    object: str
    column: str | None
    argument: str


class Account:
    """What the account remembers."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, tuple[str, ...]], Remembered] = {}
        self.attachments: list[Attachment] = []
        self.schema_options: dict[tuple[str, ...], list[str]] = {}
        for role in SYSTEM_ROLES:
            self._put(Remembered("ROLE", (role,), ""))

    def of_kind(self, kind: str) -> list[Remembered]:
        return sorted((o for o in self.objects.values() if kind in (o.kind, o.family)), key=lambda o: o.name)

    def find(self, kind: str, name: tuple[str, ...]) -> Remembered:
        """Raises the error of a missing object."""
        family = "INTEGRATION" if kind.endswith("INTEGRATION") else kind
        if (family, name) not in self.objects:
            raise missing(kind, ".".join(name))
        return self.objects[family, name]

    def forget_inside(self, name: tuple[str, ...]) -> None:
        """A database or schema is gone, and with it what lies in it and what was set on it."""
        inside = len(name)
        self.objects = {
            key: one for key, one in self.objects.items() if one.kind not in IN_SCHEMA or one.name[:inside] != name
        }
        self.attachments = [one for one in self.attachments if tuple(one.object.split("."))[:inside] != name]

    def forget_object(self, name: tuple[str, ...]) -> None:
        """A table or view was dropped or replaced: what was set on it and its columns is gone with it."""
        self.attachments = [one for one in self.attachments if one.object != ".".join(name)]

    def forget_column(self, table: tuple[str, ...], column: str) -> None:
        self.attachments = [one for one in self.attachments if (one.object, one.column) != (".".join(table), column)]

    def _put(self, thing: Remembered) -> None:
        self.objects[thing.family, thing.name] = thing

    def take(self, statement: str, database: str | None, schema: str | None) -> str | None:
        """The status line for a statement about such an object; nothing for any other statement."""
        if match := ATTACHED.fullmatch(statement):
            return self._attach(match, database, schema)
        if not (match := STATEMENT.fullmatch(statement)):
            return None
        kind = " ".join(match["kind"].upper().split())
        name = full_name(match["name"], *((database, schema) if kind in IN_SCHEMA else (None, None)))
        act = {"CREATE": self._create, "ALTER": self._alter, "DROP": self._drop}[match["verb"].upper()]
        return act(kind, name, match, statement)

    def _create(self, kind: str, name: tuple[str, ...], match: re.Match[str], text: str) -> str:
        known = (Remembered(kind, name, "").family, name) in self.objects
        if known and match["if"]:
            return f"{name[-1]} already exists, statement succeeded."
        if known and not match["replace"]:
            raise exists(name[-1])
        self._put(Remembered(kind, name, text, properties(kind, match["rest"])))
        if kind == "EXTERNAL TABLE":
            self.attach_inline(of_external_table(".".join(name), match["rest"]), *name[:2])
        return f"{kind.capitalize()} {name[-1]} successfully created."

    def _alter(self, kind: str, name: tuple[str, ...], match: re.Match[str], text: str) -> str:
        try:
            thing = self.find(kind, name)
        except Exception:
            if match["if"]:
                return "Statement executed successfully."
            raise
        rest = match["rest"].strip()
        if renamed := re.fullmatch(rf"rename\s+to\s+({_NAME})", rest, re.I):
            del self.objects[thing.family, name]
            thing.name = (*name[:-1], name_parts(renamed[1])[-1])
            self._put(thing)
        elif unset := re.fullmatch(r"unset\s+(.*)", rest, re.I | re.S):
            for key in unset[1].split(","):
                thing.properties.pop(key.strip().upper(), None)
        else:
            thing.properties.update(properties(kind, rest))
        return "Statement executed successfully."

    def _drop(self, kind: str, name: tuple[str, ...], match: re.Match[str], text: str) -> str:
        family = "INTEGRATION" if kind.endswith("INTEGRATION") else kind
        if not match["if"]:
            self.find(kind, name)
        self.objects.pop((family, name), None)
        return f"{name[-1]} successfully dropped."

    def _attach(self, match: re.Match[str], database: str | None, schema: str | None) -> str:
        what = " ".join(match["what"].upper().split()).replace("ALL ROW ACCESS POLICIES", "ROW ACCESS POLICY")
        domain = match["domain"].upper()
        scoped = domain in ("TABLE", "VIEW", "TAG")
        thing = ".".join(
            full_name(match["object"], database if scoped or domain == "SCHEMA" else None, schema if scoped else None)
        )
        column = name_parts(match["column"])[-1] if match["column"] else None
        adding = match["verb"].upper() in ("SET", "ADD")
        targets = _attached(match["rest"])
        for policy, argument in targets:
            full = full_name(policy, database, schema)
            if adding:
                self.find(what, full)
            self._detach(what, thing, column, None if what == "MASKING POLICY" and domain != "TAG" else ".".join(full))
            if adding:
                self.attachments.append(Attachment(what, ".".join(full), domain, thing, column, argument))
        if not targets:
            self._detach(what, thing, column, None)
        return "Statement executed successfully."

    def attach_inline(self, taken: Taken, database: str | None, schema: str | None) -> None:
        """What a CREATE TABLE or ADD COLUMN itself has put on the table and its columns."""
        table = ".".join(full_name(taken.table, database, schema))
        for each in taken.found:
            policy = full_name(each.policy, database, schema)
            self.find(each.what, policy)
            self._detach(each.what, table, each.column, ".".join(policy))
            self.attachments.append(Attachment(each.what, ".".join(policy), "TABLE", table, each.column, each.argument))

    def _detach(self, what: str, thing: str, column: str | None, policy: str | None) -> None:
        gone = [
            a
            for a in self.attachments
            if (a.what, a.object, a.column) == (what, thing, column) and policy in (None, a.policy)
        ]
        self.attachments = [a for a in self.attachments if a not in gone]


def full_name(name: str, database: str | None, schema: str | None) -> tuple[str, ...]:
    """A name with what it leaves out taken from the session."""
    parts = name_parts(name)
    before = [part for part in (database, schema) if part]
    return (*before[: max(0, len(before) + 1 - len(parts))], *parts)


def properties(kind: str, rest: str) -> dict[str, Any]:
    """The properties in the rest of a CREATE or ALTER; a policy's signature and body are properties too."""
    if kind in ("MASKING POLICY", "ROW ACCESS POLICY"):
        return _policy(rest)
    reader = Reader(rest)
    found: dict[str, Any] = {}
    while not reader.ended:
        found |= reader.options()
        if not reader.ended:
            reader.take()
    if placed := re.search(r"\blocation\s*=\s*(@\S+)", rest, re.I):
        found["LOCATION"] = placed[1]
    if kind == "TAG" and (allowed := re.search(r"\ballowed_values\b((?:\s*,?\s*'(?:[^']|'')*')+)", rest, re.I)):
        found["ALLOWED_VALUES"] = re.findall(r"'((?:[^']|'')*)'", allowed[1])
    if monitored := re.search(r"\btriggers\b.*", rest, re.I | re.S):
        found["TRIGGERS"] = " ".join(monitored[0].split())
    return found


def _policy(rest: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    comment = re.search(r"\bcomment\s*=\s*'((?:[^']|'')*)'\s*$", rest, re.I)
    if comment:
        found["COMMENT"] = comment[1].replace("''", "'")
        rest = rest[: comment.start()]
    made = re.fullmatch(r"\s*as\s*(\(.*?\))\s*returns\s+(.*?)\s*->\s*(.*)", rest, re.I | re.S)
    if made:
        found |= {"SIGNATURE": made[1], "RETURN_TYPE": made[2].upper(), "BODY": made[3].strip()}
    elif changed := re.fullmatch(r"\s*set\s+body\s*->\s*(.*)", rest, re.I | re.S):
        found["BODY"] = changed[1].strip()
    return found


def _attached(rest: str) -> list[tuple[str, str]]:
    """The policies or tags named in the rest of an ALTER, each with its argument."""
    tags = re.findall(rf"({_NAME})\s*=\s*'((?:[^']|'')*)'", rest)
    if tags:
        return tags
    policy = re.match(rf"\s*({_NAME})(?:\s+(?:on|using)\s*\((.*?)\))?(?:\s+force)?\s*$", rest, re.I | re.S)
    if policy and policy[1].upper() != "FORCE":
        return [(policy[1], policy[2] or "")]
    return [(name, "") for name in re.findall(_NAME, rest)] if "," in rest else []
