"""The manual of what comes after the sale, one paragraph a test: whom it counts for, refunds, complaints, resolution, urging."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from counting import table

Count = Callable[..., Any]


@pytest.mark.spec("complaint_rate")
def test_a_complaint_is_his_whom_its_row_names(figures: Count) -> None:
    """售后记录写明客服的，归这位客服，不管订单归谁。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | agent  | lin   | 09:01:00
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:01:30   | 09:02:00 | 88.00
        complaints:
        complaint | buyer | order | agent | filed_at | upheld
        ----------+-------+-------+-------+----------+-------
        c1        | b1    | o1    | mo    | 12:00:00 | yes
        """,
        "agent",
    )
    assert found["mo"]["complaint_rate"] == (1, 0, None)
    assert found["lin"]["complaint_rate"] == (0, 1, 0)


@pytest.mark.spec("complaint_rate")
def test_a_complaint_without_an_agent_is_the_owners_of_its_order(figures: Count) -> None:
    """没有写明客服的，归订单的归属，哪怕后来别人也与买家聊过。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | agent  | lin   | 09:01:00
        b1    | agent  | mo    | 11:00:00
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:01:30   | 09:02:00 | 88.00
        complaints:
        complaint | buyer | order | filed_at | upheld
        ----------+-------+-------+----------+-------
        c1        | b1    | o1    | 12:00:00 | yes
        """,
        "agent",
    )
    assert found["lin"]["complaint_rate"] == (1, 1, 1)
    assert found["mo"]["complaint_rate"] == (0, 0, None)


@pytest.mark.spec("complaint_rate")
def test_without_an_order_it_is_his_who_served_the_buyer_last(figures: Count) -> None:
    """也没有订单（或订单是静默的），归此前 30 天内最后与买家说话的客服：正好 30 天前不算，晚一秒就算；投诉那一刻说的算，之后的不算。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+--------------------
        b1    | agent  | lin   | 2026-10-01 12:00:01
        b2    | agent  | lin   | 2026-10-01 12:00:00
        b3    | agent  | lin   | 2026-10-31 09:00:00
        b3    | agent  | mo    | 2026-10-31 12:00:00
        b3    | agent  | lin   | 2026-10-31 12:00:01
        b4    | agent  | lin   | 2026-10-31 11:00:00
        orders:
        order | buyer | created_at          | paid_at             | amount
        ------+-------+---------------------+---------------------+-------
        o4    | b4    | 2026-10-31 10:00:00 | 2026-10-31 10:00:00 | 88.00
        complaints:
        complaint | buyer | order | filed_at            | upheld
        ----------+-------+-------+---------------------+-------
        c1        | b1    |       | 2026-10-31 12:00:00 | yes
        c2        | b2    |       | 2026-10-31 12:00:00 | yes
        c3        | b3    |       | 2026-10-31 12:00:00 | yes
        c4        | b4    | o4    | 2026-10-31 12:00:00 | yes
        """,
        "agent",
    )
    assert found["lin"]["complaint_rate"] == (2, 0, None)
    assert found["mo"]["complaint_rate"] == (1, 0, None)
    assert found[None]["complaint_rate"] == (1, 0, None)


@pytest.mark.spec("complaint_rate")
def test_it_is_not_passed_on_when_nobody_knows_who_wrote_last(figures: Count) -> None:
    """最后说话的客服没有写明，记为未分配，不转给更早说话的人。"""
    found = figures(
        """
        sender | agent | sent_at
        -------+-------+---------
        agent  | lin   | 09:00:00
        agent  |       | 09:10:00
        complaints:
        complaint | buyer | filed_at | upheld
        ----------+-------+----------+-------
        c1        | b1    | 12:00:00 | yes
        """,
        "agent",
    )
    assert found[None]["complaint_rate"] == (1, 0, None)
    assert found["lin"]["complaint_rate"] == (0, 0, None)


@pytest.mark.spec("complaint_rate")
def test_a_buyer_the_row_leaves_out_is_that_of_its_order(figures: Count) -> None:
    """记录没有买家账号的，用其订单的买家：静默订单的售后也能找到最后接待的客服。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | agent  | lin   | 11:00:00
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:01:30   | 09:02:00 | 88.00
        complaints:
        complaint | order | filed_at | upheld
        ----------+-------+----------+-------
        c1        | o1    | 12:00:00 | yes
        """,
        "agent",
    )
    assert found["lin"]["complaint_rate"] == (1, 0, None)


@pytest.mark.spec("complaint_rate")
def test_an_account_is_his_who_owned_it_on_the_day(figures: Count) -> None:
    """账号换了人：写明的账号按事件当日归人，聊天里的账号按说话当日归人。"""
    accounts = table(
        "accounts",
        {"shop_id": "s1", "account": "desk1", "agent_id": "lin", "valid_from": None, "valid_to": date(2026, 10, 1)},
        {"shop_id": "s1", "account": "desk1", "agent_id": "mo", "valid_from": date(2026, 10, 2), "valid_to": None},
    )
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+--------------------
        b1    | agent  | desk1 | 2026-10-01 20:00:00
        complaints:
        complaint | buyer | agent | filed_at            | upheld
        ----------+-------+-------+---------------------+-------
        c1        | b1    |       | 2026-10-03 12:00:00 | yes
        c2        | b2    | desk1 | 2026-10-03 12:00:00 | yes
        """,
        "agent",
        accounts=accounts,
    )
    assert found["lin"]["complaint_rate"] == (1, 0, None)
    assert found["mo"]["complaint_rate"] == (1, 0, None)


