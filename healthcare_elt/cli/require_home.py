"""A mistyped home would look like an empty one, so most commands begin by asking whether it is there."""

from __future__ import annotations


def require_home() -> None:
    """
    Raises:
        SettingsError: the home that is meant is no folder.
    """
    from healthcare_elt.settings import SettingsError, load_settings

    folder = load_settings().home
    if not folder.is_dir():
        raise SettingsError(
            f"There is no home in {folder}; correct --home or HEALTHCARE_ELT_HOME, or make one there with "
            "`healthcare-elt sample`."
        )
