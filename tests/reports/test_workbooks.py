"""Workbooks, read back with another library than the one that wrote them."""

import datetime as dt
import re
import zipfile
from decimal import Decimal

import fastexcel
import polars as pl
import pytest

from kaohe.errors import Failure
from kaohe.reports import workbook
from kaohe.reports.pairs import Pair
from kaohe.reports.tables import Column, Sheet
from kaohe.reports.workbook import MAX_TEXT, TOO_MANY_ROWS, to_xlsx

COLUMNS = (
    Column("text", "内容", "text"),
    Column("n", "个数", "count", "count"),
    Column("rate", "应答率", "rate", "rate"),
    Column("wait", "等待", "wait", "seconds"),
    Column("money", "金额", "money", "money"),
    Column("day", "日期", "day", "date"),
    Column("at", "时间", "time", "instant"),
)
FRAME = pl.DataFrame(
    {
        "text": ['=HYPERLINK("http://x","y")', "-5", "你好\n在的", "http://example.com"],
        "n": [1, 2, 3, 4],
        "rate": [0.1234, 1.0, 0.0, 0.5],
        "wait": [8.5, 80.0, 3600.0, 1.0],
        "money": [Decimal("1.50"), Decimal("-2.00"), Decimal("3.00"), Decimal("0.00")],
        "day": [dt.date(2026, 11, 1)] * 4,
        "at": [dt.datetime(2026, 11, 1, 9, 0, 5)] * 4,
    }
)


def sheet(frame: pl.DataFrame = FRAME, columns: tuple[Column, ...] = COLUMNS, title: str = "客服指标") -> Sheet:
    return Sheet(Pair(title, "figures"), columns, frame)


def parts(path) -> dict[str, str]:
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name).decode() for name in book.namelist() if name.endswith(".xml")}


def test_values_come_back_as_they_were(tmp_path):
    to_xlsx(tmp_path / "a.xlsx", sheet())
    back = fastexcel.read_excel(tmp_path / "a.xlsx").load_sheet("客服指标").to_polars()
    assert back.columns == ["内容", "个数", "应答率", "等待（秒）", "金额", "日期", "时间"]
    assert back["内容"].to_list() == FRAME["text"].to_list()
    assert back["应答率"].to_list() == FRAME["rate"].to_list()
    assert back["等待（秒）"].to_list() == FRAME["wait"].to_list()
    assert back["金额"].to_list() == [1.5, -2.0, 3.0, 0.0]
    assert [moment.date() for moment in back["日期"].to_list()] == FRAME["day"].to_list()
    assert back["时间"].cast(pl.Datetime("us")).to_list() == FRAME["at"].to_list()


def test_hours_are_numbers_with_their_unit_in_the_heading_and_doubt_is_in_the_format(tmp_path):
    frame = pl.DataFrame({"hours": [12.5, 3.0], "few": [True, False]})
    to_xlsx(tmp_path / "a.xlsx", sheet(frame, (Column("hours", "在线时长", "online", "hours", doubt_from="few"),)))
    back = fastexcel.read_excel(tmp_path / "a.xlsx").load_sheet(0).to_polars()
    assert back.to_dict(as_series=False) == {"在线时长（小时）": [12.5, 3.0]}
    found = parts(tmp_path / "a.xlsx")
    formats = re.findall(r"<xf [^>]*>", found["xl/styles.xml"].split("<cellXfs")[1].split("</cellXfs>")[0])
    codes = dict(re.findall(r'<numFmt numFmtId="(\d+)" formatCode="([^"]*)"', found["xl/styles.xml"]))
    used = [
        re.search(r'numFmtId="(\d+)"', formats[int(style)])[1]
        for style in re.findall(r'<c r="A[23]" s="(\d+)"', found["xl/worksheets/sheet1.xml"])
    ]
    assert [codes[one] for one in used] == ["&quot;※&quot;#,##0.0", "#,##0.0"]


def test_no_text_is_a_formula_or_a_link_and_risky_text_is_marked_as_text(tmp_path):
    to_xlsx(tmp_path / "a.xlsx", sheet())
    found = parts(tmp_path / "a.xlsx")
    page, styles = found["xl/worksheets/sheet1.xml"], found["xl/styles.xml"]
    assert "<f>" not in page
    assert "hyperlink" not in page
    formats = re.findall(r"<xf [^>]*>", styles.split("<cellXfs")[1].split("</cellXfs>")[0])
    marked = {row: "quotePrefix" in formats[int(style)] for row, style in re.findall(r'<c r="A(\d)" s="(\d+)" t="s"', page)}
    assert marked == {"1": False, "2": True, "3": True, "4": False, "5": False}


