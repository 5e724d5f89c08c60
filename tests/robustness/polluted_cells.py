"""One fault in one cell or row, at each place of the first and the last row, as Pollock sets them."""

from __future__ import annotations

from collections.abc import Iterator

from clean_table import HEADER, PLAIN, Pollution, Row, line

PLACES = [(row, cell) for row in (0, len(PLAIN) - 1) for cell in range(len(HEADER))]
FEWER, MORE, OPEN = "has fewer values", "has more values", "a quote that is not closed"
IN_NUMBERS = {1: "npi.format", 2: "zip.format"}


def each_place() -> Iterator[Pollution]:
    for row, cell in PLACES:
        place = f", row {row + 1}, cell {cell + 1}"
        yield from _delimiters(row, cell, place)
        yield from _quotes(row, cell, place)
        yield from _line_ends(row, cell, place)


def _delimiters(row: int, cell: int, place: str) -> Iterator[Pollution]:
    def before(text: str) -> bytes:
        """The cell's delimiter is another text."""
        cells = PLAIN[row]
        return with_row(row, line(cells[:cell]) + text + line(cells[cell:]) if cell else text + line(cells))

    apart = {"rows": PLAIN, "lost": [row]}
    more = {"rejects": {row + 2: MORE}, **apart}
    yield Pollution(f"a delimiter more{place}", before(",," if cell else ","), **more)
    if cell:
        for text, name in (("", "no delimiter"), (";", "a semicolon"), (" ", "a space"), ("\t", "a tab")):
            yield Pollution(f"{name} for a delimiter{place}", before(text), rejects={row + 2: FEWER}, **apart)


def _quotes(row: int, cell: int, place: str) -> Iterator[Pollution]:
    apart = {"rows": PLAIN, "lost": [row]}
    text = PLAIN[row][cell]
    yield Pollution(f"a quote before{place}", with_cell(row, cell, f'"{text}'), rejects={row + 2: OPEN}, **apart)
    for name, changed in (("in the middle of", f'{text[:3]}"{text[3:]}'), ("after", f'{text}"')):
        content = with_cell(row, cell, changed)
        if cell:
            yield Pollution(f"a quote {name}{place}", content, quarantined={row + 1: IN_NUMBERS[cell]}, **apart)
        else:
            stated = [(changed, *each[1:]) if number == row else each for number, each in enumerate(PLAIN)]
            yield Pollution(f"a quote {name}{place}", content, rows=stated)


def _line_ends(row: int, cell: int, place: str) -> Iterator[Pollution]:
    apart = {"rows": PLAIN, "lost": [row]}
    if cell:
        broken = line(PLAIN[row][:cell]) + "\n" + line(PLAIN[row][cell:])
        yield Pollution(
            f"a line break before{place}", with_row(row, broken), rejects={row + 2: FEWER, row + 3: FEWER}, **apart
        )
    elif row == 0:
        joined = with_row(row, line(PLAIN[0])).replace(b"10001\n", b"10001")
        yield Pollution("no line break after row 1", joined, rows=PLAIN, rejects={2: MORE}, lost=[0, 1])
        for end, name in ((b"\r", "CR"), (b"\r\n", "CRLF")):
            yield Pollution(
                f"{name} after row 1", with_row(0, line(PLAIN[0])).replace(b"10001\n", b"10001" + end), rows=PLAIN
            )


def with_row(row: int, text: str) -> bytes:
    texts = [line(HEADER), *(line(cells) for cells in PLAIN)]
    texts[row + 1] = text
    return "".join(each + "\n" for each in texts).encode()


def with_cell(row: int, cell: int, text: str) -> bytes:
    cells: Row = PLAIN[row]
    return with_row(row, ",".join([*cells[:cell], text, *cells[cell + 1 :]]))
