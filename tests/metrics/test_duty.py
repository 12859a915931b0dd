"""Nobody on duty, where a pack leaves it out (counting rule 48)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from counting import source
from kaohe.metrics.explain import explain

Count = Callable[..., Any]

MESSAGES = """
    buyer | sender | agent | sent_at
    ------+--------+-------+---------
    b1    | buyer  |       | 08:59:59
    b1    | agent  | lin   | 10:00:00
    b2    | buyer  |       | 09:00:00
    b2    | agent  | lin   | 09:00:10
    b3    | buyer  |       | 12:00:00
    b4    | buyer  |       | 11:59:59
    b4    | agent  | lin   | 12:00:05
    """
PRESENCE = """
    presence:
    agent | online_at | offline_at
    ------+-----------+-----------
    lin   | 09:00:00  | 12:00:00
    """


def test_what_comes_while_nobody_is_online_is_not_assessed(figures: Count) -> None:
    """上线那一秒起算在线，下线那一秒起不算；回复可以更晚。"""
    assert figures(MESSAGES + PRESENCE, nobody_on_duty="left_out")["reply_rate_30s"] == (2, 2, 1)
    assert figures(MESSAGES + PRESENCE)["reply_rate_30s"] == (2, 4, 0.5)


def test_another_account_of_the_shop_is_enough_and_another_shops_is_not(figures: Count) -> None:
    others = """
    presence:
    shop | agent | online_at | offline_at
    -----+-------+-----------+-----------
    s1   | lin   | 09:00:00  | 12:00:00
    s1   | mo    | 11:30:00  | 12:00:01
    s2   | zhao  | 08:00:00  | 20:00:00
    """
    assert figures(MESSAGES + others, "shop", nobody_on_duty="left_out")["s1"]["consulting_buyers"] == (3, None, 3)


def test_a_day_without_a_record_of_who_was_online_is_assessed_as_ever(figures: Count) -> None:
    yesterday = PRESENCE.replace("09:00:00 ", "2026-09-30 09:00:00").replace("12:00:00", "2026-09-30 12:00:00")
    assert figures(MESSAGES + yesterday, nobody_on_duty="left_out")["reply_rate_30s"] == (2, 4, 0.5)


def test_a_span_nobody_ended_lasts_until_the_day_does(figures: Count) -> None:
    """没有下线时间的，看到当日结束：没有证据说那时无人在线。"""
    open_ = PRESENCE.replace("12:00:00", "")
    assert figures(MESSAGES + open_, nobody_on_duty="left_out")["reply_rate_30s"] == (2, 3, 2 / 3)


def test_by_session_its_first_second_decides(figures: Count) -> None:
    text = """
        sender | agent | sent_at  | session
        -------+-------+----------+--------
        buyer  |       | 11:59:59 | x1
        buyer  |       | 12:00:10 | x1
        agent  | lin   | 12:00:20 | x1
        buyer  |       | 12:10:00 | x2
        agent  | lin   | 12:10:20 | x2
        """
    chosen = {"nobody_on_duty": "left_out", "window_by": "session_start", "unit": "session"}
    assert figures(text + PRESENCE, **chosen)["reply_rate_30s"] == (2, 2, 1)
    assert figures(text + PRESENCE, **chosen)["reply_rate_3min"] == (1, 1, 1)
    assert figures(text + PRESENCE, nobody_on_duty="left_out")["reply_rate_30s"] == (1, 1, 1)


def test_an_explanation_tells_nobody_on_duty_from_outside_the_hours(tmp_path: Path) -> None:
    made = source(tmp_path, MESSAGES + PRESENCE, nobody_on_duty="left_out", window="09:00-23:00")
    told = explain(made, "reply_rate_30s", shop=None, agent=None, first=None, last=None)
    assert dict(told.lines.filter(sender="buyer").select("buyer_id", "reason").iter_rows()) == {
        "b1": "outside_window",
        "b2": "in_time",
        "b3": "off_duty",
        "b4": "in_time",
    }
