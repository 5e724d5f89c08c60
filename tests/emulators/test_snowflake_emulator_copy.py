"""What the emulator promises about COPY: what is loaded, what is refused, and what is said about it."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from snowflake.connector.errors import ProgrammingError

CSV = """type = csv field_optionally_enclosed_by = '"' escape_unenclosed_field = none empty_field_as_null = false
    null_if = ()"""
DAMAGED = b"""id,name,note
1,"a ""quoted"" name",
2,"two
lines",""
3
4,more,x,y
5,"bad" name,z
6,"never closed,z
7,lost,z
"""
STATUS, PARSED, LOADED, SEEN, FIRST_LINE = 1, 2, 3, 5, 7


@pytest.fixture
def staged(object_store, run, request):
    """`staged(name, content)` puts a file under the stage LANDING, an S3 prefix of the test's own."""
    prefix = f"bucket/{request.node.originalname}"
    run(f"create stage landing url = 's3://{prefix}/'")
    run("create table t (a varchar, b varchar, c varchar, file varchar, row_number number)")
    return lambda name, content: object_store.objects.__setitem__(f"{prefix}/{name}", content)


def copy(run, files: str, options: str = "", file_format: str = CSV, third: str = "t.$3"):
    return run(
        f"copy into t (a, b, c, file, row_number) from (select t.$1, t.$2, {third}, metadata$filename, "
        f"metadata$file_row_number from @landing t) files = ({files}) file_format = ({file_format}) {options}"
    )


def test_rows_that_can_be_read_are_loaded_and_the_others_are_counted(staged, run, request):
    staged("d.csv", DAMAGED)
    (result,) = copy(run, "'d.csv'", "on_error = continue", f"{CSV} skip_header = 1")
    assert (result[STATUS], result[PARSED], result[LOADED], result[SEEN]) == ("PARTIALLY_LOADED", 6, 4, 2)
    assert result[FIRST_LINE] == 7
    name = f"{request.node.name}/d.csv"
    assert run("select * from t order by row_number") == [
        ("1", 'a "quoted" name', "", name, 1),
        ("2", "two\nlines", "", name, 2),
        ("3", None, None, name, 3),
        ("4", "more", "x", name, 4),
    ]


def test_an_error_aborts_the_statement_unless_it_says_otherwise(staged, run):
    staged("d.csv", DAMAGED)
    with pytest.raises(ProgrammingError, match=r"line 7"):
        copy(run, "'d.csv'")
    assert run("select count(*) from t") == [(0,)]


def test_skip_file_loads_the_good_files_only(staged, run):
    staged("bad.csv", DAMAGED)
    staged("good.csv", b"1,2,3\n")
    results = copy(run, "'bad.csv', 'good.csv'", "on_error = skip_file")
    assert [(row[STATUS], row[LOADED]) for row in results] == [("LOAD_FAILED", 0), ("LOADED", 1)]


def test_a_file_is_loaded_once_unless_forced_or_changed(staged, run):
    staged("x.csv", b"1,2,3\n")
    again = [
        copy(run, "'x.csv'")[0][STATUS],
        copy(run, "'x.csv'")[0][STATUS],
        copy(run, "'x.csv'", "force = true")[0][STATUS],
    ]
    staged("x.csv", b"4,5,6\n")
    assert [*again, copy(run, "'x.csv'")[0][STATUS]] == ["LOADED", "LOAD_SKIPPED", "LOADED", "LOADED"]
    run("truncate table t")
    assert copy(run, "'x.csv'")[0][STATUS] == "LOADED"


def test_a_copy_belongs_to_its_transaction_and_so_does_its_history(staged, run):
    staged("x.csv", b"1,2,3\n")
    run("begin")
    copy(run, "'x.csv'")
    run("rollback")
    assert run("select count(*) from t") == [(0,)]
    run("begin")
    assert copy(run, "'x.csv'")[0][STATUS] == "LOADED"
    with pytest.raises(ProgrammingError):
        run("select * from nowhere")
    run("commit")
    assert run("select a from t") == [("1",)]
    assert copy(run, "'x.csv'")[0][STATUS] == "LOAD_SKIPPED"


def test_a_stage_is_listed_by_prefix_and_pattern(staged, run):
    staged("a/one.csv", b"1,2,3\n")
    staged("b/two.csv", b"1,2,3\n")
    assert [row[0].rsplit("/", 2)[1] for row in run("list @landing")] == ["a", "b"]
    sql = "copy into t (a, b, c) from (select $1, $2, $3 from @landing/{path}) file_format = (type = csv) {options}"
    assert len(run(sql.format(path="a", options=""))) == 1
    assert len(run(sql.format(path="", options="pattern = '.*two.*'"))) == 1
    assert run(sql.format(path="", options="")) == [("Copy executed with 0 files processed.",)]


