"""Statements that belong together, and how they are printed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Part = Literal["account", "database"]


@dataclass(frozen=True)
class Group:
    """Statements that one role runs, each of which may be repeated."""

    title: str
    part: Part
    """`account` needs ACCOUNTADMIN; `database` only the roles that the account part has made."""
    role: str
    statements: tuple[str, ...]


def rendered(groups: Iterable[Group]) -> str:
    """A script that a worksheet runs: each group with its title as comment and its role."""
    blocks = []
    for group in groups:
        statements = "".join(f"{statement};\n" for statement in group.statements)
        blocks.append(f"-- {group.part}: {group.title}\nuse role {group.role};\n{statements}")
    return "\n".join(blocks)
