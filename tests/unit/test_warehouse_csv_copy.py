"""Copies of CSV files change no cell."""

from __future__ import annotations

import io
from dataclasses import fields
from pathlib import Path

import pytest

from healthcare_elt.landing import Delivery
from healthcare_elt.warehouse.content import found_at
from healthcare_elt.warehouse.csv_copy import write_escapes, write_mended, write_utf_8


def delivery(**facts: object) -> Delivery:
    """A CSV delivery of which only what a copy needs to know is told."""
    given = dict.fromkeys(field.name for field in fields(Delivery)) | {"encoding": "utf-8", "delimiter": ","}
    return Delivery(**given | {"quote": '"', "escape": '"', "preamble": 0, "has_utf_8": False} | facts)


class Trickle(io.BytesIO):
    """Gives one byte at a time, as a decompressing stream may."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(1)


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (b"id,name\r\n1,a\n2,b\r", b"id,name\n1,a\n2,b\n", []),
        (b'id,name\r\n1,"a\r\nb"\n2,"c\rd"\r\n', b'id,name\n1,"a\r\nb"\n2,"c\rd"\n', []),
        (b'"i\r\nd",name\r\n1,a\n', b'"i\r\nd",name\n1,a\n', []),
        (b'id,name\r\n1,"say ""\r\n"""\n', b'id,name\n1,"say ""\r\n"""\n', []),
        (b'id,name\r\n1,5" pipe\r\n2,6" pipe\r\n', b'id,name\n1,5" pipe\n2,6" pipe\n', []),
        (b'id,name\r\n1,"open\r\n2,b\r\n', b"id,name\n\n2,b\n", [b'1,"open']),
        (b'id,name\r\n1,"open\r\n2,"a\r\nb"\r\n', b'id,name\n\n2,"a\r\nb"\n', [b'1,"open']),
        (b'id,name\n1,"a\nb"\n2,c', b'id,name\n1,"a\nb"\n2,c', []),
        (b'1,"a\n2,"b"\n"c\r\n3,c', b'\n2,"b"\n\n3,c', [b'1,"a', b'"c']),
        (b'1,"a" x\r"b"y,2\r3, "c" \r', b'\n\n3, "c" \n', [b'1,"a" x', b'"b"y,2']),
        (b'1,a"\n\n3,""\n4,"', b'1,a"\n\n3,""\n', [b'4,"']),
        (b"", b"", []),
    ],
)
def test_lines_end_alike_and_those_with_an_open_quote_are_left_out(
    tmp_path: Path, before: bytes, after: bytes, lines: list[bytes]
) -> None:
    (tmp_path / "before").write_bytes(before)
    broken = write_mended(tmp_path / "before", delivery(), tmp_path / "after")
    assert (tmp_path / "after").read_bytes() == after
    assert [before[start : start + length] for start, length in broken] == lines


def test_backslashes_and_other_delimiters_say_where_a_quote_is_closed(tmp_path: Path) -> None:
    (tmp_path / "before").write_bytes(b"1||'a\\'\nb'\n2||'a'|'\n")
    facts = delivery(delimiter="||", quote="'", escape="\\")
    assert write_mended(tmp_path / "before", facts, tmp_path / "after") == [(11, 8)]
    assert (tmp_path / "after").read_bytes() == b"1||'a\\'\nb'\n\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "latin-1", "windows-1252"])
def test_every_encoding_becomes_utf_8_from_the_header_on(tmp_path: Path, encoding: str) -> None:
    content = "Näme: \n \r\nid,näme\n1,Zoë\n".encode(encoding)
    facts = delivery(encoding=encoding, preamble=2)
    assert write_utf_8(io.BytesIO(content), facts, tmp_path / "copy") == ["Näme: ", " "]
    assert (tmp_path / "copy").read_bytes().decode() == "id,näme\n1,Zoë\n"


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_lines_before_the_header_are_told_whatever_ends_them_and_however_they_come(
    tmp_path: Path, line_end: bytes
) -> None:
    content = Trickle(line_end.join([b"\xef\xbb\xbfone", b"", b'th"ree', b"id", b"1"]))
    assert write_utf_8(content, delivery(preamble=3), tmp_path / "copy") == ["one", "", 'th"ree']
    assert (tmp_path / "copy").read_bytes() == b"id" + line_end + b"1"


def test_a_byte_that_is_no_letter_stays_one_that_is_no_utf_8(tmp_path: Path) -> None:
    write_utf_8(io.BytesIO(b"id\n\x81\n\xeb\n"), delivery(encoding="windows-1252"), tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"id\n\xff\n\xc3\xab\n"


def test_a_line_whose_letters_could_be_utf_8_is_marked_in_a_file_that_is_not(tmp_path: Path) -> None:
    content = b"id\r\n\xe9\xe8\r\nZo\xc3\xab\r\n\xe9"
    write_utf_8(io.BytesIO(content), delivery(encoding="latin-1", has_utf_8=True), tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == "id\r\néè\r\n".encode() + b"\xff" + "ZoÃ«\r\né".encode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (rb'1,"say \"hi\"",\n', rb'1,"say \"hi\"","\\n"'),
        (rb'"C:\\dir","C:\dir",C:\\dir', rb'"C:\\dir","C:\\dir","C:\\dir"'),
        (rb"Smith\, Jane,x", rb'"Smith\, Jane",x'),
        (rb'"a\,b",x', rb'"a\\,b",x'),
        (b'a\\\nb,"c\\"\nd"\n', b'"a\\\nb","c\\"\nd"\n'),
        (b'"open,\\x\n', b'"open,"\\\\x"\n'),
    ],
)
def test_a_backslash_is_an_escape_only_where_it_escapes_something(tmp_path: Path, before: bytes, after: bytes) -> None:
    (tmp_path / "before").write_bytes(before)
    write_escapes(tmp_path / "before", delivery(escape="\\"), tmp_path / "after")
    assert (tmp_path / "after").read_bytes() == after


@pytest.mark.parametrize("stream", [io.BytesIO, Trickle])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_bytes_are_found_with_their_line_whatever_ends_it(line_end: bytes, stream: type[io.BytesIO]) -> None:
    content = line_end.join([b"one", b"two", b"", b"four"])
    wanted = [(content.index(word), len(word)) for word in (b"two", b"four")]
    found = [(each.line, each.raw) for each in found_at(stream(content), wanted)]
    assert found == [(2, b"two"), (4, b"four")]
