"""The deliveries of `employer_in_network`: every day all networks."""

from __future__ import annotations

import numpy as np

from healthcare_elt.sample.deliveries import Deliveries
from healthcare_elt.sample.directory import Directory, wrong_check_digit
from healthcare_elt.sample.employers import employer_id
from healthcare_elt.sample.faults import FAULTS
from healthcare_elt.sample.full_history import FullHistory
from healthcare_elt.sample.numbers import Draws
from healthcare_elt.sample.plan import Plan
from healthcare_elt.sample.truth import Truth

TABLE = "employer_in_network"
_SHARE = 45
_MOST_MEMBERS = 1_000
_DAYS_OUT = 2


class NetworkTable:
    def __init__(self, plan: Plan, directory: Directory, deliveries: Deliveries, truth: Truth) -> None:
        self._plan = plan
        self._directory = directory
        self._deliveries = deliveries
        self._truth = truth
        self._history = FullHistory(TABLE, truth)
        self._members = [self._first_members(employer) for employer in range(plan.employers)]

    def _first_members(self, employer: int) -> list[str]:
        providers = np.arange(self._plan.providers)
        rank = Draws(self._plan.seed).below(f"network {employer}", providers, 1 << 31)
        size = min(max(3, self._plan.providers * _SHARE // 100), _MOST_MEMBERS)
        chosen = np.sort(np.argsort(rank, kind="stable")[:size])
        return [self._directory.npis[provider] for provider in chosen.tolist()]

    def write(self, day: int) -> None:
        name = self._deliveries.name(TABLE, day)
        if self._plan.plants("header_only_full", day):
            self._deliveries.unreadable(TABLE, day, b"employer_id,in_network_npis\n")
            self._truth.planted("header_only_full", name, 1)
            return
        networks = [self._network(employer, day) for employer in range(self._plan.employers)]
        self._history.add({employer_id(e): frozenset(npis) for e, npis in enumerate(networks)})
        if self._plan.plants("npi_check_digit_element", day):
            count = FAULTS["npi_check_digit_element"].count
            networks[-1] = [*(wrong_check_digit(npi) for npi in networks[-1][:count]), *networks[-1]]
            self._truth.planted("npi_check_digit_element", name, count)
        with self._deliveries.daily(TABLE, day) as file:
            file.write([f'{employer_id(e)},"{",".join(npis)}"' for e, npis in enumerate(networks)])

    def _network(self, employer: int, day: int) -> list[str]:
        """Without the provider that it has lost for two days, if any."""
        lost = {
            self._lost(employer, loss)
            for loss in range(max(2, day - _DAYS_OUT + 1), day + 1)
            if (loss - 2) % self._plan.employers == employer
        }
        return [npi for npi in self._members[employer] if npi not in lost]

    def _lost(self, employer: int, day: int) -> str:
        members = self._members[employer]
        return members[day * 7 % len(members)]
