"""What one look at a file's bytes finds out, and what it must never say."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcare_elt.contracts import Column, Contract
from healthcare_elt.landing import sniff
from healthcare_elt.landing.delivery import Encoding
from healthcare_elt.landing.dialects import DELIMITERS
from healthcare_elt.landing.inspect import Inspection, inspect
from healthcare_elt.landing.reading import CHUNK, DeliveredBytes
from healthcare_elt.landing.text import LONG_LINE

HEADER = "patient_id,birth_date,gender"
ROWS = f"{HEADER}\np1,1980-01-02,F\n"


def column(name: str, required: bool = False) -> Column:
    return Column(name=name, description="A column.", data_type="varchar", required=required, phi="direct")


def contract(**rules: object) -> Contract:
    given = {
        "system": "plan",
        "table": "patients",
        "description": "People.",
        "files": "patients*",
        "delivers": "changes",
        "key": ["patient_id"],
        "on_new_column": "evolve",
        "columns": (column("patient_id"), column("birth_date", required=True), column("gender")),
        "source_file": Path("plan.yml"),
    }
    return Contract(**given | rules)


def look(content: bytes | str, name: str = "patients.csv", **rules: object) -> Inspection:
    content = content.encode() if isinstance(content, str) else content
    return inspect(DeliveredBytes(io.BytesIO(content), len(content), lambda chunk: None), name, contract(**rules))


def zstd(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(content)
    return sink.getvalue().to_pybytes()


def parquet(rows: list[dict[str, str]], names: tuple[str, ...] = ("patient_id", "birth_date", "gender")) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows, pa.schema([(name, pa.string()) for name in names])), sink)
    return sink.getvalue().to_pybytes()


def test_a_plain_file_is_utf_8_with_commas() -> None:
    found = look(ROWS)
    assert found == Inspection(
        format="csv",
        delimiter=",",
        header=("patient_id", "birth_date", "gender"),
        columns=("patient_id", "birth_date", "gender"),
    )


def test_columns_are_matched_by_name_whatever_their_case_and_order() -> None:
    found = look("Gender, PATIENT_ID ,Birth_Date\nF,p1,1980-01-02\n")
    assert found.columns == ("gender", "patient_id", "birth_date")
    assert found.header == ("Gender", " PATIENT_ID ", "Birth_Date")
    assert found.rejected is None


names = st.text(alphabet=st.characters(codec="utf-8", categories=("Lu", "Ll", "Nd", "Po", "Zs")), max_size=12)
sane = names.map(str.strip).filter(lambda name: name and not name.startswith("_"))


@given(
    others=st.lists(sane, max_size=6, unique_by=lambda name: name.strip().lower()),
    delimiter=st.sampled_from(DELIMITERS),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_a_header_that_was_written_is_the_header_that_is_found(
    others: list[str], delimiter: str, quoting: int, line_end: str, encoding: Encoding
) -> None:
    header = ["patient_id", *(name for name in others if name.lower() not in HEADER), "birth_date"]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=line_end)
    writer.writerows([header, ["p1"] * len(header)])
    found = look(text.getvalue().encode(encoding))
    assert found.rejected is None
    assert (found.header, found.delimiter, found.encoding) == (tuple(header), delimiter, encoding)


def test_a_line_break_inside_a_quoted_name_belongs_to_the_name() -> None:
    found = look('patient_id,"date\nof ""visit""",birth_date\np1,x,1980-01-02\n')
    assert found.new_columns == ('date\nof "visit"',)


def test_blank_lines_before_the_header_do_not_hide_it() -> None:
    assert look(f"\n\n{ROWS}").columns == ("patient_id", "birth_date", "gender")


def test_a_header_too_long_to_be_one_is_rejected() -> None:
    found = look(f"{HEADER},{'x' * 70_000}\np1,1980-01-02,F,x\n")
    assert "has no columns patient_id, birth_date in its header" in found.rejected


def test_a_header_of_one_name_says_nothing_for_a_delimiter_that_its_rows_do_not_have() -> None:
    assert look("patient_id\np1,x\n", columns=(column("patient_id"),)).delimiter == ","


def test_a_header_with_an_open_quote_is_none() -> None:
    found = look('patient_id,birth_date,"gender\np1,1980-01-02,F\n')
    assert "has no columns patient_id, birth_date in its header" in found.rejected


