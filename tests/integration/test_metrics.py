"""Metrics as monitoring systems take them: a file that a Prometheus parser reads, and a collector on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from urllib.parse import urlsplit

import pytest
from delivered import a_delivery
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from prometheus_client.parser import text_string_to_metric_families

from healthcare_elt.alerts.incident import Incident
from healthcare_elt.ledger import Event
from healthcare_elt.metrics import tell
from healthcare_elt.metrics.otlp import PATIENCE_SECONDS
from healthcare_elt.report import History, gather
from healthcare_elt.report.content import Report
from healthcare_elt.report.history import CheckName, Run, Timed
from healthcare_elt.settings import Settings, load_settings

NOW = datetime(2026, 1, 10, 6, 0, tzinfo=UTC)
PERSON = "Quirin Vogelsang"
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
RUN = Run(
    "a-run", "daily_elt", "started", NOW - timedelta(seconds=30), None, "", (),
    {CheckName("gold/dim_patient", "unique"): "passed", CheckName("gold/dim_patient", "no_overlap"): "failed"},
)  # fmt: skip
FAILED = Incident(
    key="check_failed/gold/dim_patient:no_overlap", event="check_failed", severity="error", since=NOW, latest=NOW,
    what="The check no_overlap of gold/dim_patient failed.", next="healthcare-elt report",
)  # fmt: skip
HISTORY = History((RUN,), "a-run", (Timed("transform", 12.5),), incidents=(FAILED,))
EXPECTED = {
    ("healthcare_elt_deliveries", "icon_health.patients"): 2,
    ("healthcare_elt_rejected_deliveries", "icon_health.patients"): 1,
    ("healthcare_elt_delivered_bytes", "icon_health.patients"): 200,
    ("healthcare_elt_last_delivery_date_seconds", "icon_health.patients"): datetime(2026, 1, 2, tzinfo=UTC).timestamp(),
    ("healthcare_elt_attention", "error"): 2,
    ("healthcare_elt_attention", "warning"): 0,
    ("healthcare_elt_run_seconds", ""): 30,
    ("healthcare_elt_run_failed", ""): 0,
    ("healthcare_elt_run_checks", "failed"): 1,
    ("healthcare_elt_step_seconds", "transform"): 12.5,
}


@pytest.fixture
def report(home) -> Report:
    """Of a delivery that landed and a later one that was rejected, whose files are called after a person."""
    made = home()
    taken, refused = (a_delivery(number, system="icon_health", name=f"{PERSON}.csv") for number in (1, 2))
    made.ledger.append([Event.of("landed", taken, NOW), Event.of("rejected", refused, NOW, reason=f"{PERSON}: empty.")])
    return gather(made, HISTORY, NOW)


def told(report: Report, settings: Settings) -> list[str]:
    complaints: list[str] = []
    tell(report, settings, complaints.append)
    return complaints


class Collector:
    """What a collector was sent, and how it answers."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.bodies: list[bytes] = []
        self.status = 200
        self.may_answer = Signal()
        self.may_answer.set()
        self.drips = False
        """Until it may answer it says a word every half second, so that no read of the client's lasts long."""
        self.url = ""

    def numbers(self) -> dict[tuple[str, str], float]:
        """By the metric's name and the value of its only label."""
        (body,) = self.bodies
        return {
            (metric.name, point.attributes[0].value.string_value if point.attributes else ""): point.as_double
            or point.as_int
            for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
            for point in metric.gauge.data_points
        }


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.paths.append(urlsplit(self.path).path)
            collector.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(collector.status)
            self.flush_headers()
            while not collector.may_answer.wait(0.5 if collector.drips else None):
                self.wfile.write(b"X-Not-Yet: 1\r\n")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    collector.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield collector
    finally:
        collector.may_answer.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    with collecting() as collector:
        monkeypatch.setenv(ENDPOINT, collector.url)
        yield collector


def test_the_metrics_file_holds_every_number_for_a_prometheus_parser_and_no_name_of_a_file(
    report: Report, home, tmp_path: Path
) -> None:
    path = tmp_path / "new" / "healthcare_elt.prom"
    assert told(report, home(metrics_file=path).settings) == []
    text = path.read_text()
    numbers = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert {
        (name, *filter(None, [label])): value for (name, label), value in EXPECTED.items()
    }.items() <= numbers.items()
    assert "Vogelsang" not in text
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_metrics_file_that_cannot_be_written_is_one_sentence_and_no_failure(
    report: Report, home, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("a file")
    (sentence,) = told(report, home(metrics_file=tmp_path / "taken" / "healthcare_elt.prom").settings)
    assert sentence.startswith("HEALTHCARE_ELT_METRICS_FILE cannot be written (")


def test_a_collector_is_sent_the_same_numbers_by_otlp(report: Report, collector: Collector) -> None:
    assert told(report, load_settings()) == []
    assert collector.paths == ["/v1/metrics"]
    assert EXPECTED.items() <= collector.numbers().items()
    assert b"Vogelsang" not in collector.bodies[0]


@pytest.mark.parametrize("status", [400, 401, 503])
def test_a_collector_that_refuses_is_told_of_in_one_sentence(report: Report, collector: Collector, status: int) -> None:
    collector.status = status
    (sentence,) = told(report, load_settings())
    assert "took no metrics" in sentence


@pytest.mark.parametrize("drips", [False, True])
def test_a_collector_that_never_answers_is_not_waited_for(report: Report, collector: Collector, drips: bool) -> None:
    collector.may_answer.clear()
    collector.drips = drips
    ended = Signal()

    def send() -> None:
        told(report, load_settings())
        ended.set()

    Thread(target=send, daemon=True).start()
    assert ended.wait(PATIENCE_SECONDS * 10)
    assert collector.bodies


def test_a_variable_of_opentelemetry_that_is_wrong_fails_nothing(
    report: Report, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_METRICS_EXEMPLAR_FILTER", "no such filter")
    (sentence,) = told(report, load_settings())
    assert "took no metrics" in sentence
    assert not collector.bodies


def test_a_collector_that_is_down_fails_nothing_and_its_password_is_not_told(
    report: Report, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with collecting() as gone:
        url = gone.url
    monkeypatch.setenv(ENDPOINT, url.replace("//", "//user:planted-password@"))
    (sentence,) = told(report, load_settings())
    assert "out of reach" in sentence
    assert "planted-password" not in sentence + caplog.text + "".join(capfd.readouterr())


def test_nothing_is_imported_for_metrics_that_nobody_asked_for() -> None:
    import subprocess
    import sys

    script = (
        "import sys, healthcare_elt.metrics, healthcare_elt.report; "
        "sys.exit(sorted(n for n in sys.modules if n.startswith(('prometheus', 'opentelemetry'))) or 0)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
