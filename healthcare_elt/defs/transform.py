"""dbt assets: silver, quarantine, gold, features and curated, one dbt invocation per run."""

from collections.abc import Iterator, Mapping

import dagster as dg
from dagster_dbt import DbtProject, dbt_assets
from dagster_dbt.asset_utils import DAGSTER_DBT_UNIQUE_ID_METADATA_KEY
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage
from dagster_dbt.dbt_manifest import validate_manifest

from healthcare_elt.defs.automation import AUTOMATIC, continuously, in_batch
from healthcare_elt.defs.cost import cost_metadata
from healthcare_elt.defs.failures import one_sentence
from healthcare_elt.defs.health_checks import tell_of_other_runs
from healthcare_elt.defs.resources import HomeResource
from healthcare_elt.defs.source_tables import POOL
from healthcare_elt.defs.translator import Translator
from healthcare_elt.pipeline.transform import is_up_to_date, must_build_everything, run_costs, transform
from healthcare_elt.settings import Settings
from healthcare_elt.transform import Built, NodeResult, prepare_manifest
from healthcare_elt.transform.graph import batch_models
from healthcare_elt.warehouse.cost import Cost


class TransformConfig(dg.Config):
    """How to transform: incrementally, or everything again."""

    full_refresh: bool = False


def transform_assets(settings: Settings) -> dg.AssetsDefinition:
    manifest = prepare_manifest(settings)
    project = DbtProject(
        project_dir=settings.dbt_project,
        target_path=settings.dbt_target_path,
        profiles_dir=settings.dbt_project,
        target=settings.target,
    )
    read = validate_manifest(manifest)
    waiting = batch_models(read)
    translator = Translator(lambda unique_id: in_batch(settings) if unique_id in waiting else continuously())

    @dbt_assets(
        manifest=manifest,
        project=project,
        dagster_dbt_translator=translator,
        name="transform",
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=POOL,
    )
    def transformed(context: dg.AssetExecutionContext, config: TransformConfig, home: HomeResource):
        select, automatic = _selection(context), AUTOMATIC in context.run.tags
        with one_sentence(context):
            opened = home.open()
            with opened.lock():  # so that another process that works in the warehouse is waited for
                nothing_new = (automatic or not select) and not config.full_refresh and is_up_to_date(opened)
                if automatic and not nothing_new and must_build_everything(opened):
                    select = []
            if nothing_new:
                context.log.info("Nothing is new since the last build: no model was touched.")
                return
            for result in transform(opened, select=select, full_refresh=config.full_refresh, run_id=context.run_id):
                yield from _events(context, result, read, translator, project)
            tell_of_other_runs(context, opened)
            yield from _costs(context, run_costs(opened, context.run_id))

    return transformed


def _selection(context: dg.AssetExecutionContext) -> list[str]:
    """dbt names of the selected assets; empty if all are."""
    if not context.is_subset:
        return []
    specs = context.assets_def.specs_by_key
    return [
        specs[key].metadata[DAGSTER_DBT_UNIQUE_ID_METADATA_KEY].split(".")[-1]
        for key in sorted(context.selected_asset_keys)
    ]


def _events(context, result: NodeResult, manifest, translator, project) -> Iterator[object]:
    message = DbtCoreCliEventMessage(raw_event=result.event, event_history_metadata={})
    for event in message.to_default_asset_events(manifest, translator, context, project=project):
        if isinstance(event, dg.Output):
            event = _output(context, result, event)
        yield event


def _output(context, result: NodeResult, event: dg.Output) -> dg.Output | dg.AssetMaterialization:
    """With what was built; of a node that was built although nobody selected it, the materialization."""
    key = context.asset_key_for_output(event.output_name)
    built = _built_metadata(result.built, context.assets_def.specs_by_key[key]) if result.built else {}
    metadata = {**event.metadata, **built}
    if key in context.selected_asset_keys:
        return event.with_metadata(metadata)
    return dg.AssetMaterialization(key, metadata=metadata)


def _costs(context: dg.AssetExecutionContext, costs: Mapping[str, Cost]) -> Iterator[dg.AssetObservation]:
    """An observation, since what a node cost is known after its output is told."""
    for key, spec in context.assets_def.specs_by_key.items():
        if cost := costs.get(spec.metadata[DAGSTER_DBT_UNIQUE_ID_METADATA_KEY]):
            yield dg.AssetObservation(key, metadata=cost_metadata(cost))


def _built_metadata(built: Built, spec: dg.AssetSpec) -> dict[str, object]:
    """Rows and columns as they are, with the descriptions of the model's YAML."""
    declared = spec.metadata.get("dagster/column_schema")
    described = {column.name: column.description for column in declared.columns} if declared else {}
    columns = [dg.TableColumn(name, data_type, described.get(name)) for name, data_type in built.columns]
    return {"dagster/row_count": built.rows, "dagster/column_schema": dg.TableSchema(columns)}
