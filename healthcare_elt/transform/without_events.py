"""Facts that no delivery has an event for, which a build leaves as they are: empty.

A fact has the rows of its events in silver; dimensions and other facts only add columns to them. So a fact whose source
tables were never delivered stays empty whatever changes in the dimensions, and its first event finds them as they then
are. Here belongs telling which these are; no change feed is kept for them (macros/history/forget.sql).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from healthcare_elt.transform.graph import Manifest


def facts_without_events(manifest: Manifest, empty: Collection[str]) -> list[str]:
    """Names of facts whose silver models all are of these relations (`synthea__devices`), in order."""
    return sorted(
        node["name"] for node in manifest["nodes"].values() if _is_fact(node) and _events(manifest, node) <= set(empty)
    )


def _is_fact(node: dict[str, Any]) -> bool:
    return node["name"].startswith("fct_") and node["config"]["materialized"] == "keyed"


def _events(manifest: Manifest, fact: dict[str, Any]) -> set[str]:
    """Of a fact without a silver model, its own name: nobody knows what its rows are made of."""
    parents = (manifest["nodes"].get(each, {}) for each in fact["depends_on"]["nodes"])
    return {node["name"] for node in parents if node.get("schema") == "silver"} or {fact["name"]}
