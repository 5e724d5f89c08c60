"""The salt that keeps curated pseudonyms from being guessed.

Here belongs having one, and putting it where dbt's SQL reads it: a table of META. It is bound to the one statement that
writes it, so no text of a query, and no log or history of queries, has it.
"""

from __future__ import annotations

import os
import secrets

from healthcare_elt.settings import Settings
from healthcare_elt.warehouse import Warehouse

TABLE = "meta.pseudonym_salt"


def pseudonym_salt(settings: Settings) -> str:
    """The setting, or a secret that is made once for this home and stays inside the PHI zone."""
    if settings.pseudonym_salt:
        return settings.pseudonym_salt
    file = settings.data / ".pseudonym_salt"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        draft.write_text(secrets.token_hex(32))
        draft.chmod(0o600)
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text()


def keep_pseudonym_salt(warehouse: Warehouse, settings: Settings) -> None:
    """Write it into the warehouse, if another one or none is there; every build comes after this."""
    salt = pseudonym_salt(settings)
    warehouse.execute(f"create table if not exists {TABLE} (salt varchar)")
    if [row["salt"] for row in warehouse.rows(f"select salt from {TABLE}")] != [salt]:
        warehouse.execute(f"delete from {TABLE}")
        warehouse.rows(f"insert into {TABLE} (salt) values (?)", [salt])
