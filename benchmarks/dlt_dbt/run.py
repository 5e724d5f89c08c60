"""One day of dlt and dbt-core as bare scripts: `python run.py WORKDIR DAY`.

dlt loads by Arrow, its fast way; dbt builds ../dbt_project.
"""

import os
import sys
from datetime import date
from pathlib import Path

import dlt
import pyarrow as pa
import pyarrow.csv
from dbt.cli.main import dbtRunner

TABLES = {"patients": "patients", "providers": "providers", "encounters": "encounters_details"}


def delivered(file: Path, day: date) -> pa.Table:
    """The file's cells as text, with the delivery date and the row's number in the file."""
    with file.open() as lines:
        names = lines.readline().strip().split(",")
    options = pyarrow.csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
    )
    table = pyarrow.csv.read_csv(file, convert_options=options)
    table = table.append_column("delivery_date", pa.repeat(pa.scalar(day, pa.date32()), table.num_rows))
    return table.append_column("row_number", pa.array(range(1, table.num_rows + 1), pa.int64()))


def main(workdir: Path, day: str) -> None:
    warehouse = workdir / "warehouse.duckdb"
    pipeline = dlt.pipeline(
        "bronze",
        pipelines_dir=str(workdir / "dlt"),
        destination=dlt.destinations.duckdb(str(warehouse)),
        dataset_name="bronze",
    )
    pipeline.run(
        [
            dlt.resource(
                delivered(workdir / "data" / "inbox" / "icon_health" / f"{file}_{day}.csv", date.fromisoformat(day)),
                name=table,
                write_disposition="append",
            )
            for table, file in TABLES.items()
        ],
        loader_file_format="parquet",
    )
    os.environ["BENCHMARK_WAREHOUSE"] = str(warehouse)
    project = str(Path(__file__).parent.parent / "dbt_project")
    paths = ["--project-dir", project, "--profiles-dir", project, "--target-path", str(workdir / "target")]
    if not dbtRunner().invoke(["--quiet", "build", *paths, "--log-path", str(workdir / "logs")]).success:
        sys.exit(1)


main(Path(sys.argv[1]), sys.argv[2])
