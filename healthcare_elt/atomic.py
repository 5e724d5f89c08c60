"""A file that is replaced in one step: a reader finds the old one or the new one, whole."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from healthcare_elt.landing.folder import make_folders, sync_folder


def replace_file(path: Path, content: bytes, mode: int = 0o666) -> None:
    """
    Args:
        mode: who may do what with it, of which the umask takes its part.

    Raises:
        OSError: it cannot be written; what was there stays.
    """
    make_folders(path.parent)
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        unfinished.touch(mode, exist_ok=False)
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    sync_folder(path.parent)
