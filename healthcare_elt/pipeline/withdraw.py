"""Withdrawing a delivery: its rows leave history as if it had never come, and come back when it is restored.

Here belongs finding the delivery and writing down what is wanted: first in the load log, which decides, then in the
ledger. Its file and its bronze rows stay; leaving it out is silver's business.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import uuid4

from healthcare_elt.landing import Delivery
from healthcare_elt.ledger import DeliveryState, Event, repair
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.transform import is_up_to_date, transform

SHORTEST = 6
"""Letters that the beginning of an id must have."""


class UnknownDelivery(Exception):
    """No delivery, or more than one, has this id: one sentence."""


@dataclass(frozen=True)
class Withdrawal:
    """A delivery that was withdrawn or restored."""

    delivery: DeliveryState
    """As it is now."""
    changed: bool
    """False if it was so already."""


def withdraw(home: Home, delivery: str, reason: str) -> Withdrawal:
    """Take a delivery out of history; its id may be cut short.

    Raises:
        UnknownDelivery: the id names none, or several.
        DbtFailed: a model or a check failed; it is withdrawn, and the next run brings the tables up to date.
    """
    return _changed(home, delivery, "withdrawn", reason)


def restore(home: Home, delivery: str) -> Withdrawal:
    """Undo `withdraw`; a delivery that was never loaded is taken by the next run.

    Raises:
        UnknownDelivery, DbtFailed: as for `withdraw`.
    """
    return _changed(home, delivery, "restored", None)


def withdrawn_among(home: Home, deliveries: Collection[str]) -> set[str]:
    """Of these ids those of deliveries that are withdrawn now."""
    return {state.delivery_id for state in home.ledger.deliveries(deliveries) if state.state == "withdrawn"}


def _changed(home: Home, given: str, event: Literal["withdrawn", "restored"], reason: str | None) -> Withdrawal:
    with home.lock(), home.warehouse_if_there(read_only=False) as warehouse:
        if warehouse:
            warehouse.prepare(home.contracts)
            repair(home.ledger, warehouse.load_log(), home.zone)
        before = named(given, home.ledger.deliveries())
        changed = (event == "withdrawn") != (before.state == "withdrawn")
        if changed:
            delivery, at = _whole(before), _now_after(home, before.delivery_id)
            if warehouse:
                warehouse.mark_withdrawn(before.delivery_id, at if event == "withdrawn" else None, reason)
            home.ledger.append([Event.of(event, delivery, at, reason=reason)])
    # A withdrawal that was stopped before this is finished by saying it again, or by the next run.
    if before.loaded_at and not is_up_to_date(home):
        for _ in transform(home, run_id=str(uuid4())):
            pass
    return Withdrawal(named(before.delivery_id, home.ledger.deliveries()), changed)


def named(given: str, states: Sequence[DeliveryState]) -> DeliveryState:
    """The delivery whose id begins so."""
    # A few letters could be an arrival number that was meant, and name another delivery.
    if len(given) < SHORTEST:
        raise UnknownDelivery(
            f"{given!r} is too short for the id of a delivery; write at least {SHORTEST} letters of it, "
            "as `healthcare-elt ledger show` prints it."
        )
    found = [state for state in states if state.delivery_id.startswith(given.lower())]
    if len(found) == 1:
        return found[0]
    if not found:
        raise UnknownDelivery(f"There is no delivery {given!r}; `healthcare-elt ledger show` has their ids.")
    ids = ", ".join(state.delivery_id for state in found[:3]) + (", …" if len(found) > 3 else "")
    raise UnknownDelivery(f"{len(found):,} deliveries begin with {given} ({ids}); write more of the id.")


def _whole(state: DeliveryState) -> Delivery:
    if state.delivery is None:
        raise UnknownDelivery(
            f"The ledger holds too little of delivery {state.delivery_id}; run `healthcare-elt ledger verify --repair`."
        )
    return state.delivery


def _now_after(home: Home, delivery_id: str) -> datetime:
    """Now, and after all that happened to the delivery, even if the machine's clock went back meanwhile."""
    last = max(event.at for event in home.ledger.events() if event.delivery_id == delivery_id)
    return max(datetime.now(UTC), last + timedelta(microseconds=1))