def test_what_nobody_counted_is_a_dash(tmp_path):
    frame = pl.DataFrame({"agent": ["lin", None], "rate": [None, 0.5]})
    columns = (Column("agent", "客服", "agent", null=Pair("未分配", "unassigned")), Column("rate", "率", "rate", "rate"))
    to_xlsx(tmp_path / "a.xlsx", sheet(frame, columns))
    back = fastexcel.read_excel(tmp_path / "a.xlsx").load_sheet(0, dtypes="string").to_polars()
    assert back.rows() == [("lin", "–"), ("未分配", "0.5")]


def test_a_page_is_ready_to_read_filter_and_print(tmp_path):
    to_xlsx(tmp_path / "a.xlsx", sheet())
    found = parts(tmp_path / "a.xlsx")
    page = found["xl/worksheets/sheet1.xml"]
    assert 'state="frozen"' in page
    assert '<autoFilter ref="A1:G5"/>' in page
    assert 'orientation="landscape"' in page
    assert 'fitToHeight="0"' in page
    assert "_xlnm.Print_Titles" in found["xl/workbook.xml"]


def test_columns_are_as_wide_as_chinese_text_needs(tmp_path):
    frame = pl.DataFrame({"a": ["客服" * 10], "b": ["ab" * 10]})
    to_xlsx(tmp_path / "a.xlsx", sheet(frame, (Column("a", "a", "a"), Column("b", "b", "b"))))
    widths = [float(width) for width in re.findall(r'<col [^>]*width="([\d.]+)"', parts(tmp_path / "a.xlsx")["xl/worksheets/sheet1.xml"])]
    assert widths[0] > 40
    assert 20 < widths[1] < 30


def test_several_sheets_get_names_a_spreadsheet_accepts(tmp_path):
    titles = ["排名", "排名", "a/b:c*d?[e]", "很" * 40, "'引号'", ""]
    to_xlsx(tmp_path / "a.xlsx", [sheet(title=title) for title in titles])
    names = fastexcel.read_excel(tmp_path / "a.xlsx").sheet_names
    assert names == ["排名", "排名 2", "a b c d  e", "很" * 31, "引号", "Sheet"]


def test_notes_stand_under_the_table_and_outside_its_filter(tmp_path):
    noted = Sheet(Pair("表", "t"), COLUMNS, FRAME, (Pair("=说明", "note"),))
    to_xlsx(tmp_path / "a.xlsx", noted)
    back = fastexcel.read_excel(tmp_path / "a.xlsx").load_sheet(0, header_row=None, dtypes="string").to_polars()
    assert back.row(6)[0] == "=说明"
    assert '<autoFilter ref="A1:G5"/>' in parts(tmp_path / "a.xlsx")["xl/worksheets/sheet1.xml"]


def test_an_empty_sheet_still_opens(tmp_path):
    to_xlsx(tmp_path / "a.xlsx", sheet(FRAME.clear()))
    assert fastexcel.read_excel(tmp_path / "a.xlsx").load_sheet(0).to_polars().columns[0] == "内容"


def test_text_no_cell_can_hold_is_cut_and_control_characters_do_no_harm(tmp_path):
    frame = pl.DataFrame({"t": ["好" * 40_000, "a\x00\x1bb"]})
    to_xlsx(tmp_path / "a.xlsx", sheet(frame, (Column("t", "内容", "text"),)))
    back = fastexcel.read_excel(tmp_path / "a.xlsx").load_sheet(0).to_polars()["内容"].to_list()
    assert len(back[0]) == MAX_TEXT
    assert back[0].endswith("…")
    assert len(back) == 2


def test_more_rows_than_a_spreadsheet_holds_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "MAX_ROWS", 4)
    with pytest.raises(Failure) as caught:
        to_xlsx(tmp_path / "a.xlsx", sheet())
    assert caught.value.problems[0].code is TOO_MANY_ROWS
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_can_not_be_written_is_no_traceback(tmp_path):
    with pytest.raises(Failure):
        to_xlsx(tmp_path / "missing" / "a.xlsx", sheet())
