"""The warehouse as a protocol.

Here belongs what every warehouse promises; tests/contract/test_warehouse.py holds each implementation to it. One
implementation is one `<engine>_warehouse` module with modules of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Protocol, Self

from healthcare_elt.contracts import Contract
from healthcare_elt.landing import Delivery, LandingZone
from healthcare_elt.warehouse.columns import Columns
from healthcare_elt.warehouse.cost import Cost
from healthcare_elt.warehouse.load_log import BriefLoad, LoadLogEntry
from healthcare_elt.warehouse.outcome import Outcome


class Warehouse(Protocol):
    """Bronze, the load log, and reading."""

    def prepare(self, contracts: Sequence[Contract]) -> None:
        """Create what the contracts need and is not there yet; write nothing if all is there."""

    def load(
        self,
        contract: Contract,
        deliveries: Sequence[Delivery],
        zone: LandingZone,
        *,
        run_id: str,
        now: datetime,
        again: bool = False,
    ) -> Iterator[Outcome]:
        """Load what is not loaded yet, or all `again`; an outcome comes when its transaction is committed.

        Nothing is loaded unless the outcomes are taken. A delivery that the load log has gives no outcome, unless it is
        outdated: it is loaded again in the place of its rows.

        Raises:
            LoadError: the warehouse or the landing zone fails; what came before is loaded.
        """

    def load_log(self) -> list[LoadLogEntry]:
        """In order of arrival."""

    def loads(self) -> list[BriefLoad]:
        """The load log in brief; asked in a way that wakes no compute while nothing changes."""

    def loaded_ids(self, contracts: Sequence[Contract] = ()) -> set[str]:
        """Deliveries that are loaded, without those that these contracts would load otherwise.

        Such an outdated one lacks a column which an earlier contract ignored and the one of now takes.
        """

    def transformed(self) -> dict[str, str]:
        """The state that silver, gold and all behind them were last built from, by relation (`transform.state`)."""

    def mark_withdrawn(self, delivery_id: str, at: datetime | None, reason: str | None) -> None:
        """Write into the load log that a delivery does not count, or with None that it counts again.

        Nothing is written for a delivery that is not loaded.
        """

    def costs(self, run_id: str) -> Mapping[str, Cost]:
        """What a run's statements cost, by asset; empty where nobody charges for them."""

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]: ...

    def execute(self, sql: str) -> None: ...

    def is_there(self) -> bool:
        """True once it was prepared."""

    def columns(self, schema: str | None = None) -> Columns: ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