@pytest.mark.spec("complaint_rate")
def test_whose_order_it_is_follows_the_packs_own_rule(figures: Count) -> None:
    """订单归谁，用口径自己的归属规则：口径写 first，第一个说话的得这一单，售后也归他。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | agent  | lin   | 09:00:00
        b1    | agent  | mo    | 09:10:00
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:15:00   | 09:20:00 | 88.00
        complaints:
        complaint | order | filed_at | upheld
        ----------+-------+----------+-------
        c1        | o1    | 12:00:00 | yes
        """,
        "agent",
        credit="first",
    )
    assert found["lin"]["complaint_rate"] == (1, 0, None)
    assert found["mo"]["complaint_rate"] == (0, 0, None)


@pytest.mark.spec("complaint_rate")
def test_a_buyer_counts_once_a_day(figures: Count) -> None:
    """成立的投诉，同一买家同一天只计一次，第二天再投诉再计一次；不成立和未判定的不计；不知道买家的每件各计。"""
    found = figures("""
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b2    | buyer  |       | 09:00:00
        b3    | buyer  |       | 09:00:00
        b4    | buyer  |       | 09:00:00
        b5    | buyer  |       | 09:00:00
        complaints:
        complaint | buyer | filed_at            | upheld
        ----------+-------+---------------------+-------
        c1        | b1    | 2026-10-01 12:00:00 | yes
        c2        | b1    | 2026-10-01 23:59:59 | yes
        c3        | b1    | 2026-10-02 00:00:00 | yes
        c4        | b2    | 2026-10-01 12:00:00 | no
        c5        | b3    | 2026-10-01 12:00:00 |
        c6        |       | 2026-10-01 12:00:00 | yes
        c7        |       | 2026-10-01 12:00:00 | yes
        """)
    assert found["complaint_rate"] == (4, 5, 0.8)


@pytest.mark.spec("complaint_rate")
def test_no_complaints_imported_is_not_no_complaints(figures: Count) -> None:
    """没有导入投诉表，投诉率没有值，不是 0。"""
    found = figures("""
        sender | sent_at
        -------+---------
        buyer  | 09:00:00
        """)
    assert found["complaint_rate"] == (None, 1, None)


@pytest.mark.spec("upheld_complaints")
def test_each_upheld_complaint_counts_by_itself(figures: Count) -> None:
    """成立投诉数逐件计：同一买家同一天两件就是两件；不成立和未判定的不计。归到谁同投诉率。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | agent  | lin   | 09:00:00
        complaints:
        complaint | buyer | agent | filed_at | upheld
        ----------+-------+-------+----------+-------
        c1        | b1    |       | 12:00:00 | yes
        c2        | b1    |       | 12:30:00 | yes
        c3        | b1    | mo    | 13:00:00 | yes
        c4        | b1    | mo    | 13:00:00 | no
        c5        | b1    | mo    | 13:00:00 |
        """,
        "agent",
    )
    assert {agent: found[agent]["upheld_complaints"][0] for agent in ("lin", "mo")} == {"lin": 2, "mo": 1}


