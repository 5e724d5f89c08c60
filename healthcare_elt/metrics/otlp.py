"""Metrics by OTLP over HTTP, to the collector that the usual OTEL_* variables name."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricExportResult
from opentelemetry.sdk.resources import Resource

from healthcare_elt.metrics.samples import Sample

PATIENCE_SECONDS = 3


class NotTaken(Exception):
    """The collector did not take the metrics: one sentence."""


def send_metrics(samples: Iterable[Sample]) -> None:
    """Send them once, and wait no longer than PATIENCE_SECONDS.

    Raises:
        NotTaken: the collector is not there, is slow or refuses them.
    """
    # The library's own words may hold the address, and with it a password.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader], Resource.create({"service.name": "healthcare_elt"}), shutdown_on_exit=False)
    meter = provider.get_meter("healthcare_elt")
    gauges = {}
    for sample in samples:
        gauge = gauges.setdefault(sample.name, meter.create_gauge(sample.name, description=sample.help))
        gauge.set(sample.value, sample.labels)
    exporter = OTLPMetricExporter(timeout=PATIENCE_SECONDS)
    try:
        result = exporter.export(reader.get_metrics_data(), timeout_millis=PATIENCE_SECONDS * 1000)
    except Exception as error:
        raise NotTaken(_sentence(type(error).__name__)) from None
    finally:
        exporter.shutdown(timeout_millis=0)
        provider.shutdown()
    if result is not MetricExportResult.SUCCESS:
        raise NotTaken(_sentence("refused or out of reach"))


def _sentence(why: str) -> str:
    return f"The collector of OTEL_EXPORTER_OTLP_ENDPOINT took no metrics ({why}); the next run sends them again."
