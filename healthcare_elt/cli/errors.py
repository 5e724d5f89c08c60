"""Which errors are expected, and the exit code of each."""

from __future__ import annotations

FAILED = 1
USAGE = 2

CONFIGURATION_ERRORS = {"SettingsError", "ContractError", "ProjectError", "SelectionError", "SampleError"}
RUN_ERRORS = {
    "HomeLocked", "WarehouseLocked", "LandingError", "LandingConflict", "LedgerError", "LoadError", "DbtFailed",
    "WarehouseError",
}  # fmt: skip


def sentence_of(error: BaseException) -> str | None:
    """The sentence of an error of ours, which all of them are written to be; None for any other."""
    return str(error) if type(error).__name__ in CONFIGURATION_ERRORS | RUN_ERRORS else None


def exit_code_of(error: BaseException) -> int:
    return USAGE if type(error).__name__ in CONFIGURATION_ERRORS else FAILED
