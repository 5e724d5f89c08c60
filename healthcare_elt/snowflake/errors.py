"""What Snowflake refuses, in one sentence that says what to set or to grant.

Snowflake's own text is never repeated, because it may quote a value of a row; only names of objects are taken from it.
The numbers are Snowflake's error codes; those of logins are not documented by it, so its words are looked at too.
"""

from __future__ import annotations

import re
from typing import Any

from healthcare_elt.settings_snowflake import SnowflakeSettings


class SnowflakeError(Exception):
    """One sentence: what Snowflake refused, and which setting to correct or what to grant."""


WRONG_PASSWORD, LOCKED, WRONG_TOKEN, NO_ROLE, NO_OBJECT, NETWORK = 390100, 390102, 390144, 390189, 390201, 390422
CANNOT_CONNECT, NOT_FOUND = 250001, 290404
NO_ANSWER, CANCELLED, WAITED_FOR_LOCK = 250003, 604, 625
UNDECIDED = (CANNOT_CONNECT, 290000 + CANNOT_CONNECT)
"""A login that failed for any reason; the second is how the connector counts one that was answered by HTTP 403."""
EXPIRED = (390112, 390114, 390115, 390195)
ROLE_NOT_GRANTED, MISSING, NO_PRIVILEGE, NO_WAREHOUSE, TIMED_OUT, OVER_QUOTA = 3013, 2003, 3001, 606, 630, 90073
NOT_TRUSTED, NOT_ALLOWED, STAGE, NOT_IN_STAGE = 3167, 3127, 91003, 91016
"""Of a stage: AWS gives Snowflake no role, the integration is for elsewhere, it cannot be read, or lacks a file."""

OBJECT = re.compile(r"([A-Za-z ]{3,30}?) '([\w.$\"]+)'")
"""Kind and name of an object in Snowflake's words."""
BUSY_WORDS = ("SlowDown", "Status Code: 503", "Status Code: 500")
REFUSED_WORDS = ("AccessDenied", "Status Code: 403")
"""AWS's words within Snowflake's error of a stage."""
LOGIN_WORDS = (
    ("jwt token", WRONG_TOKEN),
    ("incorrect username or password", WRONG_PASSWORD),
    ("temporarily locked", LOCKED),
    ("is not allowed to access", NETWORK),
    ("role '", NO_ROLE),
    ("does not exist or not authorized", NO_OBJECT),
    ("verify the account name", NOT_FOUND),
    ("404", NOT_FOUND),
)


def told(
    error: Any, snowflake: SnowflakeSettings, role: str | None = None, warehouse: str | None = None
) -> SnowflakeError:
    """The sentence for an error of the connector, raised by a login or by a statement."""
    return SnowflakeError(known(error, snowflake, role, warehouse) or _unknown(error))


def of_definition(error: Any, snowflake: SnowflakeSettings, role: str | None = None) -> str:
    """The sentence for a statement about definitions: these hold no row's values, so Snowflake's words may be said."""
    words = " ".join(str(error.msg or "").split())
    return known(error, snowflake, role) or f"Snowflake says {words!r}; correct that and run again."


def is_passing(error: Any) -> bool:
    """True if trying again later may help: no answer, an expired session, a lock, a busy S3."""
    code = _code(error)
    busy = code == STAGE and any(each in str(error.msg) for each in BUSY_WORDS)
    return busy or code in (CANNOT_CONNECT, NO_ANSWER, WAITED_FOR_LOCK, *EXPIRED)


def known(
    error: Any, snowflake: SnowflakeSettings, role: str | None = None, warehouse: str | None = None
) -> str | None:
    """The sentence, if there is one of ours for this error."""
    code = _code(error)
    if code == NO_OBJECT:
        return no_object(str(error.msg).lower(), snowflake, role, warehouse)
    return _login(code, snowflake, role) or _statement(code, error, snowflake, role)


def _code(error: Any) -> int:
    code = int(error.errno or 0)
    if code not in UNDECIDED:
        return code
    words = str(error.msg).lower()
    return next((number for said, number in LOGIN_WORDS if said in words), CANNOT_CONNECT)


def no_object(words: str, snowflake: SnowflakeSettings, role: str | None, warehouse: str | None) -> str:
    """
    Args:
        words: hold the kind of what is not there: database or warehouse; both are meant if they hold neither.
    """
    asked = {"SNOWFLAKE_DATABASE": ("database", snowflake.database), "SNOWFLAKE_WAREHOUSE": ("warehouse", warehouse)}
    meant = {setting: named for setting, named in asked.items() if named[0] in words} or asked
    names = " or ".join(f"{kind} {name}" for kind, name in meant.values())
    return (
        f"{names[0].upper()}{names[1:]} does not exist or role {role} may not use it; "
        f"correct {' or '.join(meant)}, or run `healthcare-elt snowflake apply`."
    )


def no_role(snowflake: SnowflakeSettings, role: str | None) -> str:
    return (
        f"Role {role} does not exist or user {snowflake.user} does not have it; correct SNOWFLAKE_DATABASE, with which "
        "roles begin, or SNOWFLAKE_ROLE, or run `healthcare-elt snowflake apply` and "
        f"grant role {role} to user {snowflake.user}."
    )


