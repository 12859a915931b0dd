"""The manual of reviews, ratings and invitations to rate, one paragraph a test."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from counting import table

Count = Callable[..., Any]


@pytest.mark.spec("bad_review_handling_rate")
def test_a_bad_review_is_handled_within_two_days(figures: Count) -> None:
    """首评 3 星及以下是差评；正好 48 小时跟进算处理，晚一秒不算，没有跟进的也在分母里；4 星不是差评。"""
    found = figures("""
        reviews:
        review | buyer | reviewed_at         | stars | followed_up_at
        -------+-------+---------------------+-------+--------------------
        v1     | b1    | 2026-10-01 09:00:00 | 3     | 2026-10-03 09:00:00
        v2     | b2    | 2026-10-01 09:00:00 | 1     | 2026-10-03 09:00:01
        v3     | b3    | 2026-10-01 09:00:00 | 2     |
        v4     | b4    | 2026-10-01 09:00:00 | 4     | 2026-10-01 10:00:00
        v5     | b5    | 2026-10-01 09:00:00 |       | 2026-10-01 10:00:00
        """)
    assert found["bad_review_handling_rate"] == (1, 3, 1 / 3)


@pytest.mark.spec("bad_review_handling_rate")
def test_a_revised_review_was_still_bad_at_first(figures: Count) -> None:
    """看首评：后来改成好评的仍在分母里；首评好、后来改差的不算差评。"""
    found = figures("""
        reviews:
        review | buyer | reviewed_at         | stars | followed_up_at      | revised_at          | revised_stars
        -------+-------+---------------------+-------+---------------------+---------------------+--------------
        v1     | b1    | 2026-10-01 09:00:00 | 1     | 2026-10-01 10:00:00 | 2026-10-02 09:00:00 | 5
        v2     | b2    | 2026-10-01 09:00:00 | 5     |                     | 2026-10-02 09:00:00 | 1
        """)
    assert found["bad_review_handling_rate"] == (1, 1, 1)


@pytest.mark.spec("bad_review_handling_rate")
@pytest.mark.spec("positive_review_rate")
def test_a_review_counts_for_the_agent_named_or_the_owner_of_its_order(figures: Count) -> None:
    """按客服看：评价写明的客服；没有写明，归订单的归属；也没有，归此前 30 天内最后接待买家的客服；都没有，未分配。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | agent  | lin   | 09:00:00
        b3    | agent  | mo    | 11:00:00
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:05:00   | 09:05:10 | 88.00
        reviews:
        review | order | buyer | agent | reviewed_at | stars | followed_up_at
        -------+-------+-------+-------+-------------+-------+---------------
        v1     | o1    | b1    | chen  | 12:00:00    | 1     | 12:30:00
        v2     | o1    | b1    |       | 12:00:00    | 1     |
        v3     |       | b3    |       | 12:00:00    | 5     |
        v4     |       | b4    |       | 12:00:00    | 5     |
        """,
        "agent",
    )
    assert found["chen"]["bad_review_handling_rate"] == (1, 1, 1)
    assert found["lin"]["bad_review_handling_rate"] == (0, 1, 0)
    assert found["mo"]["positive_review_rate"] == (1, 1, 1)
    assert found[None]["positive_review_rate"] == (1, 1, 1)


@pytest.mark.spec("positive_review_rate")
def test_a_review_stands_as_it_was_last_revised(figures: Count) -> None:
    """好评率看现在的星级：4 星算好评，3 星不算；改过的用改后的；没有星级的不计；算在首评那一天。"""
    found = figures(
        """
        reviews:
        review | buyer | reviewed_at         | stars | revised_at          | revised_stars
        -------+-------+---------------------+-------+---------------------+--------------
        v1     | b1    | 2026-10-01 09:00:00 | 4     |                     |
        v2     | b2    | 2026-10-01 09:00:00 | 3     |                     |
        v3     | b3    | 2026-10-01 09:00:00 | 1     | 2026-10-05 09:00:00 | 4
        v4     | b4    | 2026-10-01 09:00:00 | 5     | 2026-10-05 09:00:00 | 3
        v5     | b5    | 2026-10-01 09:00:00 |       |                     |
        """,
        "day",
    )
    assert found[date(2026, 10, 1)]["positive_review_rate"] == (2, 4, 0.5)


@pytest.mark.spec("review_fixes")
def test_a_fix_raises_a_bad_review_to_a_good_one(figures: Count) -> None:
    """改评数：首评 3 星及以下、改后 4 星及以上；2 星改 3 星、4 星改 5 星都不算；计在改评那一天。"""
    found = figures(
        """
        reviews:
        review | buyer | reviewed_at         | stars | revised_at          | revised_stars
        -------+-------+---------------------+-------+---------------------+--------------
        v1     | b1    | 2026-10-01 09:00:00 | 3     | 2026-10-05 09:00:00 | 4
        v2     | b2    | 2026-10-01 09:00:00 | 2     | 2026-10-05 09:00:00 | 3
        v3     | b3    | 2026-10-01 09:00:00 | 4     | 2026-10-05 09:00:00 | 5
        v4     | b4    | 2026-10-01 09:00:00 |       | 2026-10-05 09:00:00 | 5
        v5     | b5    | 2026-10-01 09:00:00 | 1     |                     |
        """,
        "day",
    )
    assert found[date(2026, 10, 5)]["review_fixes"] == (1, None, 1)
    assert found[date(2026, 10, 1)]["review_fixes"] == (0, None, 0)


@pytest.mark.spec("review_fixes")
def test_a_fix_is_his_who_spoke_with_the_buyer_before_the_change(figures: Count) -> None:
    """评价没有写明客服、也没有订单的，改评归改评之前最后接待买家的客服，不是首评之前的那位。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+--------------------
        b1    | agent  | lin   | 2026-10-01 08:00:00
        b1    | agent  | mo    | 2026-10-04 08:00:00
        reviews:
        review | buyer | reviewed_at         | stars | revised_at          | revised_stars
        -------+-------+---------------------+-------+---------------------+--------------
        v1     | b1    | 2026-10-01 09:00:00 | 1     | 2026-10-05 09:00:00 | 5
        """,
        "agent",
    )
    assert found["mo"]["review_fixes"] == (1, None, 1)
    assert found["lin"]["review_fixes"] == (0, None, 0)


@pytest.mark.spec("satisfaction_rate")
def test_four_of_five_is_satisfied(figures: Count) -> None:
    """满意度：有分数的聊天评价中 4 分及以上的占比；没有回应的邀请不计。"""
    found = figures("""
        ratings:
        rating | buyer | invited_at | rated_at | stars
        -------+-------+------------+----------+------
        t1     | b1    | 09:00:00   | 09:05:00 | 4
        t2     | b2    | 09:00:00   | 09:05:00 | 3
        t3     | b3    | 09:00:00   | 09:05:00 | 5
        t4     | b4    | 09:00:00   |          |
        """)
    assert found["satisfaction_rate"] == (2, 3, 2 / 3)


@pytest.mark.spec("satisfaction_rate")
def test_a_rating_counts_on_the_day_it_was_given(figures: Count) -> None:
    """日期取评分时间；没有评分时间的，取邀请时间。"""
    found = figures(
        """
        ratings:
        rating | buyer | agent | invited_at          | rated_at            | stars
        -------+-------+-------+---------------------+---------------------+------
        t1     | b1    | lin   | 2026-10-01 23:59:00 | 2026-10-02 00:00:00 | 5
        t2     | b2    | lin   | 2026-10-01 23:59:00 |                     | 1
        """,
        "day",
    )
    assert found[date(2026, 10, 1)]["satisfaction_rate"] == (0, 1, 0)
    assert found[date(2026, 10, 2)]["satisfaction_rate"] == (1, 1, 1)


@pytest.mark.spec("satisfaction_rate")
def test_a_rating_without_an_agent_is_his_who_served_last(figures: Count) -> None:
    """评价没有写明客服的，归此前最后接待买家的客服；组按这位客服的组。"""
    agents = table("agents", {"agent_id": "lin", "group": "a"}, {"agent_id": "mo", "group": "a"}, {"agent_id": "zhao", "group": "b"})
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | agent  | lin   | 09:00:00
        b1    | agent  | mo    | 09:10:00
        ratings:
        rating | buyer | agent | rated_at | stars
        -------+-------+-------+----------+------
        t1     | b1    |       | 09:10:00 | 5
        t2     | b1    | zhao  | 09:10:00 | 2
        """,
        "group",
        agents=agents,
    )
    assert found["a"]["satisfaction_rate"] == (1, 1, 1)
    assert found["b"]["satisfaction_rate"] == (0, 1, 0)


