"""The exit code of every error, and its one sentence on standard error."""

from __future__ import annotations

from healthcare_elt.cli.display import complain

FAILED = 1
USAGE = 2


def told(error: Exception) -> int:
    """Print the error's sentence and return its exit code."""
    from healthcare_elt.pipeline.errors import is_configuration, sentence_of

    complain(sentence_of(error, _settings()))
    return USAGE if is_configuration(error) else FAILED


def _settings():
    from healthcare_elt.settings import SettingsError, load_settings

    try:
        return load_settings()
    except SettingsError:
        return None
