"""Failures: what stops a step is one sentence in the event log, never a text that may quote a row."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from healthcare_elt.contracts import ContractError
from healthcare_elt.defs.retries import retry_of
from healthcare_elt.pipeline.errors import sentence_of
from healthcare_elt.settings import Settings, SettingsError, load_settings
from healthcare_elt.transform.project import ProjectError

DEFINITION_ERRORS = (SettingsError, ContractError, ProjectError)


@contextmanager
def one_sentence(context: dg.AssetExecutionContext | None = None) -> Iterator[None]:
    """Every step works inside this, with its context, so that what passes by itself is tried again."""
    try:
        yield
    except Exception as error:
        settings = _settings()
        failure = dg.Failure(description=sentence_of(error, settings), allow_retries=False)
        retry = retry_of(error, context, settings) if context and settings else None
        if retry:
            raise retry from failure
        raise failure from None


@contextmanager
def one_definition_sentence() -> Iterator[None]:
    """The same for what is wrong before any step begins: settings, contracts, the dbt project."""
    try:
        yield
    except DEFINITION_ERRORS as error:
        raise dg.DagsterInvalidDefinitionError(str(error)) from None


def _settings() -> Settings | None:
    try:
        return load_settings()
    except SettingsError:
        return None
