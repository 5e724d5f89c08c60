"""Grants and revokes: remembered so that SHOW GRANTS can tell; never enforced."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .account import Account, full_name
from .errors import unsupported
from .text import name_parts

GRANT = re.compile(
    r"(?P<verb>grant|revoke)\s+(?:grant\s+option\s+for\s+)?(?P<privileges>.+?)\s+on\s+"
    r"(?:(?P<scope>all\s+|future\s+)?(?P<kind>[a-z]+(?:\s+[a-z]+)*?)(?:\s+in\s+(?P<container>schema|database))?\s+)?"
    r"(?P<name>(?:\"[^\"]*\"|[\w$.])+)\s+(?:to|from)\s+"
    r"(?:(?P<to>role|database\s+role|user|share)\s+)?(?P<grantee>(?:\"[^\"]*\"|[\w$.])+)(?P<rest>.*)",
    re.I | re.S,
)
ON_ACCOUNT = re.compile(
    r"(?P<verb>grant|revoke)\s+(?P<privileges>.+?)\s+on\s+account\s+(?:to|from)\s+(?:role\s+)?(?P<grantee>\S+)(?P<rest>.*)",
    re.I | re.S,
)
MEMBERSHIP = re.compile(
    r"(?P<verb>grant|revoke)\s+role\s+(?P<role>\S+)\s+(?:to|from)\s+(?P<to>role|user)\s+(?P<grantee>\S+)", re.I
)
IN_SCHEMA = (
    "TABLE",
    "VIEW",
    "STAGE",
    "FILE FORMAT",
    "SEQUENCE",
    "FUNCTION",
    "PROCEDURE",
    "DYNAMIC TABLE",
    "EXTERNAL TABLE",
    "MATERIALIZED VIEW",
    "TAG",
    "MASKING POLICY",
    "ROW ACCESS POLICY",
)


@dataclass(frozen=True)
class Grant:
    """One privilege on one object, or (`scope` FUTURE) on the ones to come in a schema or database."""

    privilege: str
    kind: str
    name: str
    to: str
    grantee: str
    scope: str = ""
    option: bool = False


class Grants:
    """All grants, in the order in which they were made."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.all: dict[Grant, None] = {}

    def take(self, statement: str, database: str | None, schema: str | None, existing) -> str:
        """Carry out a GRANT or REVOKE; `existing(kind, container)` lists the objects that ALL stands for."""
        match = MEMBERSHIP.fullmatch(statement)
        if match:
            self._account.find("ROLE", (name_parts(match["role"])[0],))
            grants = [
                Grant(
                    "USAGE", "ROLE", name_parts(match["role"])[0], match["to"].upper(), name_parts(match["grantee"])[0]
                )
            ]
        elif match := ON_ACCOUNT.fullmatch(statement):
            grantee = name_parts(match["grantee"])[0]
            grants = [
                Grant(p, "ACCOUNT", "ACCOUNT", "ROLE", grantee) for p in _privileges(match["privileges"], "ACCOUNT")
            ]
        elif match := GRANT.fullmatch(statement):
            grants = list(_on_objects(match, database, schema, existing))
        else:
            raise unsupported("this form of GRANT or REVOKE")
        if match["verb"].upper() == "GRANT":
            self._make(grants)
        else:
            self._revoke(grants)
        return "Statement executed successfully."

    def _make(self, grants: list[Grant]) -> None:
        for grant in grants:
            if grant.to == "ROLE":
                self._account.find("ROLE", (grant.grantee,))
            if grant.privilege == "OWNERSHIP":
                for other in [
                    g for g in self.all if (g.privilege, g.kind, g.name) == ("OWNERSHIP", grant.kind, grant.name)
                ]:
                    del self.all[other]
            self.all[grant] = None

    def _revoke(self, grants: list[Grant]) -> None:
        for grant in grants:
            for held in [
                g
                for g in self.all
                if (g.kind, g.name, g.to, g.grantee, g.scope)
                == (grant.kind, grant.name, grant.to, grant.grantee, grant.scope)
            ]:
                if grant.privilege in (held.privilege, "ALL"):
                    del self.all[held]

    def forget(self, kind: str, name: str) -> None:
        """An object or role is gone, and with it what was granted on it and to it."""
        for grant in [g for g in self.all if (g.kind, g.name) == (kind, name) or (g.to, g.grantee) == (kind, name)]:
            del self.all[grant]


def _privileges(text: str, kind: str) -> list[str]:
    found = [" ".join(part.upper().split()) for part in text.split(",")]
    return ["ALL" if part in ("ALL", "ALL PRIVILEGES") else part for part in found]


def _on_objects(match: re.Match[str], database: str | None, schema: str | None, existing):
    kind = " ".join((match["kind"] or "TABLE").upper().split())
    scope = (match["scope"] or "").strip().upper()
    container = (match["container"] or "").upper()
    kind = _singular(kind) if scope else kind
    if container:
        name = ".".join(full_name(match["name"], database if container == "SCHEMA" else None, None))
    else:
        scoped = kind in IN_SCHEMA
        name = ".".join(
            full_name(match["name"], database if scoped or kind == "SCHEMA" else None, schema if scoped else None)
        )
    if kind == "INTEGRATION" or kind.endswith(" INTEGRATION"):
        kind = "INTEGRATION"
    names = existing(kind, name) if scope == "ALL" else [name]
    grantee = ".".join(name_parts(match["grantee"]))
    option = "grant option" in " ".join((match["rest"] or "").lower().split())
    for one in names:
        for privilege in _privileges(match["privileges"], kind):
            shown = f"{one}.<{kind}>" if scope == "FUTURE" else one
            yield Grant(
                privilege,
                kind,
                shown,
                " ".join((match["to"] or "ROLE").upper().split()),
                grantee,
                "FUTURE" if scope == "FUTURE" else "",
                option,
            )


def _singular(kind: str) -> str:
    return f"{kind[:-3]}Y" if kind.endswith("IES") else kind.removesuffix("S")
