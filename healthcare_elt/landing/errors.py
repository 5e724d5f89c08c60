"""Why landing stops. What is wrong with one file never stops it: that is an outcome (`outcome`)."""

from __future__ import annotations


class LandingError(Exception):
    """The landing zone cannot be written: one sentence that names the delivery and says what to do."""


class LandingConflict(LandingError):
    """A key of the landing zone already holds other bytes, and those are never replaced."""


class BadFile(Exception):
    """A file that cannot be loaded as its contract says; the text completes "<file> …"."""


class AgainstContract(BadFile):
    """A whole file that its contract does not take; another contract might."""


class ChangedFile(Exception):
    """The file is not what it was when it was discovered."""


class UnreadableInbox(Exception):
    """The inbox cannot be listed, or stopped giving a file's bytes while it was being read."""
