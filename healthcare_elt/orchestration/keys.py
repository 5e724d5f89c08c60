"""Which assets a run is for."""

from __future__ import annotations

from collections.abc import Collection

import dagster as dg

from healthcare_elt.defs.source_tables import table_of
from healthcare_elt.pipeline.layers import Layer, groups_before


class SelectionError(Exception):
    """An asset selection that is wrong: one sentence."""


def everything(definitions: dg.Definitions) -> set[dg.AssetKey]:
    """All assets that a run can materialize."""
    return set(definitions.resolve_asset_graph().executable_asset_keys)


def partitioned(definitions: dg.Definitions) -> set[dg.AssetKey]:
    """Assets that have delivery dates: landing and bronze."""
    graph = definitions.resolve_asset_graph()
    return {key for key in everything(definitions) if graph.get(key).is_partitioned}


def concerned(definitions: dg.Definitions, tables: Collection[str] | None) -> set[dg.AssetKey]:
    """Landing and bronze of these source tables, and all that has no delivery date."""
    if tables is None:
        return everything(definitions)
    others = {key for key in partitioned(definitions) if table_of(key) not in tables}
    return everything(definitions) - others


def selected(definitions: dg.Definitions, select: str) -> set[dg.AssetKey]:
    """
    Raises:
        SelectionError: it names no asset.
    """
    try:
        keys = dg.AssetSelection.from_string(select).resolve(definitions.resolve_asset_graph())
    except Exception:
        keys = set()
    if not keys:
        raise SelectionError(
            f"The selection {select!r} names no asset; try 'group:gold' or 'key:\"silver/icon_health/patients\"'."
        )
    return keys & everything(definitions)


def behind(definitions: dg.Definitions, layer: Layer, tables: Collection[str] | None) -> set[dg.AssetKey]:
    """The assets of a layer and of all behind it; of these source tables only, or of all."""
    keys = dg.AssetSelection.all() - dg.AssetSelection.groups("landing", *groups_before(layer))
    if tables is not None:
        loaded = [key for key in partitioned(definitions) if key.path[0] == "bronze" and table_of(key) in tables]
        keys &= dg.AssetSelection.assets(*loaded).downstream()
    return keys.resolve(definitions.resolve_asset_graph()) & everything(definitions)
