"""Cells: what every way of writing a value means, and what is refused."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaohe.importing.cells import convert, ids


def one(kind: str, text: str | None, **how: object) -> object:
    cells = convert(pl.Series("c", [text], dtype=pl.String), kind, **how)  # type: ignore[arg-type]
    return "refused" if len(cells.bad) else cells.values[0]


NOON = dt.datetime(2026, 6, 7, 4, 39, 34, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-06-07 12:39:34",
        "2026-6-7 12:39:34",
        "2026/6/7 12:39:34",
        "2026.6.7 12:39:34",
        "2026-06-07T12:39:34",
        "2026年06月07日 12:39:34",
        "2026年6月7日12时39分34秒",
        "2026-06-07T04:39:34Z",
        "2026-06-07T04:39:34+00:00",
        "2026-06-07 01:09:34-03:30",
        "2026-06-07T12:39:34.000+0800",
        "\t2026-06-07 12:39:34\t",
        "\ufeff2026-06-07\u00a012:39:34 ",
        "初次评价: 2026-06-07 12:39:34",
        "20260607123934",
        "46180.527476851855",
        "1780807174",
        "1780807174000",
        "1780807174000000",
    ],
)
def test_every_way_of_writing_a_moment_is_the_same_moment(text):
    assert one("instant", text, zones="Asia/Shanghai") == NOON


@pytest.mark.parametrize(
    ("text", "meant"),
    [("2026/6/7 13:41", (13, 41)), ("6/7/26 0:47", (0, 47)), ("2026-06-07", (0, 0)), ("46180", (0, 0)), ("20260607", (0, 0))],
)
def test_a_moment_may_leave_out_its_seconds_or_its_clock(text, meant):
    local = dt.datetime(2026, 6, 7, *meant, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert one("instant", text, zones="Asia/Shanghai") == local


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30 00:00:00",
        "2026-06-07 24:00:00",
        "2026-06-07 12:60:00",
        "12:39:34",
        "约1分",
        "昨天",
        "1234",
        "=NOW()",
        "0026-06-07 12:39:34",
        "-026-06-07 12:39:34",
        "9999-12-31 00:00:00",
    ],
)
def test_what_is_no_moment_is_refused_and_not_guessed(text):
    assert one("instant", text) == "refused"


@pytest.mark.parametrize("text", ["", " ", "\t", "-", "--", "NULL", None])
def test_nothing_is_no_mistake(text):
    assert one("instant", text) is None
    assert one("money", text) is None
    assert one("duration", text) is None


def test_a_column_may_mix_ways_of_writing():
    text = pl.Series(["2026-06-07 12:39:34", "2026/6/7 12:39:34", None, "2026-06-07T04:39:34Z", "x", "46180.527476851855"])
    cells = convert(text, "instant", zones="Asia/Shanghai")
    assert cells.values.to_list() == [NOON, NOON, None, NOON, None, NOON]
    assert cells.bad.to_list() == [4]


def test_each_row_is_read_in_its_own_shops_zone():
    text = pl.Series(["2026-06-07 12:00:00"] * 3)
    zones = pl.Series(["Asia/Shanghai", "America/New_York", "UTC"])
    assert [moment.hour for moment in convert(text, "instant", zones=zones).values] == [4, 16, 12]


def test_a_local_time_that_happens_twice_is_its_first_occurrence():
    assert one("instant", "2026-11-01 01:30:00", zones="America/New_York") == dt.datetime(2026, 11, 1, 5, 30, tzinfo=dt.UTC)


def test_a_local_time_that_never_happens_moves_forward_by_the_gap():
    moment = one("instant", "2026-03-08 02:30:00", zones="America/New_York")
    assert isinstance(moment, dt.datetime)
    assert moment.astimezone(ZoneInfo("America/New_York")).time() == dt.time(3, 30)


@given(
    st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2090, 1, 1)),
    st.sampled_from(["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Kathmandu"]),
    st.sampled_from(["%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y年%m月%d日 %H:%M:%S", "%Y-%m-%dT%H:%M:%S"]),
)
def test_a_local_time_means_what_pythons_clock_says(moment, zone, form):
    moment = moment.replace(microsecond=0)
    assert one("instant", moment.strftime(form), zones=zone) == moment.replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)


@given(st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2090, 1, 1), timezones=st.just(dt.UTC)))
def test_an_instant_with_offset_is_read_back_exactly(moment):
    assert one("instant", moment.isoformat(), zones="Asia/Shanghai") == moment


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("9秒", 9),
        ("2分30秒", 150),
        ("7小时41分52秒", 27712),
        ("00:01:20", 80),
        ("01:20", 80),
        ("80", 80),
        ("1天2小时", 93600),
        ("11 s", 11),
    ],
)
def test_durations_are_seconds(text, seconds):
    assert one("duration", text) == seconds


def test_durations_in_minutes_say_so_in_the_profile():
    assert one("duration", "1.5", unit="minutes") == 90


def test_a_vague_duration_is_refused():
    assert one("duration", "约1分") == "refused"


@given(st.integers(0, 10**7))
def test_a_duration_written_with_units_is_read_back(seconds):
    hours, rest = divmod(seconds, 3600)
    assert one("duration", f"{hours}小时{rest // 60}分{rest % 60}秒") == seconds
    assert one("duration", f"{hours:02}:{rest // 60:02}:{rest % 60:02}") == seconds


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("168.99", "168.99"),
        ("168.99\t", "168.99"),
        ("￥1,234.50", "1234.50"),
        ("-¥3", "-3.00"),
        ("12元", "12.00"),
        ("１２.５", "12.50"),
        ("0.30000000000000004", "0.30"),
        ("1.005", "1.01"),
        ("-1.005", "-1.01"),
    ],
)
def test_money_is_yuan_with_two_places_halves_away_from_zero(text, yuan):
    assert one("money", text) == Decimal(yuan)


@pytest.mark.parametrize("text", ["1,5", "1,23,4", "abc", "99999999999999999999", "12.3.4", "inf"])
def test_what_is_no_amount_is_refused(text):
    assert one("money", text) == "refused"


def test_money_may_be_counted_in_fen():
    assert one("money", "12345", unit="fen") == Decimal("123.45")


@given(st.decimals(-(10**12), 10**12, places=2, allow_nan=False, allow_infinity=False))
def test_an_amount_is_read_back_with_or_without_commas(amount):
    assert one("money", str(amount)) == amount
    assert one("money", f"￥{amount:,}".replace("￥-", "-￥")) == amount


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("number", "36.99%", 0.3699),
        ("number", "1,234.5", 1234.5),
        ("percent", "36.99", 0.3699),
        ("integer", "12.0", 12),
        ("integer", "1,234", 1234),
        ("integer", "5星", 5),
        ("integer", "12.5", "refused"),
        ("number", "inf", "refused"),
        ("number", "十二", "refused"),
        ("flag", "是", True),
        ("flag", "否", False),
        ("flag", "TRUE", True),
        ("flag", "0", False),
        ("flag", "也许", "refused"),
        ("date", "2026/6/7", dt.date(2026, 6, 7)),
        ("date", "20260607", dt.date(2026, 6, 7)),
        ("date", "2026-06-07 11:00:00", dt.date(2026, 6, 7)),
        ("date", "六月", "refused"),
        ("month", "2026年6月", "2026-06"),
        ("month", "202606", "2026-06"),
        ("month", "2026-06-30", "2026-06"),
        ("month", "2026-13", "refused"),
    ],
)
def test_other_kinds(kind, text, value):
    assert one(kind, text) == (pytest.approx(value) if isinstance(value, float) else value)


def test_choices_are_read_through_the_words_of_the_profile():
    words = {"buyer": "buyer", "agent": "agent", "客服": "agent"}
    assert [one("choice", text, choices=words) for text in ("客服", "BUYER", "agent", "店长")] == ["agent", "buyer", "agent", "refused"]


def test_ids_lose_what_exports_pad_them_with_and_nothing_else():
    text = pl.Series(["\t6953489890610190242", "订单1\t", "'0012", " a b ", "-", "--", "", "\ufeffx\u200b", None, "007"])
    assert ids(text).to_list() == ["6953489890610190242", "订单1", "0012", "a b", None, None, None, "x", None, "007"]


@pytest.mark.parametrize("kind", ["id", "text", "instant", "date", "month", "integer", "number", "money", "flag", "choice", "duration"])
def test_an_empty_column_converts_to_an_empty_column(kind):
    cells = convert(pl.Series([], dtype=pl.String), kind)
    assert (len(cells.values), len(cells.bad)) == (0, 0)


@given(st.lists(st.one_of(st.none(), st.text(max_size=12)), max_size=6))
def test_no_text_whatever_breaks_a_conversion(texts):
    column = pl.Series("c", texts, dtype=pl.String)
    for kind in ("id", "text", "instant", "date", "month", "integer", "number", "money", "flag", "choice", "duration", "percent"):
        cells = convert(column, kind, choices={"agent": "agent"})
        assert len(cells.values) == len(texts)
        assert all(cells.values[place] is None and texts[place] for place in cells.bad)
