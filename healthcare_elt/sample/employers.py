"""The employers whose plans pay. The dbt seed `employers` is made from this list; all names are invented."""

from __future__ import annotations

from healthcare_elt.sample.plan import MOST_EMPLOYERS

_NAMES = (
    "Harborline Foods", "Blue Mesa Logistics", "Copperfield Tools", "Evergreen Paper",
    "Quarry Street Bank", "Silverton Airways", "Tidewater Textiles", "Orchard Valley Dairy",
    "Pinnacle Freight", "Redwood Insurance", "Granite State Steel", "Lantern Books",
    "Meadowbrook Schools", "Northern Lights Energy", "Oakhurst Furniture", "Parkway Hotels",
    "Riverbend Brewing", "Sunfield Solar", "Trailhead Outfitters", "Union Square Media",
    "Valley Forge Castings", "Westwind Shipping", "Amber Grain Mills", "Beacon Hill Software",
    "Clearwater Utilities", "Dovetail Cabinets", "Eastgate Motors", "Foxglove Pharmacies",
    "Goldleaf Printing", "Hollow Creek Mining", "Ivory Coast Imports", "Juniper Telecom",
    "Kingfisher Boats", "Longview Timber", "Millstone Bakeries", "Newbridge Glass",
    "Opal Cosmetics", "Prairie Rail", "Quicksilver Couriers", "Rosewood Homes",
)  # fmt: skip


def employer_id(number: int) -> str:
    return f"EMP{number + 1:03d}"


def employers() -> list[tuple[str, str]]:
    """Every employer that a sample can name: employer_id and employer_name."""
    return [(employer_id(number), name) for number, name in zip(range(MOST_EMPLOYERS), _NAMES, strict=True)]
