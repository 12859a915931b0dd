"""Signs of gaming: what counts, what does not, and that every number is the number of its cases."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counting import source, table
from kaohe.errors import Failure
from kaohe.metrics import fillers
from kaohe.metrics.fillers import Wording
from kaohe.metrics.signs import CASES, LINES, SIGNS, SUMMARY, UNSEEN, Signs, signs
from kaohe.metrics.talk import Talk

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "signs.md"

Look = Callable[..., Signs]


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """`look(text, kinds=..., **parameters of the shop)`: the signs of tables written as text."""
    folders = (tmp_path / str(number) for number in count())

    def looking(text: str, *kinds: str, more: dict[str, Any] | None = None, **parameters: Any) -> Signs:
        return signs(source(next(folders), text, **parameters), kinds=kinds or None, **(more or {}))

    return looking


def of(found: Signs, agent: str | None = "lin") -> tuple[int, int]:
    """How many cases out of how many opportunities the only sign looked for has of an agent."""
    rows = found.summary.filter(pl.col("agent_id").eq_missing(pl.lit(agent, pl.String)))
    return (rows["count"].item(), rows["base"].item()) if len(rows) else (0, 0)


# A filler first


def test_a_filler_first_and_the_answer_later_is_an_empty_first_reply(look: Look) -> None:
    found = look(
        """
        buyer | sender | agent | sent_at  | id | text
        ------+--------+-------+----------+----+------------------
        b1    | buyer  |       | 09:00:00 | m1 | 我的快递到哪了
        b1    | agent  | lin   | 09:00:20 | m2 | 亲，在的，稍等~
        b1    | buyer  |       | 09:02:00 | m3 | ？
        b1    | agent  | lin   | 09:04:00 | m4 | 昨晚到杭州了
        b2    | buyer  |       | 09:00:00 | m5 | 有货吗
        b2    | agent  | lin   | 09:00:05 | m6 | 有的
        """,
        "empty_first_reply",
    )
    assert of(found) == (1, 2)
    (case,) = found.cases.to_dicts()
    assert (case["shop_id"], case["agent_id"], case["day"], case["buyer_id"]) == ("s1", "lin", date(2026, 10, 1), "b1")
    assert (case["first_seconds"], case["later_seconds"], case["thresholds"], case["detail"]) == (20, 240, "30 180", "called_again")
    assert (case["started_at"], case["ended_at"]) == (datetime(2026, 10, 1, 9), datetime(2026, 10, 1, 9, 4))
    assert found.lines.select("message_id", "text", "marked").rows() == [
        ("m1", "我的快递到哪了", False),
        ("m2", "亲，在的，稍等~", True),
        ("m3", "？", False),
        ("m4", "昨晚到杭州了", False),
    ]
    assert found.summary["turned"].to_list() == [1]


@pytest.mark.parametrize(
    ("first", "later", "crossed"),
    [(30, 31, "30"), (31, 60, ""), (20, 30, ""), (10, 301, "30 180 300"), (180, 181, "180"), (200, 300, ""), (300, 400, "300")],
)
def test_a_threshold_is_kept_by_a_filler_on_it_and_missed_by_an_answer_after_it(look: Look, first: int, later: int, crossed: str) -> None:
    def at(seconds: int) -> str:
        return f"{datetime(2026, 10, 1, 9) + timedelta(seconds=seconds):%H:%M:%S}"

    # A filler and an answer within ten seconds are one reply, so the answer is put off where the two are close.
    found = look(
        f"""
        sender | agent | sent_at            | text
        -------+-------+--------------------+---------
        buyer  |       | 09:00:00           | 多少钱
        agent  | lin   | {at(first)}        | 您好
        agent  | lin   | {at(max(later, first + 11))} | 九块九
        """,
        "empty_first_reply",
    )
    expected = " ".join(str(limit) for limit in (30, 180, 300) if first <= limit < max(later, first + 11))
    assert found.cases["thresholds"].to_list() == [expected]
    if later > first + 10:
        assert expected == crossed


@pytest.mark.parametrize(
    ("buyer", "reply", "later"),
    [
        pytest.param("在吗", "在的", "09:05:00", id="a greeting answers a greeting"),
        pytest.param("有人吗？", "您好亲", "09:05:00", id="a call is answered by being there"),
        pytest.param("好的谢谢", "不客气", "09:05:00", id="thanks want no answer"),
        pytest.param("多少钱", "您好", "09:00:30", id="a reply in two lines is one reply"),
        pytest.param("能今天发吗", "好的", "09:05:00", id="an assent answers yes or no"),
        pytest.param("能今天发吗", "👌", "09:05:00", id="so does a sign of assent"),
        pytest.param("帮我备注一下急用", "收到", "09:05:00", id="an assent answers a request"),
        pytest.param("多少钱", "[图片]", "09:05:00", id="a picture may be the answer"),
        pytest.param("什么时候发货", "[日期]", "09:05:00", id="what is masked may be the answer"),
        pytest.param("多少钱", "您好，九块九", "09:05:00", id="a greeting with an answer is an answer"),
    ],
)
def test_what_is_no_empty_first_reply(look: Look, buyer: str, reply: str, later: str) -> None:
    found = look(
        f"""
        sender | agent | sent_at  | text
        -------+-------+----------+---------
        buyer  |       | 09:00:00 | {buyer}
        agent  | lin   | 09:00:20 | {reply}
        agent  | lin   | {later}  | 今天下午发货
        """,
        "empty_first_reply",
    )
    assert found.cases.is_empty()


def test_an_assent_to_a_question_that_yes_does_not_answer_is_a_filler(look: Look) -> None:
    found = look(
        """
        sender | agent | sent_at  | text
        -------+-------+----------+-------------
        buyer  |       | 09:00:00 | 什么时候发货
        agent  | lin   | 09:00:20 | 好的呢
        agent  | lin   | 09:05:00 | 明天
        """,
        "empty_first_reply",
    )
    assert of(found) == (1, 1)


def test_when_the_buyer_wants_something_new_nobody_knows_what_was_answered(look: Look) -> None:
    found = look(
        """
        sender | agent | sent_at  | text
        -------+-------+----------+---------------
        buyer  |       | 09:00:00 | 看中这款裙子
        agent  | lin   | 09:00:10 | 在的亲，您说
        buyer  |       | 09:20:00 | 一米六穿多大
        agent  | lin   | 09:20:05 | M码
        """,
        "empty_first_reply",
    )
    assert of(found) == (0, 2)


def test_a_bot_that_greets_is_nobodys_first_reply(look: Look) -> None:
    found = look(
        """
        sender | agent | sent_at  | text
        -------+-------+----------+-------------
        buyer  |       | 09:00:00 | 什么时候发货
        bot    | lin   | 09:00:01 | 您好
        system | lin   | 09:00:02 | 您好
        agent  | lin   | 09:05:00 | 明天
        """,
        "empty_first_reply",
    )
    assert of(found) == (0, 1)


def test_what_is_not_assessed_is_not_looked_at(look: Look) -> None:
    text = """
        sender | agent | sent_at  | text
        -------+-------+----------+-------------
        buyer  |       | 07:59:59 | 什么时候发货
        agent  | lin   | 08:00:10 | 您好
        agent  | lin   | 08:05:00 | 明天
        """
    assert look(text, "empty_first_reply").summary.is_empty()
    exempt = "exemptions:\nshop | first_day\n s1 | 2026-10-01\n"
    leave = "leaves:\nagent | first_day\n lin | 2026-10-01\n"
    for more in (exempt, leave):
        assert look(text.replace("07:59:59", "08:00:00") + more, "empty_first_reply").summary.is_empty()
    assert of(look(text.replace("07:59:59", "08:00:00"), "empty_first_reply")) == (1, 1)


def test_who_answered_in_the_end_is_named_and_accounts_are_people(look: Look) -> None:
    found = look(
        """
        sender | agent | sent_at  | text
        -------+-------+----------+-------------
        buyer  |       | 09:00:00 | 什么时候发货
        agent  | cs1   | 09:00:10 | 您好
        agent  | cs2   | 09:05:00 | 明天
        """,
        "empty_first_reply",
        accounts=table(
            "accounts", {"shop_id": "s1", "account": "cs1", "agent_id": "lin"}, {"shop_id": "s1", "account": "cs2", "agent_id": "mo"}
        ),
    )
    (case,) = found.cases.to_dicts()
    assert (case["agent_id"], case["other_agent_id"]) == ("lin", "mo")
    assert found.lines["agent_id"].to_list() == [None, "lin", "mo"]


def test_a_shops_own_phrases_and_its_name_are_fillers_too(look: Look) -> None:
    text = """
        sender | agent | sent_at  | text
        -------+-------+----------+------------------------
        buyer  |       | 09:00:00 | 什么时候发货
        agent  | lin   | 09:00:10 | 您好，欢迎光临暖禾女装，小暖在呢
        agent  | lin   | 09:05:00 | 明天
        shops:
        shop | platform | name
        s1   | generic  | 暖禾女装
        """
    assert of(look(text, "empty_first_reply")) == (0, 1)
    assert of(look(text, "empty_first_reply", more={"fillers": ["小暖"]})) == (1, 1)


# Replies that answer nothing


def test_a_question_that_got_only_a_filler_all_day_is_not_answered(look: Look) -> None:
    found = look(
        """
        buyer | sender | agent | sent_at  | text
        ------+--------+-------+----------+-------------
        b1    | buyer  |       | 09:00:00 | 什么时候发货
        b1    | agent  | lin   | 09:00:10 | 稍等
        b1    | buyer  |       | 10:00:00 | 人呢
        b1    | agent  | lin   | 10:00:05 | [微笑]
        b2    | buyer  |       | 09:00:00 | 什么时候发货
        b2    | agent  | lin   | 09:00:10 | 稍等
        b2    | agent  | mo    | 18:00:00 | 明天
        """,
        "answers_nothing",
    )
    assert of(found) == (1, 2)
    (case,) = found.cases.to_dicts()
    assert (case["buyer_id"], case["detail"], case["first_seconds"]) == ("b1", "nothing", 10)
    assert found.lines["text"].to_list() == ["什么时候发货", "稍等", "人呢", "[微笑]"]


@pytest.mark.parametrize("after", ["buyer  | | 09:01:00 | 没事了，看到了", "buyer  | | 09:01:00 | 谢谢", "bot | | 09:01:00 | 明天发"])
def test_a_buyer_who_is_content_and_a_bot_that_wrote_leave_no_case(look: Look, after: str) -> None:
    found = look(
        f"""
        sender | agent | sent_at  | text
        -------+-------+----------+-------------
        buyer  |       | 09:00:00 | 什么时候发货
        agent  | lin   | 09:00:10 | 稍等
        {after}
        """,
        "answers_nothing",
    )
    assert of(found) == (0, 1)


def test_an_assent_where_nothing_was_asked_is_no_answer_to_what_was_asked_before(look: Look) -> None:
    found = look(
        """
        sender | agent | sent_at  | text
        -------+-------+----------+-------------
        buyer  |       | 09:00:00 | 能今天发吗
        agent  | lin   | 09:00:10 | 稍等
        buyer  |       | 09:05:00 | 在吗
        agent  | lin   | 09:05:10 | 好的
        """,
        "answers_nothing",
    )
    assert of(found) == (1, 1)


def test_a_buyer_who_settled_it_himself_asks_no_more(look: Look) -> None:
    found = look(
        """
        sender | agent | sent_at  | text
        -------+-------+----------+-------------
        buyer  |       | 09:00:00 | 什么时候发货
        buyer  |       | 09:00:05 | 算了，我再看看
        agent  | lin   | 09:00:10 | 不打扰您了亲
        """,
        "answers_nothing",
    )
    assert of(found) == (0, 0)


def _sent(buyers: int, apart: int, more: str = "") -> str:
    rows = ["buyer | sender | agent | sent_at | text"]
    for number in range(buyers):
        at = datetime(2026, 10, 1, 9) + timedelta(seconds=apart * number)
        rows.append(f"b{number} | buyer | | {at - timedelta(minutes=1):%H:%M:%S} | 有没有{number}号的")
        rows.append(f"b{number} | agent | lin | {at:%H:%M:%S} | 看详情页")
    return "\n".join(rows) + "\n" + more


def test_one_text_pasted_to_five_buyers_within_five_minutes_answers_none(look: Look) -> None:
    found = look(_sent(5, 75), "answers_nothing")
    assert of(found) == (5, 5)
    assert found.cases["detail"].to_list() == ["pasted"] * 5
    assert found.cases["buyers"].to_list() == [5] * 5
    assert of(look(_sent(4, 1), "answers_nothing")) == (0, 4)
    assert of(look(_sent(5, 76), "answers_nothing")) == (0, 5)


def test_a_buyer_who_got_another_text_too_was_not_only_pasted_to(look: Look) -> None:
    found = look(_sent(6, 10, "b5 | agent | lin | 09:30:00 | 有的\n"), "answers_nothing")
    assert of(found) == (5, 6)
    assert "b5" not in found.cases["buyer_id"]


# Hand-offs


def test_a_dated_handoff_just_before_a_threshold_counts(look: Look) -> None:
    found = look(
        """
        buyer | sender | agent | sent_at  | text
        ------+--------+-------+----------+--------------------
        b1    | buyer  |       | 08:59:00 | 有货吗
        b1    | agent  | lin   | 08:59:10 | 有的
        b1    | buyer  |       | 09:00:00 | 能便宜吗
        b1    | system |       | 09:00:25 | 会话已转接给莫
        b1    | agent  | mo    | 09:01:00 | 可以的
        b2    | buyer  |       | 08:59:00 | 有货吗
        b2    | agent  | lin   | 08:59:10 | 有的
        b2    | buyer  |       | 09:00:00 | 能便宜吗
        b2    | system |       | 09:00:05 | 会话已转接给莫
        b2    | agent  | mo    | 09:00:20 | 可以的
        """,
        "late_handoff",
    )
    assert of(found) == (1, 2)
    (case,) = found.cases.to_dicts()
    assert (case["buyer_id"], case["other_agent_id"], case["detail"], case["thresholds"]) == ("b1", "mo", "notice", "30")
    assert (case["first_seconds"], case["later_seconds"]) == (25, 60)
    assert found.lines["text"].to_list() == ["有的", "能便宜吗", "会话已转接给莫", "可以的"]


def test_a_receiving_agent_that_changes_dates_a_handoff_only_as_well_as_the_messages_do(look: Look) -> None:
    text = """
        sender | agent | sent_at   | text
        -------+-------+-----------+----------
        buyer  | lin   | 09:00:00  | 能便宜吗
        buyer  | lin   | {before}  | 人呢
        buyer  | mo    | {after}   | 在吗
        agent  | mo    | 09:05:00  | 可以的
        """
    assert of(look(text.format(before="09:02:40", after="09:02:50"), "late_handoff")) == (1, 1)
    # Passed somewhere between 10 s and 170 s: nobody can say it was just before 180 s.
    assert of(look(text.format(before="09:00:10", after="09:02:50"), "late_handoff")) == (0, 1)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("机器人已转接人工", "from a bot"),
        ("会话已转接", "back to the same"),
    ],
)
def test_a_transfer_from_a_bot_or_to_oneself_is_none(look: Look, text: str, why: str) -> None:
    found = look(
        f"""
        sender | agent | sent_at  | text
        -------+-------+----------+----------
        buyer  |       | 08:59:00 | 有货吗
        agent  | lin   | 08:59:10 | 有的
        buyer  |       | 09:00:00 | 能便宜吗
        system |       | 09:00:25 | {text}
        agent  | {"mo" if why == "from a bot" else "lin"} | 09:01:00 | 可以的
        """,
        "late_handoff",
    )
    assert found.summary.is_empty()


def test_who_wrote_an_hour_ago_no_longer_has_the_buyer(look: Look) -> None:
    found = look(
        """
        sender | agent | sent_at  | text
        -------+-------+----------+----------
        buyer  |       | 08:00:00 | 有货吗
        agent  | lin   | 08:00:10 | 有的
        buyer  |       | 09:00:00 | 能便宜吗
        system |       | 09:00:25 | 会话已转接
        agent  | mo    | 09:01:00 | 可以的
        """,
        "late_handoff",
    )
    assert found.summary.is_empty()


def test_where_nothing_dates_handoffs_that_is_said(look: Look) -> None:
    found = look(
        """
        sender | agent | sent_at  | text
        -------+-------+----------+----------
        buyer  |       | 09:00:00 | 有货吗
        agent  | lin   | 09:00:10 | 有的
        buyer  |       | 09:01:00 | 能便宜吗
        agent  | mo    | 09:01:25 | 可以的
        """,
        "late_handoff",
    )
    assert found.summary.is_empty()
    assert found.unseen.rows() == [("late_handoff", "s1", "no_transfers", None)]


# Offline at peaks

BUSY = """
        buyer | sender | agent | sent_at  | text
        ------+--------+-------+----------+--------
        b1    | buyer  |       | 10:10:00 | 有货吗
        b2    | buyer  |       | 10:20:00 | 有货吗
        b3    | buyer  |       | 14:20:00 | 有货吗
        b4    | buyer  |       | 16:20:00 | 有货吗
