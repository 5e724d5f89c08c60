"""How a dbt node is named, grouped and described in Dagster."""

from collections.abc import Callable, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject

from healthcare_elt.defs.source_tables import OWNERS

CHECKS = {
    "every_row_in_one_class": "Promise P1: each bronze row is a version, a repeat, superseded or quarantined, and the "
    "counts agree with the load log.",
    "contract_kept": "What silver holds is what the contract promises.",
    "unique_key": "The grain: no two rows have the same key.",
    "unique": "No value occurs twice.",
    "not_null": "No value is missing.",
    "no_overlap": "The versions of a key do not overlap, and none is empty.",
    "plausible_after_birth": "Nothing happens to a person before birth.",
    "plausible_before_death": "Nothing happens to a person more than 60 days after death.",
    "plausible_start_before_end": "Nothing ends before it begins.",
    "resolves": "Every reference finds its row: no fact is lost in a join.",
}
"""What each generic test of the project says, for a person who reads a failed check."""


class Translator(DagsterDbtTranslator):
    """Asset keys are paths: layer, then source system, then table."""

    def __init__(self, automation: Callable[[str], dg.AutomationCondition]) -> None:
        """
        Args:
            automation: when the node of a unique id is due.
        """
        super().__init__(DagsterDbtTranslatorSettings(enable_code_references=True))
        self._automation = automation

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        name = dbt_resource_props.get("alias") or dbt_resource_props["name"]
        if dbt_resource_props["resource_type"] == "source":
            source = dbt_resource_props["source_name"]
            return dg.AssetKey(["meta", name] if source == "meta" else ["bronze", source, name])
        return dg.AssetKey([dbt_resource_props["schema"], *name.split("__")])

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        spec = super().get_asset_spec(manifest, unique_id, project)
        return spec.replace_attributes(kinds={*spec.kinds, _kind(self.get_resource_props(manifest, unique_id))})

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetCheckSpec | None:
        check = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        if check is None:
            return None
        test = self.get_resource_props(manifest, unique_id)
        name = (test.get("test_metadata") or {}).get("name", test["name"])
        return check._replace(description=test.get("description") or CHECKS.get(name))

    def get_automation_condition(self, dbt_resource_props: Mapping[str, Any]) -> dg.AutomationCondition:
        return self._automation(dbt_resource_props["unique_id"])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return dbt_resource_props["schema"]

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        return OWNERS

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return dbt_resource_props.get("description") or f"dbt {dbt_resource_props['resource_type']}"


def _kind(dbt_resource_props: Mapping[str, Any]) -> str:
    if dbt_resource_props["resource_type"] in ("snapshot", "seed"):
        return dbt_resource_props["resource_type"]
    return "view" if dbt_resource_props.get("config", {}).get("materialized") == "view" else "table"
