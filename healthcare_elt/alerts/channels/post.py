"""JSON by POST: what Slack's webhook and any other have in common."""

from __future__ import annotations

import logging
from typing import Any

from pydantic import SecretStr

from healthcare_elt.alerts.channels.errors import SECONDS, ChannelError
from healthcare_elt.secrets import resolve

BUSY = 429


def post(url: SecretStr, body: dict[str, Any]) -> str:
    """Send it once; a redirection is not followed, since it may lead out of the house.

    Raises:
        ChannelError: it was not taken; the sentence never holds the address, which is a secret.
    """
    import requests

    logging.getLogger("urllib3").setLevel(logging.INFO)  # for debugging it logs the path of every request
    try:
        answer = requests.post(resolve(url), json=body, timeout=SECONDS, allow_redirects=False, stream=True)
        answer.close()
    except requests.Timeout:
        raise ChannelError(f"the server did not answer within {SECONDS:.0f} seconds; look whether it is up") from None
    except requests.exceptions.SSLError:
        raise ChannelError("the server's certificate is not trusted; set REQUESTS_CA_BUNDLE or mend it") from None
    except requests.ConnectionError:
        raise ChannelError("the server cannot be reached; look whether it is up, and at the network") from None
    except (requests.RequestException, ValueError):
        raise ChannelError("the url is none; correct what its reference leads to") from None
    if answer.status_code >= 300:
        raise ChannelError(_refusal(answer.status_code), _seconds(answer.headers.get("Retry-After", "")))
    return "taken"


def _refusal(status: int) -> str:
    if status == BUSY:
        return f"the server answered {BUSY}: it wants fewer messages"
    what = "look at that server" if status >= 500 else "correct the url that its reference leads to"
    return f"the server answered {status}; {what}"


def _seconds(retry_after: str) -> float | None:
    """A date, which the header may hold too, is passed over: then the usual pause is kept."""
    return float(retry_after) if retry_after.isascii() and retry_after.isdigit() else None
