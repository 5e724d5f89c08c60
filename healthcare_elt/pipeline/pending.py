"""What there is to do: listing minus ledger, landed minus loaded.

Here belongs what waits, delivery by delivery. Which of it may be loaded already is `ready`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from healthcare_elt.landing import Delivery, InboxFile
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import new_files


class Pending(NamedTuple):
    """A delivery that is not loaded; the same one before and after it has landed."""

    system: str
    table: str
    delivery_date: date
    name: str
    """Relative to the system's folder in the inbox."""
    bytes: int
    modified_ns: int

    @property
    def contract_name(self) -> str:
        return f"{self.system}.{self.table}"


def pending(home: Home) -> dict[date, set[str]]:
    """Delivery dates with files that have not landed or deliveries that are not loaded; the source tables of each."""
    return tables_by_date(pending_deliveries(home))


def pending_deliveries(home: Home) -> set[Pending]:
    """
    Raises:
        WarehouseLocked: another process holds the warehouse.
    """
    with home.warehouse_if_there() as warehouse:
        loaded = warehouse.loaded_ids(home.contracts) if warehouse else set()
    landed = {as_pending(delivery) for delivery in home.ledger.landed_not_loaded(loaded)}
    tables = {contract.name for contract in home.contracts}  # what has no contract any more is loaded by nobody
    return {each for each in not_landed(home) | landed if each.contract_name in tables}


def not_landed(home: Home) -> set[Pending]:
    """What inbox, landing zone and ledger say alone."""
    return {as_pending(each) for each in new_files(home)}


def pending_by_ledger(home: Home) -> set[Pending]:
    """The same without asking the warehouse; what was loaded unnoticed, by a run that was killed, is among them."""
    loaded = {event.delivery_id for event in home.ledger.brief() if event.event == "loaded"}
    return not_landed(home) | {as_pending(delivery) for delivery in home.ledger.landed_not_loaded(loaded)}


def tables_by_date(deliveries: Iterable[Pending]) -> dict[date, set[str]]:
    found: dict[date, set[str]] = {}
    for delivery in deliveries:
        found.setdefault(delivery.delivery_date, set()).add(delivery.contract_name)
    return found


def as_pending(each: InboxFile | Delivery) -> Pending:
    table = each.contract if isinstance(each, InboxFile) else each
    return Pending(table.system, table.table, each.delivery_date, each.name, each.bytes, each.modified_ns)
