"""What the SQL gate promises: Snowflake SQL passes, a slip of the pen does not, and a shape is parsed once."""

from __future__ import annotations

import pytest
from sql_gate import shape, unparsable

VALID = (
    "merge into t using s on t.id = s.id when matched then update set v = s.v "
    "when not matched then insert (id) values (s.id)",
    "copy into t (a) from (select $1, metadata$filename from @db.meta.stage/x t) files = ('a', 'b') "
    "on_error = continue",
    "create warehouse if not exists wh warehouse_size = 'XSMALL' auto_suspend = 60",
    "grant select on future tables in schema db.gold to role analyst",
    "create masking policy p as (val varchar) returns varchar -> case when true then val else '***' end",
)
WRONG = (
    "create masking polcy p as (val varchar) returns varchar -> val",
    "create warehouse wh auto_suspnd = 60",
    "grant selct on table t to role r",
    "create file format f type = csv skip_heder = 1",
)


def test_snowflake_sql_passes():
    assert unparsable(VALID) == []


@pytest.mark.parametrize("statement", WRONG)
def test_a_misspelt_statement_is_listed(statement):
    assert [found for found, _ in unparsable([statement])] == [statement]


def test_statements_that_differ_in_values_and_comments_alone_have_one_shape():
    statements = [f"/* run {n} */ insert into t values ({n}, 'it''s -- {n}'), ({n}, 'b') -- x" for n in range(3)]
    assert {shape(statement) for statement in statements} == {"insert into t values (1, 's')"}