@pytest.mark.spec("abuse_complaints")
def test_a_complaint_of_abuse_is_known_by_the_platforms_own_word(figures: Count) -> None:
    """成立投诉里，平台写的原因含有辱骂、威胁、骚扰、态度恶劣一类的词，才算；没写原因的不算，字母不分大小写。"""
    found = figures("""
        sender | sent_at
        -------+---------
        buyer  | 09:00:00
        complaints:
        complaint | filed_at | upheld | kind
        ----------+----------+--------+-------------------
        c1        | 12:00:00 | yes    | 客服辱骂、威胁买家
        c2        | 12:00:00 | yes    | 服务态度差
        c3        | 12:00:00 | yes    | ABUSIVE language
        c4        | 12:00:00 | yes    | 未按约定时间发货
        c5        | 12:00:00 | yes    |
        c6        | 12:00:00 | no     | 客服辱骂买家
        """)
    assert found["abuse_complaints"][0] == 3
    assert found["upheld_complaints"][0] == 5


@pytest.mark.spec("dispute_refund_rate")
def test_a_dispute_refund_needs_the_platform_and_the_merchants_fault(figures: Count) -> None:
    """平台介入、判商家责任、退款成功，三样都要；一单几次纠纷退款只计一单；不知道订单的每件各计。"""
    found = figures("""
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:00:00   | 09:00:10 | 88.00
        o2    | b2    | 09:00:00   | 09:00:10 | 88.00
        o3    | b3    | 09:00:00   | 09:00:10 | 88.00
        o4    | b4    | 09:00:00   | 09:00:10 | 88.00
        o5    | b5    | 09:00:00   |          | 88.00
        refunds:
        refund | order | applied_at | completed_at | status  | platform_intervened | merchant_liable
        -------+-------+------------+--------------+---------+---------------------+----------------
        r1     | o1    | 10:00:00   | 11:00:00     | success | yes                 | yes
        r2     | o1    | 12:00:00   | 13:00:00     | success | yes                 | yes
        r3     | o2    | 10:00:00   | 11:00:00     | success | yes                 | no
        r4     | o3    | 10:00:00   | 11:00:00     | success |                     | yes
        r5     | o4    | 10:00:00   | 11:00:00     | closed  | yes                 | yes
        r6     |       | 10:00:00   | 11:00:00     | success | yes                 | yes
        """)
    assert found["dispute_refund_rate"] == (2, 4, 0.5)


@pytest.mark.spec("dispute_refund_rate")
def test_disputes_look_back_over_thirty_days(figures: Count) -> None:
    """期间最后一天往前数 30 天（含）：到10月30日，看得到10月1日零点完结的退款。分母是同样这些天成交的订单，9月的不在内。"""
    found = figures("""
        orders:
        order | buyer | created_at          | paid_at             | amount
        ------+-------+---------------------+---------------------+-------
        o1    | b1    | 2026-09-30 23:59:00 | 2026-09-30 23:59:59 | 88.00
        o2    | b2    | 2026-10-01 09:00:00 | 2026-10-01 09:00:10 | 88.00
        o3    | b3    | 2026-10-30 09:00:00 | 2026-10-30 09:00:10 | 88.00
        refunds:
        refund | order | applied_at          | completed_at        | status  | platform_intervened | merchant_liable
        -------+-------+---------------------+---------------------+---------+---------------------+----------------
        r1     | o1    | 2026-09-30 23:59:59 | 2026-10-01 00:00:00 | success | yes                 | yes
        """)
    assert found["dispute_refund_rate"] == (1, 2, 0.5)


@pytest.mark.spec("dispute_refund_rate")
def test_the_day_after_the_thirtieth_no_longer_sees_the_dispute(figures: Count) -> None:
    """再过一天，到10月31日，10月1日完结的退款和成交的订单都不在 30 天内了。"""
    found = figures("""
        orders:
        order | buyer | created_at          | paid_at             | amount
        ------+-------+---------------------+---------------------+-------
        o1    | b1    | 2026-10-01 09:00:00 | 2026-10-01 09:00:10 | 88.00
        o2    | b2    | 2026-10-31 09:00:00 | 2026-10-31 09:00:10 | 88.00
        refunds:
        refund | order | applied_at          | completed_at        | status  | platform_intervened | merchant_liable
        -------+-------+---------------------+---------------------+---------+---------------------+----------------
        r1     | o1    | 2026-10-01 09:00:00 | 2026-10-01 23:59:59 | success | yes                 | yes
        """)
    assert found["dispute_refund_rate"] == (0, 1, 0)


