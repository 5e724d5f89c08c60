"""Deliveries of one table into Snowflake's bronze.

Here belongs the order of the steps: COPY for what it reads without a doubt, all files of one header in one statement;
DuckDB for the rest, and for what is merged (`snowflake_merge`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from healthcare_elt.contracts import Contract
from healthcare_elt.landing import Delivery
from healthcare_elt.warehouse.bronze import Batch
from healthcare_elt.warehouse.duckdb_load import Load, in_order
from healthcare_elt.warehouse.outcome import Loaded, Outcome
from healthcare_elt.warehouse.snowflake_commit import commit
from healthcare_elt.warehouse.snowflake_copy import StagedFile, groups, is_plain, read_csv
from healthcare_elt.warehouse.snowflake_merge import apart
from healthcare_elt.warehouse.snowflake_session import Session, SnowflakeFailed


@dataclass(frozen=True)
class SnowflakeLoad:
    """One call of `load`."""

    session: Session
    stage: str
    """The external stage over the landing zone."""
    by_duckdb: Load
    """The same load for files that COPY does not take."""

    def run(self, deliveries: Sequence[Delivery]) -> Iterator[Outcome]:
        contract = self.by_duckdb.contract
        there, gone = self.by_duckdb.sought([delivery for delivery in deliveries if is_plain(delivery)])
        rest = [*(delivery for delivery in deliveries if not is_plain(delivery)), *gone]
        self.by_duckdb.add_columns(there)
        merged, left = apart(in_order(there))
        for group in groups(left):
            loaded, doubtful = self._copied(contract, group)
            yield from loaded
            rest += doubtful
        yield from self.by_duckdb.read(merged)
        yield from self.by_duckdb.run(rest)

    def _copied(self, contract: Contract, group: Sequence[StagedFile]) -> tuple[list[Loaded], list[Delivery]]:
        try:
            read = read_csv(self.session, self.stage, group)
            doubtful = [file.delivery for file in read.doubtful]
            left_out = {delivery.delivery_id for delivery in doubtful}
            sure = [file.delivery for file in group if file.delivery.delivery_id not in left_out]
            if not sure:
                return [], doubtful
            place = {delivery.delivery_id: index for index, delivery in enumerate(sure)}
            names = {name: place[file.delivery.delivery_id] for name, file in read.names.items()}
            load = self.by_duckdb
            return commit(self.session, contract, names, Batch(sure, ()), load.run_id, load.now), doubtful
        except SnowflakeFailed as failure:
            raise self.by_duckdb.failed([file.delivery for file in group], str(failure).rstrip(".")) from None
