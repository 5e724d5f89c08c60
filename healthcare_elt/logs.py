"""What happens, as one JSON object per line, for a log collector; only where HEALTHCARE_ELT_LOG_FILE asks for it.

Here belongs the form. An object has `timestamp` (UTC), `level` and `event`, and of `run_id`, `asset`, `delivery`,
`table`, `delivery_date` and counts what there is. A delivery is named by its id: its file's name and the sentence that
holds it may name a person, and are left out.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TextIO

from healthcare_elt.ledger.event import Event
from healthcare_elt.settings import Settings

Level = Literal["info", "warning", "error"]
STANDARD_ERROR = "-"


def log(settings: Settings, event: str, level: Level = "info", **fields: Any) -> None:
    """Write one line; fields that are None are left out. A file that cannot be written never stops a run."""
    if settings.log_file is None:
        return
    try:
        told = {name: value for name, value in fields.items() if value is not None}
        getattr(_logger(settings.log_file), level)(event, **told)
    except OSError as error:
        _complain(settings.log_file, error.strerror or type(error).__name__)


def log_ledger_events(settings: Settings, events: Iterable[Event]) -> None:
    """What became of deliveries, as the ledger is told of it."""
    if settings.log_file is None:
        return
    for event in events:
        log(
            settings,
            event.event,
            "warning" if event.event in ("rejected", "quarantined") else "info",
            run_id=event.run_id,
            asset="/".join((_layer(event), event.system, event.table)),
            delivery=event.delivery_id,
            table=f"{event.system}.{event.table}",
            delivery_date=event.delivery_date.isoformat(),
            arrival=event.arrival,
            bytes=event.bytes,
            rows=event.rows,
            rejects=event.rejects,
        )


def _layer(event: Event) -> str:
    return {"loaded": "bronze", "quarantined": "quarantine", "superseded": "silver"}.get(event.event, "landing")


@lru_cache(maxsize=1)
def _logger(place: str) -> Any:
    """Appends whole lines, so that processes may share a file."""
    import structlog

    processors = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.JSONRenderer(),
    ]
    return structlog.wrap_logger(structlog.WriteLogger(_file(place)), processors, wrapper_class=structlog.BoundLogger)


def _file(place: str) -> TextIO:
    if place == STANDARD_ERROR:
        return sys.stderr
    Path(place).parent.mkdir(parents=True, exist_ok=True)
    return Path(place).open("a", encoding="utf-8")


@lru_cache(maxsize=1)
def _complain(place: str, why: str) -> None:
    """Once a process."""
    print(f"HEALTHCARE_ELT_LOG_FILE {place} cannot be written ({why}); let this user write it.", file=sys.stderr)
