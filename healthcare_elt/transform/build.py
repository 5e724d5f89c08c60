"""One dbt invocation, in this process, told node by node.

dbt's errors may quote values, so nothing of them leaves this module but the name of the node and the kind of
failure; the whole text is in dbt's own log, inside the PHI zone.
"""

from __future__ import annotations

import ctypes
import gc
import os
import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from healthcare_elt.settings import Settings, Target
from healthcare_elt.transform.ahead import manifest_for_build
from healthcare_elt.transform.manifest import read_templates
from healthcare_elt.transform.project import dbt_arguments, export_environment
from healthcare_elt.transform.quick_dbt import quick_dbt

RESULTS = ("LogSeedResult", "LogModelResult", "LogSnapshotResult", "LogTestResult")
ADAPTERS: dict[Target, str] = {"local": "duckdb", "snowflake": "snowflake"}
"""dbt's adapter for each target."""
LOCKED = "Could not set lock on file"
"""What DuckDB says while another process holds the warehouse."""
_END = object()


class DbtFailed(Exception):
    """One or more nodes failed: one sentence that names them and where the details are."""

    def __init__(self, sentence: str, *, transient: bool = False) -> None:
        super().__init__(sentence)
        self.transient = transient
        """True if all that failed may go well later."""


@dataclass(frozen=True)
class Built:
    """The table or view as it is after it was built."""

    rows: int
    columns: tuple[tuple[str, str], ...]
    """Names and the engine's types, in order."""


@dataclass(frozen=True)
class NodeResult:
    """How one node ended: dbt's own event as a dictionary, and the parts that everybody needs."""

    unique_id: str
    status: str
    """success, pass, warn, fail, error or skipped."""
    event: dict[str, Any]
    built: Built | None
    """What was built; None for a test or a failure."""

    @property
    def name(self) -> str:
        return self.event["data"]["node_info"]["node_name"]


def build(
    settings: Settings,
    *,
    select: Sequence[str] = (),
    exclude: Sequence[str] = (),
    without_events: Sequence[str] = (),
    full_refresh: bool = False,
    run_id: str = "",
    command: str = "build",
) -> Iterator[NodeResult]:
    """Run a dbt command and yield each node's result as it ends.

    Args:
        select: dbt selection; everything if empty.
        exclude: what is left out of it.
        without_events: names of facts that are left out of it too, and for which no changes are kept.
        run_id: what the query history calls the run, where there is one.
        command: `build`, or `retry` for what failed in the last one.

    Raises:
        DbtFailed: after the last result, if a node failed or dbt could not begin.
    """
    arguments = ["--log-level", "none", "--log-level-file", "info", command, *dbt_arguments(settings)]
    if command != "retry":  # which takes them from the build that failed
        left_out = [*exclude, *without_events, *(["test_type:unit"] if command == "build" else [])]
        arguments += ["--exclude", *left_out] if left_out else []
        arguments += ["--select", *select] if select else []
        arguments += ["--full-refresh"] if full_refresh else []
    os.environ["HEALTHCARE_ELT_RUN_ID"] = run_id
    os.environ["HEALTHCARE_ELT_WITHOUT_EVENTS"] = " ".join(without_events)
    results: queue.Queue[Any] = queue.Queue()
    outcome: list[Any] = []
    thread = threading.Thread(target=_invoke, args=(settings, arguments, results, outcome), daemon=True)
    thread.start()
    failed: list[NodeResult] = []
    try:
        while (result := results.get()) is not _END:
            if result.status in ("error", "fail"):
                failed.append(result)
            yield result
    except BaseException:
        _interrupt(thread)
        thread.join()
        outcome.clear()
        gc.collect()  # what dbt was interrupted in holds the warehouse open until then
        raise
    finally:
        # A caller that stops early gives the home's lock back; dbt must have ended by then.
        thread.join()
    _raise_if_failed(settings, outcome[0], failed)


