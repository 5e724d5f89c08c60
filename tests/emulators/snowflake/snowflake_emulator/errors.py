"""Snowflake errors: the ones this emulator raises, and the ones DuckDB's errors stand for.

Numbers and SQL states are Snowflake's where they are known; texts are our own where they are not.
"""

from __future__ import annotations

import duckdb
from snowflake.connector.errors import ProgrammingError

UNSUPPORTED = 9998


def failure(message: str, errno: int = 1003, sqlstate: str = "42000") -> ProgrammingError:
    """An ordinary error of a statement, by default one of syntax."""
    return ProgrammingError(msg=message, errno=errno, sqlstate=sqlstate)


def unsupported(what: str) -> ProgrammingError:
    """The emulator does not know this; a real account may."""
    return failure(f"The emulator does not support this: {what}", UNSUPPORTED, "0A000")


def missing(kind: str, name: str) -> ProgrammingError:
    text = f"SQL compilation error:\n{kind.capitalize()} '{name}' does not exist or not authorized."
    return failure(text, 2003, "42S02" if kind in ("TABLE", "VIEW", "OBJECT") else "02000")


def exists(name: str) -> ProgrammingError:
    return failure(f"SQL compilation error:\nObject '{name}' already exists.", 2002, "42710")


def translated(error: Exception) -> ProgrammingError:
    """The Snowflake error for whatever a statement raised."""
    if isinstance(error, ProgrammingError) and isinstance(error.__cause__, duckdb.Error):
        error = error.__cause__
    if isinstance(error, ProgrammingError):
        return error
    if isinstance(error, duckdb.Error):
        return _of_duckdb(error)
    if isinstance(error, NotImplementedError):
        return unsupported(str(error))
    return unsupported(f"{type(error).__name__}: {error}")


def _of_duckdb(error: duckdb.Error) -> ProgrammingError:
    text = str(error)
    for kind, words, errno, sqlstate in _KNOWN:
        if isinstance(error, kind) and words in text:
            return failure(text, errno, sqlstate)
    return unsupported(f"{type(error).__name__}: {text}")


_KNOWN: tuple[tuple[type[duckdb.Error], str, int, str], ...] = (
    (duckdb.CatalogException, "already exists", 2002, "42710"),
    (duckdb.CatalogException, "Function with name", 2140, "42601"),
    (duckdb.CatalogException, "", 2003, "42S02"),
    (duckdb.BinderException, "Catalog", 2003, "02000"),
    (duckdb.BinderException, "not found", 904, "42000"),
    (duckdb.BinderException, "Ambiguous", 979, "42601"),
    (duckdb.BinderException, "Duplicate struct entry", 100103, "22000"),
    (duckdb.BinderException, "", 2043, "02000"),
    (duckdb.ParserException, "", 1003, "42000"),
    (duckdb.ConversionException, "timestamp", 100035, "22007"),
    (duckdb.ConversionException, "date", 100040, "22007"),
    (duckdb.ConversionException, "", 100038, "22018"),
    (duckdb.InvalidInputException, "Could not parse string", 100035, "22007"),
    (duckdb.InvalidInputException, "Division by zero", 100051, "22012"),
    (duckdb.InvalidInputException, "JSON", 100069, "22P02"),
    (duckdb.ConstraintException, "NOT NULL", 100072, "22000"),
    (duckdb.OutOfRangeException, "", 100132, "22003"),
    (duckdb.ResourceInUseException, "", 2002, "42710"),
    (duckdb.TransactionException, "onflict", 625, "57014"),
)
