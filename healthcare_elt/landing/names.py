"""A file's column names against its contract.

Here belongs what names may be missing, new or double. Names are printed only where they cannot be data: a
file without a header line has people in its first line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from healthcare_elt.contracts import Contract
from healthcare_elt.contracts.contract import RESERVED
from healthcare_elt.landing.delivery import Delivery
from healthcare_elt.landing.errors import AgainstContract, BadFile


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
        AgainstContract, BadFile: it has too few names, or one that it must not have.
    """
    delivered = normalised(header)
    columns = tuple(map(contract.own_name, delivered))
    missing = [name for name in contract.required_columns if name not in columns]
    if missing:
        told = f"has no {_listed(missing)} in its header; deliver it with a header line that names them"
        near = _near(missing, [name for name in columns if name not in contract.column_names])
        raise AgainstContract(f"{told}, or {_alias(near)}" if near else told)
    _check_double(delivered, columns)
    new = tuple(name for name in columns if name not in contract.column_names)
    _check_new(new, contract)
    optional = [name for name in contract.column_names if name not in columns]
    warnings = []
    if optional:
        warnings.append(f"has no {_listed(optional)}; these are null in its rows")
    if new:
        warnings.append(f"has new {_listed(new)}, which the contract {_FATE[contract.on_new_column]}")
    return Names(columns, new, tuple(warnings))


def renamed(delivery: Delivery, contract: Contract) -> Delivery:
    """The delivery with the names of the contract of now; it may have landed under an earlier one."""
    columns: list[str] = []
    for name in delivery.columns:
        own = contract.own_name(name)
        columns.append(name if own in (*delivery.columns, *columns) else own)
    new = tuple(name for name in columns if name not in contract.column_names)
    return replace(delivery, columns=tuple(columns), new_columns=new)


_NEAR = 0.8
_FATE = {"evolve": "keeps in bronze", "ignore": "ignores"}


def _near(missing: Sequence[str], others: Sequence[str]) -> list[str]:
    """Those of the missing columns that seem to be there, spelled otherwise."""
    bare = [_bare(name) for name in others]
    return [name for name in missing if get_close_matches(_bare(name), bare, n=1, cutoff=_NEAR)]


def _alias(near: Sequence[str]) -> str:
    names, column = ("name that is", "the column") if len(near) == 1 else ("names that are", "their columns")
    return f"take its {names} near to {' and '.join(near)} into the contract, under aliases of {column}"


def _bare(name: str) -> str:
    return "".join(filter(str.isalnum, name))


def _check_double(delivered: Sequence[str], columns: Sequence[str]) -> None:
    double = sorted({name for name in delivered if delivered.count(name) > 1})
    if double:
        raise BadFile(f"names {_listed(double)} more than once; deliver it with each name once")
    for own in columns:
        names = [name for name, column in zip(delivered, columns, strict=True) if column == own]
        if len(names) > 1:
            raise AgainstContract(
                f"holds column {own} under {len(names)} names, {' and '.join(names)}; deliver it under one"
            )


def _check_new(new: Sequence[str], contract: Contract) -> None:
    taken = [name for name in new if name in RESERVED]
    if taken:
        raise BadFile(f"has {_listed(taken)}, which the platform adds itself; deliver it without")
    if new and contract.on_new_column == "reject":
        raise AgainstContract(
            f"has {_listed(new)}, which the contract does not allow; declare it there or deliver without"
        )


def _listed(names: Sequence[str]) -> str:
    return f"column{'s' if len(names) > 1 else ''} {', '.join(names)}"
