"""Reading a statement's text: comments, tokens, names and `KEY = value` options."""

from __future__ import annotations

import re
from typing import Any

from sqlglot.dialects.snowflake import Snowflake
from sqlglot.tokens import Token, TokenType

KEPT_OR_COMMENT = re.compile(
    r"""('(?:[^'\\]|''|\\.)*'|"(?:[^"]|"")*"|\$\$.*?\$\$)|/\*.*?\*/|--[^\n]*""",
    re.S,
)
QUOTED = (TokenType.IDENTIFIER, TokenType.STRING)


def bare(statement: str) -> str:
    """The statement without comments, and without the semicolon after it; what is in quotes is kept as it is."""
    found = KEPT_OR_COMMENT.sub(lambda match: match[1] if match[1] is not None else " ", statement)
    return found.strip().rstrip(";").rstrip()


def name_parts(name: str) -> list[str]:
    """`a."B".c` as its parts, unquoted ones in upper case."""
    parts = re.findall(r'"((?:[^"]|"")*)"|([^."\s]+)', name)
    return [quoted.replace('""', '"') if quoted else plain.upper() for quoted, plain in parts]


def literal(value: Any) -> str:
    """A value as SQL."""
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | float):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


class Reader:
    """Walks over the tokens of a statement; offsets point into its text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[Token] = Snowflake().tokenize(text)
        self.at = 0

    @property
    def ended(self) -> bool:
        return self.at >= len(self.tokens)

    def peek(self, ahead: int = 0) -> str:
        """A word or sign in upper case; a quoted one as nothing, for it is never a keyword."""
        if self.at + ahead >= len(self.tokens):
            return ""
        token = self.tokens[self.at + ahead]
        return "" if token.token_type in QUOTED else token.text.upper()

    def accept(self, *words: str) -> bool:
        """Steps over the words if they come next."""
        if all(self.peek(i) == word for i, word in enumerate(words)):
            self.at += len(words)
            return True
        return False

    def take(self) -> Token:
        if self.ended:
            raise ValueError(f"syntax error: unexpected end of statement: {self.text[-40:]}")
        self.at += 1
        return self.tokens[self.at - 1]

    def name(self) -> str:
        """A dotted name as it is written."""
        first = last = self.take()
        while self.peek() == ".":
            self.take()
            last = self.take()
        return self.text[first.start : last.end + 1]

    def location(self) -> str:
        """A stage path or URL, quoted or not, up to the next blank or bracket."""
        token = self.take()
        if token.token_type == TokenType.STRING:
            return token.text
        end = re.compile(r"[^\s()]*").match(self.text, token.start).end()
        while not self.ended and self.tokens[self.at].start < end:
            self.at += 1
        return self.text[token.start : end]

    def inside(self) -> str:
        """The text between an opening bracket, which comes next, and its closing one."""
        start, depth = self.take().end + 1, 1
        while depth:
            token = self.take()
            depth += {"(": 1, ")": -1}.get(token.text, 0) if token.token_type not in QUOTED else 0
        return self.text[start : token.start]

    def options(self) -> dict[str, Any]:
        """`KEY = value` pairs up to the end or a closing bracket; words without a value are stepped over."""
        found: dict[str, Any] = {}
        while not self.ended and self.peek() != ")":
            word = self.take()
            if self.peek() in ("=", "=>"):
                self.take()
                found[word.text.upper()] = self._value()
        return found

    def _value(self) -> Any:
        if self.peek() != "(":
            return self._scalar()
        if self.peek(2) in ("=", "=>"):
            self.take()
            found: Any = self.options()
        else:
            self.take()
            found = []
            while self.peek() != ")":
                if not self.accept(","):
                    found.append(self._scalar())
        self.take()
        return found

    def _scalar(self) -> Any:
        token = self.tokens[self.at] if not self.ended else self.take()
        if token.token_type == TokenType.STRING:
            return self.take().text
        if self.accept("-"):
            return -self._scalar()
        if token.token_type == TokenType.NUMBER:
            return int(self.take().text) if token.text.isdigit() else self.take().text
        name = self.name()
        return {"TRUE": True, "FALSE": False}.get(name.upper(), name)
