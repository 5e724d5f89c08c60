"""A file's column names against its contract.

Here belongs what names may be missing, new or double. Names are printed only where they cannot be data: a
file without a header line has people in its first line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from healthcare_elt.contracts import Contract
from healthcare_elt.landing.errors import BadFile

RESERVED = ("_delivery_id", "_row_number", "_delivery_date", "_arrival", "_loaded_at")
"""What bronze adds to every row (design.md, layers)."""


@dataclass(frozen=True)
class Names:
    columns: tuple[str, ...]
    new: tuple[str, ...]
    warnings: tuple[str, ...]


def normalised(names: Sequence[str]) -> tuple[str, ...]:
    """Stripped and in lower case; a name that is blank gets its position."""
    return tuple(name.strip().lower() or f"unnamed_{position}" for position, name in enumerate(names, start=1))


def check_names(header: Sequence[str], contract: Contract) -> Names:
    """The columns of a file that its contract accepts.

    Raises:
        BadFile: it has too few names, or one that it must not have.
    """
    columns = normalised(header)
    missing = [name for name in contract.required_columns if name not in columns]
    if missing:
        raise BadFile(f"has no {_listed(missing)} in its header; deliver it with a header line that names them")
    double = sorted({name for name in columns if columns.count(name) > 1})
    if double:
        raise BadFile(f"names {_listed(double)} more than once; deliver it with each name once")
    new = tuple(name for name in columns if name not in contract.column_names)
    _check_new(new, contract)
    optional = [name for name in contract.column_names if name not in columns]
    warnings = []
    if optional:
        warnings.append(f"has no {_listed(optional)}; these are null in its rows")
    if new:
        warnings.append(f"has new {_listed(new)}, which the contract {_FATE[contract.on_new_column]}")
    return Names(columns, new, tuple(warnings))


_FATE = {"evolve": "keeps in bronze", "ignore": "ignores"}


def _check_new(new: Sequence[str], contract: Contract) -> None:
    taken = [name for name in new if name in RESERVED]
    if taken:
        raise BadFile(f"has {_listed(taken)}, which the platform adds itself; deliver it without")
    if new and contract.on_new_column == "reject":
        raise BadFile(f"has {_listed(new)}, which the contract does not allow; declare it there or deliver without")


def _listed(names: Sequence[str]) -> str:
    return f"column{'s' if len(names) > 1 else ''} {', '.join(names)}"
