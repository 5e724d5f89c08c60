"""What happened to every delivery, as Parquet that any tool reads.

Here belongs writing events down, folding them into states and comparing them with the warehouse's load log. What a
file is belongs to `landing`, loading it to `warehouse`.
"""

from healthcare_elt.ledger.brief import BriefEvent
from healthcare_elt.ledger.difference import Difference
from healthcare_elt.ledger.event import Event, EventKind
from healthcare_elt.ledger.known import KnownDeliveries
from healthcare_elt.ledger.ledger import Ledger, LedgerError
from healthcare_elt.ledger.repair import has_heard, repair, restore_arrivals, write_missing_records
from healthcare_elt.ledger.state import DeliveryState
from healthcare_elt.ledger.verify import verify

__all__ = [
    "BriefEvent",
    "DeliveryState",
    "Difference",
    "Event",
    "EventKind",
    "KnownDeliveries",
    "Ledger",
    "LedgerError",
    "has_heard",
    "repair",
    "restore_arrivals",
    "verify",
    "write_missing_records",
]
