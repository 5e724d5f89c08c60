"""Metrics: what a home holds and how its last run went, as numbers for a monitoring system.

Here belongs naming the numbers and handing them over, as Prometheus text or by OTLP, where that is asked for. They are
counted in `report`; no table's values and no file's name are among them.
"""

from healthcare_elt.metrics.tell import tell

__all__ = ["tell"]
