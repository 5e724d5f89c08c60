"""What an asset's statements cost, as its metadata; nothing where nobody charges for them."""

from healthcare_elt.warehouse.cost import Cost


def cost_metadata(cost: Cost | None) -> dict[str, int | float]:
    if cost is None:
        return {}
    return {"statements": cost.statements, "bytes scanned": cost.bytes_scanned, "compute seconds": cost.seconds}
