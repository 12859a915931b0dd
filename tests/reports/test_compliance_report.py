"""Verdicts on rules, as tables one would show to a boss."""

import datetime as dt

import polars as pl
import pytest

from kaohe.metrics.compliance import FAILING, SCHEMA
from kaohe.reports.compliance import distance, raw, readable, readable_failing
from kaohe.reports.terminal import terminal_text

DAY = dt.date(2026, 10, 1)

ROW = {
    "shop_id": "s1",
    "day": DAY,
    "first_day": DAY,
    "pack": "pdd-2023",
    "rule": "effective-reply",
    "title_zh": "有效回复率",
    "title_en": "Effective reply rate",
    "metric": "effective_reply_rate",
    "verdict": "fail",
    "provisional": False,
    "partial": False,
    "value": 0.47,
    "threshold": 0.5,
    "direction": "at_least",
    "numerator": 47.0,
    "denominator": 100.0,
    "sample": 100.0,
    "sample_needed": 100,
    "cases": 3,
    "gap": 0.03,
    "consequence_zh": "影响活动报名",
    "consequence_en": "Campaigns may be closed",
    "source": "A1",
    "certainty": "B",
    "editable": False,
}


def verdicts(*changes: dict) -> pl.DataFrame:
    return pl.DataFrame([{**dict.fromkeys(SCHEMA), **ROW, **change} for change in changes], schema=SCHEMA)


def said(lang: str = "zh", **change: object) -> str:
    (row,) = verdicts(change).to_dicts()
    return distance(row, lang)


def test_a_miss_says_how_many_more_buyers_would_have_passed():
    assert said() == "再有 3 位买家及时得到回复就达标"
    assert said("en") == "3 more buyers answered in time would have passed"
    assert said("en", cases=1) == "1 more buyer answered in time would have passed"


def test_over_several_days_a_buyer_counts_once_a_day_and_is_called_so():
    assert said(first_day=dt.date(2026, 9, 2)) == "再有 3 人次及时得到回复就达标"
    assert said("en", first_day=dt.date(2026, 9, 2)) == "3 more contacts answered in time would have passed"


@pytest.mark.parametrize(("unit", "noun"), [("contact", "位买家"), ("session", "个会话"), ("turn", "个回合"), ("message", "条消息")])
def test_what_is_counted_is_named(unit, noun):
    assert said(metric="reply_rate_3min", unit=unit) == f"再有 3 {noun}及时得到回复就达标"


def test_a_pass_says_how_many_could_still_go_wrong():
    assert said(verdict="pass", cases=-7, gap=-0.07) == "再有 7 位买家没及时得到回复，仍然达标"
    assert said("en", verdict="pass", cases=-1, gap=-0.01) == "1 buyer to spare"
    assert said(verdict="pass", cases=0, gap=0.0) == "刚好达标，一位也不能再差"
    assert said("en", verdict="pass", cases=0, gap=0.0) == "just passed, not one buyer to spare"


def test_of_a_share_that_should_be_low_it_is_how_many_fewer():
    low = {"metric": "refund_rate", "direction": "at_most"}
    assert said(**low) == "少 3 个就达标"
    assert said(**low, verdict="pass", cases=-2, gap=-0.02) == "还能多 2 个"


def test_a_mean_says_by_how_much_it_has_to_fall():
    slow = {"metric": "avg_response_seconds", "direction": "at_most", "cases": None, "threshold": 60.0, "value": 72.5}
    assert said(**slow, gap=12.5) == "要再快 12.5秒 才达标"
    assert said("en", **slow, gap=80.0) == "has to be 1m20s shorter"
    assert said(**slow, gap=0.000001) == "要再快 不到 0.1秒 才达标"
    assert said(**slow, verdict="pass", gap=-5.0) == "富余 5秒"


def test_what_was_not_judged_has_no_distance():
    assert said(verdict="not_applicable", cases=None, gap=None, why="small_sample") == ""


def test_the_tables_read_like_this():
    frame = verdicts(
        {},
        {"day": DAY + dt.timedelta(1), "verdict": "pass", "value": 0.62, "numerator": 62.0, "cases": -12, "gap": -0.12},
        {"day": DAY + dt.timedelta(2), "verdict": "not_applicable", "why": "small_sample", "sample": 99.0, "cases": None, "gap": None},
        {"day": DAY + dt.timedelta(3), "verdict": "pass", "provisional": True, "why": "last_day", "cases": 0, "gap": 0.0, "value": 0.5},
    )
    summary, details = readable(frame, "zh", {"shop_id": {"s1": "甲店"}})
    (line,) = [line for line in terminal_text(summary).splitlines() if line.startswith("甲店")]
    assert line.split()[:9] == ["甲店", "有效回复率", "≥", "50.00", "%", "2", "1", "1", "1"]
    assert "47.00 %" in line
    assert "影响活动报名" in terminal_text(summary)
    told = [line for line in terminal_text(details).splitlines() if line.startswith("甲店")]
    assert len(told) == 1
    assert "未达标" in told[0]
    assert "47.00 %（47/100）" in told[0]
    everything = terminal_text(readable(frame, "zh", every=True)[1])
    assert "不适用（样本不足，规则不适用 99 < 100）" in everything
    assert "达标（暂定：数据只到这一天，之后的还没有导入）" in everything
    assert "“暂定”的结果以后还可能变。" in everything


def test_a_doubtful_threshold_is_said_to_be_one():
    summary, _ = readable(verdicts({"certainty": "D", "editable": True}), "zh")
    assert "D 未经证实，可在 packs/ 修改" in terminal_text(summary)


def test_a_span_longer_than_the_data_is_marked_in_its_line():
    _, details = readable(verdicts({"partial": True, "first_day": dt.date(2026, 9, 2)}), "en")
    assert "failed (data of a part of the days)" in terminal_text(details)
    assert any("judged by what there is" in note.en for note in details.notes)


def test_thresholds_that_changed_within_the_days_are_all_named():
    summary, _ = readable(verdicts({}, {"day": DAY + dt.timedelta(1), "threshold": 0.6}), "zh")
    assert "≥ 50.00 % → 60.00 %" in terminal_text(summary)


def test_the_reason_of_an_exempt_day_is_said():
    row = {"verdict": "not_applicable", "why": "exempt", "note": "国庆", "cases": None, "gap": None}
    assert "不适用（免考核日 国庆）" in terminal_text(readable(verdicts(row), "zh", every=True)[1])


def test_buyers_are_listed_with_the_wait_and_who_was_responsible():
    rows = [
        ("s1", "effective-reply", DAY, "b1", dt.datetime(2026, 10, 1, 9), 3601.0, "lin", None, "late"),
        ("s1", "effective-reply", DAY, "b2", dt.datetime(2026, 10, 1, 10), None, None, None, "unanswered"),
    ]
    sheet = readable_failing(pl.DataFrame(rows, schema=FAILING, orient="row"), "zh", {"agent_id": {"lin": "林"}})
    first, second = [line.split() for line in terminal_text(sheet).splitlines() if line.startswith("s1")]
    assert first[3:] == ["b1", "2026-10-01", "09:00:00", "1时00分", "林", "回复超时"]
    assert second[3:] == ["b2", "2026-10-01", "10:00:00", "–", "未分配", "未回复"]


def test_the_raw_form_holds_every_column():
    assert raw(verdicts({})).data.columns == list(SCHEMA)
