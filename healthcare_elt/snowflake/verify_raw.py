"""External tables over the raw zone: there as planned, over their place, under their policy and tags."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from healthcare_elt.contracts import Contract
from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.snowflake.difference import Ask, Difference, Row, changed, missing, named
from healthcare_elt.snowflake.names import PHI_TAG, SOURCE_SYSTEM_TAG
from healthcare_elt.snowflake.policies import raw_policy
from healthcare_elt.snowflake.raw import FORMATS, location, raw_tables
from healthcare_elt.snowflake.verify_tags import table_tags


def raw_differences(ask: Ask, snowflake: SnowflakeSettings, contracts: Sequence[Contract]) -> Iterator[Difference]:
    """Also those that are there and not planned: they show PHI to whoever may read the schema."""
    place = f"{snowflake.database}.RAW."
    there = named(ask(f"show external tables in schema {place.rstrip('.')}"))
    planned = {
        name.removeprefix(place).strip('"'): (contract, kind)
        for contract in contracts
        for kind, name in raw_tables(snowflake, contract).items()
    }
    yield from missing("external table", planned, there)
    yield from (Difference(f"external table {name}", "there", "not planned") for name in there if name not in planned)
    found = {name: planned[name] for name in planned if name in there}
    for name, (contract, kind) in found.items():
        file_format = FORMATS[kind][0].rpartition(".")[2]
        wanted = {
            "location": _folder(location(snowflake, contract)),
            "file_format_name": file_format,
            "invalid": "false",
        }
        yield from changed(f"external table {name}", _shown(there[name]), wanted)
    yield from _tagged(ask, snowflake, {name: contract.system for name, (contract, _) in found.items()})
    for system in sorted({contract.system for contract, _ in found.values()}):
        yield from _guarded(ask, snowflake, system, [name for name in found if found[name][0].system == system])


def _shown(row: Row) -> Row:
    """Without stage, bucket, database and schema, whichever of them Snowflake shows."""
    file_format = str(row["file_format_name"]).rpartition(".")[2].strip('"')
    return row | {"location": _folder(str(row["location"])), "file_format_name": file_format}


def _folder(place: str) -> str:
    """Where the deliveries of a source table are: the last three parts."""
    return "/".join(place.rstrip("/").split("/")[-3:])


def _tagged(ask: Ask, snowflake: SnowflakeSettings, systems: dict[str, str]) -> Iterator[Difference]:
    found = table_tags(ask, snowflake, [f"RAW.{name}" for name in systems])
    for name, system in systems.items():
        wanted = {PHI_TAG: "direct", SOURCE_SYSTEM_TAG: system}
        planned = {tag.rpartition(".")[2]: value for tag, value in wanted.items()}
        yield from changed(f"external table {name}", found[f"RAW.{name}"], planned)


def _guarded(ask: Ask, snowflake: SnowflakeSettings, system: str, names: Sequence[str]) -> Iterator[Difference]:
    rows = ask(
        f"select ref_entity_name from table({snowflake.database}.information_schema.policy_references("
        f"policy_name => '{snowflake.database}.{raw_policy(system)}'))"
    )
    guarded = {str(row["ref_entity_name"]).upper() for row in rows}
    for name in names:
        if name not in guarded:
            yield Difference(f"external table {name}: row access policy", "none", raw_policy(system))
