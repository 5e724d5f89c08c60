"""What rests on what in the dbt project, read from its manifest.

Here belongs walking dbt's graph. A dimension table is a source table that becomes facts only through a snapshot or a
`dim_` model: patients, not encounters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Manifest = Mapping[str, Any]

IN_BATCH = ("silver", "quarantine")
"""The schemas of what is brought up to date in batch for dimension tables; all behind them follows."""


def batch_models(manifest: Manifest) -> frozenset[str]:
    """Unique ids of the models of dimension tables that wait for the daily batch."""
    found: set[str] = set()
    for source in manifest["sources"]:
        if _is_dimension_table(manifest, source):
            near = _behind(manifest, source, through=lambda node: node.get("schema") in IN_BATCH)
            found |= {each for each in near if _node(manifest, each).get("schema") in IN_BATCH}
    return frozenset(found)


def models_resting_on(manifest: Manifest, relation: str) -> frozenset[str]:
    """Names of what dbt builds from the source table of this relation, at any distance."""
    (source,) = (key for key, node in manifest["sources"].items() if node["identifier"] == relation)
    built = (_node(manifest, each) for each in _behind(manifest, source, through=lambda node: True))
    return frozenset(node["name"] for node in built if node.get("config", {}).get("materialized") != "ephemeral")


def _is_dimension_table(manifest: Manifest, source: str) -> bool:
    """True if dimensions are reached from it, and facts only through them."""
    reached = [
        _node(manifest, each) for each in _behind(manifest, source, through=lambda node: not _is_dimension(node))
    ]
    has_facts = any(node["name"].startswith("fct_") for node in reached)
    return any(map(_is_dimension, reached)) and not has_facts


def _is_dimension(node: Mapping[str, Any]) -> bool:
    return node["resource_type"] == "snapshot" or node["name"].startswith("dim_")


def _behind(manifest: Manifest, start: str, through: Callable[[Mapping[str, Any]], bool]) -> set[str]:
    """Models and snapshots reached from `start`, going on from those that `through` lets pass."""
    found: set[str] = set()
    edge = [start]
    while edge:
        children = {each for each in manifest["child_map"].get(edge.pop(), ()) if _is_built(manifest, each)} - found
        found |= children
        edge += [each for each in children if through(_node(manifest, each))]
    return found


def _is_built(manifest: Manifest, unique_id: str) -> bool:
    return _node(manifest, unique_id).get("resource_type") in ("model", "snapshot")


def _node(manifest: Manifest, unique_id: str) -> Mapping[str, Any]:
    return manifest["nodes"].get(unique_id, {})
