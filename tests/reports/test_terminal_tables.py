"""A sheet on a terminal."""

import polars as pl
from rich.cells import cell_len

from kaohe.reports.pairs import Pair
from kaohe.reports.tables import Column, Sheet
from kaohe.reports.terminal import terminal_text

SHEET = Sheet(
    Pair("客服指标", "Figures"),
    (
        Column("shop", "店铺", "shop"),
        Column("agent", "客服", "agent", null=Pair("未分配", "unassigned")),
        Column("asked", "咨询人数", "buyers", "count"),
        Column("rate", "3分钟人工回复率", "human reply within 3 minutes", "rate"),
    ),
    pl.DataFrame({"shop": ["甲店旗舰", "b"], "agent": ["lin", None], "asked": [12345, 1], "rate": [0.5, None]}),
    (Pair("说明", "a note"),),
)


def test_a_table_reads_like_this():
    assert terminal_text(SHEET) == (
        "客服指标\n"
        "                               3分钟人工\n"
        "店铺       客服     咨询人数      回复率\n"
        "────────────────────────────────────────\n"
        "甲店旗舰   lin        12,345     50.00 %\n"
        "b          未分配          1           –\n"
        "说明\n\n"
    )


def test_numbers_end_in_the_same_terminal_cell_whatever_the_language_beside_them():
    lines = terminal_text(SHEET).splitlines()
    assert cell_len(lines[4]) == cell_len(lines[5])


def test_english_headings_break_at_a_space():
    lines = terminal_text(SHEET, "en").splitlines()
    assert lines[1].strip() == "human reply"
    assert lines[2].endswith("within 3 minutes")


def test_markup_in_a_message_is_shown_as_written():
    frame = pl.DataFrame({"text": ["[red]好[/red] :smile: [link=x]"]})
    shown = terminal_text(Sheet(Pair("表", "t"), (Column("text", "内容", "text"),), frame))
    assert "[red]好[/red] :smile: [link=x]" in shown


def test_a_narrow_terminal_folds_text_and_keeps_numbers_whole():
    frame = pl.DataFrame({"text": ["很长的一句话" * 20], "n": [123456]})
    sheet = Sheet(Pair("表", "t"), (Column("text", "内容", "text"), Column("n", "数", "n", "count")), frame)
    lines = terminal_text(sheet, width=40).splitlines()
    assert max(map(cell_len, lines)) <= 40
    assert any("123,456" in line for line in lines)
    assert "".join(line.split(" ")[0] for line in lines[3:]) == "很长的一句话" * 20


def test_a_doubtful_number_is_marked_and_still_stands_under_the_others():
    frame = pl.DataFrame({"rate": [0.5, 1.0, None], "few": [True, False, True]})
    sheet = Sheet(Pair("表", "t"), (Column("rate", "率", "rate", "rate", doubt_from="few"),), frame)
    assert terminal_text(sheet).splitlines()[3:6] == ["※50.00 %", "100.00 %", "      ※–"]


def test_a_figure_takes_its_kind_from_its_row():
    frame = pl.DataFrame({"value": [0.5, 80.0, 3.0], "unit": ["rate", "seconds", None]})
    sheet = Sheet(Pair("表", "t"), (Column("value", "数值", "value", "figure", kind_from="unit"),), frame)
    assert [line.strip() for line in terminal_text(sheet).splitlines()[3:6]] == ["50.00 %", "1分20秒", "3.00"]
