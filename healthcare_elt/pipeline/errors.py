"""How an error is told: in one sentence, and never with a value of a row.

Here belongs which errors are expected, and what is said of one that is not. Exit codes are in `cli`, Dagster's
failures in `defs`. Nothing heavy is imported: errors are known by name.
"""

from __future__ import annotations

import errno
import os
import traceback
from datetime import UTC, datetime
from pathlib import Path

from healthcare_elt.settings import PROJECT_ROOT, Settings

CONFIGURATION_ERRORS = {
    "SettingsError",
    "ContractError",
    "ProjectError",
    "SelectionError",
    "SampleError",
    "UnknownDelivery",
}
FULL_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
RUN_ERRORS = {
    "HomeLocked",
    "WarehouseError",
    "LandingError",
    "LedgerError",
    "DbtFailed",
    "SnowflakeError",
    "UnreadableInbox",
    "BookBusy",
}


def is_configuration(error: BaseException) -> bool:
    return _is_one_of(error, CONFIGURATION_ERRORS)


def sentence_of(error: BaseException, settings: Settings | None) -> str:
    """The sentence of an error of ours; of any other its kind and where to look, since its text may quote values.

    The whole text of an unexpected error is kept inside the PHI zone.
    """
    if _is_one_of(error, CONFIGURATION_ERRORS | RUN_ERRORS):
        return str(error)
    if _is_full_disk(error):
        return "The disk is full or cannot be written; free space and run again."
    if isinstance(error, OSError) and error.errno:
        where = f" ({error.filename})" if error.filename else ""
        return f"The machine said: {os.strerror(error.errno)}{where}; mend that and run again."
    log = _keep(error, settings) if settings else None
    look = f"the details are in {log} (inside the PHI zone)" if log else "nothing more could be kept of it"
    return f"Stopped by an unexpected {type(error).__name__} in {_place(error)}; {look}, and running again is safe."


def _is_full_disk(error: BaseException) -> bool:
    """Of the error itself, or of the one of SQLite that SQLAlchemy carries: Dagster's history is kept with both."""
    name = getattr(getattr(error, "orig", error), "sqlite_errorname", "")
    return getattr(error, "errno", None) in FULL_DISK or name.startswith(("SQLITE_FULL", "SQLITE_IOERR"))


def _is_one_of(error: BaseException, names: set[str]) -> bool:
    return any(kind.__name__ in names for kind in type(error).__mro__)


def _place(error: BaseException) -> str:
    """The last line of ours that the error came through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(PROJECT_ROOT / "healthcare_elt")]
    if not ours:
        return "code that is not ours"
    return f"{Path(ours[-1].filename).relative_to(PROJECT_ROOT)}, line {ours[-1].lineno}"


def _keep(error: BaseException, settings: Settings) -> Path | None:
    log = settings.data / "errors.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600), "a") as file:
            file.write(f"{datetime.now(UTC).isoformat()}\n{''.join(traceback.format_exception(error))}\n")
    except OSError:
        return None
    return log
