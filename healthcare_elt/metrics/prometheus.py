"""Metrics as Prometheus text, in a file for node_exporter's textfile collector."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from healthcare_elt.atomic import replace_file
from healthcare_elt.metrics.samples import Sample


def write_metrics(samples: Iterable[Sample], path: Path) -> None:
    """
    Raises:
        OSError: the file cannot be written there.
    """
    registry = CollectorRegistry()
    gauges: dict[str, Gauge] = {}
    for sample in samples:
        if sample.name not in gauges:
            gauges[sample.name] = Gauge(sample.name, sample.help, sample.labels, registry=registry)
        gauge = gauges[sample.name]
        (gauge.labels(**sample.labels) if sample.labels else gauge).set(sample.value)
    replace_file(path, generate_latest(registry))
