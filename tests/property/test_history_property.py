"""Any files of both source systems, in any order and in any batches, give the tables that all at once give (P1, P3).

Each dbt build costs seconds, so few examples run by default; `make soak` tries many.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random

from delivered_rows import account, delivery
from effort import effort
from held import differences
from history_cases import COLUMNS, ICON_HEALTH, Case, case
from hypothesis import given
from hypothesis import strategies as st

from healthcare_elt.landing import Delivery
from healthcare_elt.pipeline.home import Home
from healthcare_elt.pipeline.land import land_deliveries
from healthcare_elt.pipeline.transform import is_up_to_date, transform

FIRST_DAY = date(2026, 1, 2)
LANDED = 1_767_000_000
"""The moment of the first file; arrival follows the modification time."""
# Each example costs seconds, so none is spent on the nearly empty ones that Hypothesis would begin with.
cases = st.integers(0, 2**32 - 1).map(lambda seed: case(Random(seed)))


def _write(home: Home, tried: Case) -> None:
    for number, each in enumerate(tried.sent):
        system, table = each.name.split(".")
        path = home.settings.inbox / system / _folder(number) / f"{table}_{FIRST_DAY + timedelta(days=each.day)}.csv"
        path.parent.mkdir(parents=True)
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows([COLUMNS[each.name], *each.rows])
        path.write_text(text.getvalue(), newline="")
        os.utime(path, (LANDED + number,) * 2)


def _folder(number: int) -> str:
    return f"arrival-{number:03}"


def _number(delivery: Delivery) -> int:
    return int(delivery.name.split("/")[0].removeprefix("arrival-"))


def _send_again(home: Home, random: Random) -> None:
    """The same bytes for the same dates under other names, later."""
    files = sorted(home.settings.inbox.glob("*/arrival-*/*.csv"))
    for number, file in enumerate(random.sample(files, len(files) // 2)):
        again = file.parent.parent / f"again-{number:03}" / file.name
        again.parent.mkdir()
        shutil.copy(file, again)
        os.utime(again, (LANDED + 1000 + number,) * 2)


def _load(home: Home, deliveries: Iterable[Delivery]) -> None:
    wanted = list(deliveries)
    with home.lock(), home.warehouse() as warehouse:
        warehouse.prepare(home.contracts)
        for contract in home.contracts:
            mine = [d for d in wanted if f"{d.system}.{d.table}" == contract.name]
            outcomes = warehouse.load(contract, mine, home.zone, run_id="run", now=datetime.now(UTC))
            assert len(list(outcomes)) == len(mine)


def _transform(home: Home) -> None:
    """The plausibility checks warn of what the cases make implausible."""
    results = list(transform(home, run_id="run"))
    failed = [result.name for result in results if result.status not in ("success", "pass")]
    assert [name for name in failed if not name.startswith("plausible")] == []


def _batches(tried: Case, landed: dict[int, Delivery]) -> Iterator[list[Delivery]]:
    """What of each batch has landed: a file that repeats another, or is rejected, has not."""
    for batch in tried.batches:
        if found := [landed[number] for number in batch if number in landed]:
            yield found


@effort(2, 1, shrinks=False)
@given(tried_case=cases)
def test_any_order_in_any_batches_gives_what_all_at_once_gives(
    built_home: Callable[[], Home],
    contents: Callable[..., dict[str, list[str]]],
    tried: Callable[[], None],
    tried_case: Case,
) -> None:
    home = built_home()
    _write(home, tried_case)
    landed = {_number(each.delivery): each.delivery for each in land_deliveries(home, run_id="run").landed}
    for batch in _batches(tried_case, landed):
        _load(home, batch)
        _transform(home)
    in_batches = contents(home)

    _send_again(home, Random(len(landed)))
    assert land_deliveries(home, run_id="run").landed == []
    assert is_up_to_date(home)

    _assert_oracle(home, landed, tried_case)
    home.settings.warehouse.unlink()
    _load(home, landed.values())
    _transform(home)
    assert contents(home) == in_batches
    tried()


def _assert_oracle(home: Home, landed: dict[int, Delivery], tried: Case) -> None:
    contracts = {contract.name: contract for contract in home.contracts}
    expected = {name: [] for name in ICON_HEALTH}
    for number, each in landed.items():
        sent = tried.sent[number]
        expected.get(sent.name, []).append(delivery(sent, each.delivery_date, each.arrival))
    accounts = {name: account(contracts[name], deliveries) for name, deliveries in expected.items()}
    assert differences(home, contracts, accounts) == {}
