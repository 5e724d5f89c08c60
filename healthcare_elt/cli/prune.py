"""`healthcare-elt prune`: forget old runs."""

from __future__ import annotations

from healthcare_elt.cli.display import say


def prune() -> None:
    """Delete runs older than HEALTHCARE_ELT_KEEP_HISTORY_DAYS from Dagster's history; data and ledger stay whole."""
    from healthcare_elt.settings import SettingsError, load_settings

    settings = load_settings()
    if settings.keep_history_days is None:
        raise SettingsError(
            "HEALTHCARE_ELT_KEEP_HISTORY_DAYS is not set, so history is kept for ever; set it to a number of days."
        )
    deleted = 0
    if settings.dagster_home.exists():
        from healthcare_elt.orchestration import prune_old_runs

        deleted = prune_old_runs(settings, settings.keep_history_days)
    say(f"Runs deleted from Dagster's history: {deleted:,}.")
