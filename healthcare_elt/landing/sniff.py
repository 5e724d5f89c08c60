"""The header line and the dialect of a delimited text, told from its beginning.

Here belongs choosing them. Whether the names are those of the contract is in `names`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from healthcare_elt.contracts import Contract
from healthcare_elt.landing.dialects import dialects_of_header, dialects_of_rows
from healthcare_elt.landing.names import normalised
from healthcare_elt.landing.records import Dialect, end_of_line, record_at, share_of_width

MOST_PREAMBLE = 100
"""Lines that may come before the header."""
LONGEST_HEADER = 1 << 16


@dataclass(frozen=True)
class Header:
    dialect: Dialect
    names: tuple[str, ...]
    """As the file writes them; blank ones at the end for which no row has a value are left out."""
    preamble: tuple[str, ...]
    """The lines before it."""
    has_rows: bool
    """True if anything but blank lines follows the header in the text."""


@dataclass(frozen=True)
class _Candidate:
    """A line that may be the header, under one dialect."""

    start: int
    end: int
    dialect: Dialect
    names: tuple[str, ...]

    def has_all(self, contract: Contract) -> bool:
        """True if no required column is missing, under whichever of its names."""
        return set(contract.required_columns) <= set(map(contract.own_name, normalised(self.names)))

    def found(self, wanted: Collection[str]) -> tuple[int, int]:
        """The more wanted names the better, and the fewer blank ones."""
        blank = sum(not name.strip() for name in self.names)
        return len(set(normalised(self.names)) & set(wanted)), -blank


def sniff_header(text: str, contract: Contract, tab_first: bool = False) -> Header | None:
    """The first line that has all required names, or else most of the declared ones; none in a blank text."""
    wanted = contract.header_names
    best: list[_Candidate] = []
    for candidates in _lines(text, contract, tab_first):
        if any(each.has_all(contract) for each in candidates):
            best = candidates
            break
        best = max(best, candidates, key=lambda line: max((each.found(wanted)[0] for each in line), default=-1))
    if not best:
        return None
    most = max(each.found(wanted) for each in best)
    best = [each for each in best if each.found(wanted) == most]
    # Rows fit a single name under any delimiter that they do not have.
    return _decided(text, best if len(best[0].names) > 1 else best[:1], contract)


def _lines(text: str, contract: Contract, tab_first: bool) -> Iterator[list[_Candidate]]:
    """Every line near the start, under every dialect that it could have as a header."""
    start = 0
    for _ in range(MOST_PREAMBLE + 1):
        end = end_of_line(text, start)
        if text[start:end].strip():
            yield _candidates(text, start, dialects_of_header(text[start:end], contract, tab_first))
        start = end


def _candidates(text: str, start: int, dialects: Iterable[Dialect]) -> list[_Candidate]:
    window = text[start : start + LONGEST_HEADER]
    found: dict[tuple[str, ...], _Candidate] = {}
    for dialect in dialects:
        record = record_at(window, 0, dialect)
        if record and (record[1] < LONGEST_HEADER or start + record[1] == len(text)):
            candidate = _Candidate(start, start + record[1], dialect, tuple(record[0]))
            # The same names under another quote say nothing for that quote.
            found.setdefault((dialect.delimiter, *candidate.names), candidate)
    return list(found.values())


def _decided(text: str, candidates: Sequence[_Candidate], contract: Contract) -> Header:
    """The one under whose dialect most rows have as many cells as it has names; in doubt the first."""
    choices = [
        (candidate, dialect)
        for candidate in candidates
        for dialect in dialects_of_rows(text[candidate.end :], candidate.dialect, contract)
    ]
    candidate, dialect = choices[0]
    names = candidate.names
    if len(choices) > 1 or not names[-1].strip():
        fits = [(_fit(text, *choice), *choice) for choice in choices]
        (_, names), candidate, dialect = max(fits, key=lambda fit: fit[0][0])
    return Header(dialect, names, _preamble(text, candidate), bool(text[candidate.end :].strip()))


def _fit(text: str, candidate: _Candidate, dialect: Dialect) -> tuple[float, tuple[str, ...]]:
    """The share of rows that fit the names, and these names, without blank ones at the end that no row needs."""
    names = candidate.names
    used = next((length for length in range(len(names), 0, -1) if names[length - 1].strip()), len(names))
    shares = {length: share_of_width(text, candidate.end, length, dialect) for length in {used, len(names)}}
    length = used if shares[used] >= shares[len(names)] else len(names)
    return shares[length], names[:length]


def _preamble(text: str, candidate: _Candidate) -> tuple[str, ...]:
    lines, start = [], 0
    while start < candidate.start:
        end = end_of_line(text, start)
        lines.append(text[start:end])
        start = end
    return tuple(lines)
