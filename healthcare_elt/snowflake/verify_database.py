"""Schemas, tags, policies, file formats and stages: as planned or not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from healthcare_elt.contracts import Contract
from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.snowflake.difference import Ask, Difference, Row, changed, missing, named
from healthcare_elt.snowflake.names import OPEN_SCHEMAS, PHI_SCHEMAS, PHI_TAG, SCHEMAS, TAGS, TRANSIENT_SCHEMAS
from healthcare_elt.snowflake.policies import COARSENED, masking_body, masking_policy, row_policies
from healthcare_elt.snowflake.stages import FILE_FORMATS


def database_differences(
    ask: Ask, snowflake: SnowflakeSettings, contracts: Sequence[Contract], landing_url: str | None
) -> Iterator[Difference]:
    meta = f"{snowflake.database}.META"
    yield from _schemas(ask, snowflake)
    yield from missing("tag", map(_last, TAGS), named(ask(f"show tags in schema {meta}")))
    yield from _policies(ask, snowflake, contracts)
    yield from _bound(ask, snowflake)
    yield from _file_formats(named(ask(f"show file formats in schema {meta}")))
    yield from _stages(ask, snowflake, landing_url)


def _schemas(ask: Ask, snowflake: SnowflakeSettings) -> Iterator[Difference]:
    there = named(ask(f"show schemas in database {snowflake.database}"))
    yield from missing("schema", SCHEMAS, there)
    for schema in SCHEMAS:
        if schema in there:
            options = {word.strip() for word in str(there[schema].get("options") or "").upper().split(",")}
            planned = {"MANAGED ACCESS": True, "TRANSIENT": schema in TRANSIENT_SCHEMAS}
            yield from changed(f"schema {schema}", {word: word in options for word in planned}, planned)


def _policies(ask: Ask, snowflake: SnowflakeSettings, contracts: Sequence[Contract]) -> Iterator[Difference]:
    systems = sorted({contract.system for contract in contracts})
    bodies = {
        "masking policy": {masking_policy(kind): masking_body(snowflake, kind) for kind in COARSENED},
        "row access policy": {name: body for name, (_, body) in row_policies(snowflake, systems).items()},
    }
    for kind, planned in bodies.items():
        plural = kind.removesuffix("y") + "ies"
        there = named(ask(f"show {plural} in schema {snowflake.database}.META"))
        yield from missing(kind, map(_last, planned), there)
        for name, body in planned.items():
            if _last(name) in there:
                (found,) = ask(f"describe {kind} {snowflake.database}.{name}")
                if _words(found["body"]) != _words(body):
                    yield Difference(f"{kind} {_last(name)}: body", "another one", "as `plan` prints")


def _bound(ask: Ask, snowflake: SnowflakeSettings) -> Iterator[Difference]:
    """Policies on the tag PHI, and the class that each schema gives its columns."""
    database = snowflake.database
    references = ask(
        f"select policy_name as name from table({database}.information_schema.policy_references("
        f"ref_entity_name => '{database}.{PHI_TAG}', ref_entity_domain => 'tag'))"
    )
    yield from missing(
        "on tag PHI: masking policy", (_last(masking_policy(kind)) for kind in COARSENED), named(references)
    )
    classes = dict.fromkeys(PHI_SCHEMAS, "direct") | dict.fromkeys(OPEN_SCHEMAS, "none")
    for schema, phi in classes.items():
        tags = ask(
            f"select tag_name as name, tag_value from table({database}.information_schema.tag_references("
            f"'{database}.{schema}', 'schema'))"
        )
        found = named(tags).get(_last(PHI_TAG), {}).get("tag_value")
        yield from changed(f"schema {schema}", {"PHI": found}, {"PHI": phi})


def _file_formats(there: dict[str, Row]) -> Iterator[Difference]:
    yield from missing("file format", map(_last, FILE_FORMATS), there)
    for name, options in FILE_FORMATS.items():
        if row := there.get(_last(name)):
            found = json.loads(row["format_options"])
            planned = {option.upper(): value for option, value in options.items()}
            yield from changed(f"file format {_last(name)}", found, planned)


def _stages(ask: Ask, snowflake: SnowflakeSettings, landing_url: str | None) -> Iterator[Difference]:
    there = named(ask(f"show stages in schema {snowflake.database}.META"))
    external, uploads = _last(snowflake.stage), _last(snowflake.uploads)
    yield from missing("stage", [uploads, external] if landing_url else [uploads], there)
    if landing_url and external in there:
        planned = {"url": f"{landing_url}/", "storage_integration": snowflake.integration}
        yield from changed(f"stage {external}", there[external], planned)


def _last(name: str) -> str:
    return name.rsplit(".", 1)[-1]


def _words(sql: str) -> str:
    return " ".join(str(sql).split())
