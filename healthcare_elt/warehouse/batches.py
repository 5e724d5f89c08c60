"""Which deliveries are loaded in one statement and one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from healthcare_elt.landing import Delivery
from healthcare_elt.warehouse.csv_file import CsvFile
from healthcare_elt.warehouse.header import header_names

MOST_BYTES = 256 << 20
"""The staged rows of a batch are in memory at once."""
MOST_DELIVERIES = 10_000
"""Snowflake takes no list of more than 16,384 in a statement, and no statement of more than a megabyte."""


def batches(sources: Sequence[Delivery | CsvFile]) -> Iterator[list[Delivery | CsvFile]]:
    """Those that can be read alike, in their order; a large one alone."""
    alike: dict[tuple[object, ...], list[Delivery | CsvFile]] = {}
    for source in sources:
        alike.setdefault(_shape(source), []).append(source)
    for group in alike.values():
        yield from _cut(group)


def _shape(source: Delivery | CsvFile) -> tuple[object, ...]:
    if isinstance(source, CsvFile):
        delivery = source.delivery
        dialect = delivery.delimiter, delivery.quote, delivery.escape
        return delivery.format, source.compression, dialect, delivery.columns, header_names(delivery)
    return source.format, source.columns, source.header


def _cut(group: Sequence[Delivery | CsvFile]) -> Iterator[list[Delivery | CsvFile]]:
    batch: list[Delivery | CsvFile] = []
    size = 0
    for source in group:
        more = (source.delivery if isinstance(source, CsvFile) else source).bytes
        if batch and (size + more > MOST_BYTES or len(batch) == MOST_DELIVERIES):
            yield batch
            batch, size = [], 0
        batch.append(source)
        size += more
    yield batch
