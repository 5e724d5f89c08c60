"""One day of the job in pandas, kept in SQLite: `python run.py WORKDIR DAY`. No history is read but what is current."""

import sqlite3
import sys
from pathlib import Path

import numpy as np
import pandas as pd

TABLES = {"patients": "patients", "providers": "providers", "encounters": "encounters_details"}
DOUBLED = str.maketrans("0123456789", "0246813579")


def is_npi(text: str) -> bool:
    """True for a National Provider Identifier with a right check digit."""
    if len(text) != 10 or not text.isdigit() or text[0] not in "12":
        return False
    return (24 + sum(int(digit) for digit in text[::2].translate(DOUBLED) + text[1::2])) % 10 == 0


def is_allowed(values: pd.Series, test) -> pd.Series:
    """The test of each distinct value, for all of them; a missing value passes."""
    return values.isna() | values.map({value: test(value) for value in values.dropna().unique()}).fillna(False).astype(
        bool
    )


def reasons(broken: dict[str, pd.Series]) -> pd.Series:
    """The names of the broken rules of each row, with commas between them."""
    found = pd.Series("", index=next(iter(broken.values())).index)
    for name, rows in broken.items():
        found = found.mask(rows, np.where(found == "", name, found + "," + name))
    return found


def typed(table: str, rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """The rows with their types, and what is wrong with each."""
    if table == "patients":
        born = pd.to_datetime(rows.birth_date, format="%Y-%m-%d", errors="coerce")
        broken = {
            "gender.allowed": rows.gender.notna() & ~rows.gender.isin(["F", "M", "X", "U"]),
            "birth_date.required": rows.birth_date.isna(),
            "birth_date.type": rows.birth_date.notna() & born.isna(),
            "birth_date.min": born < "1900-01-01",
        }
        return rows.assign(birth_date=born.dt.strftime("%Y-%m-%d")), reasons(broken)
    if table == "providers":
        broken = {
            "provider_name.required": rows.provider_name.isna(),
            "npi.format": ~is_allowed(rows.npi, is_npi),
            "zip.format": rows.zip.notna() & ~rows.zip.str.fullmatch(r"[0-9]{5}(-?[0-9]{4})?", na=False),
        }
        return rows, reasons(broken)
    paid = pd.to_numeric(rows.paid_amount, errors="coerce")
    broken = {
        "npi.format": ~is_allowed(rows.npi, is_npi),
        "patient_id.required": rows.patient_id.isna(),
        "cpt.format": ~is_allowed(rows.cpt, lambda code: len(code) == 5 and code.isascii() and code[:4].isdigit()),
        "paid_amount.type": rows.paid_amount.notna() & paid.isna(),
        "paid_amount.min": paid < 0,
    }
    return rows.assign(paid_amount=paid), reasons(broken)


def current(connection: sqlite3.Connection, table: str, condition: str = "valid_to is null") -> pd.DataFrame:
    """The rows that are current; none while there is no such table."""
    exists = connection.execute("select 1 from sqlite_master where name = ?", [table]).fetchone()
    return pd.read_sql(f"select * from {table} where {condition}", connection) if exists else pd.DataFrame()


def keep_history(
    connection, dimension: str, key: str, new: pd.DataFrame, mentioned: pd.Series, day: str
) -> pd.DataFrame:
    """Closes the versions that the described members replace, adds those and the inferred ones; what is current."""
    before = current(connection, dimension)
    if len(before):
        closed = new[[key]].assign(valid_to=day)[["valid_to", key]].itertuples(index=False, name=None)
        connection.execute(f"create index if not exists {dimension}_key on {dimension} ({key}, valid_to)")
        connection.executemany(f"update {dimension} set valid_to = ? where {key} = ? and valid_to is null", closed)
    known = set(new[key]) | (set(before[key]) if len(before) else set())
    inferred = pd.DataFrame({key: [member for member in mentioned.unique() if member not in known]})
    added = pd.concat([new.assign(is_inferred=0), inferred.assign(is_inferred=1)]).assign(valid_from=day, valid_to=None)
    added[dimension.removeprefix("gold_dim_") + "_key"] = added[key] + "@" + day
    added.drop(columns="effective_date").to_sql(dimension, connection, if_exists="append", index=False)
    kept = before[~before[key].isin(set(new[key]))] if len(before) else before
    return pd.concat([kept, added])


def main(workdir: Path, day: str) -> None:
    silver = {}
    with sqlite3.connect(workdir / "warehouse.sqlite") as connection:
        for table, file in TABLES.items():
            delivered = workdir / "data" / "inbox" / "icon_health" / f"{file}_{day}.csv"
            rows = pd.read_csv(delivered, dtype=str, keep_default_na=False, na_values=[""])
            rows.assign(delivery_date=day).to_sql(f"bronze_{table}", connection, if_exists="append", index=False)
            values, why = typed(table, rows)
            bad = rows.assign(reasons=why, delivery_date=day, row_number=range(1, len(rows) + 1))[why != ""]
            bad.to_sql(f"quarantine_{table}", connection, if_exists="append", index=False)
            silver[table] = values[why == ""].assign(effective_date=day)

        known = current(connection, "gold_dim_provider", "valid_to is null and not is_inferred")
        if len(known):
            columns = ["npi", "provider_name", "zip"]
            seen = pd.MultiIndex.from_frame(known[columns])
            silver["providers"] = silver["providers"][
                ~pd.MultiIndex.from_frame(silver["providers"][columns]).isin(seen)
            ]
        for table, rows in silver.items():
            rows.to_sql(f"silver_{table}", connection, if_exists="append", index=False)

        facts = silver["encounters"].rename(columns={"effective_date": "encounter_date"})
        for dimension, key, table in (("patient", "patient_id", "patients"), ("provider", "npi", "providers")):
            versions = keep_history(connection, f"gold_dim_{dimension}", key, silver[table], facts[key], day)
            facts = facts.merge(versions[[key, f"{dimension}_key"]], on=key, how="left")
        facts.to_sql("gold_fct_encounter", connection, if_exists="append", index=False)

        cents = facts.assign(cents=(facts.paid_amount.fillna(0) * 100).round().astype("int64"))
        new = cents.groupby(["npi", "cpt"]).agg(
            encounters_to_date=("encounter_id", "size"), paid_to_date=("cents", "sum")
        )
        last = current(connection, "features_provider_procedure", "true")
        if len(last):
            last = last.sort_values("as_of_date").groupby(["npi", "cpt"])[["encounters_to_date", "paid_to_date"]].last()
            new = new.add(last.reindex(new.index).fillna(0)).astype("int64")
        new.reset_index().assign(as_of_date=day).to_sql(
            "features_provider_procedure", connection, if_exists="append", index=False
        )


main(Path(sys.argv[1]), sys.argv[2])
