"""Other dialects, line ends and encodings than the usual ones; the table itself is whole."""

from __future__ import annotations

import codecs
import gzip
import random

import pyarrow as pa
from clean_table import HEADER, NPIS, PLAIN, ROWS, Pollution, Row, line, table

RIGHT = table()
LINES = RIGHT.splitlines(keepends=True)


def delimited(delimiter: str) -> bytes:
    return table(delimiter=delimiter).encode()


MANY = tuple((f"Care {npi}", npi, "10001") for npi in NPIS)


def with_open_quotes() -> bytes:
    """A quote is never closed in every second row."""
    texts = [line(row) for row in (HEADER, *MANY)]
    return "".join(
        f'"{text}\n' if number in range(2, 101, 2) else f"{text}\n" for number, text in enumerate(texts)
    ).encode()


def in_text_columns(quote: str) -> bytes:
    """Every text is in quotes, and no number."""
    return (
        ",".join(HEADER) + "\n" + "".join(f"{quote}{name}{quote},{npi},{zip}\n" for name, npi, zip in PLAIN)
    ).encode()


DELIMITERS = [
    Pollution("semicolons", delimited(";")),
    Pollution("tabs", delimited("\t")),
    Pollution("tabs in a .tsv", delimited("\t"), suffix=".tsv"),
    Pollution("pipes", delimited("|")),
    Pollution("spaces", delimited(" ")),
    Pollution("comma and space", delimited(", ")),
    Pollution("carets", delimited("^")),
    Pollution("unit separators (0x1f)", delimited("\x1f")),
    Pollution("broken bars, a letter of two bytes", delimited("¦")),
    Pollution("two pipes", delimited("||")),
    Pollution("~|~", delimited("~|~")),
    Pollution("a delimiter of five characters", delimited("<===>"), rejected="has no columns provider_name, npi"),
    Pollution(
        "another delimiter in one row",
        "".join([*LINES[:4], line(ROWS[3], ";") + "\n", *LINES[5:]]).encode(),
        rejects={5: "has fewer values"},
        lost=[3],
    ),
    Pollution(
        "another delimiter from the middle on",
        (table(PLAIN[:6]) + "".join(line(row, ";") + "\n" for row in PLAIN[6:])).encode(),
        rows=PLAIN,
        rejects=dict.fromkeys(range(8, 14), "has fewer values"),
        lost=range(6, 12),
    ),
    Pollution(
        "another delimiter in the header",
        (";".join(HEADER) + "\n" + "".join(line(row) + "\n" for row in PLAIN)).encode(),
        rows=PLAIN,
        rejects=dict.fromkeys(range(2, 14), "has fewer values"),
        lost=range(12),
    ),
]

QUOTES = [
    Pollution("quotes around every cell", table(always=True).encode()),
    Pollution("single quotes where needed", table(quote="'").encode(), warning="single quotes"),
    Pollution("single quotes around every cell", table(quote="'", always=True).encode(), warning="single quotes"),
    Pollution("single quotes around every text", in_text_columns("'"), rows=PLAIN, warning="single quotes"),
    Pollution("single quotes with backslashes", table(quote="'", escape="\\").encode(), warning="backslashes"),
    Pollution("backslashes before quotes", table(escape="\\").encode(), warning="backslashes"),
    Pollution(
        "backslashes before quotes, quotes around every cell",
        table(escape="\\", always=True).encode(),
        warning="backslashes",
    ),
    Pollution(
        "backslashes instead of quotes",
        table(quote="").replace("Smith, ", r"Smith\, ").replace('"', r"\"").replace("one\n", "one\\\n").encode(),
        warning="backslashes",
    ),
    Pollution(
        "no quotes at all",
        table(ROWS[:11], quote="").encode(),
        rows=ROWS[:11],
        rejects={3: "has more values"},
        lost=[1],
    ),
    Pollution(
        "quotes inside of quotes as they are",
        RIGHT.replace('""', '"').encode(),
        rejects={4: "a quote that is not closed"},
        lost=[2],
    ),
    Pollution(
        "a quote that is never closed",
        RIGHT.replace("Northgate", '"Northgate').encode(),
        rejects={2: "a quote that is not closed"},
        lost=[0],
    ),
    Pollution(
        "fifty quotes that are never closed",
        with_open_quotes(),
        rows=MANY,
        rejects=dict.fromkeys(range(3, 102, 2), "a quote that is not closed"),
        lost=range(1, 100, 2),
    ),
    Pollution(
        "a quote that is never closed in the last row",
        RIGHT.replace('"Line one\nline two"', '"Line one line two').encode(),
        rejects={13: "a quote that is not closed"},
        lost=[11],
    ),
    Pollution(
        "a quote that is never opened",
        RIGHT.replace("Plain Care", 'Plain Care"').encode(),
        rows=[(row[0].replace("Plain Care", 'Plain Care"'), *row[1:]) for row in ROWS],
    ),
    Pollution(
        "a quote inside of a cell",
        RIGHT.replace("Plain Care", '5" Pipe Care').encode(),
        rows=[(row[0].replace("Plain Care", '5" Pipe Care'), *row[1:]) for row in ROWS],
    ),
    Pollution(
        "text behind a closed quote",
        RIGHT.replace('"Smith, Jane"', '"Smith, Jane" MD').encode(),
        rejects={3: "followed by more text"},
        lost=[1],
    ),
    Pollution("spaces around quotes", RIGHT.replace('"Smith, Jane"', ' "Smith, Jane" ').encode()),
]


