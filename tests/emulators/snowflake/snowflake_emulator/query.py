"""One query request: what the connector sends, carried out, and the answer in the connector's own format."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from fakesnow.arrow import to_ipc, to_sf
from fakesnow.converter import from_binding
from fakesnow.rowtype import describe_as_rowtype
from fakesnow.statement_type import DML_TYPE_IDS, UNKNOWN, statement_type_id
from snowflake.connector.errors import ProgrammingError
from sqlglot import exp

from .cursor import Cursor, _parsed
from .errors import translated
from .session import Session
from .text import bare

Answer = dict[str, Any]


def answered(session: Session, request: Answer) -> tuple[Answer, Cursor | None]:
    """The answer to a request; an error is an answer too. The cursor is for a PUT, whose upload the server
    describes.
    """
    with session.lock:
        cursor = session.cursor()
        try:
            return _carried_out(session, cursor, request), cursor
        except Exception as error:
            return failed(translated(error)), cursor


def failed(error: ProgrammingError) -> Answer:
    code = f"{error.errno:06d}"
    data = {"errorCode": code, "sqlState": error.sqlstate, "queryId": "", "internalError": False}
    return {"data": data, "code": code, "message": error.raw_msg or error.msg, "success": False}


def _carried_out(session: Session, cursor: Cursor, request: Answer) -> Answer:
    text = request["sqlText"]
    kind = _kind(text)
    bindings = _bindings(request.get("bindings"))
    changed = 0
    for bound in bindings:
        cursor.execute(text, binding_params=bound)
        changed += cursor.rowcount or 0
    if cursor._last_transformed is not None and (put := cursor._last_transformed.args.get("put_stage_data")):
        return {"data": put, "success": True}
    rowtype = describe_as_rowtype(cursor._describe_last_sql())
    table = cursor._arrow_table
    data = {
        "parameters": [{"name": "TIMEZONE", "value": "Etc/UTC"}],
        "rowtype": rowtype,
        "total": 1 if len(bindings) > 1 else table.num_rows,
        "queryId": cursor.sfqid,
        "statementTypeId": kind,
        "finalDatabaseName": session.database,
        "finalSchemaName": session.schema,
        "finalRoleName": session.role,
        "finalWarehouseName": session.warehouse,
    }
    if request.get("describeOnly"):
        rows: Answer = {"queryResultFormat": "arrow", "rowsetBase64": "", "total": 0}
    elif len(bindings) > 1:
        rows = {"queryResultFormat": "json", "rowset": [[str(changed)]]}
    elif kind in DML_TYPE_IDS:
        columns = [column.to_pylist() for column in table.columns]
        rows = {
            "queryResultFormat": "json",
            "rowset": [[None if v is None else str(v) for v in row] for row in zip(*columns, strict=True)],
        }
    else:
        rows = {"queryResultFormat": "arrow", "rowsetBase64": b64encode(to_ipc(_in_arrow(table, rowtype))).decode()}
    return {"data": data | rows, "success": True}


def _in_arrow(table: pa.Table, rowtype: list[Any]) -> pa.Table:
    """The rows as the connector reads them; fakesnow forgets which timestamps are NULL."""
    made = to_sf(table, rowtype)
    for at, column in enumerate(table.columns):
        if pa.types.is_timestamp(column.type) and column.null_count:
            parts = made.column(at).combine_chunks().flatten()
            fields = [made.schema.field(at).type.field(n) for n in range(len(parts))]
            filled = [part.fill_null(0) for part in parts]
            struct = pa.StructArray.from_arrays(filled, fields=fields, mask=pc.is_null(column.combine_chunks()))
            made = made.set_column(at, made.schema.field(at), struct)
    return made


def _kind(text: str) -> int:
    """Snowflake's number of the kind of statement, from which the connector knows a count of rows from rows."""
    try:
        expression = _parsed(bare(text))
    except Exception:
        return UNKNOWN
    return UNKNOWN if isinstance(expression, exp.Command) else statement_type_id(expression)


def _bindings(bindings: Answer | None) -> list[Any]:
    """The parameters of each execution: one, or one per row of an array binding."""
    if not bindings:
        return [None]
    if not all(key.isdigit() for key in bindings):
        return [{name: from_binding(one) for name, one in bindings.items()}]
    ordered = [bindings[str(at)] for at in range(1, len(bindings) + 1)]
    if not any(isinstance(one["value"], list) for one in ordered):
        return [tuple(from_binding(one) for one in ordered)]
    columns = [[from_binding({**one, "value": value}) for value in one["value"]] for one in ordered]
    return list(zip(*columns, strict=True))