@pytest.mark.spec("dispute_refund_rate")
def test_by_day_each_day_looks_back_over_its_own_thirty(figures: Count) -> None:
    """按日看，每天各看自己往前 30 天；同一单隔几天的两次纠纷退款，在同时看得到两次的那些天只计一单。"""
    found = figures(
        """
        orders:
        order | buyer | created_at          | paid_at             | amount
        ------+-------+---------------------+---------------------+-------
        o1    | b1    | 2026-10-01 09:00:00 | 2026-10-01 09:00:10 | 88.00
        o2    | b2    | 2026-11-10 09:00:00 | 2026-11-10 09:00:10 | 88.00
        refunds:
        refund | order | applied_at          | completed_at        | status  | platform_intervened | merchant_liable
        -------+-------+---------------------+---------------------+---------+---------------------+----------------
        r1     | o1    | 2026-10-02 09:00:00 | 2026-10-02 10:00:00 | success | yes                 | yes
        r2     | o1    | 2026-10-10 09:00:00 | 2026-10-10 10:00:00 | success | yes                 | yes
        """,
        "day",
    )
    rate = {day: figure["dispute_refund_rate"] for day, figure in found.items()}
    assert rate[date(2026, 10, 1)] == (0, 1, 0)
    assert rate[date(2026, 10, 2)] == (1, 1, 1)
    assert rate[date(2026, 10, 10)] == (1, 1, 1)
    assert rate[date(2026, 10, 30)] == (1, 1, 1)
    assert rate[date(2026, 10, 31)] == (1, 0, None)
    assert rate[date(2026, 11, 8)] == (1, 0, None)
    assert date(2026, 11, 9) not in rate
    assert rate[date(2026, 11, 10)] == (0, 1, 0)


@pytest.mark.spec("dispute_refund_rate")
def test_an_agents_disputes_stand_over_his_orders(figures: Count) -> None:
    """按客服看：归他处理的退款涉及的订单 ÷ 归他的订单。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | agent  | lin   | 09:00:00
        b2    | agent  | lin   | 09:00:00
        b3    | agent  | mo    | 09:00:00
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:05:00   | 09:05:10 | 88.00
        o2    | b2    | 09:05:00   | 09:05:10 | 88.00
        o3    | b3    | 09:05:00   | 09:05:10 | 88.00
        refunds:
        refund | order | agent | applied_at | completed_at | status  | platform_intervened | merchant_liable
        -------+-------+-------+------------+--------------+---------+---------------------+----------------
        r1     | o1    |       | 10:00:00   | 11:00:00     | success | yes                 | yes
        r2     | o3    | chen  | 10:00:00   | 11:00:00     | success | yes                 | yes
        """,
        "agent",
    )
    assert found["lin"]["dispute_refund_rate"] == (1, 2, 0.5)
    assert found["mo"]["dispute_refund_rate"] == (0, 1, 0)
    assert found["chen"]["dispute_refund_rate"] == (1, 0, None)


@pytest.mark.spec("avg_refund_hours")
def test_a_refund_takes_from_asking_to_its_end(figures: Count) -> None:
    """只数成功完结的退款：24 小时与 3 小时平均 13.5 小时；未完结的、关闭的、没有完结时间的不计。"""
    found = figures("""
        refunds:
        refund | applied_at          | completed_at        | status
        -------+---------------------+---------------------+--------
        r1     | 2026-10-01 09:00:00 | 2026-10-02 09:00:00 | success
        r2     | 2026-10-01 09:00:00 | 2026-10-01 12:00:00 | success
        r3     | 2026-10-01 09:00:00 | 2026-10-01 10:00:00 | closed
        r4     | 2026-10-01 09:00:00 |                     | pending
        r5     | 2026-10-01 09:00:00 |                     | success
        """)
    assert found["avg_refund_hours"] == (27, 2, 13.5)


@pytest.mark.spec("avg_refund_hours")
def test_refund_times_look_back_over_thirty_days_by_their_end(figures: Count) -> None:
    """看完结日，不看申请日；按日看每天各看自己往前 30 天（含）。"""
    found = figures(
        """
        refunds:
        refund | applied_at          | completed_at        | status
        -------+---------------------+---------------------+--------
        r1     | 2026-09-30 23:00:00 | 2026-10-01 00:00:00 | success
        r2     | 2026-10-31 09:00:00 | 2026-10-31 12:00:00 | success
        """,
        "day",
    )
    hours = {day: figure["avg_refund_hours"] for day, figure in found.items()}
    assert min(hours) == date(2026, 10, 1)
    assert hours[date(2026, 10, 1)] == (1, 1, 1)
    assert hours[date(2026, 10, 30)] == (1, 1, 1)
    assert hours[date(2026, 10, 31)] == (3, 1, 3)


