"""Options that are numbers: what each may be, and the sentence for what it may not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import typer

Number = TypeVar("Number", int, float)
MOST = 1_000_000_000
"""Beyond every use, and small enough that no product of a few of them overflows."""


def number(words: str, panel: str, least: float = 0, most: float = MOST) -> object:
    return typer.Option(help=words, parser=_parser(float, "number", least, most), metavar="N", rich_help_panel=panel)


def whole_number(words: str, panel: str, least: int = 0, most: int = MOST) -> object:
    parser = _parser(int, "whole number", least, most)
    return typer.Option(help=words, parser=parser, metavar="N", rich_help_panel=panel)


def _parser(kind: type[Number], name: str, least: Number, most: Number) -> Callable[[str], Number]:
    def parse(text: str) -> Number:
        try:
            found = kind(text)
        except ValueError:
            found = None
        if found is None or not least <= found <= most:  # NaN is not in any range
            raise typer.BadParameter(f"'{text}' does not fit; give a {name} from {least} to {most:,}.")
        return found

    return parse