"""


def _online(*spans: str, agent: str = "lin", day: str = "2026-10-01") -> str:
    rows = [span.split("-") for span in spans]
    return "".join(f"{agent} | {day} {start}:00 | {f'{day} {end}:00' if end else ''}\n" for start, end in rows)


PRESENCE = "presence:\nagent | online_at | offline_at\n"


def test_offline_in_a_busy_hour_of_ones_own_span_counts_each_hour(look: Look) -> None:
    found = look(BUSY + PRESENCE + _online("09:00-10:30", "12:00-14:50", "15:00-18:00"), "offline_at_peak")
    assert of(found) == (1, 3)
    (case,) = found.cases.to_dicts()
    assert (case["hour"], case["away_seconds"], case["detail"], case["buyer_id"]) == (10, 1800, "gap", None)
    assert (case["started_at"], case["ended_at"]) == (datetime(2026, 10, 1, 10, 30), datetime(2026, 10, 1, 12))


def test_one_break_of_an_hour_is_a_meal_and_the_rest_of_ten_minutes_counts(look: Look) -> None:
    assert of(look(BUSY + PRESENCE + _online("09:00-10:00", "11:00-18:00"), "offline_at_peak")) == (0, 3)
    assert of(look(BUSY + PRESENCE + _online("09:00-10:00", "11:01-18:00"), "offline_at_peak")) == (1, 3)
    assert of(look(BUSY + PRESENCE + _online("09:00-10:00", "11:00-14:20", "14:30-18:00"), "offline_at_peak")) == (1, 3)
    assert of(look(BUSY + PRESENCE + _online("09:00-10:00", "11:00-14:20", "14:29-18:00"), "offline_at_peak")) == (0, 3)


def test_hours_outside_the_span_and_days_without_an_end_are_not_judged(look: Look) -> None:
    assert of(look(BUSY + PRESENCE + _online("10:30-16:30"), "offline_at_peak")) == (0, 1)
    assert look(BUSY + PRESENCE + _online("09:00-10:10", "12:00-"), "offline_at_peak").summary.is_empty()


def test_online_in_another_shop_is_not_away(look: Look) -> None:
    two = "presence:\nshop | agent | online_at | offline_at\n"
    first = "".join(f"s1 | {line}\n" for line in _online("09:00-10:00", "13:00-18:00").splitlines())
    other = "".join(f"s2 | {line}\n" for line in _online("10:00-13:00").splitlines())
    assert of(look(BUSY + two + first, "offline_at_peak")) == (1, 3)
    assert of(look(BUSY + two + first + other, "offline_at_peak", more={"shop": "s1"})) == (0, 3)


def test_leaving_before_one_usually_does_counts_when_enough_days_are_known(look: Look) -> None:
    usual = "".join(_online("09:00-18:00", day=f"2026-09-{day}") for day in (26, 27, 28, 29, 30))
    found = look(BUSY + PRESENCE + usual + _online("09:10-15:30"), "offline_at_peak", more={"first": date(2026, 10, 1)})
    assert of(found) == (1, 3)
    (case,) = found.cases.to_dicts()
    assert (case["hour"], case["detail"], case["ended_at"]) == (16, "left", None)
    four = "".join(usual.splitlines(keepends=True)[1:])
    assert of(look(BUSY + PRESENCE + four + _online("09:10-15:30"), "offline_at_peak", more={"first": date(2026, 10, 1)})) == (0, 2)


# Invitations after praise


def test_invitations_after_praise_stand_beside_how_often_contacts_end_so(look: Look) -> None:
    found = look(
        """
        buyer | sender | agent | sent_at  | text
        ------+--------+-------+----------+----------
        b1    | buyer  |       | 09:00:00 | 有货吗
        b1    | agent  | lin   | 09:00:10 | 有的
        b1    | buyer  |       | 09:00:20 | 谢谢
        b2    | buyer  |       | 09:00:00 | 有货吗
        b2    | agent  | lin   | 09:00:10 | 有的
        b3    | buyer  |       | 09:00:00 | 谢谢，不太满意
        b3    | agent  | lin   | 09:00:10 | 抱歉
        b3    | buyer  |       | 09:00:20 | 算了
        b3    | buyer  |       | 09:00:21 | 退款
        b3    | buyer  |       | 09:00:22 | 马上
        ratings:
        rating | buyer | agent | invited_at
        g1     | b1    | lin   | 09:01:00
        g2     | b2    | lin   | 09:01:00
        g3     | b2    | lin   | 08:00:00
        """,
        "invites_after_praise",
    )
    assert of(found) == (1, 2)
    row = found.summary.row(0, named=True)
    assert (row["usual_count"], row["usual_base"]) == (1, 3)
    (case,) = found.cases.to_dicts()
    assert (case["buyer_id"], case["ended_at"]) == ("b1", datetime(2026, 10, 1, 9, 1))
    assert found.lines.filter("marked")["text"].to_list() == ["谢谢"]


def test_without_invitations_that_is_said(look: Look) -> None:
    found = look("sender | agent | sent_at | text\nbuyer | | 09:00:00 | 谢谢\nagent | lin | 09:00:01 | 不客气\n", "invites_after_praise")
    assert found.unseen.rows() == [("invites_after_praise", "s1", "no_invitations", None)]


# All of them


def test_without_texts_the_signs_of_texts_say_so(look: Look) -> None:
    found = look(
        """
        sender | agent | sent_at
        -------+-------+---------
        buyer  |       | 09:00:00
        agent  | lin   | 09:00:10
        """
    )
    assert found.summary.is_empty()
    assert {sign for sign, _, reason, _ in found.unseen.rows() if reason == "no_text"} == {one.id for one in SIGNS.values() if one.texts}


def test_messages_without_a_text_are_left_out_and_counted(look: Look) -> None:
    found = look(
        """
        buyer | sender | agent | sent_at  | text
        ------+--------+-------+----------+-------------
        b1    | buyer  |       | 09:00:00 | 什么时候发货
        b1    | agent  | lin   | 09:00:10 |
        b2    | buyer  |       | 09:00:00 | 什么时候发货
        b2    | agent  | lin   | 09:00:10 | 稍等
        b2    | agent  | lin   | 09:09:10 |
        """,
        "empty_first_reply",
    )
    assert of(found) == (1, 1)
    assert found.unseen.rows() == [("empty_first_reply", "s1", "some_text", 2)]


def test_without_anything_nothing_is_claimed(look: Look) -> None:
    found = look("sender | sent_at")
    assert (len(found.summary), len(found.cases), len(found.lines)) == (0, 0, 0)
    assert set(found.unseen["reason"]) == {"no_messages"}
    for frame, schema in ((found.summary, SUMMARY), (found.cases, CASES), (found.lines, LINES), (found.unseen, UNSEEN)):
        assert dict(frame.schema) == schema


def test_an_agent_is_held_against_all_others_of_his_shop_also_when_asked_for_alone(look: Look) -> None:
    rows = ["buyer | sender | agent | sent_at | text"]
    for number in range(40):
        agent = "lin" if number < 20 else "mo" if number < 30 else "chen"
        rows.append(f"b{number} | buyer | | 09:00:00 | 多少钱")
        rows.append(f"b{number} | agent | {agent} | 09:00:05 | {'您好' if agent == 'lin' else '九块'}")
        rows.append(f"b{number} | agent | {agent} | 09:01:00 | 九块九")
    whole = look("\n".join(rows), "empty_first_reply")
    told = {row["agent_id"]: row for row in whole.summary.to_dicts()}
    assert {agent: (row["colleagues_count"], row["colleagues_base"], row["stands_out"]) for agent, row in told.items()} == {
        "lin": (0, 20, True),
        "mo": (20, 30, False),
        "chen": (20, 30, False),
    }
    assert told["lin"]["low"] > told["lin"]["colleagues_high"]
    alone = look("\n".join(rows), "empty_first_reply", more={"agent": "lin"})
    assert alone.summary.to_dicts() == [told["lin"]]
    assert set(alone.cases["agent_id"]) == {"lin"}
    few = look("\n".join([rows[0], *rows[1:28], *rows[61:]]), "empty_first_reply")
    assert few.summary.filter(pl.col("agent_id") == "lin")["stands_out"].to_list() == [False]


def test_a_sign_there_is_not_is_refused_and_a_chinese_name_will_do(look: Look) -> None:
    with pytest.raises(Failure) as failed:
        look("sender | sent_at", "lazy")
    assert failed.value.problems[0].code.name == "unknown_sign"
    assert set(look("sender | sent_at", "高峰离线", "临超时转接").unseen["sign"]) <= {"offline_at_peak", "late_handoff"}


def test_an_answer_on_the_next_day_is_not_seen(look: Look) -> None:
    found = look(
        """
        sender | agent | sent_at             | text
        -------+-------+---------------------+-------------
        buyer  |       | 2026-10-01 22:59:00 | 什么时候发货
        agent  | lin   | 2026-10-01 23:00:00 | 稍等
        agent  | lin   | 2026-10-02 09:00:00 | 明天
        """,
        "answers_nothing",
        reply_within_hours=48,
    )
    assert of(found) == (1, 1)


# Held to a slow reader

_BUYER = st.sampled_from(["多少钱", "能今天发吗", "改下地址", "在吗", "谢谢", "不用了"])
_AGENT = st.sampled_from(["您好", "好的", "九块九", "稍等", "[图片]"])
_LINE = st.tuples(st.sampled_from(["buyer", "agent", "agent", "bot"]), st.integers(1, 40), _BUYER, _AGENT, st.sampled_from(["lin", "mo"]))


def judged(lines: list[tuple[str, int, str]]) -> tuple[list[int], list[int], list[int], list[int]]:
    """By plain reading of (sender, second, text): places of first replies that are opportunities and cases of empty first replies, then of replies that
    answer nothing."""
    human = [at for at, line in enumerate(lines) if line[0] == "agent"]

    def asked_before(place: int) -> list[str]:
        """What the buyer said since the human message before."""
        earlier = max((at for at in human if at < place), default=-1)
        return [text for sender, _, text in lines[earlier + 1 : place] if sender == "buyer"]

    def turn_of(place: int) -> list[str]:
        """What the buyer said in the turn that a human message belongs to."""
        while not asked_before(place):
            place = max((at for at in human if at < place), default=-1)
            if place < 0:
                return []
        return asked_before(place)

    def holds(place: int) -> bool:
        text, turn = lines[place][2], turn_of(place)
        if text == "好的":
            wanted = [one for one in turn if one not in ("在吗", "谢谢")]
            return bool(wanted) and "多少钱" not in turn
        return text in ("九块九", "[图片]")

    first = [at for at in human if asked_before(at)]
    empty_base, empty, nothing_base, nothing = [], [], [], []
    for place in first:
        said = asked_before(place)
        open_said = said[len(said) - said[::-1].index("不用了") :] if "不用了" in said else said
        start = next(at for at in range(max((one for one in human if one < place), default=-1) + 1, place) if lines[at][0] == "buyer")
        assert lines[start][0] == "buyer"
        later = [at for at in human if at > place and holds(at)]
        after = [(sender, text) for sender, _, text in lines[place + 1 :]]
        if any(one in ("多少钱", "能今天发吗", "改下地址") for one in open_said):
            empty_base.append(place)
            if not holds(place) and later and lines[later[0]][1] - lines[place][1] > 10:
                between = [text for sender, _, text in lines[place : later[0]] if sender == "buyer"]
                if not any(one in ("多少钱", "能今天发吗", "改下地址") for one in between):
                    empty.append(place)
        if any(one in ("多少钱", "能今天发吗") for one in open_said):
            nothing_base.append(place)
            closed = any(sender == "buyer" and text in ("谢谢", "不用了") for sender, text in after)
            if not holds(place) and not later and not closed and not any(sender == "bot" for sender, _ in after):
                nothing.append(place)
    return empty_base, empty, nothing_base, nothing


@settings(max_examples=40)
@given(lines=st.lists(st.lists(_LINE, min_size=1, max_size=9), min_size=1, max_size=3))
def test_signs_in_replies_are_those_a_slow_reader_finds(
    tmp_path_factory: pytest.TempPathFactory, lines: list[list[tuple[str, int, str, str, str]]]
) -> None:
    rows = ["buyer | sender | agent | sent_at | text"]
    expected = {"empty_first_reply": {"lin": [0, 0], "mo": [0, 0]}, "answers_nothing": {"lin": [0, 0], "mo": [0, 0]}}
    for buyer, contact in enumerate(lines):
        second, told = 0, []
        for sender, step, wants, says, agent in contact:
            second += step
            text = wants if sender == "buyer" else says
            told.append((sender, second, text, agent))
            at = datetime(2026, 10, 1, 9) + timedelta(seconds=second)
            rows.append(f"b{buyer} | {sender} | {agent if sender == 'agent' else ''} | {at:%H:%M:%S} | {text}")
        found = judged([line[:3] for line in told])
        for place, sign, of_it in zip(
            found, ("empty_first_reply", "empty_first_reply", "answers_nothing", "answers_nothing"), (1, 0, 1, 0), strict=True
        ):
            for at in place:
                expected[sign][told[at][3]][of_it] += 1
    made = signs(source(tmp_path_factory.mktemp("signs"), "\n".join(rows)), kinds=list(expected))
    for sign, agents in expected.items():
        seen = {row["agent_id"]: [row["count"], row["base"]] for row in made.summary.filter(pl.col("sign") == sign).to_dicts()}
        assert seen == {agent: counts for agent, counts in agents.items() if counts[1]}, sign
    for row in made.summary.to_dicts():
        mine = made.cases.filter((pl.col("sign") == row["sign"]) & (pl.col("agent_id") == row["agent_id"]))
        assert len(mine) == row["count"]


# The words


def test_the_page_has_every_word_of_the_lists() -> None:
    page = PAGE.read_text("utf-8")
    written = set(re.findall(r"`([^`]*)`", page))
    lists = [name for name, value in vars(fillers).items() if name.isupper() and isinstance(value, tuple)]
    words = {word for name in lists for word in getattr(fillers, name)} | set(fillers.PARTICLES)
    missing = {word for word in words if word.strip() not in written}
    assert len(lists) >= 10
    assert missing - set(fillers.PARTICLES) == set()
    assert f"`{fillers.PARTICLES}`" in page


@pytest.mark.parametrize("text", ["", "  ", None])
def test_blank_texts_say_nothing_either_way(text: str | None) -> None:
    texts = pl.Series("text", [text], dtype=pl.String)
    assert not any(Wording().replies(texts).row(0))
    assert not any(Wording().buyers(texts).row(0))


def test_a_turn_belongs_to_its_own_contact(tmp_path: Path) -> None:
    made = source(
        tmp_path,
        """
        buyer | sender | agent | sent_at  | text
        ------+--------+-------+----------+--------
        b1    | buyer  |       | 09:00:00 | 多少钱
        b2    | agent  | lin   | 09:00:00 | 您好
        b2    | buyer  |       | 09:00:10 | 多少钱
        """,
    )
    (piece,) = made.facts.slices()
    talk = Talk.of(made, piece, Wording())
    assert talk.turn.tolist() == [0, -1, 1]
    assert talk.reply.tolist() == [-1, -1]
    assert talk.until.tolist() == [1, 3]
