"""Examining a home: one finding per subject, each saying how to mend what is wrong."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version

from healthcare_elt.pipeline.dagster_home import prepare_dagster_home
from healthcare_elt.pipeline.errors import sentence_of
from healthcare_elt.pipeline.home import Home
from healthcare_elt.settings import Settings, SettingsError, load_settings, misspelled, unknown

MINIMUM_FREE_BYTES = 1 << 30


@dataclass(frozen=True)
class Finding:
    """One subject that was examined."""

    subject: str
    ok: bool
    sentence: str


def examine() -> list[Finding]:
    """Everything that a run needs; a subject that rests on a broken one is left out."""
    try:
        settings = load_settings()
    except SettingsError as error:
        return [Finding("settings", False, str(error))]
    home = Home(settings)
    findings = [Finding("settings", False, sentence) for sentence in (*misspelled(), *unknown())]
    findings = findings or [Finding("settings", True, f"home {settings.home}, target {settings.target}")]
    examinations: list[tuple[str, Callable[[], str]]] = [
        ("python", _python),
        ("packages", _packages),
        ("folders", lambda: _folders(settings)),
        ("disk", lambda: _disk(settings)),
        ("contracts", lambda: f"{len(home.contracts)} source tables"),
        ("models", lambda: _models(home)),
        ("warehouse", lambda: _warehouse(home)),
        ("dbt", lambda: _dbt(settings)),
        ("inbox", lambda: _inbox(home)),
        ("landing zone", lambda: _landing_zone(home)),
        ("ledger", lambda: _ledger(home)),
        ("alerts", lambda: _alerts(settings)),
        ("dagster", lambda: f"its history is in {prepare_dagster_home(settings)}"),
    ]
    for subject, examination in examinations:
        if subject in ("models", "dbt") and any(f.subject == "contracts" and not f.ok for f in findings):
            continue
        told = [finding.sentence for finding in findings]
        findings += [each for each in _examined(subject, examination, settings) if each.sentence not in told]
    return findings


def _examined(subject: str, examination: Callable[[], str], settings: Settings) -> list[Finding]:
    try:
        return [Finding(subject, True, examination())]
    except Ailment as ailment:
        return [Finding(subject, False, sentence) for sentence in ailment.args]
    except Exception as error:
        return [Finding(subject, False, sentence_of(error, settings))]


class Ailment(Exception):
    """What is wrong and how to mend it: a sentence for each thing."""


def _python() -> str:
    found = ".".join(str(part) for part in sys.version_info[:3])
    if not (3, 11) <= sys.version_info[:2] < (3, 14):
        raise Ailment(
            f"Python {found} is not supported; remove .venv, install Python 3.11 to 3.13 and run `make setup`."
        )
    return found


def _packages() -> str:
    from packaging.requirements import Requirement

    stated = [Requirement(text) for text in requires("healthcare-elt") or []]
    # What only an extra wants is of no matter to who did not install it.
    wanted = [each for each in stated if each.marker is None or each.marker.evaluate({"extra": ""})]
    for requirement in wanted:
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            raise Ailment(f"{requirement.name} is not installed; run `make setup`.") from None
        if not requirement.specifier.contains(found, prereleases=True):
            raise Ailment(f"{requirement.name} is {found} and must be {requirement.specifier}; run `make setup`.")
    return f"{len(wanted)} required, all of the right version"


def _folders(settings: Settings) -> str:
    for folder in (settings.data, settings.metadata):
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise Ailment(f"{folder} cannot be written; give this user the right to write there.")
    return f"{settings.data} and {settings.metadata} can be written"


def _disk(settings: Settings) -> str:
    free = shutil.disk_usage(settings.data).free
    if free < MINIMUM_FREE_BYTES:
        raise Ailment(
            f"Only {free / 1e9:.1f} GB are free under {settings.data}; free some, a run needs room for copies."
        )
    return f"{free / 1e9:.0f} GB free"


def _models(home: Home) -> str:
    from healthcare_elt.transform.source_models import require_source_models, unlisted

    require_source_models(home.contracts, home.settings.dbt_project / "models")
    if names := unlisted(home.contracts, home.settings.dbt_project):
        raise Ailment(f"{names[0]} is not in vars.source_tables of dbt_project.yml; add it there.")
    return "every source table has its silver and quarantine models"


def _dbt(settings: Settings) -> str:
    from healthcare_elt.transform import prepare_manifest

    prepare_manifest(settings)
    return f"dbt {version('dbt-core')} reads the project"


def _warehouse(home: Home) -> str:
    if home.settings.target == "snowflake":
        return _snowflake(home)
    with home.warehouse_if_there() as warehouse:
        if not warehouse:
            return "not there yet; the first run makes it"
        return f"opens, {len(warehouse.loaded_ids()):,} deliveries loaded"


def _snowflake(home: Home) -> str:
    from healthcare_elt.secrets import resolve
    from healthcare_elt.settings_snowflake import load_snowflake_settings
    from healthcare_elt.snowflake.connect import connected, connection_arguments
    from healthcare_elt.snowflake.examine import problems

    snowflake = load_snowflake_settings(home.settings)
    with connected(snowflake, connection_arguments(snowflake, None, None, resolve=resolve)) as connection:
        found = dict.fromkeys(problems(connection, snowflake, home.contracts, home.settings.landing_url))
    if found:
        raise Ailment(*found)
    return f"{snowflake.loader_role} and {snowflake.transformer_role} can work in database {snowflake.database}"


def _inbox(home: Home) -> str:
    from healthcare_elt.pipeline.land import look

    found = f"{home.settings.inbox_url or home.settings.inbox} holds {len(look(home).files):,} files of source tables"
    if not home.queue:
        return found
    home.queue.examine()
    return f"{found}; its queue can be read"


def _landing_zone(home: Home) -> str:
    if not home.settings.landing_url:
        return f"the folder {home.settings.landing}"
    home.zone.examine()
    return f"{home.settings.landing_url} can be listed and written"


def _ledger(home: Home) -> str:
    if home.settings.ledger_url:
        home.ledger.store.place.examine()
    damaged = home.ledger.unreadable_segments()
    if damaged:
        raise Ailment(f"{len(damaged)} segments cannot be read ({damaged[0]}); run `healthcare-elt ledger verify`.")
    return f"{len(home.ledger.deliveries()):,} deliveries"


def _alerts(settings: Settings) -> str:
    from healthcare_elt.alerts.policy_file import load_policy

    policy = load_policy(settings)
    if policy is None:
        return "nobody is told of anything, since there is no alerts.yaml (see alerts.example.yaml)"
    count = len(policy.channels)
    return f"{count:,} channel{'' if count == 1 else 's'} in {settings.alerts_policy}"