@pytest.mark.spec("invite_rate")
def test_a_contact_invited_or_rated_counts_once(figures: Count) -> None:
    """邀评率：接待中发过邀请或有评价的占比，一个接待只计一次；没有接待过的（客服没说话，或买家没说话）不计；按邀请那一天。"""
    found = figures("""
        buyer | sender | agent | sent_at
        ------+--------+-------+--------------------
        b1    | buyer  |       | 2026-10-01 09:00:00
        b1    | agent  | lin   | 2026-10-01 09:01:00
        b2    | buyer  |       | 2026-10-01 09:00:00
        b2    | agent  | lin   | 2026-10-01 09:01:00
        b3    | buyer  |       | 2026-10-01 09:00:00
        b3    | agent  | lin   | 2026-10-01 09:01:00
        b4    | buyer  |       | 2026-10-01 09:00:00
        b5    | agent  | lin   | 2026-10-01 09:00:00
        ratings:
        rating | buyer | invited_at          | rated_at            | stars
        -------+-------+---------------------+---------------------+------
        t1     | b1    | 2026-10-01 09:05:00 |                     |
        t2     | b1    | 2026-10-01 09:06:00 | 2026-10-01 09:07:00 | 5
        t3     | b2    |                     | 2026-10-01 09:07:00 | 1
        t4     | b3    | 2026-10-02 09:05:00 | 2026-10-02 09:06:00 | 5
        t5     | b4    | 2026-10-01 09:05:00 |                     |
        t6     | b5    | 2026-10-01 09:05:00 |                     |
        """)
    assert found["invite_rate"] == (2, 3, 2 / 3)


