"""What the environment says of the platform, before any of it is checked: which home is meant, and every variable.

Here belongs what a command may ask that is over before `settings` would be imported. What the variables may say, and
what `.env` adds to them, is `settings`.
"""

from __future__ import annotations

import os
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parent.parent
PREFIX = "HEALTHCARE_ELT_"
HOME_VARIABLE = f"{PREFIX}HOME"


def home_folder() -> Path:
    """The home that is meant; it may not be there."""
    return Path(os.environ.get(HOME_VARIABLE) or PROJECT_ROOT).expanduser().resolve()


def set_home(home: str) -> None:
    """Choose the home for this process and the ones it starts."""
    os.environ[HOME_VARIABLE] = str(Path(home).expanduser().resolve())


def said() -> list[tuple[str, str]]:
    """Every variable of the platform but the home's, by name; some are secrets."""
    names = [name for name in os.environ if name.upper().startswith(PREFIX) and name != HOME_VARIABLE]
    return [(name, os.environ[name]) for name in sorted(names)]