def test_the_dialect_is_told_from_the_header_and_the_rows() -> None:
    rows = {
        (";", '"', '"'): 'p1;1980-01-02;"F;"\n',
        ("||", '"', '"'): "p|1||1980-01-02||F\n",
        (",", "'", "'"): "'p1,p2',1980-01-02,F\n",
        (",", '"', "\\"): '"p\\"1\\"",1980-01-02,F\n',
        (",", "'", "\\"): "'p\\'1',1980-01-02,F\n",
    }
    for dialect, row in rows.items():
        found = look(HEADER.replace(",", dialect[0]) + "\n" + row)
        assert (found.delimiter, found.quote, found.escape) == dialect
        assert len(found.warnings) == ("'" in dialect) + ("\\" in dialect)


def test_apostrophes_are_letters_as_long_as_they_do_not_quote() -> None:
    for row in (
        "'s-Gravenhage,1980-01-02,F\n",
        "p1,'80,F\n",
        "\"p1\",'1980',F\n",
        "'p1',x,F\np2,x,F\n",
        "O'Hara,x,'\n",
    ):
        assert look(f"{HEADER}\n{row}").quote == '"'


@pytest.mark.parametrize(("row", "is_counted"), [("p1,1980-01-02,F", False), ("p1,1980-01-02,O'F", True)])
def test_rows_are_counted_only_where_they_may_tell_a_dialect(
    row: str, is_counted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = []
    monkeypatch.setattr(sniff, "share_of_width", lambda *_: counted.append(_) or 1.0)
    assert look(f"{HEADER}\n{row}\n").header == tuple(HEADER.split(","))
    assert bool(counted) == is_counted


def test_what_the_contract_says_of_the_dialect_is_not_told_from_the_file() -> None:
    stated = {"delimiter": "|", "quote": "'", "escape": "backslash", "encoding": "windows-1252"}
    found = look(f'{HEADER.replace(",", "|")}\n"p1"|"1,2"|é\n'.encode(), dialect=stated)
    assert (found.delimiter, found.quote, found.escape, found.encoding) == ("|", "'", "\\", "windows-1252")
    assert (found.warnings, found.rejected) == ((), None)
    assert "has no columns patient_id, birth_date in its header" in look(ROWS, dialect={"delimiter": ";"}).rejected
    assert look(ROWS, dialect={"quote": ""}).escape == ""


def test_a_file_that_is_not_in_the_encoding_of_its_contract_is_rejected_or_warned_of() -> None:
    latin = f"{ROWS}p2,x,é\n".encode("latin-1")
    assert "has no columns" in look(latin, dialect={"encoding": "utf-16-le"}).rejected
    found = look(latin, dialect={"encoding": "utf-8"})
    assert (found.encoding, found.warnings) == (
        "utf-8",
        ("has bytes that are not UTF-8; their lines are kept as rejects",),
    )


def test_lines_before_the_header_are_counted_and_their_text_is_told_to_nobody() -> None:
    found = look(f"SECRET report\n\n{ROWS}")
    assert (found.preamble, found.rejected) == (2, None)
    assert found.warnings == ("has 1 line before its header, kept as rejects",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_line_is_long_whatever_chunks_it_comes_in(encoding: str) -> None:
    for size, is_long in ((LONG_LINE + 1, True), (LONG_LINE - 100, False)):
        text = f"{ROWS}p2,{'x' * size},F\r{ROWS}"
        assert look(text.encode(encoding)).has_long_lines == is_long
        assert look(text.replace("\r", "").encode(encoding)).has_long_lines == is_long


def test_a_tab_separated_file_of_one_column_has_tabs() -> None:
    one = {"columns": (column("patient_id"),)}
    assert look("patient_id\np1\n", "patients.tsv", **one).delimiter == "\t"
    assert look("patient_id\np1\n", "patients.csv", **one).delimiter == ","


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (f"{ROWS}p2,1980-01-02,é\n".encode(), "utf-8"),
        (f"{ROWS}p2,1980-01-02,é\n".encode("latin-1"), "latin-1"),
        (f"{ROWS}p2,1980-01-02,“é”\n".encode("windows-1252"), "windows-1252"),
        (f"{ROWS}p2,é,é\n".encode() + "p3,é,F\n".encode("latin-1"), "utf-8"),
        (f"{ROWS}p2,é\n".encode("utf-16-le").join([b"\xff\xfe", b""]), "utf-16"),
    ],
    ids=["utf-8", "latin-1", "windows-1252", "damaged utf-8", "utf-16"],
)
def test_the_encoding_is_told_from_the_bytes(content: bytes, encoding: str) -> None:
    found = look(content)
    assert (found.encoding, found.rejected) == (encoding, None)
    assert bool(found.warnings) == (encoding in ("latin-1", "windows-1252") or b"\xe9,F" in content)


