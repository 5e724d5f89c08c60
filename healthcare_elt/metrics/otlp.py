"""Metrics by OTLP over HTTP, to the collector that the usual OTEL_* variables name."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricExportResult
from opentelemetry.sdk.resources import Resource

from healthcare_elt.metrics.samples import Sample
from healthcare_elt.side_by_side import side_by_side

PATIENCE_SECONDS = 3


class NotTaken(Exception):
    """The collector did not take the metrics: one sentence."""


def send_metrics(samples: Iterable[Sample]) -> None:
    """Send them once, and wait no longer than PATIENCE_SECONDS, however slowly the collector answers.

    Raises:
        NotTaken: the collector is not there, is slow or refuses them, or a variable of OpenTelemetry is wrong.
    """
    # The library's own words may hold the address, and with it a password.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    result = side_by_side({"export": partial(_export, list(samples))}, PATIENCE_SECONDS)["export"]
    if isinstance(result, Exception):
        raise NotTaken(_sentence(type(result).__name__))
    if result is not MetricExportResult.SUCCESS:
        raise NotTaken(_sentence("refused or out of reach"))


def _export(samples: Iterable[Sample]) -> MetricExportResult:
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader], Resource.create({"service.name": "healthcare_elt"}), shutdown_on_exit=False)
    meter = provider.get_meter("healthcare_elt")
    gauges = {}
    for sample in samples:
        gauge = gauges.setdefault(sample.name, meter.create_gauge(sample.name, description=sample.help))
        gauge.set(sample.value, sample.labels)
    exporter = OTLPMetricExporter(timeout=PATIENCE_SECONDS)
    try:
        return exporter.export(reader.get_metrics_data(), timeout_millis=PATIENCE_SECONDS * 1000)
    finally:
        exporter.shutdown(timeout_millis=0)
        provider.shutdown()


def _sentence(why: str) -> str:
    return (
        f"The collector of OTEL_EXPORTER_OTLP_ENDPOINT took no metrics ({why}); "
        "look at it and at the other OTEL_*, the next run sends them again."
    )
