"""What lies in the inbox, and which contract each file belongs to.

Here belongs judging names, whatever kind of inbox they are in. No file is opened here: that is `land`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from errno import ELOOP
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO
from unicodedata import category

from healthcare_elt.contracts import Contract
from healthcare_elt.landing.dates import Undatable, stated_date
from healthcare_elt.landing.inbox_folder import FolderInbox
from healthcare_elt.landing.inbox_protocol import Entry, Inbox, State, printable
from healthcare_elt.landing.outcome import Waiting
from healthcare_elt.landing.zone import COMPRESSION_SUFFIXES


@dataclass(frozen=True)
class InboxFile:
    """A file in the inbox that a contract claims."""

    contract: Contract
    inbox: Inbox
    name: str
    bytes: int
    modified_ns: int
    delivery_date: date
    dated: bool
    """False if the date is only its modification day."""

    def open(self) -> BinaryIO:
        return self.inbox.open(self.contract.system, self.name)

    def is_unchanged(self, source: BinaryIO) -> bool:
        """True if what was read is still what lies there, and is what was discovered."""
        state = State(self.bytes, self.modified_ns)
        return self.inbox.is_unchanged(self.contract.system, self.name, state, source)


@dataclass(frozen=True)
class Discovery:
    """The inbox at one moment; `files` in order of arrival."""

    files: tuple[InboxFile, ...]
    unmatched: tuple[str, ...]
    """Files that no contract claims, as `<system>/<name>`."""
    problems: tuple[Waiting, ...] = ()
    """Files that stay in the inbox because their date, table or name cannot be told."""


def discover(inbox: Inbox | Path, contracts: Sequence[Contract], tz: tzinfo) -> Discovery:
    """Look through the inbox; an undated file is for the day, in `tz`, on which it was last modified.

    Args:
        inbox: a path is a folder of this machine.

    Raises:
        UnreadableInbox: nothing of it can be listed.
    """
    place = FolderInbox(inbox) if isinstance(inbox, Path) else inbox
    files: list[InboxFile] = []
    unmatched: list[str] = []
    problems: list[Waiting] = []
    for entry in place.entries(problems):
        claims = _claims(entry.name, [contract for contract in contracts if contract.system == entry.system])
        if not claims:
            unmatched.append(printable(f"{entry.system}/{entry.name}" if entry.system else entry.name))
            continue
        found = _inbox_file(claims, place, entry, tz)
        if isinstance(found, InboxFile):
            files.append(found)
        elif found is not None:
            problems.append(found)
    files.sort(key=lambda file: (file.modified_ns, file.name))
    return Discovery(tuple(files), tuple(sorted(unmatched)), tuple(problems))


def why_unmatched(name: str, contracts: Sequence[Contract]) -> str:
    """What is to be done with a file of `Discovery.unmatched`, said after its name."""
    systems = sorted({contract.system for contract in contracts})
    folder, is_in_one, _ = name.partition("/")
    if is_in_one and folder in systems:
        return "matches no contract; rename it or add a contract"
    folders = " or ".join(f"{system}/" for system in systems)
    new = f", or add a contract of {folder}" if is_in_one else ""
    return f"lies in no source system's folder; put it into {folders} of the inbox{new}"


def _claims(path: str, contracts: Sequence[Contract]) -> list[Contract]:
    """The contracts with the longest pattern that fits: `encounters_details*` before `encounters*`."""
    name = path.rpartition("/")[2].lower()
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


def _inbox_file(claims: list[Contract], inbox: Inbox, entry: Entry, tz: tzinfo) -> InboxFile | Waiting | None:
    """The file, or why it stays; nothing if it vanished or is no file."""
    contract, name = claims[0], entry.name

    def stays(reason: str, table: str | None = contract.table) -> Waiting:
        return Waiting(contract.system, table, printable(name), reason)

    if len(claims) > 1:
        tables = " and ".join(claim.table for claim in claims)
        return stays(f"fits the file patterns of {tables} equally; make one pattern longer", None)
    if any(category(letter) in ("Cc", "Cs") for letter in name):
        return stays("has a name with control characters or broken encoding; rename it")
    try:
        state = entry.state()
        stated = stated_date(name)
    except FileNotFoundError:
        return None
    except OSError as error:
        what_helps = "mend or remove the link" if error.errno == ELOOP else "give this user the right to read it"
        return stays(f"cannot be read ({error.strerror}); {what_helps}")
    except Undatable as error:
        return stays(str(error))
    if state is None:
        return None
    modified = datetime.fromtimestamp(state.modified_ns // 1_000_000_000, tz).date()
    return InboxFile(contract, inbox, name, *state, stated or modified, stated is not None)
