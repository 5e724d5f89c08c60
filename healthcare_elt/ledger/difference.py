"""What `verify` finds: one difference, in words.

Here belongs the language of differences; finding them is in `verify` and `verify_landing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from healthcare_elt.landing import Delivery
from healthcare_elt.ledger.state import DeliveryState

Kind = Literal[
    "unreadable segment",
    "missing segment",
    "unknown to the ledger",
    "loaded, not in the ledger",
    "loaded, not in the load log",
    "withdrawn, not in the ledger",
    "withdrawn, not in the load log",
    "landing file missing",
    "landing file changed",
    "landing file unknown",
    "arrival record missing",
    "arrival record damaged",
]
MEND = "run `healthcare-elt ledger verify --repair`."


@dataclass(frozen=True)
class Difference:
    kind: Kind
    delivery_id: str | None
    sentence: str
    repairable: bool
    """True if `--repair` mends it."""


def named(delivery: DeliveryState | Delivery) -> str:
    return f"{delivery.system}.{delivery.table}: delivery {delivery.delivery_id} ({delivery.name})"
