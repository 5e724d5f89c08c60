"""The dialects that a text could have, likeliest first.

Here belongs what speaks for a dialect before any row is counted. Counting them, and choosing, is in `sniff`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from healthcare_elt.contracts import Contract
from healthcare_elt.contracts.dialect import LONGEST_DELIMITER
from healthcare_elt.landing.records import Dialect

DELIMITERS = (",", ";", "\t", "|")
QUOTES = ('"', "'")


def dialects_of_header(line: str, contract: Contract, tab_first: bool) -> Iterator[Dialect]:
    """By what delimiter and quote its names may be told."""
    stated = contract.dialect
    quotes = [stated.quote] if stated.quote is not None else QUOTES if "'" in line else QUOTES[:1]
    for delimiter in [stated.delimiter] if stated.delimiter else _delimiters(line, contract.header_names, tab_first):
        for quote in quotes:
            yield Dialect(delimiter, quote, "\\" if quote and stated.escape == "backslash" else quote)


def _delimiters(line: str, wanted: Sequence[str], tab_first: bool) -> list[str]:
    """The usual ones, then whatever stands between two of the wanted names."""
    usual = sorted(DELIMITERS, key=lambda delimiter: delimiter != "\t") if tab_first else DELIMITERS
    name = "|".join(re.escape(name) for name in sorted(wanted, key=len, reverse=True))
    between = re.findall(rf"(?:{name})[\"']?([^\w\"'\r\n\\]+)[\"']?(?=(?:{name})\b)", line, re.IGNORECASE)
    return list(dict.fromkeys([*usual, *(each for each in between if len(each.encode()) <= LONGEST_DELIMITER)]))


def dialects_of_rows(rows: str, header: Dialect, contract: Contract) -> list[Dialect]:
    """By what quote and escape the rows behind the header may be told; the header's delimiter is theirs."""
    stated, delimiter = contract.dialect, header.delimiter
    quotes = [header.quote] if stated.quote is not None or header.quote == "'" else _quotes(rows, delimiter)
    escapes = [stated.escape] if stated.escape else ["doubling"]
    if not stated.escape and re.search(rf"\\(?:[\"']|{re.escape(delimiter)})", rows):
        escapes.append("backslash")
    return [
        Dialect(delimiter, quote, "\\" if quote and escape == "backslash" else quote)
        for quote in quotes
        for escape in escapes
    ]


def _quotes(rows: str, delimiter: str) -> list[str]:
    """Single quotes are letters as soon as one cell begins with a double quote; without quotes all reads alike."""
    if '"' not in rows and "'" not in rows:
        return ['"']
    between = re.escape(delimiter)
    if re.search(rf'(?:\A|{between}|[\r\n])[ ]*"', rows):
        return ['"']
    wrapped = re.findall(
        rf"(?:\A|(?<=[\r\n])|(?<={between}))'[^'\\\r\n]*+(?:(?:\\.|'')[^'\\\r\n]*+)*'(?={between}|[\r\n]|\Z)", rows
    )
    # One cell of every line in single quotes is no chance.
    has_one_per_line = len(wrapped) >= len(re.findall(r"[^\r\n]+", rows)) > 0
    return ["'", '"'] if has_one_per_line else ['"', "'"]
