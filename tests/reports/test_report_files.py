"""csv, JSON, parquet, and files that appear whole or not at all."""

import csv
import datetime as dt
import io
import json
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaohe.errors import Failure
from kaohe.reports.cells import FORMULA_STARTS
from kaohe.reports.files import CANNOT_WRITE, to_csv, to_json, to_parquet, whole, write
from kaohe.reports.pairs import Pair
from kaohe.reports.tables import Column, Sheet


def sheet(frame: pl.DataFrame) -> Sheet:
    return Sheet(Pair("表", "table"), tuple(Column(name, name, name) for name in frame.columns), frame)


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_csv_opens_in_excel_as_utf8():
    assert to_csv(sheet(pl.DataFrame({"店铺": ["甲店"]}))).startswith("\ufeff".encode())


def test_csv_shows_formulas_as_text_and_leaves_numbers_alone():
    frame = pl.DataFrame({"text": ["=1+1", "-5", "好"], "number": [-5, 1, 2], "money": [Decimal("-1.50"), None, Decimal("2.00")]})
    assert read_csv(to_csv(sheet(frame)))[1:] == [["'=1+1", "-5", "-1.50"], ["'-5", "1", ""], ["好", "2", "2.00"]]


def test_csv_headings_and_lists_are_harmless_as_well():
    content = to_csv(sheet(pl.DataFrame({"=cmd": [["=1", "b"]], "e": pl.Series(["=x"], dtype=pl.Enum(["=x"]))})))
    assert read_csv(content) == [["'=cmd", "e"], ['["=1", "b"]', "'=x"]]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=10), min_size=1, max_size=8))
def test_no_csv_cell_of_text_begins_a_formula_and_all_text_comes_back(texts):
    cells = [row[0] for row in read_csv(to_csv(sheet(pl.DataFrame({"t": texts, "n": range(len(texts))}))))[1:]]
    assert not any(cell[:1] in FORMULA_STARTS for cell in cells if cell)
    assert [
        cell.removeprefix("'") if text[:1] in FORMULA_STARTS and text else cell for cell, text in zip(cells, texts, strict=True)
    ] == texts


def test_json_is_an_array_of_objects_with_raw_values():
    frame = pl.DataFrame(
        {
            "agent_id": ["=lin", None],
            "value": [0.5, float("nan")],
            "money": [Decimal("1.50"), Decimal("2.00")],
            "day": [dt.date(2026, 11, 1)] * 2,
            "at": [dt.datetime(2026, 11, 1, tzinfo=dt.UTC)] * 2,
            "list": [[1], []],
        }
    )
    assert json.loads(to_json(sheet(frame))) == [
        {"agent_id": "=lin", "value": 0.5, "money": 1.5, "day": "2026-11-01", "at": "2026-11-01T00:00:00+00:00", "list": [1]},
        {"agent_id": None, "value": None, "money": 2, "day": "2026-11-01", "at": "2026-11-01T00:00:00+00:00", "list": []},
    ]


def test_json_of_nothing_is_an_empty_array():
    assert json.loads(to_json(sheet(pl.DataFrame(schema={"a": pl.String})))) == []


def test_json_keeps_chinese_readable():
    assert "甲店" in to_json(sheet(pl.DataFrame({"a": ["甲店"]})))


def test_only_the_sheets_columns_are_written_in_their_order():
    frame = pl.DataFrame({"a": [1], "hidden": [2], "b": [3]})
    chosen = Sheet(Pair("表", "table"), (Column("b", "b", "b"), Column("a", "a", "a")), frame)
    assert json.loads(to_json(chosen)) == [{"b": 3, "a": 1}]
    assert list(json.loads(to_json(chosen))[0]) == ["b", "a"]
    assert read_csv(to_csv(chosen))[0] == ["b", "a"]


def test_parquet_keeps_types():
    frame = pl.DataFrame({"m": [Decimal("1.50")], "at": [dt.datetime(2026, 11, 1, tzinfo=dt.UTC)], "t": ["=1"]})
    assert pl.read_parquet(io.BytesIO(to_parquet(sheet(frame)))).equals(frame)


def test_a_sheet_without_one_of_its_columns_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="no column nope"):
        Sheet(Pair("表", "table"), (Column("nope", "无", "nope"),), pl.DataFrame({"a": [1]}))


def test_a_file_is_replaced_only_when_the_new_one_is_whole(tmp_path):
    target = tmp_path / "figures.csv"
    target.write_text("old")

    def fail():
        with whole(target) as draft:
            draft.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["figures.csv"]
    write(target, "新")
    assert target.read_text("utf-8") == "新"
    assert [path.name for path in tmp_path.iterdir()] == ["figures.csv"]


def test_a_new_file_is_as_readable_as_any_other(tmp_path):
    write(tmp_path / "report.csv", "x")
    (tmp_path / "plain").touch()
    assert (tmp_path / "report.csv").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("place", ["missing/figures.csv", "folder"])
def test_a_place_that_can_not_be_written_is_said(tmp_path, place):
    (tmp_path / "folder").mkdir()
    with pytest.raises(Failure) as caught:
        write(tmp_path / place, "x")
    assert caught.value.problems[0].code is CANNOT_WRITE
    assert caught.value.exit == 2
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
