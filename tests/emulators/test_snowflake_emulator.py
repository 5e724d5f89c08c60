"""What the emulator promises about sessions, errors, transactions, its journal and its faults."""

from __future__ import annotations

import json
import urllib.request

import pytest
from snowflake.connector.errors import DatabaseError, OperationalError


def failing(run, statement: str) -> DatabaseError:
    with pytest.raises(DatabaseError) as caught:
        run(statement)
    return caught.value


def test_a_session_is_where_and_who_it_said_when_it_connected(snowflake_server, snowflake_database):
    chosen = {"database": snowflake_database, "schema": "PUBLIC", "role": "loader", "warehouse": "wh", "user": "ann"}
    with snowflake_server.connect(**chosen) as connection:
        query = "select current_database(), current_schema(), current_role(), current_warehouse(), current_user()"
        assert connection.cursor().execute(query).fetchall() == [(snowflake_database, "PUBLIC", "LOADER", "WH", "ANN")]


def test_connecting_makes_no_database(snowflake_server):
    with snowflake_server.connect(database="NOT_THERE", schema="PUBLIC") as connection:
        assert failing(lambda s: connection.cursor().execute(s), "create table t (a int)").errno == 90105


@pytest.mark.parametrize(
    "statement", ["create function f() returns int as '1'", "frobnicate it", "copy into t from @s x=1"]
)
def test_what_is_not_supported_is_an_ordinary_error_at_once(run, statement):
    assert failing(run, statement).errno in (1003, 9998)


def test_two_statements_at_a_time_are_refused(run):
    assert failing(run, "select 1; select 2").errno == 8


def test_errors_have_snowflakes_numbers(run):
    run("create table t (a number(10, 2) not null)")
    found = {
        statement: failing(run, statement).errno
        for statement in (
            "select * from nowhere",
            "select b from t",
            "create table t (a int)",
            "insert into t values (null)",
            "select 'x'::int",
            "select 1 / 0",
            "use role nobody",
        )
    }
    assert list(found.values()) == [2003, 904, 2002, 100072, 100038, 100051, 2003]


def test_an_error_within_a_transaction_loses_nothing_of_it(run):
    run("create table t (a int)")
    run("begin")
    run("insert into t values (1)")
    failing(run, "select 'x'::int")
    run("insert into t values (2)")
    run("commit")
    assert run("select a from t order by a") == [(1,), (2,)]


def test_a_rollback_undoes_every_statement_since_begin(run):
    run("create table t (a int)")
    run("insert into t values (1)")
    run("begin")
    run("delete from t")
    run("insert into t values (2), (3)")
    run("rollback")
    assert run("select a from t") == [(1,)]


def test_ddl_commits_the_open_transaction(run):
    run("create table t (a int)")
    run("begin")
    run("insert into t values (1)")
    run("create table u (a int)")
    run("rollback")
    assert run("select a from t") == [(1,)]


def test_without_autocommit_nothing_is_kept_until_it_is_committed(snowflake_server, connection, run):
    run("create table t (a int)")
    connection.autocommit(False)
    run("insert into t values (1)")
    connection.rollback()
    run("insert into t values (2)")
    connection.commit()
    assert run("select a from t") == [(2,)]


def test_another_session_sees_a_transaction_only_when_it_is_committed(snowflake_server, snowflake_database, run):
    run("create table t (a int)")
    run("begin")
    run("insert into t values (1)")
    with snowflake_server.connect(database=snowflake_database, schema="PUBLIC") as other:
        assert other.cursor().execute("select count(*) from t").fetchall() == [(0,)]
        run("commit")
        assert other.cursor().execute("select count(*) from t").fetchall() == [(1,)]


def test_every_statement_is_journalled_with_its_session_tag_and_role(snowflake_server, snowflake_database):
    parameters = {"QUERY_TAG": "run 1"}
    with snowflake_server.connect(
        database=snowflake_database, role="LOADER", session_parameters=parameters
    ) as connection:
        cursor = connection.cursor()
        cursor.execute("select 1")
        cursor.execute("alter session set query_tag = 'run 2'")
        cursor.execute("create role if not exists journalled")
        failing(cursor.execute, "select * from nowhere")
    found = [(e["query_tag"], e["role"], e["statement"], e["outcome"]) for e in snowflake_server.journal()]
    assert found[-4:] == [
        ("run 1", "LOADER", "select 1", "executed"),
        ("run 1", "LOADER", "alter session set query_tag = 'run 2'", "executed"),
        ("run 2", "LOADER", "create role if not exists journalled", "accepted"),
        ("run 2", "LOADER", "select * from nowhere", "failed: 002003"),
    ]


def test_a_dropped_statement_has_in_truth_succeeded(snowflake_server, snowflake_database, run):
    run("create table t (a int)")
    snowflake_server.fault("insert into t", "drop")
    impatient = {"database": snowflake_database, "schema": "PUBLIC", "network_timeout": 2}
    with snowflake_server.connect(**impatient) as connection, pytest.raises(OperationalError):
        connection.cursor().execute("insert into t values (1)")
    assert run("select a from t") == [(1,)]


def test_half_an_answer_is_an_error_of_a_statement_that_has_succeeded(snowflake_server, run):
    run("create table t (a int)")
    snowflake_server.fault("insert into t", "truncate")
    with pytest.raises(Exception, match="IncompleteRead"):
        run("insert into t values (1)")
    assert run("select a from t") == [(1,)]


def test_a_request_that_comes_again_is_answered_again_and_executed_once(snowflake_server, connection, run):
    run("create table t (a int)")
    address = f"http://{snowflake_server.host}:{snowflake_server.port}/queries/v1/query-request?requestId=the-same"
    headers = {"Authorization": f'Snowflake Token="{connection.rest.token}"', "Content-Type": "application/json"}
    request = urllib.request.Request(address, data=b'{"sqlText": "insert into t values (1)"}', headers=headers)
    answers = [json.load(urllib.request.urlopen(request, timeout=20)) for _ in range(2)]
    assert answers[0] == answers[1]
    assert run("select a from t") == [(1,)]


@pytest.mark.parametrize(("fault", "errno"), [("timeout", 604), ("expired", 390114)])
def test_a_refused_statement_was_not_executed_and_the_next_one_is(snowflake_server, run, fault, errno):
    run("create table t (a int)")
    snowflake_server.fault("^insert", fault)
    with pytest.raises(DatabaseError) as caught:
        run("insert into t values (1)")
    assert caught.value.errno == errno
    run("insert into t values (2)")
    assert run("select a from t") == [(2,)]


def test_comments_around_a_statement_change_nothing(run):
    run("/* dbt */ create table t (a varchar) -- a table\n;")
    run("begin /* dbt */;")
    run("-- first\ninsert into t values ('/* kept */ -- kept') /* dbt */")
    run("rollback /* dbt */")
    assert run("select a, '/* kept */' from t") == []
