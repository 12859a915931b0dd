"""Figures as people read them: groups as rows, metrics as columns."""

import json

import polars as pl

from kaohe.metrics.catalogue import CATALOGUE
from kaohe.reports.figures import FIGURE, board, definitions, figures, interval, kind
from kaohe.reports.files import to_json
from kaohe.reports.pairs import Pair
from kaohe.reports.tables import NUMERIC
from kaohe.reports.terminal import terminal_text

RATE, SLOW = CATALOGUE["reply_rate_30s"], CATALOGUE["slow_replies"]


def long(*rows: tuple[str, str | None, str, float | None]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema={"shop_id": pl.String, "agent_id": pl.String, "metric": pl.String, "value": pl.Float64}, orient="row")
    return frame.with_columns(
        numerator=pl.col("value"),
        denominator=pl.lit(1.0),
        sample=pl.lit(1.0),
        low=pl.lit(None, pl.Float64),
        high=pl.lit(None, pl.Float64),
        enough=pl.lit(True),
    )


AGENTS = long(
    ("s2", "zhao", "reply_rate_30s", 0.5),
    ("s1", None, "reply_rate_30s", 0.0),
    ("s1", None, "slow_replies", 3.0),
    ("s1", "mo", "reply_rate_30s", None),
    ("s1", "mo", "slow_replies", 0.0),
    ("s1", "lin", "reply_rate_30s", 1.0),
    ("s2", None, "slow_replies", 0.0),
)
SHOPS = long(("s1", None, "reply_rate_30s", 0.4), ("s2", None, "reply_rate_30s", 0.5)).drop("agent_id")


def test_agents_stand_in_order_then_nobodys_then_the_whole_shop():
    (sheet,) = board(AGENTS, ("shop", "agent"), [RATE, SLOW], whole=SHOPS)
    assert sheet.data.rows() == [
        ("s1", "lin", 1.0, None),
        ("s1", "mo", None, 0.0),
        ("s1", None, 0.0, 3.0),
        ("s1", "全店", 0.4, None),
        ("s2", "zhao", 0.5, None),
        ("s2", "全店", 0.5, None),
    ]


def test_a_line_of_nobody_that_counts_nothing_is_left_out_and_any_other_stays():
    (sheet,) = board(AGENTS, ("shop", "agent"), [RATE])
    assert ("s1", None, 0.0) not in sheet.data.rows()
    assert ("s1", "mo", None) in sheet.data.rows()


def test_people_and_shops_go_by_their_names_in_order_of_their_ids():
    (sheet,) = board(AGENTS, ("shop", "agent"), [RATE], names={"shop_id": {"s1": "甲店"}, "agent_id": {"lin": "林", "zhao": "赵"}})
    assert [row[:2] for row in sheet.data.rows()] == [("甲店", "林"), ("甲店", "mo"), ("s2", "赵")]


def test_the_whole_shop_is_said_in_the_readers_language():
    (sheet,) = board(AGENTS, ("shop", "agent"), [RATE], "en", whole=SHOPS)
    assert sheet.data["agent_id"].to_list()[2] == "whole shop"


def test_many_metrics_are_cut_into_blocks_of_the_same_rows():
    metrics = list(CATALOGUE.values())
    sheets = board(AGENTS, ("shop", "agent"), metrics, block=8)
    assert [len(sheet.columns) - 2 for sheet in sheets] == [8] * (len(metrics) // 8) + [len(metrics) % 8] * (len(metrics) % 8 > 0)
    assert sheets[0].data["agent_id"].to_list() == sheets[1].data["agent_id"].to_list()
    (one,) = board(AGENTS, ("shop", "agent"), metrics, block=None)
    assert len(one.columns) == 2 + len(metrics)


def test_a_board_without_groups_is_one_row():
    frame = pl.DataFrame({"metric": ["reply_rate_30s"], "numerator": [1.0], "denominator": [2.0], "value": [0.5], "enough": [True]})
    (sheet,) = board(frame, (), [RATE, SLOW])
    assert sheet.data.rows() == [(0.5, None)]


def test_roles_and_platforms_are_said_in_words():
    frame = AGENTS.with_columns(platform=pl.lit("pdd"), role=pl.lit("presale")).unique(["platform", "role", "metric"])
    (sheet,) = board(frame, ("platform", "role"), [RATE])
    assert sheet.data.row(0)[:2] == ("拼多多", "售前")


def test_the_long_form_keeps_ids_and_order():
    rows = json.loads(to_json(figures(AGENTS, ("shop", "agent"))))
    assert next(tuple(row) for row in rows) == ("shop_id", "agent_id", *FIGURE)
    assert [row["agent_id"] for row in rows] == AGENTS["agent_id"].to_list()


def test_a_figure_of_too_few_is_marked_and_a_line_says_what_the_mark_means():
    few = AGENTS.with_columns(enough=pl.col("agent_id") != "lin")
    (sheet,) = board(few, ("shop", "agent"), [RATE, SLOW], notes=[Pair("免考核：10月1日 国庆", "Exempt")])
    text = terminal_text(sheet)
    assert [line.split()[1:] for line in text.splitlines() if line.startswith("s1")] == [
        ["lin", "※100.00", "%", "–"],
        ["mo", "–", "0"],
        ["未分配", "0.00", "%", "3"],
    ]
    assert text.splitlines()[-4:-1] == ["※ 样本少于 10，仅供参考。", "“–”表示没有可计的数据，不是 0。", "免考核：10月1日 国庆"]


def test_nothing_is_said_of_small_samples_where_there_are_none():
    (sheet,) = board(AGENTS, ("shop", "agent"), [RATE, SLOW])
    assert "※" not in terminal_text(sheet)


def test_samples_that_differ_by_metric_are_said_as_a_span():
    few = AGENTS.with_columns(enough=pl.lit(False))
    (sheet,) = board(few, ("shop", "agent"), [RATE, SLOW], minimum={RATE.id: 30, SLOW.id: 5}.__getitem__)
    assert sheet.notes[0].zh == "※ 样本少于 5–30，仅供参考。"


def test_the_whole_shop_is_marked_by_its_own_sample():
    whole = SHOPS.with_columns(enough=pl.col("shop_id") != "s1")
    (sheet,) = board(AGENTS, ("shop", "agent"), [RATE, SLOW], whole=whole)
    assert [line.split()[0] for line in terminal_text(sheet).splitlines() if "※40.00 %" in line] == ["s1"]


def test_a_rate_says_between_what_it_lies():
    assert interval(1, 2, "zh") == "（95 % 区间 9.45 % 至 90.55 %）"
    assert interval(0, 10, "en") == " (95 % interval 0.00 % to 27.75 %)"
    assert interval(3, 2, "zh") == interval(0, 0, "zh") == interval(None, 5, "zh") == ""


def test_every_metric_is_shown_in_its_own_unit():
    assert all(kind(metric.unit) in NUMERIC and kind(metric.unit) != "number" for metric in CATALOGUE.values())


def test_definitions_say_everything_in_the_readers_language():
    chinese, english = definitions(list(CATALOGUE.values())), definitions(list(CATALOGUE.values()), "en")
    assert chinese.frame["meaning"].to_list() == [metric.meaning_zh for metric in CATALOGUE.values()]
    assert english.frame["meaning"].to_list() == [metric.meaning for metric in CATALOGUE.values()]
    assert not any("\u4e00" <= character <= "\u9fff" for row in english.frame.rows() for text in row for character in text)