def test_a_file_that_is_not_there_and_a_thousand_and_one_files_are_errors(staged, run):
    with pytest.raises(ProgrammingError, match="was not found"):
        copy(run, "'nothing.csv'")
    with pytest.raises(ProgrammingError, match="maximum of 1000"):
        copy(run, ", ".join(f"'{n}'" for n in range(1001)))


FORMATS = {
    "text in another encoding": (
        "1;Müller\n".encode("cp1252"),
        "encoding = 'WINDOWS1252' field_delimiter = ';'",
        ("1", "Müller"),
    ),
    "UTF-16": ("1,é\n".encode("utf-16"), "encoding = 'UTF16'", ("1", "é")),
    "trimmed": (b" 1 , x \n", "trim_space = true", ("1", "x")),
    "an escaped delimiter": (b"a\\,b,c\n", "escape_unenclosed_field = '\\\\'", ("a,b", "c")),
    "an escaped quote": (b'"a\\"b",c\n', "field_optionally_enclosed_by = '\"' escape = '\\\\'", ('a"b', "c")),
    "nulls": (b"NA,x\n", "null_if = ('NA')", (None, "x")),
    "empty as null": (b",x\n", "", (None, "x")),
    "empty as empty": (b",x\n", "empty_field_as_null = false", ("", "x")),
    "other records": (b"1,2|", "record_delimiter = '|'", ("1", "2")),
    "Windows lines": (b"1,2\r\n", "", ("1", "2")),
    "a byte order mark": (b"\xef\xbb\xbf1,2\n", "", ("1", "2")),
    "Zstandard": (pa.compress(b"1,2\n", codec="zstd", asbytes=True), "compression = auto", ("1", "2")),
}


@pytest.mark.parametrize("case", FORMATS)
def test_a_csv_format_is_read_as_documented(staged, run, case):
    content, options, row = FORMATS[case]
    staged("x.csv", content)
    copy(run, "'x.csv'", file_format=f"type = csv {options}")
    assert run("select a, b from t") == [row]


def test_text_that_is_not_in_its_encoding_is_an_error_row(staged, run):
    staged("x.csv", b"1,\xff,x\n2,ok,x\n")
    assert copy(run, "'x.csv'", "on_error = continue")[0][LOADED] == 1
    assert run("select a from t") == [("2",)]


@pytest.mark.parametrize(
    ("content", "options"),
    [
        (b'{"id": 1, "x": {"y": "z"}}\n{"id": null}\n', ""),
        (b'[{"id": 1, "x": {"y": "z"}}, {}]', "strip_outer_array = true"),
    ],
)
def test_json_documents_are_read_by_path(staged, run, content, options):
    staged("x.json", content)
    run(
        "copy into t (a, b, row_number) from "
        "(select $1:id::varchar, $1:x.y::varchar, metadata$file_row_number from @landing) "
        f"files = ('x.json') file_format = (type = json {options})"
    )
    assert run("select a, b, row_number from t order by 3") == [("1", "z", 1), (None, None, 2)]


def test_parquet_columns_are_read_by_name_and_a_missing_one_is_null(staged, run, tmp_path: Path):
    pq.write_table(pa.table({"Id": [1, 2], "name": ["a", None]}), tmp_path / "x.parquet")
    staged("x.parquet", (tmp_path / "x.parquet").read_bytes())
    run(
        'copy into t (a, b, c) from (select $1:"Id"::varchar, $1:name::varchar, $1:other::varchar from @landing) '
        "files = ('x.parquet') file_format = (type = parquet)"
    )
    assert run("select a, b, c from t order by a") == [("1", "a", None), ("2", None, None)]


def test_a_file_that_was_put_is_copied_and_removed(run, tmp_path: Path):
    (tmp_path / "x.csv").write_text("1,2\n")
    run("create file format plain type = csv")
    run("create stage inner_stage file_format = (format_name = plain)")
    run(f"put file://{tmp_path}/x.csv @inner_stage/in")
    run("create table t (a number, b varchar)")
    assert run("copy into t from @inner_stage/in")[0][:2] == ("inner_stage/in/x.csv.gz", "LOADED")
    run("remove @inner_stage/in")
    assert run("list @inner_stage") == []


def test_a_value_that_its_column_cannot_hold_is_an_error_row(staged, run):
    run("create table typed (a number(10, 2) not null, b date)")
    staged("x.csv", b"1,2026-01-01\nx,2026-01-01\n2,never\n,2026-01-01\n")
    (result,) = run("copy into typed from @landing files = ('x.csv') file_format = (type = csv) on_error = continue")
    assert (result[PARSED], result[LOADED], result[SEEN], result[9]) == (4, 1, 3, '"TYPED"["A":1]')
