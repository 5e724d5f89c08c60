"""The records of a CSV file, as the documentation of CREATE FILE FORMAT describes them.

Modelled on the documentation, never compared with an account:
- a quote that never closes takes the rest of the file as one record that is an error (with MULTI_LINE=FALSE: the
  rest of the line);
- anything but a delimiter after a closing quote is an error, and reading goes on after the end of that line;
- NULL_IF also holds for enclosed fields, EMPTY_FIELD_AS_NULL does not;
- a blank line is a record with one empty field, unless SKIP_BLANK_LINES;
- SKIP_HEADER skips lines, not records, and METADATA$FILE_ROW_NUMBER counts from 1 after them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .errors import failure

ENCODINGS = {
    "UTF8": "utf-8",
    "UTF-8": "utf-8",
    "UTF16": "utf-16",
    "UTF-16": "utf-16",
    "UTF16LE": "utf-16-le",
    "UTF-16LE": "utf-16-le",
    "UTF16BE": "utf-16-be",
    "UTF-16BE": "utf-16-be",
    "ISO88591": "latin-1",
    "ISO-8859-1": "latin-1",
    "ISO885915": "iso8859-15",
    "WINDOWS1250": "cp1250",
    "WINDOWS1251": "cp1251",
    "WINDOWS1252": "cp1252",
    "WINDOWS-1252": "cp1252",
}
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "0": "\0"}
NOT_DECODED = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True)
class Problem:
    """Why a record is no row; `character` counts from 1 within its line."""

    message: str
    errno: int = 100016
    sqlstate: str = "22000"
    character: int = 1
    column: str | None = None


@dataclass
class Record:
    """One record: its first line, counted from 1 with the skipped ones, and its fields or what is wrong."""

    line: int
    fields: list[Any]
    problem: Problem | None = None


@dataclass(frozen=True)
class CsvFormat:
    """The options of a CSV file format; names as in Snowflake."""

    options: dict[str, Any]

    @cached_property
    def delimiter(self) -> str:
        return _sign(self.options.get("FIELD_DELIMITER", ",")) or "\x00never"

    @cached_property
    def enclosed_by(self) -> str | None:
        return _sign(self.options.get("FIELD_OPTIONALLY_ENCLOSED_BY", "NONE"))

    @cached_property
    def escape(self) -> str | None:
        return _sign(self.options.get("ESCAPE", "NONE"))

    @cached_property
    def escape_unenclosed(self) -> str | None:
        return self.escape or _sign(self.options.get("ESCAPE_UNENCLOSED_FIELD", "\\"))

    @cached_property
    def record_end(self) -> str:
        sign = _sign(self.options.get("RECORD_DELIMITER", "\n"))
        return r"\r?\n" if sign in ("\n", "\r\n", None) else re.escape(sign)

    @cached_property
    def nulls(self) -> frozenset[str]:
        given = self.options.get("NULL_IF", ["\\N"])
        return frozenset(map(str, given if isinstance(given, list) else [given]))

    @cached_property
    def empty_is_null(self) -> bool:
        return bool(self.options.get("EMPTY_FIELD_AS_NULL", True))

    @cached_property
    def trims(self) -> bool:
        return bool(self.options.get("TRIM_SPACE", False))

    @cached_property
    def plain(self) -> re.Pattern[str]:
        """An unenclosed field."""
        stop = f"{re.escape(self.delimiter)}|{self.record_end}"
        escape = self.escape_unenclosed or ""
        step = rf"{re.escape(escape)}.|" if escape else ""
        end = str(self.options.get("RECORD_DELIMITER", ""))[:1]
        starts = re.escape(f"{self.delimiter[0]}\r\n{end}{escape}")
        return re.compile(rf"(?:[^{starts}]+|{step}(?!{stop}).)*+", re.S)

    @cached_property
    def enclosed(self) -> re.Pattern[str] | None:
        """An enclosed field, with the blanks around it if they are trimmed."""
        if not self.enclosed_by:
            return None
        sign = re.escape(self.enclosed_by)
        step = rf"{re.escape(self.escape)}.|" if self.escape else ""
        other = f"{sign}{re.escape(self.escape or '')}{'' if self.options.get('MULTI_LINE', True) else chr(10)}"
        blank = "[ \t]*" if self.trims else ""
        return re.compile(rf"{blank}{sign}((?:[^{other}]+|{step}{sign}{sign})*+){sign}{blank}", re.S)

    @cached_property
    def opening(self) -> re.Pattern[str] | None:
        blank = "[ \t]*" if self.trims else ""
        return re.compile(f"{blank}{re.escape(self.enclosed_by)}") if self.enclosed_by else None

    def value(self, raw: str) -> str | None:
        """An unenclosed field's value."""
        raw = raw.strip() if self.trims else raw
        if raw in self.nulls or (raw == "" and self.empty_is_null):
            return None
        value = _unescaped(raw, self.escape_unenclosed)
        return None if value in self.nulls else value

    def enclosed_value(self, raw: str) -> str | None:
        value = _unescaped(raw.replace(self.enclosed_by * 2, self.enclosed_by), self.escape)
        return None if value in self.nulls else value


