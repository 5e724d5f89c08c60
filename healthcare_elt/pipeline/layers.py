"""The layers that can be built again from the one before, and the groups of assets in each."""

from __future__ import annotations

from typing import Literal, get_args

Layer = Literal["bronze", "silver", "gold", "features", "curated"]
LAYERS: tuple[Layer, ...] = get_args(Layer)
"""In the order in which they rest on each other."""
GROUPS: dict[Layer, tuple[str, ...]] = {
    "bronze": ("bronze",),
    "silver": ("silver", "quarantine", "reference"),
    "gold": ("gold",),
    "features": ("features",),
    "curated": ("curated",),
}


def groups_before(layer: Layer) -> list[str]:
    """The groups of the layers on which this one rests."""
    return [group for each in LAYERS[: LAYERS.index(layer)] for group in GROUPS[each]]
