"""Runs the server, on this machine only.

`python -m snowflake_emulator --port 8770 --database HEALTHCARE_ELT --journal journal.jsonl`; without a port it takes a
free one. The first line that it prints is the address.
"""

from __future__ import annotations

import argparse
import logging
import socket
import warnings
from pathlib import Path

import uvicorn

from .emulator import Emulator
from .server import application


def main() -> None:
    options = argparse.ArgumentParser(prog="snowflake_emulator", description=__doc__)
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--journal", type=Path, help="append every statement to this file, one JSON object a line")
    options.add_argument("--database", action="append", default=[], help="make this database at the start")
    chosen = options.parse_args()
    warnings.filterwarnings("ignore", message="Arrow output on a DB-API result")
    for library in ("sqlglot", "fakesnow.server"):
        logging.getLogger(library).setLevel(logging.ERROR)
    emulator = Emulator(chosen.journal)
    for name in chosen.database:
        emulator.create_database(name.upper())
    listening = socket.create_server(("127.0.0.1", chosen.port))
    print(f"127.0.0.1:{listening.getsockname()[1]}", flush=True)
    config = uvicorn.Config(application(emulator), log_level="warning", http="h11")
    uvicorn.Server(config).run(sockets=[listening])


main()