def _sign(value: Any) -> str | None:
    """A delimiter or quote; Snowflake also takes 0x and \\x forms, and NONE for none."""
    text = str(value)
    if text.upper() == "NONE" or text == "":
        return None
    if re.fullmatch(r"(?:(?:0x|\\x)[0-9a-fA-F]{2})+", text):
        return bytes.fromhex(re.sub(r"0x|\\x", "", text)).decode("latin-1")
    return text


def _unescaped(text: str, escape: str | None) -> str:
    if not escape or escape not in text:
        return text
    return re.sub(re.escape(escape) + "(.)", lambda found: ESCAPES.get(found[1], found[1]), text, flags=re.S)


def decoded(raw: bytes, options: dict[str, Any]) -> str:
    """The text of a file; bytes that are none in its encoding stay marked, and make their record an error."""
    name = str(options.get("ENCODING", "UTF8")).upper()
    if name not in ENCODINGS:
        raise failure(f"SQL compilation error:\ninvalid value [{name}] for parameter 'ENCODING'", 1420, "22023")
    encoding = ENCODINGS[name]
    replaces = options.get("REPLACE_INVALID_CHARACTERS") or encoding.startswith("utf-16")
    text = raw.decode(encoding, "replace" if replaces else "surrogateescape")
    return text.removeprefix("\ufeff") if options.get("SKIP_BYTE_ORDER_MARK", True) else text


def records(text: str, form: CsvFormat) -> Iterator[Record]:
    """Every record after the skipped lines."""
    at, line = 0, 1
    for _ in range(int(form.options.get("SKIP_HEADER", 0))):
        end = text.find("\n", at)
        at, line = (end + 1, line + 1) if end >= 0 else (len(text), line)
    signs = [sign for sign in (form.enclosed_by, form.escape_unenclosed) if sign]
    simple = not any(sign in text for sign in signs)
    read = _simple(text, at, line, form) if simple else _quoted(text, at, line, form)
    for record in read:
        if form.options.get("SKIP_BLANK_LINES") and record.fields in ([None], [""]) and not record.problem:
            continue
        if any(field and NOT_DECODED.search(field) for field in record.fields):
            yield Record(record.line, [], Problem("Invalid UTF8 detected in string", 100144, "22000"))
        else:
            yield record


def _simple(text: str, at: int, line: int, form: CsvFormat) -> Iterator[Record]:
    """Without quotes and escapes a record is a line."""
    parts = re.split(form.record_end, text[at:])
    if parts and parts[-1] == "":
        parts.pop()
    for part in parts:
        yield Record(line, [form.value(raw) for raw in part.split(form.delimiter)])
        line += 1 + (part.count("\n") if form.record_end != r"\r?\n" else 0)


def _quoted(text: str, at: int, line: int, form: CsvFormat) -> Iterator[Record]:
    end = re.compile(form.record_end)
    while at < len(text):
        start = at
        fields: list[str | None] = []
        problem = None
        while True:
            field, at, problem = _field(text, at, form)
            fields.append(field)
            if problem or not text.startswith(form.delimiter, at):
                break
            at += len(form.delimiter)
        found = end.match(text, at) if not problem else end.search(text, at)
        if problem:
            column = start - (text.rfind("\n", 0, start) + 1) + 1
            yield Record(line, [], Problem(problem, 100016, "22000", column))
        else:
            yield Record(line, fields)
        at = found.end() if found else len(text)
        line += text.count("\n", start, at)


def _field(text: str, at: int, form: CsvFormat) -> tuple[str | None, int, str | None]:
    """The field that begins here, where it ends, and what is wrong with it."""
    if form.opening is None or not form.opening.match(text, at):
        found = form.plain.match(text, at)
        return form.value(found[0]), found.end(), None
    found = form.enclosed.match(text, at)
    if not found:
        rest = len(text) if form.options.get("MULTI_LINE", True) else at
        return None, rest, "End of record reached while a closing quote was expected"
    after = found.end()
    ends = after == len(text) or text.startswith(form.delimiter, after)
    if not ends and not re.match(form.record_end, text[after : after + 8]):
        return None, after, f"Found a character instead of field delimiter '{form.delimiter}'"
    return form.enclosed_value(found[1]), after, None
