"""Functions of a library replaced by name for a while.

Here belongs how it is done and undone. Where another release of the library has no function of that name, nothing is
replaced, and the library does what it did.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from inspect import getattr_static
from typing import Any


def replace(stack: ExitStack, owner: Any, name: str, replacement: Callable[[Any], Any]) -> None:
    """Put what `replacement` makes of the library's function in its place, until the stack is closed."""
    theirs = getattr_static(owner, name, None)
    if theirs is None:
        return
    is_its_own = name in vars(owner)
    setattr(owner, name, replacement(theirs))
    stack.callback(*((setattr, owner, name, theirs) if is_its_own else (delattr, owner, name)))
