"""Which errors pass by themselves, so that trying again later helps: the network, a busy service, a lock.

Here belongs knowing them, by name, number or code, so that nothing heavy is imported. How long is waited is in `defs`.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator

from healthcare_elt.aws.errors import is_busy, is_of_aws
from healthcare_elt.snowflake.errors import is_passing

LOCKS = {"HomeLocked", "WarehouseLocked"}
NETWORK = {"ConnectionError", "Timeout", "TimeoutError", "HTTPException", "IncompleteReadError", "HTTPClientError"}
"""Of Python, requests and botocore."""
LASTING = {"SSLError", "ProxyConnectionError"}
"""Also errors of the network, but by settings."""
NUMBERS = {
    errno.EAGAIN, errno.EBUSY, errno.ESTALE, errno.ETIMEDOUT, errno.ECONNRESET, errno.ECONNREFUSED, errno.ECONNABORTED,
    errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTDOWN, errno.EHOSTUNREACH,
}  # fmt: skip
"""Of the operating system."""


def is_transient(error: BaseException) -> bool:
    """True if the error, or one that it tells of, passes by itself.

    A sentence of ours is raised while the cause is handled, so that Python keeps the cause with it.
    """
    return any(_passes(each) for each in _chain(error))


def _chain(error: BaseException) -> Iterator[BaseException]:
    told: BaseException | None = error
    while told is not None:
        yield told
        told = told.__cause__ or told.__context__


def _passes(error: BaseException) -> bool:
    names = {kind.__name__ for kind in type(error).__mro__}
    if names & LASTING:
        return False
    if names & (LOCKS | NETWORK) or getattr(error, "transient", False):
        return True
    if is_of_aws(error):
        return is_busy(error)
    if isinstance(error, OSError):
        return error.errno in NUMBERS
    return type(error).__module__.startswith("snowflake.connector") and is_passing(error)
