"""A home whose adapters stop at a chosen call: the n-th into landing zone, ledger or warehouse.

Here belongs the double only. It stands before real adapters, and what it raises nobody catches, as nobody catches the
end of a process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from types import GeneratorType
from typing import Any, Literal

from healthcare_elt.pipeline.home import Home

When = Literal["before", "after"]


class Crash(BaseException):
    """The end of a process."""


@dataclass
class Fault:
    """Stops call number `at`, before it is made or after it is made and before anybody hears of it."""

    at: int = 0
    when: When = "before"
    of: str = ""
    """Only calls of this name are counted; all if empty."""
    calls: list[str] = field(default_factory=list)

    def call(self, name: str, real: Callable[[], Any]) -> Any:
        if self.of not in name:
            return real()
        self.calls.append(name)
        mine = len(self.calls) == self.at
        if mine and self.when == "before":
            raise Crash
        result = real()
        if mine:
            raise Crash
        return result

    @property
    def struck(self) -> bool:
        return len(self.calls) >= self.at > 0


class Counted:
    """Stands before an adapter; its calls, and each outcome that it gives one by one, are counted."""

    def __init__(self, real: Any, fault: Fault) -> None:
        self._real = real
        self._fault = fault

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if not callable(found):
            return found

        def counted(*args: Any, **options: Any) -> Any:
            made = self._call(name, lambda: found(*args, **options))
            if name == "begin":
                return Counted(made, self._fault)
            return self._one_by_one(name, made) if isinstance(made, GeneratorType) else made

        return counted

    def __enter__(self) -> Counted:
        self._real.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._call("__exit__", lambda: self._real.__exit__(*error))

    def _call(self, name: str, real: Callable[[], Any]) -> Any:
        return self._fault.call(f"{type(self._real).__name__}.{name}", real)

    def _one_by_one(self, name: str, outcomes: Iterator[Any]) -> Iterator[Any]:
        end = object()
        while (outcome := self._call(f"{name}, next", lambda: next(outcomes, end))) is not end:
            yield outcome


@dataclass(frozen=True)
class FaultyHome(Home):
    fault: Fault = field(default_factory=Fault)

    @cached_property
    def ledger(self) -> Any:
        return Counted(Home(self.settings).ledger, self.fault)

    @cached_property
    def zone(self) -> Any:
        return Counted(Home(self.settings).zone, self.fault)

    def warehouse(self, *, read_only: bool = False) -> Any:
        return self.fault.call(
            "warehouse", lambda: Counted(Home(self.settings).warehouse(read_only=read_only), self.fault)
        )
