"""The project's Jinja, compiled once and kept, as Python keeps its own bytecode beside the source.

Here belongs keeping it: by the text of each template, and only for the Python and the libraries that made it. It holds
code of the project and of dbt, and nothing of what was delivered.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from types import CodeType

from healthcare_elt.atomic import replace_file

FILE = "templates.bytecode"
MADE_BY = ("jinja2", "dbt-common", "dbt-core")


class Templates:
    """Compiled templates by the kind of their environment and their text."""

    def __init__(self, file: Path) -> None:
        """Reads the file; one that is not there, damaged or made by other libraries holds none."""
        self._file = file
        self._made_by = (MAGIC_NUMBER, *(version(name) for name in MADE_BY))
        self._codes: dict[tuple[str, str], CodeType] = {}
        self._is_new = False
        with suppress(OSError, EOFError, ValueError, TypeError):
            made_by, codes = marshal.loads(file.read_bytes())
            if made_by == self._made_by:
                self._codes = codes

    def code_of(self, environment: str, text: str, compiled: Callable[[], CodeType]) -> CodeType:
        """What was kept, or what `compiled` makes of it."""
        key = environment, text
        if key not in self._codes:
            self._codes[key] = compiled()
            self._is_new = True
        return self._codes[key]

    def keep(self) -> None:
        """Write them if there are new ones; where the disk has no room, the next build compiles them again."""
        if self._is_new:
            with suppress(OSError):
                replace_file(self._file, marshal.dumps((self._made_by, dict(self._codes))))
