"""Retries: what passes by itself is tried again later within the run; what does not, never.

Here belongs when. Steps take up what is missing by themselves: files that have not landed, deliveries that are not
loaded, models that were not built.
"""

import random

import dagster as dg

from healthcare_elt.pipeline.transient import is_transient
from healthcare_elt.settings import Settings

STARTED_BY_COMMAND = "healthcare_elt/command"
"""Tag of the runs that `healthcare-elt run` executes in its own process: whoever typed it waits for the answer."""

JITTER = 0.5
"""The largest share by which a wait is longer than it need be, so that those who failed together come apart."""


def retry_of(error: Exception, context: dg.AssetExecutionContext, settings: Settings) -> dg.RetryRequested | None:
    """When the step of `context` that failed with `error` is to be tried again; None if never."""
    if not is_transient(error) or STARTED_BY_COMMAND in context.run.tags:
        return None
    seconds = wait_seconds(settings.retry_seconds, context.retry_number)
    return dg.RetryRequested(max_retries=settings.retries, seconds_to_wait=seconds)


def wait_seconds(first: float, retries: int) -> float:
    """Before the next attempt: doubled with each, and up to half as long again (exponential backoff with jitter).

    Args:
        first: seconds before the first retry.
        retries: how many there were.
    """
    return first * 2**retries * random.uniform(1, 1 + JITTER)
