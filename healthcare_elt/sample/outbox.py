"""Where the files of a sample are made before the inbox sees them.

Here belong bytes, names and modification times. What the rows mean is the tables' business.
"""

from __future__ import annotations

import filecmp
import gzip
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from healthcare_elt.sample.errors import SampleError

SYSTEM = "icon_health"


class DeliveryFile:
    """One file that is written line by line, and exists only from its first line on."""

    def __init__(self, path: Path, header: Iterable[str], encoding: str = "utf-8", line_end: str = "\n") -> None:
        self._path = path
        self._header = ",".join(header)
        self._encoding = encoding
        self._line_end = line_end
        self._plain: BinaryIO | None = None
        self._stream: BinaryIO | gzip.GzipFile | None = None
        self.rows = 0

    @property
    def exists(self) -> bool:
        return self._stream is not None

    def begin(self) -> None:
        """Write the header line, if it is not there yet."""
        if self._stream is not None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._plain = self._stream = self._path.open("wb")
        if self._path.suffix == ".gz":
            # Without name and time, which would differ from one sample to the next.
            self._stream = gzip.GzipFile(filename="", mode="wb", fileobj=self._plain, mtime=0)
        self._put(self._header + self._line_end, self._encoding)

    def write(self, lines: list[str]) -> None:
        if not lines:
            return
        self.begin()
        # The encoding of the header has written a byte order mark, if there is one.
        self._put(self._line_end.join([*lines, ""]), self._encoding.removesuffix("-sig"))
        self.rows += len(lines)

    def close(self) -> None:
        for stream in {id(each): each for each in (self._stream, self._plain) if each}.values():
            stream.close()

    def _put(self, text: str, encoding: str) -> None:
        self._stream.write(text.encode(encoding))


class Outbox:
    """A folder with the layout of the inbox; `publish` moves it there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._arrivals: dict[str, int] = {}
        self.bytes = 0

    @property
    def files(self) -> int:
        return len(self._arrivals)

    def path(self, name: str) -> Path:
        return self._folder / SYSTEM / name

    def finish(self, name: str, arrives: int) -> None:
        """A file is complete: give it the time at which it is taken to have arrived."""
        path = self.path(name)
        os.utime(path, (arrives, arrives))
        self._arrivals[name] = arrives
        self.bytes += path.stat().st_size

    def put(self, name: str, content: bytes, arrives: int) -> None:
        self.path(name).parent.mkdir(parents=True, exist_ok=True)
        self.path(name).write_bytes(content)
        self.finish(name, arrives)

    def copy(self, name: str, new_name: str, arrives: int) -> None:
        self.path(new_name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.path(name), self.path(new_name))
        self.finish(new_name, arrives)

    def refuse_other_files(self, inbox: Path) -> None:
        """
        Raises:
            SampleError: the inbox has a file of the same name with other bytes.
        """
        for name in sorted(self._arrivals):
            target = inbox / SYSTEM / name
            if target.exists() and not (target.is_file() and filecmp.cmp(self.path(name), target, shallow=False)):
                raise SampleError(
                    f"{target} exists with other content, so nothing was written; "
                    "move it away or choose another HEALTHCARE_ELT_HOME."
                )

    def publish(self, inbox: Path) -> None:
        """In order of arrival, so that whoever looks meanwhile sees an earlier state, not a mixture."""
        for name in sorted(self._arrivals, key=lambda name: (self._arrivals[name], name)):
            target = inbox / SYSTEM / name
            target.parent.mkdir(parents=True, exist_ok=True)
            self.path(name).replace(target)
