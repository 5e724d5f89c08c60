"""Any sequence of drops, re-sends, ticks, and runs that succeed, fail, are killed, canceled or deleted.

Nothing is asked for twice at a time, nothing is passed over for ever, and each delivery is loaded once.
"""

from __future__ import annotations

import dagster as dg
from effort import effort
from hypothesis import given
from hypothesis import strategies as st
from sensed import Sensed

from healthcare_elt.pipeline.pending import pending

END = ("finish", "fail", "kill", "cancel", "delete", "land and fail")
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("drop"), st.integers(1, 4), st.integers(1, 3)),
        st.tuples(st.sampled_from(("tick", "lost tick", "restart", "resend"))),
        st.tuples(st.just("tick")),
        st.tuples(st.sampled_from(END)),
    ),
    min_size=3,
    max_size=14,
)


class World(Sensed):
    """The home, and what was dropped into it."""

    def __init__(self, home, instance: dg.DagsterInstance) -> None:
        super().__init__(home, instance)
        self.contents: set[tuple[int, int]] = set()
        self.sent = 0

    @property
    def under_way(self) -> dg.DagsterRun | None:
        found = (self.instance.get_run_by_id(run.run_id) for run in self.runs)
        return next((run for run in found if run and not run.is_finished), None)

    def apply(self, event: tuple) -> None:
        match event:
            case ("drop", day, content):
                self.contents.add((day, content))
                self._put(day, content)
            case ("resend",) if self.contents:
                self._put(*min(self.contents))
            case ("tick",):
                before, asked = self.under_way, self.tick()
                assert not (before and asked), "two runs at a time"
            case ("lost tick",):
                self.look()
            case ("restart",):
                self.restart()
            case (end,) if run := self.under_way:
                self._end(end, run)

    def _put(self, day: int, content: int) -> None:
        self.sent += 1
        (self.home.settings.inbox / "icon_health" / f"{self.sent}").mkdir(parents=True)
        self.drop(f"{self.sent}/patients_2026-01-{day:02}.csv", f"P{content},F,1980-01-01\n")

    def _end(self, end: str, run: dg.DagsterRun) -> None:
        match end:
            case "finish":
                self.finish(run)
            case "fail":
                self.fail(run)
            case "kill":
                self.kill(run)
            case "cancel":
                self.instance.report_run_canceled(run)
            case "delete":
                self.instance.delete_run(run.run_id)
            case "land and fail":
                self.land(run)
                self.fail(run)


@effort(quick=12, soak=100)
@given(events=EVENTS)
def test_any_sequence_of_events_ends_with_each_delivery_loaded_once(emptied_home, tried, events: list[tuple]) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        world = World(emptied_home(), instance)
        for event in events:
            world.apply(event)
        world.apply(("drop", 5, 1))
        for _ in range(3):
            if run := world.under_way:
                world.finish(run)
            world.tick()
        assert not pending(world.home), "a delivery more, and nothing is passed over"
        assert not world.under_way
        states = world.home.ledger.deliveries()
        assert {(state.delivery_date.day, state.state) for state in states} == {
            (day, "loaded") for day, _ in world.contents
        }
        assert len(states) == len(world.contents)
        with world.home.warehouse(read_only=True) as warehouse:
            (row,) = warehouse.rows("select count(*) as n from bronze.icon_health__patients")
        assert row["n"] == len(world.contents)
    tried()