def mixed_ends(*ends: str) -> bytes:
    lines = table(PLAIN).splitlines()
    return "".join(text + ends[number % len(ends)] for number, text in enumerate(lines)).encode()


LINE_ENDS = [
    Pollution("LF", RIGHT.encode()),
    Pollution("CRLF", table(end="\r\n").encode()),
    Pollution("CR", table(end="\r").encode()),
    Pollution(
        "CRLF in cells too",
        RIGHT.replace("\n", "\r\n").encode(),
        rows=[(row[0].replace("\n", "\r\n"), *row[1:]) for row in ROWS],
    ),
    Pollution("CRLF and LF mixed", mixed_ends("\r\n", "\n"), rows=PLAIN),
    Pollution("CR, CRLF and LF mixed", mixed_ends("\r", "\r\n", "\n"), rows=PLAIN),
    Pollution("no line end after the last row", RIGHT.rstrip("\n").encode()),
    Pollution("blank lines at the end", (RIGHT + "\n\n").encode()),
    Pollution("a blank line after every row", table(end="\n\n").encode()),
    Pollution("two CR and an LF", table(end="\r\r\n").encode()),
]


def latin(rows: tuple[Row, ...] = ROWS) -> bytes:
    return table(rows).encode("latin-1")


TYPOGRAPHIC = (("Clínica “Río” – 5 €", *ROWS[4][1:]), *ROWS[5:])
CJK = ("日本クリニック", NPIS[0], "10001")
EMOJI = ("Clinic 👩🏽‍⚕️ Zoë", NPIS[1], "10002")

