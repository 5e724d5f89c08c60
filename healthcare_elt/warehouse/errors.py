"""Why the warehouse stops. What is wrong with one delivery never stops it: that is an outcome (`outcome`)."""

from __future__ import annotations


class WarehouseError(Exception):
    """The warehouse cannot be opened or asked: one sentence without any value of a row."""


class WarehouseLocked(WarehouseError):
    """Another process holds the warehouse."""


class LoadError(WarehouseError):
    """Deliveries could not be loaded, and not because of what is in them."""


class DamagedFile(Exception):
    """A delivery cannot be read; the text completes "<delivery> …"."""
