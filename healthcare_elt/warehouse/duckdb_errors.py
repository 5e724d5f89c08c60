"""What DuckDB's exceptions mean, in sentences of ours.

DuckDB prints values of rows in its messages, so none of them is passed on.
"""

from __future__ import annotations

import re

import duckdb

_MACHINE = (
    duckdb.OutOfMemoryException,
    duckdb.FatalException,
    duckdb.InternalException,
    duckdb.InterruptException,
    duckdb.ConnectionException,
    duckdb.TransactionException,
)
_FULL_DISK_WORDS = ("No space left", "File too large", "Disk quota exceeded")
_MACHINE_WORDS = (
    *_FULL_DISK_WORDS,
    "Could not write",
    "Could not read",
    "Cannot open file",
    "Permission denied",
    "No files found",
    "Too many open files",
    "failed to offload",
)
_ABOUT_SQL = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)


def is_lock(error: duckdb.Error) -> bool:
    return "Could not set lock" in str(error)


def lock_holder(error: duckdb.Error) -> str:
    found = re.search(r"\(PID (\d+)\)", str(error))
    return f"process {found[1]}" if found else "another process"


def is_full_disk(error: duckdb.Error) -> bool:
    return any(word in str(error) for word in _FULL_DISK_WORDS)


def is_of_machine(error: duckdb.Error) -> bool:
    """True if the same file could be read at another time or place."""
    return isinstance(error, _MACHINE) or any(word in str(error) for word in _MACHINE_WORDS)


def cause(error: duckdb.Error) -> str:
    """What happened and what to do, without the engine's words unless they are about the statement."""
    if is_full_disk(error):
        return "the disk is full; free space and run again"
    if isinstance(error, duckdb.OutOfMemoryException):
        return "memory is full; close other programs or use a larger machine, and run again"
    if isinstance(error, _ABOUT_SQL):
        return f"the statement is wrong ({str(error).splitlines()[0]}); correct it"
    return f"DuckDB stopped with {type(error).__name__}; run again, and see `healthcare-elt doctor` if it stays"
