"""The job as most begin it with Dagster and dbt: an asset a source table, `DbtCliResource`, a process a step."""

import os
from pathlib import Path

import dagster as dg
import duckdb
from dagster_dbt import DbtCliResource, DbtProject, dbt_assets

WORKDIR = Path(os.environ["BENCHMARK_WORKDIR"])
PROJECT = DbtProject(Path(__file__).parent.parent / "dbt_project", target_path=WORKDIR / "target")
TABLES = {"patients": "patients", "providers": "providers", "encounters": "encounters_details"}
DAYS = dg.DailyPartitionsDefinition(start_date="2025-01-01")


def bronze_asset(table: str, file: str) -> dg.AssetsDefinition:
    @dg.asset(key=["bronze", table], group_name="bronze", partitions_def=DAYS)
    def load(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        day = context.partition_key
        rows = f"""
            select *, date '{day}' as delivery_date, row_number() over () as row_number
            from read_csv('{WORKDIR}/data/inbox/icon_health/{file}_{day}.csv', header = true, all_varchar = true)"""
        with duckdb.connect(os.environ["BENCHMARK_WAREHOUSE"]) as connection:
            connection.execute("create schema if not exists bronze")
            connection.execute(f"create table if not exists bronze.{table} as select * from ({rows}) limit 0")
            connection.execute(f"delete from bronze.{table} where delivery_date = date '{day}'")
            loaded = connection.execute(f"insert into bronze.{table} {rows}").fetchone()
        return dg.MaterializeResult(metadata={"rows": loaded[0] if loaded else 0})

    return load


@dbt_assets(manifest=PROJECT.manifest_path, partitions_def=DAYS)
def models(context: dg.AssetExecutionContext, dbt: DbtCliResource):
    yield from dbt.cli(["build"], context=context).stream()


defs = dg.Definitions(
    assets=[*(bronze_asset(table, file) for table, file in TABLES.items()), models],
    jobs=[dg.define_asset_job("daily", executor_def=dg.multiprocess_executor.configured({"max_concurrent": 1}))],
    resources={"dbt": DbtCliResource(project_dir=PROJECT, profiles_dir=str(PROJECT.project_dir))},
)