@pytest.mark.spec("invite_rate")
def test_an_invitation_counts_for_whom_it_names_else_for_all_who_served(figures: Count) -> None:
    """写明客服的只计给他（他当日接待过才计）；没有写明的，计给当日接待过该买家的各位。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | agent  | lin   | 09:01:00
        b1    | agent  | mo    | 09:02:00
        b2    | buyer  |       | 09:00:00
        b2    | agent  | lin   | 09:01:00
        b2    | agent  | mo    | 09:02:00
        b3    | buyer  |       | 09:00:00
        b3    | agent  | mo    | 09:02:00
        ratings:
        rating | buyer | agent | invited_at
        -------+-------+-------+-----------
        t1     | b1    | lin   | 09:05:00
        t2     | b2    |       | 09:05:00
        t3     | b3    | lin   | 09:05:00
        """,
        "agent",
    )
    assert found["lin"]["invite_rate"] == (2, 2, 1)
    assert found["mo"]["invite_rate"] == (1, 3, 1 / 3)


@pytest.mark.spec("invite_rate")
def test_a_shop_counts_every_served_contact_that_was_invited(figures: Count) -> None:
    """店铺不分人：写明的是谁都一样，只要这个买家当日有人接待。同一买家号在两家店是两位买家。"""
    found = figures(
        """
        shop | buyer | sender | agent | sent_at
        -----+-------+--------+-------+---------
        s1   | b1    | buyer  |       | 09:00:00
        s1   | b1    | agent  | mo    | 09:01:00
        s2   | b1    | buyer  |       | 09:00:00
        s2   | b1    | agent  | zhao  | 09:01:00
        ratings:
        shop | rating | buyer | agent | invited_at
        -----+--------+-------+-------+-----------
        s1   | t1     | b1    | lin   | 09:05:00
        """,
        "shop",
    )
    assert found["s1"]["invite_rate"] == (1, 1, 1)
    assert found["s2"]["invite_rate"] == (0, 1, 0)
