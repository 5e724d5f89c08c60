"""The plan: everything that follows from the inputs, put together."""

from __future__ import annotations

from dataclasses import dataclass

from healthcare_elt.capacity.advice import advice
from healthcare_elt.capacity.clustering import clustering
from healthcare_elt.capacity.compute import Compute, Dollars, cheapest, dollars
from healthcare_elt.capacity.counts import Counts, count
from healthcare_elt.capacity.inputs import Deliveries, Prices, Rates


@dataclass(frozen=True)
class Plan:
    """Of one day, with the inputs that it was made of."""

    deliveries: Deliveries
    prices: Prices
    rates: Rates
    window_hours: float
    counts: Counts
    compute: Compute
    dollars: Dollars
    gold_terabytes: float
    clustering: str
    change_first: list[str]

    @property
    def is_in_time(self) -> bool:
        return self.compute.hours <= self.window_hours


def plan_capacity(deliveries: Deliveries, prices: Prices, rates: Rates, window_hours: float) -> Plan:
    """
    Args:
        window_hours: within which a run has to end, from its first file to its last table.
    """
    used = cheapest(deliveries, rates, window_hours)
    counts = count(deliveries, used.homes)
    cost = dollars(deliveries, counts, used, prices, rates)
    terabytes, sentence = clustering(deliveries, rates)
    return Plan(
        deliveries=deliveries,
        prices=prices,
        rates=rates,
        window_hours=window_hours,
        counts=counts,
        compute=used,
        dollars=cost,
        gold_terabytes=terabytes,
        clustering=sentence,
        change_first=advice(deliveries, counts, used, cost, window_hours),
    )