@pytest.mark.spec("avg_refund_hours")
def test_a_refund_counts_for_who_handled_it(figures: Count) -> None:
    """按客服看：记录写明的客服；没有写明的归订单的归属。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | agent  | lin   | 09:00:00
        orders:
        order | buyer | created_at | paid_at  | amount
        ------+-------+------------+----------+-------
        o1    | b1    | 09:05:00   | 09:05:10 | 88.00
        refunds:
        refund | order | agent | applied_at | completed_at | status
        -------+-------+-------+------------+--------------+--------
        r1     | o1    |       | 10:00:00   | 12:00:00     | success
        r2     | o1    | mo    | 10:00:00   | 11:00:00     | success
        """,
        "agent",
    )
    assert found["lin"]["avg_refund_hours"] == (2, 1, 2)
    assert found["mo"]["avg_refund_hours"] == (1, 1, 1)


@pytest.mark.spec("resolution_rate")
def test_a_buyer_who_stays_away_for_three_days_is_helped(figures: Count) -> None:
    """没有标记的：从第一条考核消息起 72 小时内（含）没有再来售后接待就算解决。正好 72 小时再来，没解决；再晚一秒，解决了。"""
    found = figures("""
        buyer | sender | sent_at
        ------+--------+--------------------
        b1    | buyer  | 2026-10-02 09:00:00
        b1    | buyer  | 2026-10-05 09:00:00
        b2    | buyer  | 2026-10-02 09:00:00
        b2    | buyer  | 2026-10-05 09:00:01
        b3    | buyer  | 2026-10-02 09:00:00
        orders:
        order | buyer | created_at          | paid_at             | amount
        ------+-------+---------------------+---------------------+-------
        o1    | b1    | 2026-10-01 09:00:00 | 2026-10-01 09:00:10 | 88.00
        o2    | b2    | 2026-10-01 09:00:00 | 2026-10-01 09:00:10 | 88.00
        """)
    assert found["resolution_rate"] == (3, 4, 0.75)
    assert found["inquiries"] == (1, None, 1)


@pytest.mark.spec("resolution_rate")
def test_a_mark_decides_before_the_buyers_return(figures: Count) -> None:
    """有标记的看标记：标记已解决的，买家第二天再来也算解决；标记未解决的，不再来也不算。"""
    found = figures("""
        buyer | sender | sent_at
        ------+--------+--------------------
        b1    | buyer  | 2026-10-02 09:00:00
        b1    | buyer  | 2026-10-03 09:00:00
        b2    | buyer  | 2026-10-02 09:00:00
        orders:
        order | buyer | created_at          | paid_at             | amount
        ------+-------+---------------------+---------------------+-------
        o1    | b1    | 2026-10-01 09:00:00 | 2026-10-01 09:00:10 | 88.00
        o2    | b2    | 2026-10-01 09:00:00 | 2026-10-01 09:00:10 | 88.00
        resolutions:
        buyer | day        | resolved
        ------+------------+---------
        b1    | 2026-10-02 | yes
        b2    | 2026-10-02 | no
        """)
    assert found["resolution_rate"] == (2, 3, 2 / 3)


@pytest.mark.spec("resolution_rate")
def test_a_contact_to_buy_is_no_return(figures: Count) -> None:
    """再来是售后接待才算没解决：过了售后天数再来是询单，不影响；售后天数是 1 时，10月3日来的已是询单。"""
    found = figures(
        """
        buyer | sender | sent_at
        ------+--------+--------------------
        b1    | buyer  | 2026-10-01 20:00:00
        b1    | buyer  | 2026-10-03 09:00:00
        orders:
        order | buyer | created_at          | paid_at             | amount
        ------+-------+---------------------+---------------------+-------
        o1    | b1    | 2026-10-01 09:00:00 | 2026-10-01 09:00:10 | 88.00
        """,
        aftersale_days=1,
    )
    assert found["resolution_rate"] == (1, 1, 1)


@pytest.mark.spec("resolution_rate")
def test_an_aftersale_contact_counts_for_everybody_responsible(figures: Count) -> None:
    """按客服看：对该接待的考核消息负责的各位都计，解决与否看整个接待。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+--------------------
        b1    | buyer  |       | 2026-10-02 09:00:00
        b1    | agent  | lin   | 2026-10-02 09:00:10
        b1    | buyer  |       | 2026-10-02 10:00:00
        b1    | agent  | mo    | 2026-10-02 10:00:10
        b1    | buyer  |       | 2026-10-03 10:00:00
        b1    | agent  | mo    | 2026-10-03 10:00:10
        orders:
        order | buyer | created_at          | paid_at             | amount
        ------+-------+---------------------+---------------------+-------
        o1    | b1    | 2026-10-01 09:00:00 | 2026-10-01 09:00:10 | 88.00
        """,
        "agent",
    )
    assert found["lin"]["resolution_rate"] == (0, 1, 0)
    assert found["mo"]["resolution_rate"] == (1, 2, 0.5)


