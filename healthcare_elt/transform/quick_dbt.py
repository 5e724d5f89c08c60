"""dbt in this process, without the work whose result nobody reads or that was done before.

Here belongs what dbt does too often for one build of a project that it has read before. What is built, told and logged
is the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any

from healthcare_elt.replaced import replace
from healthcare_elt.transform.templates import Templates

DEBUG = "DBT_DEBUG"
"""Who sets it reads dbt's debug events."""


@contextmanager
def quick_dbt(templates: Templates, *, is_read: bool) -> Iterator[None]:
    """Within this, a build costs about a third less of the interpreter's time before and between its statements.

    Args:
        templates: the project's Jinja as compiled before; what is compiled anew is added.
        is_read: dbt is given what it has read of this very project before.
    """
    import parsedatetime
    from dbt_common.clients.jinja import MacroFuzzEnvironment
    from dbt_common.dataclass_schema import dbtClassMixin
    from dbt_common.events.base_types import BaseEvent
    from dbt_common.events.event_manager import EventManager

    with ExitStack() as stack:
        replace(stack, MacroFuzzEnvironment, "compile", lambda theirs: _kept(theirs, templates))
        if DEBUG not in os.environ:
            replace(stack, BaseEvent, "__init__", _late)
            replace(stack, BaseEvent, "__getattr__", _made_first)
            replace(stack, BaseEvent, "__setattr__", _made_first)
            replace(stack, EventManager, "fire_event", _unless_debug)
        replace(stack, parsedatetime, "Constants", cache)
        if is_read:
            replace(stack, dbtClassMixin, "validate", lambda theirs: classmethod(_was_valid))
        yield


def _kept(theirs: Callable[..., Any], templates: Templates) -> Callable[..., Any]:
    """Compiling Jinja takes longer than most statements of a small day; the code depends on its text alone."""

    def compiled(self: Any, source: Any, *named: Any, **options: Any) -> Any:
        if named or options or not isinstance(source, str):
            return theirs(self, source, *named, **options)
        return templates.code_of(type(self).__name__, source, lambda: theirs(self, source))

    return compiled


def _late(theirs: Callable[..., None]) -> Callable[..., None]:
    """dbt makes thousands of debug events, each a message of protobuf, for a log that leaves them out."""

    def begun(self: Any, *unnamed: Any, **fields: Any) -> None:
        if _is_debug(self):
            object.__setattr__(self, "_make", lambda: theirs(self, *unnamed, **fields))
        else:
            theirs(self, *unnamed, **fields)

    return begun


def _made_first(theirs: Callable[..., Any]) -> Callable[..., Any]:
    """An event that was not made yet is when somebody reads or writes a field: asks for its text, or tells of it."""

    def at_field(self: Any, *named: Any) -> Any:
        if make := vars(self).pop("_make", None):
            make()
        return theirs(self, *named)

    return at_field


def _unless_debug(theirs: Callable[..., None]) -> Callable[..., None]:
    def fired(self: Any, e: Any, level: Any = None, node: Any = None, force_warn_or_error_handling: bool = False):
        if force_warn_or_error_handling or not (level.value == "debug" if level else _is_debug(e)):
            theirs(self, e, level, node, force_warn_or_error_handling)

    return fired


def _is_debug(event: Any) -> bool:
    return event.level_tag().value == "debug"


def _was_valid(cls: type, data: Any) -> None:
    """The project and profile were checked against their schemas, which take a second to make, when they were read."""