def test_a_character_cut_by_the_end_of_a_chunk_is_still_utf_8() -> None:
    filler = "p1,1980-01-02,F\n" * (CHUNK // 16 + 2)
    for shift in range(3):
        text = (HEADER + "\n" + filler)[: CHUNK - 1 - shift] + "€€€\n"
        found = look(text)
        assert (found.encoding, found.warnings) == ("utf-8", ())


def test_a_foreign_letter_far_behind_the_head_decides_the_encoding() -> None:
    text = HEADER + "\n" + "p1,1980-01-02,F\n" * (CHUNK // 4) + "é,1980-01-02,F\n"
    assert look(text.encode("latin-1")).encoding == "latin-1"


@pytest.mark.parametrize(("compression", "pack"), [("gzip", gzip.compress), ("zstd", zstd)])
def test_compression_is_told_from_the_bytes_and_not_from_the_name(compression: str, pack) -> None:
    found = look(pack(ROWS.encode()), "patients.csv")
    assert (found.compression, found.columns[0], found.rejected) == (compression, "patient_id", None)
    assert look(ROWS, "patients.csv.gz").compression == "none"


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
@pytest.mark.parametrize("missing", [1, 4, 20])
def test_a_compressed_file_that_is_cut_off_is_rejected(pack, missing: int) -> None:
    packed = pack(ROWS.encode() * 1000)
    assert "is cut off or damaged; deliver it again" in look(packed[:-missing], "patients.csv.gz").rejected


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b" \n\n", "is empty"),
        (b"\x89PNG\x00\x00" * 50, "is not text"),
        (ROWS.encode() + bytes(512), "is not text"),
        (b"\xff\xfe" + ROWS.encode("utf-16-le")[:-1], "is UTF-16 that is cut off"),
        (ROWS.encode("utf-32"), "is UTF-32"),
        (b"Dear colleague,\nplease find attached\n", "has no columns patient_id, birth_date in its header"),
        (b"patient_id,birth_date,birth_date\n1,2,3\n", "names column birth_date more than once"),
        (b"patient_id,birth_date,_arrival\n1,2,3\n", "has column _arrival, which the platform adds itself"),
    ],
    ids=str,
)
def test_a_file_that_cannot_be_loaded_is_rejected_with_one_sentence(content: bytes, said: str) -> None:
    reason = look(content).rejected
    assert reason.startswith("plan.patients: patients.csv ")
    assert said in reason
    assert reason.endswith(".")


def test_a_name_near_to_a_missing_column_is_told_with_the_option_that_takes_it() -> None:
    found = look("Patient ID,Birth Dates,gender\np1,1980-01-02,F\n")
    assert found.rejected == (
        "plan.patients: patients.csv has no columns patient_id, birth_date in its header; deliver it with a header "
        "line that names them, or take its names that are near to patient_id and birth_date into the contract, under "
        "aliases of their columns."
    )
    assert "take its name that is near to patient_id into the contract, under aliases of the column." in (
        look("Patient ID,birth_date\np1,1980-01-02\n").rejected
    )
    patient_id = Column(
        name="patient_id", description="A column.", data_type="varchar", phi="direct", aliases=["Patient ID"]
    )
    columns = (patient_id, column("birth_date", required=True), column("gender"))
    assert look("Patient ID,birth_date\np1,1980-01-02\n", columns=columns).rejected is None
    assert "aliases" not in look("gender,born\nF,1980-01-02\n").rejected


def test_a_file_without_header_never_shows_its_first_line() -> None:
    found = look("SMITH JOHN,1980-01-02,M\n")
    assert "has no columns patient_id, birth_date in its header" in found.rejected
    assert "SMITH" not in repr(found)


def test_a_missing_optional_column_is_a_warning() -> None:
    found = look("patient_id,birth_date\np1,1980-01-02\n")
    assert found.rejected is None
    assert found.warnings == ("has no column gender; these are null in its rows",)


def test_a_new_column_is_kept_ignored_or_rejected_as_the_contract_says() -> None:
    text = f"{HEADER},race\np1,1980-01-02,F,x\n"
    for choice in ("evolve", "ignore"):
        found = look(text, on_new_column=choice)
        assert (found.new_columns, found.rejected, len(found.warnings)) == (("race",), None, 1)
    assert "has column race, which the contract does not allow" in look(text, on_new_column="reject").rejected