ENCODINGS = [
    Pollution("UTF-8 with a byte order mark", codecs.BOM_UTF8 + RIGHT.encode()),
    Pollution("UTF-16, little endian", codecs.BOM_UTF16_LE + RIGHT.encode("utf-16-le")),
    Pollution("UTF-16, big endian", codecs.BOM_UTF16_BE + RIGHT.encode("utf-16-be")),
    Pollution(
        "UTF-16 without a byte order mark, little endian", RIGHT.encode("utf-16-le"), warning="read as utf-16-le"
    ),
    Pollution("UTF-16 without a byte order mark, big endian", RIGHT.encode("utf-16-be"), warning="read as utf-16-be"),
    Pollution("UTF-16 cut off in a character", RIGHT.encode("utf-16")[:-1], rejected="is UTF-16 that is cut off"),
    Pollution("UTF-32", RIGHT.encode("utf-32"), rejected="is UTF-32"),
    Pollution("UTF-32 without a byte order mark", RIGHT.encode("utf-32-le"), rejected="NUL bytes"),
    Pollution("Latin-1", latin(), warning="read as latin-1"),
    Pollution(
        "Windows-1252", table(TYPOGRAPHIC).encode("windows-1252"), rows=TYPOGRAPHIC, warning="read as windows-1252"
    ),
    Pollution(
        "one row in Latin-1",
        table((*ROWS, ("Zoë", NPIS[12], "10020"))).encode().replace("Zoë".encode(), b"Zo\xeb"),
        rows=(*ROWS, ("Zoë", NPIS[12], "10020")),
        rejects={15: "no characters in the file's encoding"},
        lost=[12],
        warning="not UTF-8",
    ),
    Pollution(
        "one row in UTF-8, the others in Latin-1",
        latin((*ROWS, ("Zöë", NPIS[12], "10020"), ("Moë", NPIS[13], "10020"))).replace(b"Mo\xeb", "Moë".encode()),
        rows=(*ROWS, ("Zöë", NPIS[12], "10020"), ("Moë", NPIS[13], "10020")),
        rejects={16: "no characters in the file's encoding"},
        lost=[13],
        warning="has letters in UTF-8 and in latin-1",
    ),
    Pollution(
        "broken bytes",
        RIGHT.encode().replace(b"Plain Care", b"Plain \xff\xfe Care"),
        rejects={11: "no characters in the file's encoding"},
        lost=[9],
        warning="not UTF-8",
    ),
    Pollution(
        "a character cut in two",
        RIGHT.encode().replace("í".encode(), b"\xc3", 1),
        rejects={6: "no characters in the file's encoding"},
        lost=[4],
        warning="not UTF-8",
    ),
    Pollution("a NUL byte", RIGHT.encode().replace(b"Plain", b"Pl\0in"), rejected="NUL bytes"),
    Pollution("letters of three and four bytes", table((CJK, EMOJI)).encode(), rows=(CJK, EMOJI)),
    Pollution("two byte order marks", codecs.BOM_UTF8 * 2 + RIGHT.encode(), rejected="has no column provider_name"),
]

LONG = (("x" * 1_000_000, NPIS[0], "10001"), *ROWS[1:])


def random_text() -> bytes:
    """Long enough that compressed blocks follow each other."""
    numbers = random.Random(7)
    return table(tuple((f"Care {numbers.random()}", npi, "10001") for npi in NPIS * 20)).encode()


def zstd(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(content)
    return sink.getvalue().to_pybytes()


def unpack_zstd(content: bytes) -> bytes:
    return pa.CompressedInputStream(pa.BufferReader(content), "zstd").read()


GZIP, ZSTD = gzip.compress(random_text(), mtime=0), zstd(random_text())
CUT = "that is cut off or damaged"

FILES = [
    Pollution("an empty file", b"", rejected="is empty"),
    Pollution("only a byte order mark", codecs.BOM_UTF8, rejected="is empty"),
    Pollution("only blanks", b" \t\r\n\n   \n", rejected="is empty"),
    Pollution("only a header", LINES[0].encode(), rejected="has a header but no rows"),
    Pollution("only a header without a line end", LINES[0].rstrip().encode(), rejected="has a header but no rows"),
    Pollution("one row", "".join(LINES[:2]).encode(), rows=ROWS[:1]),
    Pollution("a cell of a megabyte", table(LONG).encode(), rows=LONG),
    Pollution("gzip", gzip.compress(RIGHT.encode(), mtime=0), suffix=".csv.gz"),
    Pollution("zstandard", zstd(RIGHT.encode()), suffix=".csv.zst"),
    Pollution("gzip cut in the middle", GZIP[: len(GZIP) // 2], suffix=".csv.gz", rejected=CUT),
    Pollution("gzip cut in its last bytes", GZIP[:-3], suffix=".csv.gz", rejected=CUT),
    Pollution("gzip with a wrong checksum", GZIP[:-8] + bytes(4) + GZIP[-4:], suffix=".csv.gz", rejected=CUT),
    Pollution("gzip with a wrong length", GZIP[:-4] + bytes(4), suffix=".csv.gz", rejected=CUT),
    Pollution(
        "gzip with a flipped bit", GZIP[:2000] + bytes([GZIP[2000] ^ 1]) + GZIP[2001:], suffix=".csv.gz", rejected=CUT
    ),
    Pollution("zstandard cut in the middle", ZSTD[: len(ZSTD) // 2], suffix=".csv.zst", rejected=CUT),
    Pollution("zstandard cut in its last byte", ZSTD[:-1], suffix=".csv.zst", rejected=CUT),
    Pollution("zstandard cut in its first bytes", ZSTD[:5], suffix=".csv.zst", rejected=CUT),
]
