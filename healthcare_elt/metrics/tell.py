"""Hands the metrics over wherever the settings say; a place that does not take them never fails a run."""

from __future__ import annotations

from collections.abc import Callable

from healthcare_elt.metrics.samples import samples
from healthcare_elt.report.content import Report
from healthcare_elt.settings import Settings, has_collector


def tell(report: Report, settings: Settings, complain: Callable[[str], None]) -> None:
    """Nothing is imported for a place that is not set.

    Args:
        complain: told in a sentence what was not taken.
    """
    if settings.metrics_file:
        from healthcare_elt.metrics.prometheus import write_metrics

        try:
            write_metrics(samples(report), settings.metrics_file)
        except OSError as error:
            why = error.strerror or type(error).__name__
            complain(
                f"HEALTHCARE_ELT_METRICS_FILE cannot be written ({why}); let this user write it, the next run does."
            )
    if has_collector():
        from healthcare_elt.metrics.otlp import NotTaken, send_metrics

        try:
            send_metrics(samples(report))
        except NotTaken as error:
            complain(str(error))
