"""The documents of a JSON file: one after another, one a line, or the elements of one array.

A document that is none makes its line an error, and reading goes on at the next line; how an account recovers was
never compared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from .csv_records import NOT_DECODED, Problem, Record

BETWEEN = re.compile(r"[\s,]*")
BLANK = re.compile(r"\s*")
_DECODER = json.JSONDecoder()


def documents(text: str, options: dict[str, Any]) -> Iterator[Record]:
    """Every document as its text, in a record with one field."""
    stripped = bool(options.get("STRIP_OUTER_ARRAY", False))
    opened = re.match(r"\s*\[", text) if stripped else None
    at, line, counted = (opened.end() if opened else 0), 1, 0
    while True:
        at = (BETWEEN if opened else BLANK).match(text, at).end()
        if at >= len(text) or (opened and text[at] == "]"):
            return
        line, counted = line + text.count("\n", counted, at), at
        try:
            _, end = _DECODER.raw_decode(text, at)
        except json.JSONDecodeError:
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            yield Record(line, [], Problem("Error parsing JSON", 100069, "22P02"))
        else:
            problem = Problem("Invalid UTF8 detected in string", 100144) if NOT_DECODED.search(text, at, end) else None
            yield Record(line, [] if problem else [text[at:end]], problem)
        at = end
