"""What the emulator promises about SQL that dbt and the product send: tables, MERGE, functions, remembered objects."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from snowflake.connector.errors import ProgrammingError


def test_a_qualified_temporary_table_is_private_and_hides_the_permanent_one(snowflake_server, snowflake_database, run):
    run("create table t as select 'permanent' as a")
    run(f"create or replace temporary table {snowflake_database}.public.t as select 'temporary' as a")
    assert run(f"select t.a from {snowflake_database}.public.t") == [("temporary",)]
    assert [row[:2] for row in run("describe table t")] == [("A", "VARCHAR(16777216)")]
    with snowflake_server.connect(database=snowflake_database, schema="PUBLIC") as other:
        assert other.cursor().execute("select a from t").fetchall() == [("permanent",)]
    run("drop table t")
    assert run("select a from t") == [("permanent",)]


MERGE = """merge into t as dest using s as src on src.id = dest.id
    when matched and src.v = 'gone' then delete
    when matched then update set v = src.v
    when not matched then insert (id, v) values (id, v)"""


def test_merge_inserts_updates_deletes_and_counts(run):
    run("create table t as select 1 as id, 'a' as v union all select 2, 'b'")
    run("create table s as select 1 as id, 'gone' as v union all select 2, 'new' union all select 3, 'c'")
    assert run(MERGE) == [(1, 1, 1)]
    assert run("select id, v from t order by id") == [(2, "new"), (3, "c")]


def test_a_merge_with_two_source_rows_for_one_target_row_is_an_error(run):
    run("create table t as select 1 as id, 'a' as v")
    run("create table s as select 1 as id, 'x' as v union all select 1, 'y'")
    with pytest.raises(ProgrammingError) as caught:
        run(MERGE)
    assert caught.value.errno == 100090


def test_keys_are_notes_that_nothing_enforces(run):
    run("create table t (id int primary key, v varchar unique)")
    run("insert into t values (1, 'a'), (1, 'a')")
    assert run("select count(*) from t") == [(2,)]


def test_tables_are_swapped_and_truncated(run):
    run("create table a as select 1 as x")
    run("create table b as select 2 as x")
    run("alter table a swap with b")
    assert run("select a.x, b.x from a, b") == [(2, 1)]
    run("truncate table if exists a")
    assert run("select count(*) from a") == [(0,)]


FUNCTIONS = {
    "try_to_date('31.12.2026', 'DD.MM.YYYY')": date(2026, 12, 31),
    "try_to_date('x', 'DD.MM.YYYY')": None,
    "try_to_timestamp_ntz('2026-01-02 03:04:05', 'YYYY-MM-DD HH24:MI:SS')": datetime(2026, 1, 2, 3, 4, 5),
    "try_to_timestamp_ntz('x', 'YYYY-MM-DD HH24:MI:SS')": None,
    "try_cast('x' as timestamp_ntz)": None,
    "try_cast('x' as number(10, 2))": None,
    "try_cast('1.255' as number(10, 2))": Decimal("1.26"),
    "regexp_like('abc', 'b')": False,
    "regexp_like('ABC', '.b.', 'i')": True,
    "sha2('a', 256)": "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
    "md5('a')": "0cc175b9c0f1b6a831c399e269772661",
    "split('a,b', ',')[1]::varchar": "b",
    "array_to_string(array_construct('a', 'b'), '|')": "a|b",
    "array_contains('b'::variant, split('a,b', ','))": True,
    "array_size(split('a,b', ','))": 2,
    "dayofweekiso('2026-01-04'::date)": 7,
    "datediff('month', '2026-01-31'::date, '2026-02-01'::date)": 1,
    "date_trunc('month', '2026-01-31'::date)": date(2026, 1, 1),
    "null is not distinct from null": True,
    "10::float::varchar": "10",
    "'2026-01-02 03:04:05'::timestamp_ntz::varchar": "2026-01-02 03:04:05.000",
    "null::timestamp_ntz": None,
}


@pytest.mark.parametrize(("expression", "value"), FUNCTIONS.items())
def test_a_function_gives_what_snowflake_gives(run, expression, value):
    assert run(f"select {expression}") == [(value,)]


QUERIES = {
    "select date_trunc('month', d) from (select '2026-01-31'::date as d)": [(date(2026, 1, 1),)],
    "select listagg(x, ',') within group (order by x desc) from (select 'a' as x union all select 'b')": [("b,a",)],
    "select x from (select 1 as x union all select 2) qualify row_number() over (order by x desc) = 1": [(2,)],
    "select count(*) from table(generator(rowcount => 3))": [(3,)],
    "select f.index, f.value::varchar from (select 'x;y' as s) t, "
    "lateral flatten(input => split(t.s, ';')) f order by 1": [(0, "x"), (1, "y")],
    "select t.id, f.value::varchar from (select 1 as id, null::varchar as s) t, "
    "lateral flatten(input => split(t.s, ';'), outer => true) f": [(1, None)],
    "select sum(x) from (select 1 as x union all select 2)": [(3,)],
    "select l.d, r.v from (select 5 as d union all select 0) l asof join (select 1 as d, 'x' as v) r "
    "match_condition (l.d >= r.d) order by 1": [(0, None), (5, "x")],
}


@pytest.mark.parametrize(("query", "rows"), QUERIES.items())
def test_a_query_gives_what_snowflake_gives(run, query, rows):
    assert run(query) == rows


def test_a_warehouse_is_remembered_as_it_was_last_set(run):
    run("create or replace warehouse emulated warehouse_size = 'XSMALL' auto_suspend = 60")
    run("create warehouse if not exists emulated auto_suspend = 10")
    run("alter warehouse emulated set warehouse_size = 'SMALL'")
    cursor_rows = run("show warehouses like 'EMULATED'")
    assert [(row[0], row[3], row[4]) for row in cursor_rows] == [("EMULATED", "Small", "60")]
    run("drop warehouse emulated")
    assert run("show warehouses like 'EMULATED'") == []


def test_grants_are_shown_until_they_are_revoked(run, snowflake_database):
    run("create or replace role reader")
    run("create table t (a int)")
    run("grant select on all tables in schema public to role reader")
    run("grant select on future tables in schema public to role reader")
    run(f"grant usage on database {snowflake_database} to role reader")
    run(f"revoke usage on database {snowflake_database} from role reader")
    assert [row[1:6] for row in run("show grants to role reader")] == [
        ("SELECT", "TABLE", f"{snowflake_database}.PUBLIC.T", "ROLE", "READER")
    ]
    assert [row[1:4] for row in run("show future grants in schema public")] == [
        ("SELECT", "TABLE", f"{snowflake_database}.PUBLIC.<TABLE>")
    ]


def test_a_policy_is_remembered_with_its_body_and_must_exist_to_be_set(run):
    run("create table t (a varchar)")
    with pytest.raises(ProgrammingError):
        run("alter table t modify column a set masking policy hide")
    run("create masking policy hide as (val varchar) returns varchar -> '***'")
    run("alter table t modify column a set masking policy hide")
    assert run("describe masking policy hide") == [("HIDE", "(val varchar)", "VARCHAR", "'***'")]
    assert run("select count(*) from t") == [(0,)]


def test_policies_and_tags_are_found_where_they_were_set(run, snowflake_database):
    run("create table t (a varchar, system varchar)")
    run("create masking policy hide as (val varchar) returns varchar -> '***'")
    run("create row access policy own as (system varchar) returns boolean -> true")
    run("create tag phi allowed_values 'direct', 'quasi'")
    run("alter table t modify column a set masking policy hide")
    run("alter table t add row access policy own on (system)")
    run("alter table t modify column a set tag phi = 'direct'")
    references = "table(information_schema.policy_references(ref_entity_name => 't', ref_entity_domain => 'table'))"
    assert run(f"select policy_name, policy_kind, ref_column_name from {references} order by 1") == [
        ("HIDE", "MASKING_POLICY", "A"),
        ("OWN", "ROW_ACCESS_POLICY", None),
    ]
    tags = f"table(information_schema.tag_references_all_columns('{snowflake_database}.public.t', 'table'))"
    assert run(f"select tag_name, tag_value, column_name from {tags}") == [("PHI", "direct", "A")]
    run("alter table t drop row access policy own")
    assert run(f"select policy_name from {references}") == [("HIDE",)]


def test_a_transient_table_is_shown_as_one(run):
    run("create transient table passing (a int)")
    run("create table lasting (a int)")
    assert [(row[1], row[2]) for row in run("show tables in schema public")] == [
        ("LASTING", "TABLE"),
        ("PASSING", "TRANSIENT"),
    ]


def test_a_dropped_role_leaves_no_grants(run):
    run("create or replace role leaving")
    run("create table t (a int)")
    run("grant select on t to role leaving")
    run("drop role leaving")
    assert run("show grants on table t") == []


def test_tags_of_a_view_or_table_stand_in_its_statement_and_are_lost_with_it(run, snowflake_database):
    run("create tag phi")
    tags = f"table(information_schema.tag_references_all_columns('{snowflake_database}.public.%s', 'table'))"
    values = "select column_name, tag_value from " + tags + " order by 1"
    run("create or replace view v (a with tag (phi = 'none'), \"START\" with tag (phi = 'quasi')) as select 1, 2")
    assert run("select a, start from v") == [(1, 2)]
    assert run(values % "v") == [("A", "none"), ("START", "quasi")]
    run("create or replace view v (a with tag (phi = 'direct'), b) as select 1, 2")
    assert run(values % "v") == [("A", "direct")]
    run("create or replace transient table t as select 1 as a, 2 as b")
    run("alter table t modify column a set tag phi = 'none', column b set tag phi = 'quasi'")
    run("alter table t drop column b")
    assert run(values % "t") == [("A", "none")]
    run("create or replace transient table t as select 1 as a, 2 as b")
    assert run(values % "t") == []


def test_an_external_table_is_remembered_with_its_policy_and_tags_and_has_no_rows(run, snowflake_database):
    run("create tag phi")
    run("create tag source_system")
    run("create file format csv type = csv")
    run("create stage landing url = 's3://bucket/landing/'")
    run("create row access policy raw_of as (value variant) returns boolean -> true")
    run(
        "create external table if not exists e (year number(4, 0) as (to_number(metadata$filename))) "
        f"partition by (YEAR) location = @{snowflake_database}.public.landing/raw/a/ refresh_on_create = false "
        "auto_refresh = false pattern = '.*[.]csv' file_format = (format_name = 'PUBLIC.CSV') "
        "with row access policy raw_of on (VALUE) with tag (phi = 'direct', source_system = 'a')"
    )
    (shown,) = run("show external tables in schema public")
    assert (shown[1], *shown[-2:]) == ("E", f"@{snowflake_database}.public.landing/raw/a/", "PUBLIC.CSV")
    references = f"table(information_schema.policy_references(policy_name => '{snowflake_database}.public.raw_of'))"
    assert run(f"select ref_entity_name, ref_arg_column_names from {references}") == [("E", '[ "VALUE" ]')]
    tags = f"table(information_schema.tag_references('{snowflake_database}.public.e', 'table'))"
    assert run(f"select tag_name, tag_value from {tags} order by 1") == [("PHI", "direct"), ("SOURCE_SYSTEM", "a")]
    run("alter external table e refresh 'year=2026/'")
    with pytest.raises(ProgrammingError, match="does not exist"):
        run("alter external table nowhere refresh")
