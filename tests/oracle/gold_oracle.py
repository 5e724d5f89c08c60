"""What gold makes of the histories of icon_health, by definition: members, networks, facts point in time.

Here belongs what is true of each member and each fact, from the accounts of `history_oracle`; what is known as of a
date is in `feature_oracle`. Keys of versions are told as (key of the member, valid_from).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from history_oracle import Account, Key, State, Values, Version, versions_of

VersionKey = tuple[Any, date] | None
"""None is the unknown member."""


@dataclass(frozen=True)
class Claim:
    """What one source says of a member from a moment on; None for its deletion."""

    moment: date
    priority: int
    """1 describes a member and may delete it; a higher number counts only while no better source describes it."""
    values: Values | None


def members(claims: Mapping[Any, Iterable[Claim]]) -> dict[Any, list[Version]]:
    """The history of every member that ever was."""
    histories = {member: versions_of(_states(list(said))) for member, said in claims.items()}
    return {member: versions for member, versions in histories.items() if versions}


def _states(claims: list[Claim]) -> list[State]:
    by_moment: dict[date, Values | None] = {}
    for claim in sorted(claims, key=lambda each: (each.moment, each.priority)):
        if not _is_described_by_better(claim, claims) and by_moment.get(claim.moment) is None:
            by_moment[claim.moment] = claim.values
    return list(by_moment.items())


def _is_described_by_better(claim: Claim, claims: list[Claim]) -> bool:
    """Whether the last word of the better sources, up to the claim's moment, is a description."""
    better = [each for each in claims if each.priority < claim.priority and each.moment <= claim.moment]
    last = max(better, key=lambda each: (each.moment, each.values is not None), default=None)
    return last is not None and last.values is not None


def as_of(versions: Iterable[Version] | None, moment: date, *, else_first: bool = False) -> Version | None:
    """The version of the moment; before the first, and if asked for, the first."""
    known = list(versions or ())
    for version in known:
        if version.valid_from <= moment and (version.valid_to is None or moment < version.valid_to):
            return version
    return known[0] if else_first and known and moment < known[0].valid_from else None


@dataclass(frozen=True)
class IconHealth:
    """Gold from the accounts of the six source tables, whose values are in the order of their contracts."""

    patients: Account
    providers: Account
    encounters: Account
    adverse_events: Account
    networks: Account
    referrals: Account

    @cached_property
    def network(self) -> dict[tuple[str, str], list[Version]]:
        """When a provider was in an employer's network: by employer and NPI."""
        return {
            (employer, npi): versions_of((day, () if npi in _list(said) else None) for day, said in states)
            for (employer,), states in self.networks.states.items()
            for npi in {npi for _, said in states for npi in _list(said)}
        }

    @cached_property
    def dim_patient(self) -> dict[str, list[Version]]:
        """Gender, birth date and whether the member is inferred."""
        claims: dict[str, list[Claim]] = {}
        for (patient,), states in self.patients.states.items():
            claims[patient] = [Claim(day, 1, said and (*said, False)) for day, said in states]
        referred: dict[tuple[str, date], tuple[str, Values]] = {}
        for (patient, procedure), states in self.referrals.states.items():
            for day, said in states:
                first = referred.get((patient, day))
                if first is None or procedure < first[0]:
                    referred[patient, day] = (procedure, said)
        for (patient, day), (_, said) in referred.items():
            claims.setdefault(patient, []).append(Claim(day, 2, (said[0], said[1], False)))
        for _, patient, day in self._mentions:
            claims.setdefault(patient, []).append(Claim(day, 3, (None, None, True)))
        return members(claims)

    @cached_property
    def dim_provider(self) -> dict[str, list[Version]]:
        """Name, ZIP code and whether the member is inferred."""
        claims: dict[str, list[Claim]] = {}
        for (npi,), states in self.providers.states.items():
            claims[npi] = [Claim(day, 1, said and (*said, False)) for day, said in states]
        mentioned = [(npi, day) for npi, _, day in self._mentions]
        mentioned += [(npi, version.valid_from) for (_, npi), spans in self.network.items() for version in spans]
        for npi, day in mentioned:
            claims.setdefault(npi, []).append(Claim(day, 2, (None, None, True)))
        return members(claims)

    @cached_property
    def _mentions(self) -> list[tuple[str, str, date]]:
        """NPI, patient and moment of every encounter that there is."""
        return [
            (npi, patient, self.encounters.states[key][0][0])
            for key, (npi, patient, *_) in self.encounters.current.items()
        ]

    @cached_property
    def fct_encounter(self) -> dict[str, tuple[VersionKey, VersionKey, date]]:
        """Patient and provider as they were when it was first delivered, and that day."""
        return {
            key[0]: (
                _key(patient, as_of(self.dim_patient.get(patient), day, else_first=True)),
                _key(npi, as_of(self.dim_provider.get(npi), day, else_first=True)),
                day,
            )
            for key, (npi, patient, *_) in self.encounters.current.items()
            for day in [self.encounters.states[key][0][0]]
        }

    @cached_property
    def fct_adverse_event(self) -> dict[str, tuple[VersionKey, VersionKey, date | None, date]]:
        """Patient, provider and day of its encounter, if that is known, and the day it was first reported."""
        unknown = (None, None, None)
        return {
            key[0]: (*self.fct_encounter.get(key[0], unknown), self.adverse_events.states[key][0][0])
            for key in self.adverse_events.current
        }

    @cached_property
    def fct_referral(self) -> dict[Key, tuple[VersionKey, date, bool]]:
        """The patient on the day it was first delivered, that day, and whether no encounter has answered it."""
        performed: dict[tuple[str, str], date] = {}
        for key, (_, patient, cpt, _) in self.encounters.current.items():
            day = self.encounters.states[key][0][0]
            performed[patient, cpt] = max(day, performed.get((patient, cpt), day))
        return {
            key: (
                _key(key[0], as_of(self.dim_patient.get(key[0]), day)),
                day,
                key not in performed or performed[key] < day,
            )
            for key in self.referrals.current
            for day in [self.referrals.states[key][0][0]]
        }


def _list(said: Values | None) -> list[str]:
    return said[0].split(",") if said and said[0] else []


def _key(member: Any, version: Version | None) -> VersionKey:
    return (member, version.valid_from) if version else None