def _login(code: int, snowflake: SnowflakeSettings, role: str | None) -> str | None:
    user = snowflake.user
    sentences = {
        WRONG_PASSWORD: f"Snowflake does not take the password of user {user}; "
        "correct SNOWFLAKE_USER or SNOWFLAKE_PASSWORD.",
        LOCKED: f"Snowflake has locked user {user} after failed logins; wait fifteen minutes, or unlock it.",
        WRONG_TOKEN: f"Snowflake does not take the key of user {user}; give the user the public key of "
        "SNOWFLAKE_PRIVATE_KEY_FILE, or correct SNOWFLAKE_ACCOUNT, SNOWFLAKE_USER or this machine's clock.",
        NO_ROLE: no_role(snowflake, role),
        NETWORK: "A network policy of Snowflake refuses this machine's address; add the address to "
        "SNOWFLAKE_ALLOWED_NETWORKS and run `healthcare-elt snowflake apply` from an allowed machine.",
        NOT_FOUND: f"There is no Snowflake account {snowflake.account}; correct SNOWFLAKE_ACCOUNT.",
        CANNOT_CONNECT: f"Snowflake account {snowflake.account} does not answer within {snowflake.login_timeout} "
        "seconds; correct SNOWFLAKE_ACCOUNT, or check network and proxy.",
    }
    expired = "The session at Snowflake has expired; run again."
    return expired if code in EXPIRED else sentences.get(code)


def _statement(code: int, error: Any, snowflake: SnowflakeSettings, role: str | None) -> str | None:
    kind, name = _object(error)
    who = role or "the user's role"
    sentences = {
        ROLE_NOT_GRANTED: f"User {snowflake.user} does not have role {name or who}; grant it, or let somebody who has "
        "it run this part.",
        MISSING: f"{kind.capitalize()} {name} does not exist or {who} may not see it; "
        "run `healthcare-elt snowflake apply`.",
        NO_PRIVILEGE: f"Role {who} may not work on {kind} {name}; run `healthcare-elt snowflake verify` "
        "to see which grant is missing.",
        NOT_TRUSTED: f"AWS does not let Snowflake take the role of integration {snowflake.integration}; put what "
        "`describe integration` says into the role's trust policy (deploy/aws/snowflake-reader) and run again.",
        NOT_ALLOWED: f"Integration {snowflake.integration} is not for HEALTHCARE_ELT_LANDING_URL; correct that, or add "
        "the place to the integration's allowed locations (`healthcare-elt snowflake apply` does), and run again.",
        NO_WAREHOUSE: f"Role {who} has no warehouse; grant usage on one to it, or set SNOWFLAKE_WAREHOUSE.",
        NO_ANSWER: f"Snowflake did not answer within {snowflake.network_timeout} seconds; check network and proxy, and "
        "run again.",
        CANCELLED: "A statement was cancelled at Snowflake, by somebody or by a time limit; run again.",
        WAITED_FOR_LOCK: "Another transaction holds a table for too long; wait for it to end, then run again.",
        TIMED_OUT: "A statement ran into the warehouse's time limit; choose a larger warehouse and run again.",
        OVER_QUOTA: f"Resource monitor {snowflake.resource_monitor} has stopped the warehouses for this month; "
        "raise SNOWFLAKE_MONTHLY_CREDITS and run `healthcare-elt snowflake apply`.",
    }
    return _stage(code, error, snowflake) or sentences.get(code)


def _stage(code: int, error: Any, snowflake: SnowflakeSettings) -> str | None:
    """What keeps Snowflake from reading the landing zone in S3, by the words of AWS within its own."""
    if code == NOT_IN_STAGE:
        return (
            "Snowflake's stage lacks a delivery that the landing zone holds; run `healthcare-elt snowflake apply`, "
            "which points the stage to HEALTHCARE_ELT_LANDING_URL, and run again."
        )
    if code != STAGE:
        return None
    words = str(error.msg)
    if any(each in words for each in BUSY_WORDS):
        return "S3 was too busy to give Snowflake the deliveries of the landing zone; run again later."
    if any(each in words for each in REFUSED_WORDS):
        return (
            "Snowflake cannot read the landing zone in S3; grant s3:ListBucket, s3:GetObject and kms:Decrypt to the "
            f"AWS role of integration {snowflake.integration} (deploy/aws/snowflake-reader) and run again."
        )
    return (
        "Snowflake cannot read the landing zone in S3; correct HEALTHCARE_ELT_LANDING_URL or "
        "SNOWFLAKE_STORAGE_ROLE_ARN, run `healthcare-elt snowflake apply`, and run again."
    )


def _object(error: Any) -> tuple[str, str]:
    found = OBJECT.search(str(error.msg or ""))
    if not found:
        return "object", "(not named)"
    return found[1].strip().split(" on ")[-1].split()[-1].lower(), found[2]


def _unknown(error: Any) -> str:
    query = f", query {error.sfqid}" if getattr(error, "sfqid", None) else ""
    return (
        f"Snowflake refused with error {int(error.errno or 0):06d} ({error.sqlstate or 'no state'}{query}); "
        "look it up in the account's query history."
    )
