"""What lies in the inbox, and which contract each file belongs to.

Here belongs looking at names and folders. No file is opened here: that is `land`.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from fnmatch import fnmatchcase
from pathlib import Path
from unicodedata import category

from healthcare_elt.contracts import Contract
from healthcare_elt.landing.dates import Undatable, stated_date
from healthcare_elt.landing.outcome import Waiting
from healthcare_elt.landing.zone import COMPRESSION_SUFFIXES

UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload", "~")


@dataclass(frozen=True)
class InboxFile:
    """A file in the inbox that a contract claims."""

    contract: Contract
    path: Path
    name: str
    bytes: int
    modified_ns: int
    delivery_date: date
    dated: bool
    """False if the date is only its modification day."""


@dataclass(frozen=True)
class Discovery:
    """The inbox at one moment; `files` in order of arrival."""

    files: tuple[InboxFile, ...]
    unmatched: tuple[str, ...]
    """Files that no contract claims, as `<system>/<name>`."""
    problems: tuple[Waiting, ...] = ()
    """Files that stay in the inbox because their date, table or name cannot be told."""


def discover(inbox: Path, contracts: Sequence[Contract], tz: tzinfo) -> Discovery:
    """Look through the inbox; an undated file is for the day, in `tz`, on which it was last modified."""
    files: list[InboxFile] = []
    unmatched: list[str] = []
    problems: list[Waiting] = []
    for system, name, path in _walk(inbox, problems):
        claims = _claims(path.name, [contract for contract in contracts if contract.system == system])
        if not claims:
            unmatched.append(_printable(f"{system}/{name}" if system else name))
            continue
        found = _inbox_file(claims, path, name, tz)
        if isinstance(found, InboxFile):
            files.append(found)
        elif found is not None:
            problems.append(found)
    files.sort(key=lambda file: (file.modified_ns, file.name))
    return Discovery(tuple(files), tuple(sorted(unmatched)), tuple(problems))


def _walk(inbox: Path, problems: list[Waiting]) -> Iterator[tuple[str, str, Path]]:
    """System, name below the system's folder, and path of every finished file."""

    def closed(error: OSError) -> None:
        system, _, name = Path(error.filename).relative_to(inbox).as_posix().partition("/")
        reason = "is a folder that cannot be read; give this user the right to read it"
        problems.append(Waiting(system, None, name or system, reason))

    tops = sorted(inbox.iterdir()) if inbox.is_dir() else []
    for top in tops:
        if _is_ignored(top.name):
            continue
        if not top.is_dir():
            yield "", top.name, top
            continue
        for folder, folders, names in os.walk(top, onerror=closed):
            folders[:] = sorted(each for each in folders if not _is_ignored(each))
            for name in sorted(each for each in names if not _is_ignored(each)):
                path = Path(folder) / name
                yield top.name, path.relative_to(top).as_posix(), path


def _is_ignored(name: str) -> bool:
    """Dot files, the markers that other tools leave (`_SUCCESS`, `_committed_…`), and copies in progress."""
    return name.startswith((".", "_")) or name.lower().endswith(UNFINISHED)


def _claims(file_name: str, contracts: Sequence[Contract]) -> list[Contract]:
    """The contracts with the longest pattern that fits: `encounters_details*` before `encounters*`."""
    name = file_name.lower()
    spellings = {name, *(name.removesuffix(suffix) for suffix in COMPRESSION_SUFFIXES)}
    fits: dict[int, list[Contract]] = {}
    for contract in contracts:
        lengths = [
            len(pattern)
            for pattern in contract.files
            if any(fnmatchcase(spelling, pattern.lower()) for spelling in spellings)
        ]
        if lengths:
            fits.setdefault(max(lengths), []).append(contract)
    return fits[max(fits)] if fits else []


def _inbox_file(claims: list[Contract], path: Path, name: str, tz: tzinfo) -> InboxFile | Waiting | None:
    """The file, or why it stays; nothing if it vanished or is no file."""
    contract = claims[0]

    def stays(reason: str, table: str | None = contract.table) -> Waiting:
        return Waiting(contract.system, table, _printable(name), reason)

    if len(claims) > 1:
        tables = " and ".join(claim.table for claim in claims)
        return stays(f"fits the file patterns of {tables} equally; make one pattern longer", None)
    if any(category(letter) in ("Cc", "Cs") for letter in name):
        return stays("has a name with control characters or broken encoding; rename it")
    try:
        state = path.stat()
        stated = stated_date(name)
    except FileNotFoundError:
        return None
    except OSError as error:
        return stays(f"cannot be read ({error.strerror}); give this user the right to read it")
    except Undatable as error:
        return stays(str(error))
    if not stat.S_ISREG(state.st_mode):
        return None
    modified = datetime.fromtimestamp(state.st_mtime_ns // 1_000_000_000, tz).date()
    return InboxFile(contract, path, name, state.st_size, state.st_mtime_ns, stated or modified, stated is not None)


def _printable(name: str) -> str:
    """The name without what no log or Parquet file can hold."""
    return name.encode("utf-8", "backslashreplace").decode()
