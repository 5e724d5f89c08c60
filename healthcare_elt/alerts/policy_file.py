"""Reading `alerts.yaml`, and saying in one sentence which line of it is wrong.

Here belongs the way from the file to a `Policy`. No sentence quotes what stands at the place of a secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from healthcare_elt.alerts.policy import Policy
from healthcare_elt.secrets import VARIABLE
from healthcare_elt.settings import Settings, SettingsError, variable

Place = Sequence[int | str]
"""The way to a place in the file: keys and positions."""


def load_policy(settings: Settings) -> Policy | None:
    """The home's policy; None if it has no `alerts.yaml`, and then nobody is told of anything.

    Raises:
        SettingsError: the file cannot be read or says what it may not; the sentence names the line.
    """
    file = settings.alerts_policy
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        why = "it is no text in UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise SettingsError(f"{file} cannot be read: {why}; correct it or remove it.") from None
    return parse_policy(file, text)


def parse_policy(file: Path, text: str) -> Policy:
    """
    Args:
        file: is named in sentences, and not read.

    Raises:
        SettingsError: the text says what it may not.
    """
    try:
        root = yaml.compose(text, yaml.BaseLoader)
        content = yaml.load(text, yaml.BaseLoader)  # every value is a text, so that no name becomes a date or a number
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise SettingsError(f"{file}{where}: this is no YAML; compare it with alerts.example.yaml.") from None
    if not isinstance(content, dict):
        raise SettingsError(f"{file}, line 1: channels and rules are missing; compare it with alerts.example.yaml.")
    try:
        policy = Policy.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place, words = _place(first), _words(first)
    else:
        wrong = _wrong_name(policy) or _unset_variable(policy)
        if not wrong:
            return policy
        place, words = wrong
    shown = ".".join(str(part) for part in place)
    raise SettingsError(f"{file}, line {_line(root, place)}: {shown} {words}; see alerts.example.yaml.")


def _words(problem: Any) -> str:
    """Without the value, but for one that had to be one of a few words."""
    match problem["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is no option"
        case "literal_error":
            return f"is {str(problem['input'])[:40]!r} and must be one of {problem['ctx']['expected']}"
        case "union_tag_invalid":
            return f"is {problem['ctx']['tag'][:40]!r} and must be one of {problem['ctx']['expected_tags']}"
        case "union_tag_not_found":
            return "has no type; write one of slack, webhook, sns, smtp"
        case "value_error":
            return problem["msg"].removeprefix("Value error, ")
        case _:
            return f"is wrong: {problem['msg'][0].lower()}{problem['msg'][1:]}"


def _place(problem: Any) -> list[int | str]:
    """Where it is in the file: Pydantic puts the type of a channel behind its name, which is no key."""
    location = problem["loc"]
    place = [part for position, part in enumerate(location) if position != 2 or location[0] != "channels"]
    return [*place, "type"] if problem["type"] == "union_tag_invalid" else place


def _wrong_name(policy: Policy) -> tuple[list[int | str], str] | None:
    for number, rule in enumerate(policy.rules):
        for position, name in enumerate(rule.channels):
            if name not in policy.channels:
                known = ", ".join(policy.channels)
                return ["rules", number, "channels", position], f"is {name[:40]!r} and must be one of {known}"
    return None


def _unset_variable(policy: Policy) -> tuple[list[int | str], str] | None:
    for name, channel in policy.channels.items():
        for option in ("url", "password"):
            reference = secret.get_secret_value() if (secret := getattr(channel, option, None)) else ""
            if reference.startswith(VARIABLE) and not variable(unset := reference.removeprefix(VARIABLE)):
                return ["channels", name, option], f"refers to {unset}, which is not set in the environment or in .env"
    return None


def _line(node: yaml.Node | None, place: Place) -> int:
    """The line of the deepest part of the place that the file has, counted from 1."""
    line = 1
    for part in place:
        node, found = _child(node, part)
        if found is None:
            break
        line = found.start_mark.line + 1
    return line


def _child(node: yaml.Node | None, part: int | str) -> tuple[yaml.Node | None, yaml.Node | None]:
    """What lies below, and where it begins: at its key in a mapping."""
    if isinstance(node, yaml.MappingNode):
        return next(((value, key) for key, value in node.value if key.value == str(part)), (None, None))
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None, None
