"""Runs the server on this machine only: `python -m snowflake_emulator --port 8770 --database HEALTHCARE_ELT`."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import uvicorn

from .emulator import Emulator
from .server import application


def main() -> None:
    options = argparse.ArgumentParser(prog="snowflake_emulator", description=__doc__)
    options.add_argument("--port", type=int, default=8770)
    options.add_argument("--journal", type=Path, help="append every statement to this file, one JSON object a line")
    options.add_argument("--database", action="append", default=[], help="make this database at the start")
    chosen = options.parse_args()
    for library in ("sqlglot", "fakesnow.server"):
        logging.getLogger(library).setLevel(logging.ERROR)
    emulator = Emulator(chosen.journal)
    for name in chosen.database:
        emulator.create_database(name.upper())
    uvicorn.run(application(emulator), host="127.0.0.1", port=chosen.port, log_level="warning", http="h11")


main()
