"""What `status` says, kept for the next one that asks (healthcare_elt/kept_answer.py says while it stands).

It rests on the environment and `.env`, the inbox's listing, the ledger's segments, the landing zone's arrival records,
the warehouse's file, what the alerts and the queue's messages left, the contracts, and the platform's own code; and on
the clock at midnight and when something is due. Where inbox, landing zone, ledger or warehouse are not files of this
machine, nothing is kept.

Here belongs what the answer rests on, and its form. Reading it imports neither pydantic nor pyarrow nor DuckDB.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from healthcare_elt.cli.display import Block, Sentence, Table
from healthcare_elt.cli.summary import as_typed, in_words
from healthcare_elt.environment import PROJECT_ROOT, home_folder, said
from healthcare_elt.kept_answer import Basis, basis, is_as_it_was, keep, kept

if TYPE_CHECKING:
    from healthcare_elt.pipeline.home import Home
    from healthcare_elt.pipeline.summary import Summary

KEPT = Path("data", ".status.json")
"""In the home, inside the PHI zone."""
PACKAGE = Path(__file__).parents[1]
SOURCES = PROJECT_ROOT / "dbt_project" / "models" / "sources"


@dataclass(frozen=True)
class Status:
    """What the home holds, in both forms in which it is told."""

    json: str
    blocks: list[Block]


def kept_status() -> Status | None:
    """The last answer if it stands."""
    found = kept(home_folder() / KEPT, question())
    if found is None:
        return None
    return Status(found["json"], [(Table if kind == "table" else Sentence)(*parts) for kind, parts in found["blocks"]])


def rules_basis() -> Basis:
    """Settings, contracts and code, to be looked at before they are read: a run answers minutes after it read them."""
    return basis(question(), [home_folder() / ".env", SOURCES, PACKAGE], [])


def status_basis(home: Home, rules: Basis) -> Basis | None:
    """What the answer rests on, as it is now; None where it cannot be told by files of this machine.

    Args:
        rules: what `rules_basis` said as the command began; a run adds variables of its own to the environment.
    """
    settings = home.settings
    if settings.target != "local" or settings.inbox_url or settings.landing_url or settings.ledger_url:
        return None
    warehouse = settings.warehouse
    files = [warehouse, warehouse.with_name(f"{warehouse.name}.wal"), settings.alerts_book, settings.broken_messages]
    trees = [*map(Path, rules.trees), *files, settings.inbox, settings.ledger]
    now = basis(rules.question, trees, [settings.landing / "arrivals"])
    return now if is_as_it_was(rules) else None


def status_of(home: Home, summary: Summary) -> Status:
    from healthcare_elt.alerts.book import read_book
    from healthcare_elt.cli.display import as_json

    blocks = list(in_words(home, summary))
    if known := read_book(home.settings).open:
        words = f"Open incidents at the last look: {len(known):,} (`healthcare-elt alerts show`)."
        blocks.append(Sentence(words, "yellow"))
    return Status(as_json(summary), blocks)


def keep_status(home: Home, status: Status, of: Basis | None) -> None:
    """
    Args:
        of: what `status_basis` said before the home was looked into.
    """
    if of is None:
        return
    from healthcare_elt.pipeline.inbox_news import clock_changes

    until = clock_changes(home, datetime.fromtimestamp(of.at, home.settings.tz)).timestamp()
    blocks: list[Any] = [("table" if isinstance(each, Table) else "sentence", each) for each in status.blocks]
    keep(home.settings.home / KEPT, of, until, {"json": status.json, "blocks": blocks})


def question() -> str:
    """Who asks, of which home, with which settings, and as what the command is typed; settings may be secrets."""
    return sha256(repr((os.geteuid(), str(home_folder()), said(), as_typed())).encode()).hexdigest()
