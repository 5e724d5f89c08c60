"""Facts that no delivery has an event for, which a build leaves as they are: empty.

A fact has the rows of its events in silver; dimensions and other facts only add columns to them. So a fact whose source
tables were never delivered stays empty whatever changes in the dimensions. Here belongs telling which these are, and
that they have taken the changes of what they rest on: a change feed is kept until every consumer has taken it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from healthcare_elt.transform.graph import Manifest
from healthcare_elt.warehouse import Warehouse


def facts_without_events(manifest: Manifest, empty: Collection[str]) -> list[str]:
    """Names of facts whose silver models all are of these relations (`synthea__devices`), in order."""
    return sorted(
        node["name"] for node in manifest["nodes"].values() if _is_fact(node) and _events(manifest, node) <= set(empty)
    )


def record_taken(warehouse: Warehouse, manifest: Manifest, facts: Collection[str]) -> None:
    """Call under the home's lock, after a build that left them out. One that is built anew later needs none of it."""
    pairs = [
        f"('{node['name']}', '{producer}')"
        for node in manifest["nodes"].values()
        if node["name"] in facts
        for producer in node["config"]["meta"]["touched_by"]
    ]
    if not pairs:
        return
    warehouse.execute(
        "insert into meta.consumed_batches (consumer, producer, batch) "
        "select takes.consumer, made.producer, made.batch from meta.change_batches as made "
        f"join (select * from (values {', '.join(pairs)}) as t (consumer, producer)) as takes "
        "on takes.producer = made.producer where not made.is_full and not exists ("
        "select 1 from meta.consumed_batches as taken where taken.consumer = takes.consumer "
        "and taken.producer = made.producer and taken.batch = made.batch)"
    )


def _is_fact(node: dict[str, Any]) -> bool:
    return node["name"].startswith("fct_") and node["config"]["materialized"] == "keyed"


def _events(manifest: Manifest, fact: dict[str, Any]) -> set[str]:
    """Of a fact without a silver model, its own name: nobody knows what its rows are made of."""
    parents = (manifest["nodes"].get(each, {}) for each in fact["depends_on"]["nodes"])
    return {node["name"] for node in parents if node.get("schema") == "silver"} or {fact["name"]}
