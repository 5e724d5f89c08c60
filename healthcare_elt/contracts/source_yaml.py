"""dbt source YAML as plain dicts and lists.

Here belongs the syntax of the files; what they mean is in `load`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from healthcare_elt.contracts.errors import ContractError


class _DuplicateKey(Exception):
    pass


class _StrictLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # libyaml reads ten times as fast
    """YAML in which a key written twice is an error, not a rule silently lost."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise _DuplicateKey(f"line {key.start_mark.line + 1}: {key.value} is written twice; remove one")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def content_of(file: Path) -> str:
    """The text of one file."""
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContractError(f"{file.name}: it cannot be read ({type(error).__name__}); make it a UTF-8 file.") from None


def read_sources(file: Path, text: str) -> list[dict[str, Any]]:
    """The entries under `sources` in the text of one file; none if it declares other things."""
    try:
        # A subclass of SafeLoader: it builds plain values only.
        document = yaml.load(text, Loader=_StrictLoader)
    except _DuplicateKey as error:
        raise ContractError(f"{file.name}, {error}.") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise ContractError(f"{file.name}{line}: this is not YAML; correct the indentation or quotes.") from None
    if document is None:
        return []
    return entries(mapping(document, file.name).get("sources"), f"{file.name}: sources")


def mapping(value: Any, where: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ContractError(f"{where} must be a mapping of names to values; see icon_health.yml.")
    return {str(key): item for key, item in value.items()}


def entries(value: Any, where: str) -> list[dict[str, Any]]:
    """A list of mappings that each have a name."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) and item.get("name") for item in value):
        raise ContractError(f"{where} must be a list in which every entry has a name; see icon_health.yml.")
    return value
