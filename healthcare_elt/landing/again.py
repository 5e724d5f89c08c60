"""Deliveries that their contract rejected, looked at again in the landing zone when the contract is another one.

Here belongs the second look at one delivery. Which deliveries get one is the caller's business; a damaged file
gets none, since no contract would take it.
"""

from __future__ import annotations

from dataclasses import replace

from healthcare_elt.contracts import Contract
from healthcare_elt.landing.delivery import Delivery
from healthcare_elt.landing.errors import ChangedFile, LandingError
from healthcare_elt.landing.inspect import inspect
from healthcare_elt.landing.outcome import Landed, Rejected
from healthcare_elt.landing.reading import DeliveredBytes
from healthcare_elt.landing.zone import LandingZone


def may_be_taken(delivery: Delivery, contract: Contract) -> bool:
    """True if another contract than the one of now rejected it."""
    return delivery.rejected_by not in ("", contract.landing_fingerprint)


def land_again(delivery: Delivery, contract: Contract, zone: LandingZone) -> Landed | Rejected:
    """The same delivery, with its date and its arrival, judged by the contract of now.

    Raises:
        LandingError: its file in the landing zone cannot be read.
    """
    try:
        with zone.open(delivery.landing_key) as source:
            found = inspect(DeliveredBytes(source, delivery.bytes, lambda chunk: None), delivery.name, contract)
    except (OSError, ChangedFile):
        raise LandingError(
            f"{contract.name}: {delivery.landing_key} cannot be read from the landing zone as it was delivered; "
            f"restore it from a backup, or withdraw delivery {delivery.delivery_id}, and run again."
        ) from None
    judged = replace(delivery, **found.facts())
    return Rejected(judged, found.rejected) if found.rejected else Landed(judged)