def test_a_column_without_a_name_is_called_by_its_position() -> None:
    assert look(f"{HEADER},,\np1,1980-01-02,F,,x\n").new_columns == ("unnamed_4", "unnamed_5")


def test_columns_without_a_name_or_a_value_at_the_end_are_no_columns() -> None:
    for rows in ("p1,1980-01-02,F,,\n", "p1,1980-01-02,F\n", "p1,1980-01-02,F,\n", ""):
        assert look(f"{HEADER},,\n{rows}").header == tuple(HEADER.split(","))


@pytest.mark.parametrize("name", ["patients.csv", "patients.json", "patients.parquet"])
def test_no_rows_are_a_warning_for_changes_and_a_rejection_for_a_full_delivery(name: str) -> None:
    content = {"csv": f"{HEADER}\r\n\r\n".encode(), "json": b" [ ] ", "parquet": parquet([])}[name.split(".")[1]]
    assert look(content, name).warnings == ("has a header but no rows",)
    assert look(content, name).columns == ("patient_id", "birth_date", "gender")
    assert "would delete the whole table" in look(content, name, delivers="full").rejected
    assert look(content, name, delivers="full", allow_empty=True).rejected is None


def test_rows_that_come_after_a_megabyte_of_blank_lines_are_rows() -> None:
    assert look(HEADER + "\n" * (2 * CHUNK) + "p1,1980-01-02,F\n", delivers="full").rejected is None


def test_a_name_that_first_comes_up_in_the_last_row_is_a_column() -> None:
    rows = [{"Patient_ID": str(number), "birth_date": "1980-01-02"} for number in range(40_000)]
    rows[-1]["gender"] = "F"
    array = json.dumps(rows, indent=1).encode()
    lines = "\n".join(map(json.dumps, rows)).encode()
    for content, name, form in [
        (array, "p.json", "json"),
        (lines, "p.ndjson", "ndjson"),
        (lines, "p.json", "ndjson"),
    ]:
        found = look(content, name)
        assert (found.format, found.rejected) == (form, None)
        assert found.header == ("Patient_ID", "birth_date", "gender")
        assert found.columns == ("patient_id", "birth_date", "gender")


@pytest.mark.parametrize("end", [-1, -5, 1, 20])
def test_a_json_array_that_is_cut_off_is_rejected(end: int) -> None:
    content = json.dumps([{"patient_id": "p1", "birth_date": "1980-01-02"}] * 3).encode()
    assert "is not one whole JSON array of objects" in look(content[:end], "patients.json").rejected
    assert "is not one whole JSON array of objects" in look(content + b"x", "patients.json").rejected


def test_a_json_line_that_is_broken_does_not_stop_the_others() -> None:
    found = look('{"patient_id": "p1", "birth_date": "x"}\n{"patient_id": \n[1]\n', "patients.jsonl")
    assert found.rejected is None
    assert "has 2 lines that are no JSON objects; they are kept as rejects" in found.warnings


def test_json_without_a_single_row_object_is_rejected() -> None:
    assert "has no line that is a JSON object" in look('{\n"patient_id": "p1"\n}\n', "patients.json").rejected
    assert "is empty" in look(b" \n ", "patients.json").rejected


def test_a_byte_order_mark_before_json_is_told() -> None:
    found = look(b"\xef\xbb\xbf" + b'[{"patient_id": "p1", "birth_date": "x"}]', "patients.json")
    assert (found.encoding, found.columns) == ("utf-8-sig", ("patient_id", "birth_date"))


def test_parquet_gives_its_names_and_is_known_by_its_content() -> None:
    content = parquet([{"patient_id": "p1", "birth_date": "x", "gender": "F"}])
    for name in ("patients.parquet", "patients"):
        found = look(content, name)
        assert (found.format, found.columns, found.rejected) == ("parquet", tuple(HEADER.split(",")), None)


def test_parquet_that_is_damaged_or_is_none_is_rejected() -> None:
    content = parquet([{"patient_id": "p1", "birth_date": "x", "gender": "F"}])
    assert "is a Parquet file that is cut off or damaged" in look(content[:-10], "patients.parquet").rejected
    assert "is not a Parquet file" in look(ROWS, "patients.parquet").rejected
    assert "is not a Parquet file" in look(gzip.compress(content), "patients.parquet.gz").rejected
