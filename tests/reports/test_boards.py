"""Figures as people read them: groups as rows, metrics as columns."""

import json

import polars as pl

from kaohe.metrics.catalogue import CATALOGUE
from kaohe.reports.figures import board, definitions, figures, kind
from kaohe.reports.files import to_json
from kaohe.reports.tables import NUMERIC

RATE, SLOW = CATALOGUE["reply_rate_30s"], CATALOGUE["slow_replies"]


def long(*rows: tuple[str, str | None, str, float | None]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema={"shop_id": pl.String, "agent_id": pl.String, "metric": pl.String, "value": pl.Float64}, orient="row")
    return frame.with_columns(numerator=pl.col("value"), denominator=pl.lit(1.0))


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
    assert [len(sheet.columns) - 2 for sheet in sheets] == [8, len(metrics) - 8]
    assert sheets[0].data["agent_id"].to_list() == sheets[1].data["agent_id"].to_list()
    (one,) = board(AGENTS, ("shop", "agent"), metrics, block=None)
    assert len(one.columns) == 2 + len(metrics)


def test_a_board_without_groups_is_one_row():
    frame = pl.DataFrame({"metric": ["reply_rate_30s"], "numerator": [1.0], "denominator": [2.0], "value": [0.5]})
    (sheet,) = board(frame, (), [RATE, SLOW])
    assert sheet.data.rows() == [(0.5, None)]


def test_roles_and_platforms_are_said_in_words():
    frame = AGENTS.with_columns(platform=pl.lit("pdd"), role=pl.lit("presale")).unique(["platform", "role", "metric"])
    (sheet,) = board(frame, ("platform", "role"), [RATE])
    assert sheet.data.row(0)[:2] == ("拼多多", "售前")


def test_the_long_form_keeps_ids_and_order():
    rows = json.loads(to_json(figures(AGENTS, ("shop", "agent"))))
    assert next(tuple(row) for row in rows) == ("shop_id", "agent_id", "metric", "numerator", "denominator", "value")
    assert [row["agent_id"] for row in rows] == AGENTS["agent_id"].to_list()


def test_every_metric_is_shown_in_its_own_unit():
    assert all(kind(metric.unit) in NUMERIC and kind(metric.unit) != "number" for metric in CATALOGUE.values())


def test_definitions_say_everything_in_the_readers_language():
    chinese, english = definitions(list(CATALOGUE.values())), definitions(list(CATALOGUE.values()), "en")
    assert chinese.frame["meaning"].to_list() == [metric.meaning_zh for metric in CATALOGUE.values()]
    assert english.frame["meaning"].to_list() == [metric.meaning for metric in CATALOGUE.values()]
    assert not any("\u4e00" <= character <= "\u9fff" for row in english.frame.rows() for text in row for character in text)