def _invoke(settings: Settings, arguments: list[str], results: queue.Queue[Any], outcome: list[Any]) -> None:
    try:
        from dbt.cli.main import dbtRunner
        from google.protobuf.json_format import MessageToDict

        def on_event(event: Any) -> None:
            if event.info.name in RESULTS:
                told = MessageToDict(event, preserving_proto_field_name=True)
                node = told["data"]["node_info"]
                status = node["node_status"].lower()
                results.put(NodeResult(node["unique_id"], status, told, _built(settings, node, status)))

        export_environment(settings)
        read = None if "retry" in arguments else manifest_for_build(settings)  # which reads what it was told before
        templates = read_templates(settings)
        with quick_dbt(templates, is_read=read is not None):
            outcome.append(dbtRunner(read, [on_event]).invoke(arguments))
        templates.keep()
    except BaseException as error:
        # Its frames would hold dbt's database open for as long as whoever is told of the error.
        error.__traceback__ = error.__context__ = error.__cause__ = None
        outcome.append(error)
    finally:
        close_connections()
        results.put(_END)


def _interrupt(thread: threading.Thread) -> None:
    """What Ctrl-C is to dbt's own process: the nodes under way end, and no other begins."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(KeyboardInterrupt))


def close_connections() -> None:
    """dbt keeps its database open to the end of the process; the warehouse is needed before that."""
    from dbt.adapters.factory import FACTORY

    for adapter in FACTORY.adapters.values():
        adapter.cleanup_connections()
        if hasattr(adapter.connections, "close_all_connections"):
            adapter.connections.close_all_connections()


def _built(settings: Settings, node: dict[str, Any], status: str) -> Built | None:
    """Asked on a connection of dbt's own, in the thread that has just built the node."""
    place = node.get("node_relation", {})
    if status != "success" or not place.get("relation_name"):
        return None
    from dbt.adapters.factory import FACTORY

    adapter = FACTORY.adapters[ADAPTERS[settings.target]]
    with adapter.connection_named("built"):
        ((rows,),) = _fetch(adapter, f"select count(*) from {place['relation_name']}")
        columns = _fetch(adapter, f"describe table {place['relation_name']}")
    return Built(int(rows), tuple((name, data_type) for name, data_type, *_ in columns))


def _fetch(adapter: Any, sql: str) -> list[tuple[Any, ...]]:
    """From the cursor: what dbt makes of rows, to tell their types, costs more than small answers do."""
    _, cursor = adapter.connections.add_query(sql, auto_begin=False)
    return cursor.fetchall()


def _raise_if_failed(settings: Settings, outcome: Any, failed: list[NodeResult]) -> None:
    log = settings.dbt_target_path / "logs" / "dbt.log"
    messages = _messages(outcome, failed)
    transient = bool(messages) and all(_passes(message) for message in messages)
    if failed:
        names = ", ".join(sorted({result.name for result in failed})[:5])
        more = f" and {len(failed) - 5} more" if len(failed) > 5 else ""
        next_step = _refusal(settings, messages) or f"see {log} (inside the PHI zone), mend it, and run again."
        raise DbtFailed(
            f"dbt could not build {names}{more}; what rests on it was left as it was: {next_step}", transient=transient
        )
    if not getattr(outcome, "success", False):
        kind = type(getattr(outcome, "exception", outcome)).__name__
        raise DbtFailed(f"dbt stopped before it built anything ({kind}); see {log} and run again.", transient=transient)


def _messages(outcome: Any, failed: list[NodeResult]) -> list[str]:
    """What dbt says of each failed node, or of what kept it from beginning; it may quote rows."""
    if not failed:
        return [str(getattr(outcome, "exception", outcome))]
    ids = {result.unique_id for result in failed}
    return [str(each.message) for each in getattr(outcome.result, "results", ()) if each.node.unique_id in ids]


def _passes(message: str) -> bool:
    from healthcare_elt.transform.snowflake_refusal import passes

    return LOCKED in message or passes(message)


def _refusal(settings: Settings, messages: list[str]) -> str | None:
    """What the warehouse refused, if there is a sentence of ours for it."""
    if settings.target != "snowflake":
        return None
    from healthcare_elt.transform.snowflake_refusal import refusal

    return refusal(settings, messages)
