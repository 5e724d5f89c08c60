"""One day of the limit: a process that does nothing but run the script, `python run.py WAREHOUSE INBOX DAY`."""

import sys
from pathlib import Path

import duckdb

warehouse, inbox, day = sys.argv[1:]
is_new = not Path(warehouse).exists()
with duckdb.connect(warehouse) as connection:
    if is_new:
        connection.execute((Path(__file__).parent / "tables.sql").read_text())
    script = (Path(__file__).parent / "day.sql").read_text()
    connection.execute(script.replace("{{ day }}", day).replace("{{ inbox }}", inbox))
