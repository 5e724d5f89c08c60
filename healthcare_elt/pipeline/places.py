"""Where a home keeps its landing zone and its ledger: folders of its own, or places in S3.

Here belongs the choice alone, from the settings. Nothing of AWS is imported for a home that has nothing there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from healthcare_elt.landing import FolderLandingZone, LandingError, LandingZone
from healthcare_elt.ledger import Ledger, LedgerError
from healthcare_elt.settings import Settings


def landing_zone(settings: Settings, s3: Callable[[], Any]) -> LandingZone:
    """
    Args:
        s3: gives a client of S3.
    """
    if not settings.landing_url:
        return FolderLandingZone(settings.landing)
    from healthcare_elt.aws.place import S3Place
    from healthcare_elt.landing.s3 import S3LandingZone

    setting = "HEALTHCARE_ELT_LANDING_URL"
    place = S3Place(s3(), settings.landing_url, settings.kms_key_id, "landing zone", setting, LandingError)
    return S3LandingZone(place, spool=settings.data)


def ledger(settings: Settings, s3: Callable[[], Any]) -> Ledger:
    if not settings.ledger_url:
        return Ledger(settings.ledger)
    from healthcare_elt.aws.place import S3Place
    from healthcare_elt.ledger.s3_store import S3Store

    setting = "HEALTHCARE_ELT_LEDGER_URL"
    return Ledger(S3Store(S3Place(s3(), settings.ledger_url, settings.kms_key_id, "ledger", setting, LedgerError)))
