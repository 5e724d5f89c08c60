"""Headers, rows and lines around the table that are not as they should be; the text itself is read easily."""

from __future__ import annotations

from clean_table import HEADER, PLAIN, Pollution, line, table

TEXT = table(PLAIN)
HEAD, *LINES = TEXT.splitlines(keepends=True)
ROWS_ALONE = "".join(LINES)


def plain(name: str, text: str, **expected: object) -> Pollution:
    return Pollution(name, text.encode(), **{"rows": PLAIN} | expected)  # type: ignore[arg-type]


def with_line(number: int, text: str) -> str:
    """The line of that number is another one."""
    lines = TEXT.splitlines(keepends=True)
    return "".join([*lines[: number - 1], text + "\n", *lines[number:]])


def after(number: int, text: str) -> str:
    """Text after the line of that number."""
    lines = TEXT.splitlines(keepends=True)
    return "".join([*lines[:number], text, *lines[number:]])


def rows_with(end: str) -> str:
    return "".join(text.rstrip("\n") + end + "\n" for text in LINES)


FEWER, MORE, BEFORE = "has fewer values", "has more values", "comes before the header"

HEADERS = [
    plain("no header", ROWS_ALONE, rejected="has no columns provider_name, npi in its header"),
    plain(
        "a required column has another name", TEXT.replace("npi", "id", 1), rejected="has no column npi in its header"
    ),
    plain(
        "an optional column has another name",
        TEXT.replace("zip", "postcode", 1),
        warning="has no column zip",
        without=["zip"],
    ),
    plain("a column without a name", TEXT.replace("zip", "", 1), warning="has no column zip", without=["zip"]),
    plain("a required column without a name", TEXT.replace("npi", " ", 1), rejected="has no column npi in its header"),
    plain("the same name twice", TEXT.replace("zip", "npi", 1), rejected="names column npi more than once"),
    plain(
        "the same name twice in other case", TEXT.replace("zip", "NPI", 1), rejected="names column npi more than once"
    ),
    plain("another order of columns", "".join(line(cells[::-1]) + "\n" for cells in (HEADER, *PLAIN))),
    plain("names in capitals", TEXT.replace(HEAD, HEAD.upper())),
    plain("names with spaces around them", TEXT.replace(HEAD, " provider_name ,  npi,zip \n")),
    plain("names in quotes", TEXT.replace(HEAD, '"provider_name","npi","zip"\n')),
    plain("a group of names above the names", "Who,,Where\n" + TEXT, rejects={1: BEFORE}, warning="has 1 line before"),
    plain("types below the names", after(1, "text,ten digits,text\n"), quarantined={1: "npi.format,zip.format"}),
    plain("the header again below itself", after(1, HEAD), rejects={2: "repeats the header"}),
    plain("the header again between rows", after(5, HEAD), rejects={6: "repeats the header"}),
    plain("the header again at the end", TEXT + HEAD.upper(), rejects={14: "repeats the header"}),
    plain(
        "two files in one, with a byte order mark before the second",
        after(5, "\ufeff" + HEAD),
        rejects={6: "repeats the header"},
    ),
    plain(
        "a new column",
        "".join(line((*cells, "x")) + "\n" for cells in (HEADER, *PLAIN)).replace("zip,x", "zip,note"),
        warning="has new column note",
    ),
    plain("a comment sign before the names", "#" + TEXT, rejected="has no column provider_name in its header"),
]

