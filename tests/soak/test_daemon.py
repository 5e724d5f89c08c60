"""Deliveries come in any order, twice, while the daemon is killed: each is loaded once and nothing is left stuck.

Sensor and automation are both on, so that runs which load and runs which transform are killed alike. In `make soak`
200 deliveries and several kills, in `make test` a dozen and one.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from random import Random

import dagster as dg
from daemon import Daemon, switch_on
from effort import IS_SOAK

from healthcare_elt.defs.automation import SENSOR as AUTOMATION
from healthcare_elt.defs.killed_runs import SENTENCE, was_killed
from healthcare_elt.defs.source_tables import POOL
from healthcare_elt.orchestration import dagster_instance
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.load import load_deliveries
from healthcare_elt.pipeline.pending import pending
from healthcare_elt.pipeline.transform import transform
from healthcare_elt.transform.state import outstanding

DAYS, PIECES, KILLS = (67, 20, 6) if IS_SOAK else (4, 2, 1)
FACT = "encounters_details"
HEADERS = {
    "patients": "patient_id,gender,birth_date\nP{day},F,19{number:02}-01-{day:02}\n",
    FACT: "encounter_id,npi,patient_id,cpt,paid_amount\nE{day},1003000126,P{day},27130,{number}.00\n",
    "providers": "provider_name,npi\nProvider {number},1003000126\n",
}
TOLD = ("_arrival", "_loaded_at")
IDLE = "delivery_sensor skipped: Nothing new in the inbox."
LOADING = ("STEP_START", "Creating new run for delivery_sensor", "RUN_START", "landed", "RUN_SUCCESS")
TRANSFORMING = ("transform - STEP_START", "transform - ASSET_MATERIALIZATION", "transform - STEP_SUCCESS")
AFTER_A_RUN = ("RUN_SUCCESS", "RUN_FAILURE", IDLE)
UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def drops(random: Random) -> list[tuple[str, str]]:
    """Names and contents in random order; a fifth of them come again under another name."""
    named = [
        (f"{table}_2026-{1 + day // 28:02}-{1 + day % 28:02}.csv", text.format(day=1 + day % 28, number=day))
        for table, text in HEADERS.items()
        for day in range(DAYS)
    ]
    again = [(f"again/{name}", text) for name, text in random.sample(named, len(named) // 5)]
    return random.sample(named, len(named)) + random.sample(again, len(again))


def drop(home: Home, name: str, text: str) -> None:
    file: Path = home.settings.inbox / "icon_health" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def is_settled(home: Home) -> bool:
    """No run is to come or under way, and what was loaded of facts is in gold."""
    with dagster_instance(home.settings) as instance:
        if instance.get_runs(dg.RunsFilter(statuses=UNFINISHED)):
            return False
    with home.warehouse() as warehouse:
        relation = f"icon_health__{FACT}"
        return relation not in outstanding(home.settings, warehouse, home.contracts).states


def test_every_delivery_is_loaded_once_though_the_daemon_is_killed(
    home: Callable[..., Home], contents, record_property
) -> None:
    random = Random(int(os.environ.get("SOAK_SEED", "1")))
    made = home()
    files = drops(random)
    size = -(-len(files) // PIECES)
    pieces = [files[start : start + size] for start in range(0, len(files), size)]
    killed_in = {0, *random.sample(range(len(pieces) - 1), KILLS - 1)}
    for sensor in ("delivery_sensor", AUTOMATION):
        switch_on(made, sensor)
    daemon = Daemon(made)
    try:
        for number, piece in enumerate(pieces):
            for name, text in piece:
                drop(made, name, text)
            brings_facts = any(name.startswith(FACT) for name, _ in piece)
            moments = LOADING + TRANSFORMING * brings_facts
            daemon.wait_for(random.choice(moments) if IS_SOAK else LOADING[0])
            if number in killed_in:
                daemon.listen(random.randrange(3))
                daemon.kill()
                daemon = Daemon(made)
        daemon.wait_for(IDLE)
        while not is_settled(made):
            daemon.wait_for(*AFTER_A_RUN)
    finally:
        daemon.kill()

    assert not pending(made)
    states = made.ledger.deliveries()
    assert {state.state for state in states} == {"loaded"}
    assert len(states) == len(HEADERS) * DAYS
    with dagster_instance(made.settings) as instance:
        assert not instance.get_runs(dg.RunsFilter(statuses=UNFINISHED))
        pool = instance.event_log_storage.get_concurrency_info(POOL)
        assert (pool.active_slot_count, pool.claimed_slots, pool.pending_steps) == (0, [], [])
        for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE])):
            assert was_killed(run)
            assert SENTENCE in [entry.message for entry in instance.all_logs(run.run_id)]
    list(transform(made, run_id="batch"))
    once = home("once")
    for name, text in files:
        drop(once, name, text)
    land_deliveries(once, run_id="once")
    load_deliveries(once, run_id="once")
    list(transform(once, run_id="once"))

    def rows(home: Home) -> dict[str, list[str]]:
        """Automation also makes views of what was never delivered, which are empty."""
        held = contents(home, "bronze", without=TOLD) | contents(home, without=TOLD)
        return {table: there for table, there in held.items() if there}

    held = rows(once)
    assert rows(made) == held
    assert len(held["gold.fct_encounter"]) == min(DAYS, 28)
    record_property("kills_survived", len(killed_in))