@pytest.mark.spec("urge_conversion")
def test_the_first_message_after_an_unpaid_order_urges(figures: Count) -> None:
    """下单后、付款前的第一条人工消息是催付，归说这句话的客服；24 小时内（含）付款算成功，晚一秒不算，没付款的也在分母里。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | agent  | lin   | 10:00:00
        b1    | agent  | mo    | 10:05:00
        b2    | agent  | lin   | 10:00:00
        b3    | agent  | mo    | 10:00:00
        orders:
        order | buyer | created_at | paid_at             | amount
        ------+-------+------------+---------------------+-------
        o1    | b1    | 09:00:00   | 2026-10-02 10:00:00 | 88.00
        o2    | b2    | 09:00:00   | 2026-10-02 10:00:01 | 88.00
        o3    | b3    | 09:00:00   |                     | 88.00
        """,
        "agent",
    )
    assert found["lin"]["urge_conversion"] == (1, 2, 0.5)
    assert found["mo"]["urge_conversion"] == (0, 1, 0)


@pytest.mark.spec("urge_conversion")
def test_what_is_said_with_the_order_or_with_the_payment_does_not_urge(figures: Count) -> None:
    """下单那一刻说的、付款那一刻说的都不是催付；下单后 72 小时内（含）的算，再晚一秒不算；机器人的话不算。"""
    found = figures("""
        buyer | sender | agent | sent_at
        ------+--------+-------+--------------------
        b1    | agent  | lin   | 2026-10-01 09:00:00
        b2    | agent  | lin   | 2026-10-01 09:30:00
        b3    | agent  | lin   | 2026-10-04 09:00:00
        b4    | agent  | lin   | 2026-10-04 09:00:01
        b5    | bot    |       | 2026-10-01 09:10:00
        orders:
        order | buyer | created_at | paid_at             | amount
        ------+-------+------------+---------------------+-------
        o1    | b1    | 09:00:00   | 2026-10-01 09:30:00 | 88.00
        o2    | b2    | 09:00:00   | 2026-10-01 09:30:00 | 88.00
        o3    | b3    | 09:00:00   | 2026-10-04 12:00:00 | 88.00
        o4    | b4    | 09:00:00   | 2026-10-04 12:00:00 | 88.00
        o5    | b5    | 09:00:00   | 2026-10-01 09:30:00 | 88.00
        """)
    assert found["urge_conversion"] == (1, 1, 1)


@pytest.mark.spec("urge_conversion")
def test_urging_counts_on_the_day_of_the_message(figures: Count) -> None:
    """催付计在发消息的那一天，不是下单那天。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+--------------------
        b1    | agent  | lin   | 2026-10-02 00:00:10
        orders:
        order | buyer | created_at          | paid_at             | amount
        ------+-------+---------------------+---------------------+-------
        o1    | b1    | 2026-10-01 23:50:00 | 2026-10-02 00:30:00 | 88.00
        """,
        "day",
    )
    assert found[date(2026, 10, 2)]["urge_conversion"] == (1, 1, 1)
    assert found[date(2026, 10, 1)]["urge_conversion"] == (0, 0, None)


@pytest.mark.spec("urge_conversion")
def test_in_chats_of_pdd_nobody_urges(figures: Count) -> None:
    """拼多多聊天不适用：店铺没有值，别的平台照算。"""
    found = figures(
        """
        shop | buyer | sender | agent | sent_at
        -----+-------+--------+-------+---------
        s1   | b1    | agent  | lin   | 10:00:00
        s2   | b1    | agent  | lin   | 10:00:00
        shops:
        shop | platform
        -----+---------
        s1   | pdd
        s2   | taobao
        orders:
        shop | order | buyer | created_at | paid_at  | amount
        -----+-------+-------+------------+----------+-------
        s1   | o1    | b1    | 09:00:00   | 11:00:00 | 88.00
        s2   | o2    | b1    | 09:00:00   | 11:00:00 | 88.00
        """,
        "shop",
    )
    assert found["s1"]["urge_conversion"] == (0, 0, None)
    assert found["s2"]["urge_conversion"] == (1, 1, 1)
