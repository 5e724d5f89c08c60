"""From the inbox to the landing zone: every delivery found, read once, checked, and kept for ever.

Here belongs what happens to a file before any row of it is read. Loading its rows is `warehouse`; remembering
what happened is `ledger`, which landing knows only as the protocol `Known`.
"""

from healthcare_elt.landing.delivery import Delivery, delivery_id
from healthcare_elt.landing.errors import LandingConflict, LandingError
from healthcare_elt.landing.folder import FolderLandingZone
from healthcare_elt.landing.inbox import Discovery, InboxFile, discover, why_unmatched
from healthcare_elt.landing.inbox_folder import FolderInbox
from healthcare_elt.landing.inbox_protocol import Inbox
from healthcare_elt.landing.land import land
from healthcare_elt.landing.outcome import Known, Landed, Outcome, Rejected, Repeated, Waiting
from healthcare_elt.landing.zone import LandingZone, Staging

__all__ = [
    "Delivery",
    "Discovery",
    "FolderInbox",
    "FolderLandingZone",
    "Inbox",
    "InboxFile",
    "Known",
    "Landed",
    "LandingConflict",
    "LandingError",
    "LandingZone",
    "Outcome",
    "Rejected",
    "Repeated",
    "Staging",
    "Waiting",
    "delivery_id",
    "discover",
    "land",
    "why_unmatched",
]