SHAPES = [
    plain("one row with fewer cells", with_line(4, f"{PLAIN[2][0]},{PLAIN[2][1]}"), rejects={4: FEWER}, lost=[2]),
    plain("one row with more cells", with_line(4, line((*PLAIN[2], "x"))), rejects={4: MORE}, lost=[2]),
    plain(
        "one row with a cell too many in its middle",
        with_line(4, line((PLAIN[2][0], "x", *PLAIN[2][1:]))),
        rejects={4: MORE},
        lost=[2],
    ),
    plain(
        "one row with a delimiter too many in its middle",
        with_line(4, line((PLAIN[2][0], "", *PLAIN[2][1:]))),
        rejects={4: MORE},
        lost=[2],
    ),
    plain(
        "every row with fewer cells",
        HEAD + "".join(line(row[:2]) + "\n" for row in PLAIN),
        rejects=dict.fromkeys(range(2, 14), FEWER),
        lost=range(12),
    ),
    plain(
        "every row with more cells", HEAD + rows_with(",x"), rejects=dict.fromkeys(range(2, 14), MORE), lost=range(12)
    ),
    plain("a delimiter at the end of every line", HEAD.rstrip() + ",\n" + rows_with(",")),
    plain("three delimiters at the end of every line", HEAD.rstrip() + ",,,\n" + rows_with(",,,")),
    plain("a delimiter at the end of every row", HEAD + rows_with(",")),
    plain("a delimiter at the end of one row", with_line(4, line((*PLAIN[2], "")))),
    plain("a delimiter at the end of the header", HEAD.rstrip() + ",\n" + ROWS_ALONE),
    plain("three delimiters at the end of the header", HEAD.rstrip() + ",,,\n" + ROWS_ALONE),
    plain("an empty line between rows", after(5, "\n")),
    plain("many empty lines between rows", after(5, "\n" * 50)),
    plain("a line of spaces between rows", after(5, "   \n"), rejects={6: FEWER}),
    plain("a row of delimiters", after(5, ",,\n"), quarantined={5: "provider_name.required,npi.required"}),
    plain(
        "a row of empty quotes",
        after(5, '"","",""\n'),
        quarantined={5: "provider_name.required,npi.required"},
    ),
    plain(
        "cells in other columns in one row",
        with_line(4, line((PLAIN[2][1], PLAIN[2][0], PLAIN[2][2]))),
        quarantined={3: "npi.format"},
        lost=[2],
    ),
    plain("spaces around cells", HEAD + "".join(line([f"  {cell} " for cell in row]) + "\n" for row in PLAIN)),
    plain(
        "line breaks in many cells",
        table([(f"{row[0]}\n{row[0]}", *row[1:]) for row in PLAIN]),
        rows=[(f"{row[0]}\n{row[0]}", *row[1:]) for row in PLAIN],
    ),
]

AROUND = [
    plain("a title before the header", "Providers of 2026\n" + TEXT, rejects={1: BEFORE}, warning="has 1 line before"),
    plain("a title and empty lines before the header", "Providers\n\n\n" + TEXT, rejects={1: BEFORE}),
    plain("empty lines before the header", "\n \n\r\n" + TEXT),
    plain("lines with quotes before the header", 'Report "A\nby, the, plan\n' + TEXT, rejects={1: BEFORE, 2: BEFORE}),
    plain("comments before the header", "# a\n# b\n# c, d, e\n" + TEXT, rejects=dict.fromkeys([1, 2, 3], BEFORE)),
    plain("a title of as many cells as the table", "Providers,2026,\n" + TEXT, rejects={1: BEFORE}),
    plain(
        "a title before semicolons and CRLF",
        "Providers\r\n" + table(PLAIN, delimiter=";", end="\r\n"),
        rejects={1: BEFORE},
    ),
    plain("the delimiter named before the header", "sep=;\n" + table(PLAIN, delimiter=";"), rejects={1: BEFORE}),
    Pollution("a title before UTF-16", ("Clínicas\n" + TEXT).encode("utf-16"), rows=PLAIN, rejects={1: BEFORE}),
    plain(
        "a hundred lines before the header",
        "note\n" * 100 + TEXT,
        rejects=dict.fromkeys(range(1, 101), BEFORE),
        warning="has 100 lines before",
    ),
    plain(
        "more than a hundred lines before the header",
        "note\n" * 101 + TEXT,
        rejected="has no columns provider_name, npi",
    ),
    plain("a total of fewer cells after the rows", TEXT + "Total,12\n", rejects={14: FEWER}),
    plain("a total with other delimiters after the rows", TEXT + "Total;12;\n", rejects={14: FEWER}),
    plain("a total of as many cells after the rows", TEXT + "Total,12,\n", quarantined={13: "npi.format"}),
    plain("a count after the rows", TEXT + "\n-- 12 rows\n", rejects={15: FEWER}),
    plain("a note with a quote after the rows", TEXT + '"as of today\n', rejects={14: "a quote that is not closed"}),
    plain("a narrower table after the rows", TEXT + "\ncode,text\n1,a\n", rejects={15: FEWER, 16: FEWER}),
    plain("a wider table after the rows", TEXT + "\na,b,c,d\n1,2,3,4\n", rejects={15: MORE, 16: MORE}),
    plain(
        "a table of the same width after the rows",
        TEXT + "\na,b,c\n1,2,3\n",
        quarantined={13: "npi.format,zip.format", 14: "npi.format,zip.format"},
    ),
    plain("another table before the header", "code,text\n1,a\n\n" + TEXT, rejects={1: BEFORE, 2: BEFORE}),
]
