"""The manual of the figures of replies, one paragraph a test. The metric reference is made from here: names, Chinese sentences and tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Count = Callable[..., Any]


@pytest.mark.spec("reply_rate_30s")
def test_thirty_seconds_include_the_thirtieth(figures: Count) -> None:
    """正好第30秒回复算在内，第31秒不算；没有回复的也在分母里。"""
    found = figures("""
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | agent  | lin   | 09:00:30
        b2    | buyer  |       | 09:00:00
        b2    | agent  | lin   | 09:00:31
        b3    | buyer  |       | 09:00:00
        """)
    assert found["reply_rate_30s"] == (1, 3, 1 / 3)


@pytest.mark.spec("reply_rate_30s")
def test_every_message_has_its_own_wait(figures: Count) -> None:
    """买家连发两条，各算各的等待：先发的一条等得更久。"""
    found = figures("""
        sender | agent | sent_at
        -------+-------+---------
        buyer  |       | 09:00:00
        buyer  |       | 09:00:20
        agent  | lin   | 09:00:40
        """)
    assert found["reply_rate_30s"] == (1, 2, 0.5)
    assert found["avg_response_seconds"] == (60, 2, 30)


@pytest.mark.spec("reply_rate_30s")
def test_the_window_includes_its_first_second_and_not_its_last(figures: Count) -> None:
    """考核时段 08:00–23:00：08:00:00 算，07:59:59 和 23:00:00 不算；回复可以晚于时段结束。"""
    found = figures("""
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 07:59:59
        b1    | agent  | lin   | 08:00:01
        b2    | buyer  |       | 08:00:00
        b2    | agent  | lin   | 08:00:01
        b3    | buyer  |       | 22:59:59
        b3    | agent  | lin   | 23:00:09
        b4    | buyer  |       | 23:00:00
        """)
    assert found["reply_rate_30s"] == (2, 2, 1)
    assert found["consulting_buyers"] == (2, None, 2)


@pytest.mark.spec("avg_response_seconds")
def test_a_robot_does_not_stop_the_clock(figures: Count) -> None:
    """机器人和系统消息不停止计时，只有人工回复才算。"""
    found = figures("""
        sender | agent | sent_at
        -------+-------+---------
        buyer  |       | 09:00:00
        bot    |       | 09:00:01
        system |       | 09:00:02
        agent  | lin   | 09:01:20
        """)
    assert found["avg_response_seconds"] == (80, 1, 80)


@pytest.mark.spec("avg_response_seconds")
def test_what_a_person_sent_with_a_robots_help_is_a_reply(figures: Count) -> None:
    """机器人起草、人工发出的消息（assisted）算人工回复。"""
    found = figures("""
        sender   | agent | sent_at
        ---------+-------+---------
        buyer    |       | 09:00:00
        assisted | lin   | 09:00:05
        """)
    assert found["avg_response_seconds"] == (5, 1, 5)


@pytest.mark.spec("avg_response_seconds")
def test_an_unanswered_message_has_no_wait(figures: Count) -> None:
    """没有回复的消息没有等待时长，不进平均响应时间；它由各回复率体现。什么都没有时显示“–”，不是0。"""
    found = figures("""
        sender | agent | sent_at
        -------+-------+---------
        buyer  |       | 09:00:00
        """)
    assert found["avg_response_seconds"] == (0, 0, None)
    assert found["reply_rate"] == (0, 1, 0)


@pytest.mark.spec("avg_response_seconds")
def test_an_answer_after_midnight_is_none(figures: Count) -> None:
    """默认口径下，回复须在当日24点前；过了零点才回，前一天那条算未回复。"""
    found = figures("""
        sender | agent | sent_at
        -------+-------+--------------------
        buyer  |       | 2026-10-01 22:59:00
        agent  | lin   | 2026-10-02 00:00:01
        """)
    assert found["avg_response_seconds"] == (0, 0, None)


@pytest.mark.spec("avg_response_seconds")
def test_a_pack_may_wait_some_hours_instead(figures: Count) -> None:
    """口径可以改为若干小时内回复都算（reply_within_hours），这时会看到第二天的回复。"""
    found = figures(
        """
        sender | agent | sent_at
        -------+-------+--------------------
        buyer  |       | 2026-10-01 22:59:00
        agent  | lin   | 2026-10-02 00:59:00
        """,
        reply_within_hours=2,
    )
    assert found["avg_response_seconds"] == (7200, 1, 7200)


@pytest.mark.spec("avg_turn_response_seconds")
def test_a_turn_waits_from_its_first_message(figures: Count) -> None:
    """按回合：连发的几条只从第一条算起；客服连回几条也不影响。"""
    found = figures("""
        sender | agent | sent_at
        -------+-------+---------
        buyer  |       | 09:00:00
        buyer  |       | 09:00:50
        agent  | lin   | 09:01:00
        agent  | lin   | 09:01:10
        buyer  |       | 09:02:00
        agent  | lin   | 09:02:20
        """)
    assert found["avg_turn_response_seconds"] == (80, 2, 40)


@pytest.mark.spec("first_response_seconds")
def test_the_first_response_is_of_the_days_first_assessed_message(figures: Count) -> None:
    """首次响应看当日第一条考核消息：时段外的不算，第二条以后的不算；计入对这条消息负责的客服。"""
    found = figures(
        """
        sender | agent | sent_at
        -------+-------+---------
        buyer  |       | 07:00:00
        agent  | mo    | 07:30:00
        buyer  |       | 09:00:00
        agent  | lin   | 09:00:12
        buyer  |       | 10:00:00
        agent  | mo    | 10:05:00
        """,
        "agent",
    )
    assert found["lin"]["first_response_seconds"] == (12, 1, 12)
    assert found["mo"]["first_response_seconds"] == (0, 0, None)


@pytest.mark.spec("consulting_buyers")
def test_a_buyer_counts_once_a_day(figures: Count) -> None:
    """同一买家一天内多次咨询只计一次，第二天再来再计一次。"""
    found = figures("""
        buyer | sender | sent_at
        ------+--------+--------------------
        b1    | buyer  | 2026-10-01 09:00:00
        b1    | buyer  | 2026-10-01 18:00:00
        b1    | buyer  | 2026-10-02 09:00:00
        """)
    assert found["consulting_buyers"] == (2, None, 2)


@pytest.mark.spec("consulting_buyers")
def test_a_bot_that_clears_leaves_only_who_still_waits(figures: Count) -> None:
    """口径写明 bot_reply: clears 时，机器人已答复的消息不考核；机器人之后又问的才算需要人工回复。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | bot    |       | 09:00:01
        b2    | buyer  |       | 09:00:00
        b2    | bot    |       | 09:00:01
        b2    | buyer  |       | 09:00:30
        b2    | agent  | lin   | 09:00:40
        """,
        bot_reply="clears",
    )
    assert found["consulting_buyers"] == (1, None, 1)
    assert found["avg_response_seconds"] == (10, 1, 10)


@pytest.mark.spec("served_buyers")
def test_serving_takes_a_buyer_and_a_person(figures: Count) -> None:
    """接待：当日买家和人工客服都发过消息，不限时段和先后；只有机器人应答的不算。"""
    found = figures("""
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | agent  | lin   | 06:00:00
        b1    | buyer  |       | 23:30:00
        b2    | buyer  |       | 09:00:00
        b2    | bot    |       | 09:00:01
        b3    | agent  | lin   | 09:00:00
        """)
    assert found["served_buyers"] == (1, None, 1)


@pytest.mark.spec("served_buyers")
def test_each_agent_who_wrote_has_served(figures: Count) -> None:
    """转接：写过消息的每位客服都算接待，店铺合计仍只计一次，所以店铺数不等于各人之和。"""
    table = """
        sender | agent | sent_at
        -------+-------+---------
        buyer  |       | 09:00:00
        agent  | lin   | 09:00:10
        agent  | mo    | 09:05:00
        """
    by_agent = figures(table, "agent")
    assert by_agent["lin"]["served_buyers"] == by_agent["mo"]["served_buyers"] == (1, None, 1)
    assert figures(table)["served_buyers"] == (1, None, 1)


@pytest.mark.spec("effective_reply_rate")
def test_one_late_answer_makes_the_contact_invalid(figures: Count) -> None:
    """有效回复率：任意一条消息未回复或超过一小时才回，这个买家当天就是无效；正好3600秒仍有效。"""
    found = figures("""
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | agent  | lin   | 10:00:00
        b2    | buyer  |       | 09:00:00
        b2    | agent  | lin   | 09:00:05
        b2    | buyer  |       | 10:00:00
        b2    | agent  | lin   | 11:00:01
        b3    | buyer  |       | 09:00:00
        b3    | agent  | lin   | 09:00:05
        b3    | buyer  |       | 12:00:00
        """)
    assert found["effective_reply_rate"] == (1, 3, 1 / 3)


@pytest.mark.spec("effective_reply_rate")
def test_an_agent_answers_only_for_his_own_messages(figures: Count) -> None:
    """按客服看只看本人负责的消息：小林回得快，小莫让买家等了两小时，只有小莫的这个接待无效。"""
    found = figures(
        """
        sender | agent | sent_at
        -------+-------+---------
        buyer  |       | 09:00:00
        agent  | lin   | 09:00:10
        buyer  |       | 10:00:00
        agent  | mo    | 12:00:00
        """,
        "agent",
    )
    assert found["lin"]["effective_reply_rate"] == (1, 1, 1)
    assert found["mo"]["effective_reply_rate"] == (0, 1, 0)


@pytest.mark.spec("reply_rate_5min")
def test_five_minutes_judge_every_message_of_the_contact(figures: Count) -> None:
    """5分钟回复率同理：全部消息都在300秒内（含）回复才算。"""
    found = figures("""
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | agent  | lin   | 09:05:00
        b2    | buyer  |       | 09:00:00
        b2    | buyer  |       | 09:00:01
        b2    | agent  | lin   | 09:05:01
        """)
    assert found["reply_rate_5min"] == (1, 2, 0.5)


@pytest.mark.spec("reply_rate_3min")
@pytest.mark.parametrize(
    ("unit", "expected"), [("contact", (0, 1, 0)), ("message", (1, 3, 1 / 3)), ("turn", (1, 2, 0.5)), ("session", (1, 2, 0.5))]
)
def test_three_minutes_are_counted_in_the_packs_unit(figures: Count, unit: str, expected: object) -> None:
    """3分钟人工回复率的单位由口径决定：接待、消息、回合或平台会话。同一段聊天，四种单位得数不同。"""
    found = figures(
        """
        session | sender | agent | sent_at
        --------+--------+-------+---------
        x1      | buyer  |       | 09:00:00
        x1      | agent  | lin   | 09:00:10
        x2      | buyer  |       | 10:00:00
        x2      | buyer  |       | 10:00:05
        x2      | agent  | lin   | 11:00:00
        """,
        unit=unit,
    )
    assert found["reply_rate_3min"] == expected


@pytest.mark.spec("reply_rate")
def test_one_answer_is_a_reply_to_the_contact(figures: Count) -> None:
    """回复率：这个买家当天的考核消息里，至少有一条得到人工回复。"""
    found = figures("""
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | agent  | lin   | 15:00:00
        b1    | buyer  |       | 16:00:00
        b2    | buyer  |       | 09:00:00
        """)
    assert found["reply_rate"] == (1, 2, 0.5)


@pytest.mark.spec("median_response_seconds")
def test_the_median_of_an_even_number_is_the_mean_of_the_middle_two(figures: Count) -> None:
    """中位数精确计算：10、20、40、100 秒的中位数是 30 秒。"""
    found = figures("""
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | agent  | lin   | 09:00:10
        b2    | buyer  |       | 09:00:00
        b2    | agent  | lin   | 09:00:20
        b3    | buyer  |       | 09:00:00
        b3    | agent  | lin   | 09:00:40
        b4    | buyer  |       | 09:00:00
        b4    | agent  | lin   | 09:01:40
        """)
    assert found["median_response_seconds"] == (None, 4, 30)


@pytest.mark.spec("p90_response_seconds")
def test_the_90th_percentile_lies_between_the_closest_ranks(figures: Count) -> None:
    """90分位按相邻名次线性插值：10、20 秒的 90 分位是 19 秒。"""
    found = figures("""
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | agent  | lin   | 09:00:10
        b2    | buyer  |       | 09:00:00
        b2    | agent  | lin   | 09:00:20
        """)
    assert found["p90_response_seconds"] == (None, 2, 19)


@pytest.mark.spec("slow_replies")
def test_slow_is_more_than_the_packs_seconds(figures: Count) -> None:
    """慢响应：等待超过 180 秒（口径可改）才回复的消息数。正好180秒不算慢，没有回复的不算在这里。"""
    found = figures("""
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | agent  | lin   | 09:03:00
        b2    | buyer  |       | 09:00:00
        b2    | agent  | lin   | 09:03:01
        b3    | buyer  |       | 09:00:00
        """)
    assert found["slow_replies"] == (1, None, 1)


@pytest.mark.spec("slow_replies")
def test_another_limit_for_slow_is_kept(figures: Count) -> None:
    """口径把 slow_seconds 改成 60，61 秒就算慢。"""
    found = figures(
        """
        sender | agent | sent_at
        -------+-------+---------
        buyer  |       | 09:00:00
        agent  | lin   | 09:01:01
        """,
        slow_seconds=60,
    )
    assert found["slow_replies"] == (1, None, 1)


@pytest.mark.spec("qa_ratio")
def test_answers_over_questions_in_served_contacts(figures: Count) -> None:
    """答问比 = 客服消息数 ÷ 买家消息数，只看有人工接待的买家；没人接待的买家不拉低它。"""
    found = figures("""
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:00:00
        b1    | buyer  |       | 09:00:05
        b1    | agent  | lin   | 09:00:10
        b1    | agent  | lin   | 09:00:15
        b1    | agent  | lin   | 09:00:20
        b2    | buyer  |       | 09:00:00
        """)
    assert found["qa_ratio"] == (3, 2, 1.5)


@pytest.mark.spec("qa_ratio")
def test_an_agents_ratio_takes_the_questions_he_is_responsible_for(figures: Count) -> None:
    """按客服看：分母只有本人负责的买家消息，接手的客服不背前一位的。"""
    found = figures(
        """
        sender | agent | sent_at
        -------+-------+---------
        buyer  |       | 09:00:00
        buyer  |       | 09:00:05
        agent  | lin   | 09:00:10
        buyer  |       | 09:10:00
        agent  | mo    | 09:10:05
        agent  | mo    | 09:10:09
        """,
        "agent",
    )
    assert found["lin"]["qa_ratio"] == (1, 2, 0.5)
    assert found["mo"]["qa_ratio"] == (2, 1, 2)


@pytest.mark.spec("avg_reply_chars")
def test_characters_are_counted_in_text_messages(figures: Count) -> None:
    """平均字数只看客服的文字消息，空消息（如图片）不计；一个汉字、一个表情都是一个字。"""
    found = figures("""
        sender | agent | sent_at  | text
        -------+-------+----------+--------
        buyer  |       | 09:00:00 | 请问有货吗
        agent  | lin   | 09:00:05 | 有的亲😊
        agent  | lin   | 09:00:06 | ""
        agent  | lin   | 09:00:07 | 好的
        """)
    assert found["avg_reply_chars"] == (6, 2, 3)


@pytest.mark.spec("reply_rate_30s")
def test_who_is_responsible(figures: Count) -> None:
    """一条消息由谁负责：谁回复归谁；没人回复时归导出里写明的接待客服；再没有，归当天早些时候回过话的客服；都没有，记为未分配。"""
    found = figures(
        """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  | mo    | 09:00:00
        b1    | agent  | lin   | 09:00:10
        b2    | buyer  | mo    | 09:00:00
        b3    | buyer  |       | 09:00:00
        b3    | agent  | chen  | 09:00:10
        b3    | buyer  |       | 10:00:00
        b4    | buyer  |       | 09:00:00
        """,
        "agent",
    )
    assert {agent: figure["reply_rate_30s"][:2] for agent, figure in found.items()} == {
        "lin": (1, 1),
        "mo": (0, 1),
        "chen": (1, 2),
        None: (0, 1),
    }


@pytest.mark.spec("reply_rate_30s")
def test_an_answer_in_the_same_second_is_a_wait_of_nothing(figures: Count) -> None:
    """导出只到秒：同一秒内先排买家、后排客服，等待为 0 秒，与文件里的先后无关。"""
    found = figures("""
        sender | agent | sent_at
        -------+-------+---------
        agent  | lin   | 09:00:00
        buyer  |       | 09:00:00
        """)
    assert found["avg_response_seconds"] == (0, 1, 0)


@pytest.mark.spec("avg_response_seconds")
def test_a_period_is_summed_and_never_a_mean_of_days(figures: Count) -> None:
    """多天合计用总和相除，不是各天比率的平均：一天 1/1，一天 0/3，合计 1/4。"""
    table = """
        buyer | sender | agent | sent_at
        ------+--------+-------+--------------------
        b1    | buyer  |       | 2026-10-01 09:00:00
        b1    | agent  | lin   | 2026-10-01 09:00:10
        b1    | buyer  |       | 2026-10-02 09:00:00
        b2    | buyer  |       | 2026-10-02 09:00:00
        b3    | buyer  |       | 2026-10-02 09:00:00
        """
    assert figures(table)["reply_rate_30s"] == (1, 4, 0.25)


@pytest.mark.spec("reply_rate_30s_session")
def test_of_a_session_only_the_first_question_is_timed(figures: Count) -> None:
    """只看每个会话的第一条考核消息：正好30秒算达标，后面的问题再慢也不影响；没有会话编号的，一个接待算一个会话。"""
    found = figures("""
        buyer | sender | agent | sent_at  | session
        ------+--------+-------+----------+--------
        b1    | buyer  |       | 09:00:00 | k1
        b1    | agent  | lin   | 09:00:30 | k1
        b1    | buyer  |       | 09:05:00 | k1
        b1    | buyer  |       | 10:00:00 | k2
        b1    | agent  | lin   | 10:00:31 | k2
        b2    | buyer  |       | 11:00:00 |
        b2    | agent  | mo    | 11:00:05 |
        """)
    assert found["reply_rate_30s_session"] == (2, 3, 2 / 3)
