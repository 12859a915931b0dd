"""Delimited text: encodings, quotes, ragged rows, and rows numbered as Excel numbers them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaohe.importing import delimited
from kaohe.importing.delimited import Delimited, head_rows, head_text, text_encoding

Rows = list[tuple[int, tuple[str | None, ...], str | None]]


@pytest.fixture(params=["whole", "in pieces"])
def read(request, tmp_path, monkeypatch):
    """Read bytes as a csv: every row with its line and the code of what is wrong with it. Once in one block, once in many."""
    if request.param == "in pieces":
        monkeypatch.setattr(delimited, "BLOCK", 7)

    def run(data: bytes) -> Rows:
        path = tmp_path / "x.csv"
        path.write_bytes(data)
        return rows_of(path)

    return run


def rows_of(path: Path) -> Rows:
    names = head_rows(head_text(path), ",")[0]
    return [
        (raw.line(place), row, raw.broken[place].code.name if place in raw.broken else None)
        for raw in Delimited(path, path.name, text_encoding(path), ",").tables(names, 1)
        for place, row in enumerate(raw.frame.rows())
    ]


def test_a_quoted_line_break_does_not_end_a_row(read):
    assert read(b'a,b\n1,"x\ny"\n2,z\n') == [(2, ("1", "x\ny"), None), (3, ("2", "z"), None)]


def test_blank_lines_are_rows_to_excel_and_keep_the_count(read):
    assert [(line, row[0]) for line, row, _ in read(b"a,b\n1,2\n\n\n3,4\n")] == [(2, "1"), (3, None), (4, None), (5, "3")]


def test_a_row_with_too_many_cells_is_broken_and_its_neighbours_are_not(read):
    rows = read(b"a,b\n1,2\n3,4,5\n6,7,\n8\n9,10\n")
    assert [(line, wrong) for line, _, wrong in rows] == [(2, None), (3, "row_too_many_cells"), (4, None), (5, None), (6, None)]
    assert rows[1][1] == ("3", "4,5")
    assert rows[3][1] == ("8", None)


def test_a_stray_quote_spoils_nothing(read):
    assert read(b'a,b\n1,5" pipe\n2,ok\n') == [(2, ("1", '5" pipe'), None), (3, ("2", "ok"), None)]


def test_a_quote_never_closed_breaks_one_row(read):
    rows = read(b'a,b\n1,"open\n2,x\n3,y\n')
    assert [wrong for _, _, wrong in rows] == ["row_unclosed_quote", None, None]
    assert rows[2][1] == ("3", "y")


def test_doubled_quotes_are_one(read):
    assert read(b'a,b\n1,"say ""hi"""\n')[0][1] == ("1", 'say "hi"')


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_encodings_are_found(read, encoding):
    assert read("买家,内容\n张三,在的亲\n".encode(encoding)) == [(2, ("张三", "在的亲"), None)]


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
def test_line_endings_of_every_system(read, ending):
    assert [row for _, row, _ in read(ending.join([b"a,b", b"1,2", b"3,4", b""]))] == [("1", "2"), ("3", "4")]


def test_a_file_that_turns_out_to_be_gbk_only_after_its_first_megabyte(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"a,b\n" + b"1,plain\n" * 200_000 + "2,在的亲\n".encode("gbk"))
    rows = rows_of(path)
    assert rows[-1] == (200_002, ("2", "在的亲"), None)


def test_a_few_bytes_that_are_no_text_break_only_their_row(read):
    rows = read("买家,内容\n张三,在的亲请问有什么可以帮您\n".encode() + b"\xe6\x9d\x8e,\xff\xfe\n" + "王五,好的谢谢亲\n".encode())
    assert [wrong for _, _, wrong in rows] == [None, "row_undecodable", None]
    assert rows[2][1] == ("王五", "好的谢谢亲")


def test_one_endless_line_is_refused_before_it_fills_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(delimited, "BLOCK", 1 << 16)
    monkeypatch.setattr(delimited, "LONGEST_RECORD", 1 << 18)
    path = tmp_path / "x.csv"
    path.write_bytes(b"a,b\n" + b"x" * (1 << 20))
    with pytest.raises(Exception, match="exceeds"):
        rows_of(path)


cells = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\r\0"), max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=8), st.integers(3, 40))
def test_whatever_python_writes_as_csv_is_read_back(tmp_path, rows, block):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([("a", "b"), *rows])
    path = tmp_path / "x.csv"
    path.write_bytes(b"\xef\xbb\xbf" + out.getvalue().encode())
    old, delimited.BLOCK = delimited.BLOCK, block
    try:
        found = rows_of(path)
    finally:
        delimited.BLOCK = old
    assert [tuple(cell or "" for cell in row) for _, row, _ in found] == rows
    assert [wrong for _, _, wrong in found] == [None] * len(rows)
