"""Figures a platform reports of its own: which there are, in which unit, and what each is weighted by (SEMANTICS §8).

A platform's table is a ready figure per agent or shop and day, not events. Counts of several days add up; a rate or a mean
is combined as Σ(value × weight) / Σ weight, by a count that the same report gives. Ids are those of the catalogue where kaohe computes
the same figure; a figure that a platform counts otherwise has an id of its own, so that the two are never compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["count", "money", "rate", "seconds", "hours", "ratio", "points"]
Side = Literal["service", "sales", "aftersale"]


@dataclass(frozen=True, slots=True)
class ReportedFigure:
    """One figure. Rates are 0 to 1, durations seconds (`hours` where it says so), money yuan.

    `weights` are the counts it may be combined by over days and agents, the nearest to its own denominator first: of several reports' rows the
    first that all of them give is taken. None: it adds up (`adds`), or it can not be combined. `parts` are counts whose quotient is the figure in
    reports that leave the figure itself out: one over the sum of the others; again the first that a report gives.
    `side` decides when it is final: platforms revise sales for some days. `twin_of` names the figure it is the all-day twin of.
    """

    id: str
    zh: str
    en: str
    kind: Kind
    side: Side = "service"
    weights: tuple[str, ...] = ()
    parts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    twin_of: str | None = None

    @property
    def adds(self) -> bool:
        """Whether values of several days are summed."""
        return self.kind in ("count", "money")


_BUYERS = ("need_human_buyers", "effective_served_buyers", "served_buyers", "consulting_buyers")
_ANSWERS = ("need_human_buyers", "sessions", "effective_served_buyers", "served_buyers", "consulting_buyers")
_RATED = ("ratings", "effective_served_buyers", "served_buyers")


def _count(id: str, zh: str, en: str, side: Side = "service") -> ReportedFigure:
    return ReportedFigure(id, zh, en, "count", side)


_FIGURES = (
    # Contacts.
    _count("consulting_buyers", "咨询人数", "Consulting buyers"),
    _count("need_human_buyers", "需要人工回复的咨询人数", "Buyers who needed a person"),
    _count("served_buyers", "人工接待人数", "Served buyers"),
    _count("effective_served_buyers", "有效接待人数", "Effectively served buyers"),
    _count("unanswered_buyers", "未回复人数", "Buyers not answered"),
    _count("late_3min_buyers", "3分钟未回复人数", "Buyers not answered within 3 min"),
    _count("slow_buyers", "慢响应人数", "Buyers answered slowly"),
    _count("long_buyers", "长接待人数", "Buyers served for long"),
    _count("buyers_who_began", "买家发起人数", "Contacts buyers began"),
    _count("followed_up_buyers", "客服主动跟进人数", "Contacts agents began"),
    _count("agent_visits", "咨询客服人次", "Buyers by agent asked"),
    _count("answered_visits", "客服回复人次", "Buyers by agent, answered"),
    _count("unanswered_visits", "客服未回复人次", "Buyers by agent, not answered"),
    _count("consultations", "咨询人次", "Consultations"),
    _count("sessions", "接待会话量", "Sessions served"),
    _count("pending_sessions", "待回复会话量", "Sessions waiting for an answer"),
    _count("answered_sessions", "已回复会话量", "Sessions answered"),
    _count("transferred_sessions", "转出会话量", "Sessions passed on"),
    _count("problem_sessions", "服务问题会话数", "Sessions with service problems"),
    _count("all_messages", "总消息数", "Messages"),
    _count("buyer_messages", "买家消息条数", "Messages of buyers"),
    _count("agent_messages", "客服消息条数", "Messages of agents"),
    _count("agent_chars", "客服字数", "Characters agents wrote"),
    _count("online_days", "客服在线天数", "Days online"),
    # Replies.
    ReportedFigure("reply_rate_3min", "3分钟人工回复率", "Answered within 3 min", "rate", "service", _ANSWERS),
    ReportedFigure("reply_rate_5min", "5分钟回复率", "Answered within 5 min", "rate", "service", _ANSWERS),
    ReportedFigure("reply_rate_30s", "30秒应答率", "Answered within 30 s", "rate", "service", _BUYERS),
    ReportedFigure(
        "reply_rate_3min_all_day",
        "3分钟人工回复率(全天)",
        "Answered within 3 min, all day",
        "rate",
        "service",
        _ANSWERS,
        (),
        "reply_rate_3min",
    ),
    ReportedFigure(
        "reply_rate_30s_all_day", "30秒应答率(全天)", "Answered within 30 s, all day", "rate", "service", _BUYERS, (), "reply_rate_30s"
    ),
    ReportedFigure("reply_rate_3min_session", "3分钟回复率(会话)", "Answered within 3 min, by session", "rate", "service", ("sessions",)),
    ReportedFigure("reply_rate_30s_session", "30秒应答率(会话)", "First answer within 30 s, by session", "rate", "service", ("sessions",)),
    ReportedFigure(
        "reply_rate_45s_session", "45秒首次回复率(会话)", "First answer within 45 s, by session", "rate", "service", ("sessions",)
    ),
    ReportedFigure("reply_rate", "回复率", "Reply rate", "rate", "service", ("consulting_buyers", "served_buyers")),
    ReportedFigure(
        "reply_rate_session",
        "回复率(会话)",
        "Reply rate by session",
        "rate",
        "service",
        ("sessions",),
        (("answered_sessions", ("sessions",)),),
    ),
    ReportedFigure("unserved_rate", "不服务率", "Unserved", "rate", "service", ("consulting_buyers",)),
    ReportedFigure("avg_response_seconds", "平均响应时间", "Average response", "seconds", "service", _ANSWERS),
    ReportedFigure(
        "avg_response_seconds_all_day",
        "平均响应时间(全天)",
        "Average response, all day",
        "seconds",
        "service",
        _ANSWERS,
        (),
        "avg_response_seconds",
    ),
    ReportedFigure("avg_turn_response_seconds", "平均响应时间(回合)", "Average response by turn", "seconds", "service", _ANSWERS),
    ReportedFigure("first_response_seconds", "首次响应时间", "First response", "seconds", "service", _ANSWERS),
    ReportedFigure(
        "first_response_seconds_all_day",
        "首次响应时间(全天)",
        "First response, all day",
        "seconds",
        "service",
        _ANSWERS,
        (),
        "first_response_seconds",
    ),
    ReportedFigure("avg_contact_seconds", "平均接待时长", "Average length of a contact", "seconds", "service", ("served_buyers",)),
    ReportedFigure(
        "qa_ratio",
        "答问比",
        "Answers per question",
        "ratio",
        "service",
        ("buyer_messages",),
        (("agent_messages", ("buyer_messages",)),),
    ),
    # Ratings of chats.
    _count("invitations", "邀评数", "Invitations to rate"),
    _count("ratings", "评价数", "Ratings"),
    _count("good_ratings", "好评数", "Good ratings"),
    _count("bad_ratings", "差评数", "Bad ratings"),
    ReportedFigure(
        "satisfaction_rate",
        "满意度",
        "Satisfaction",
        "rate",
        "service",
        _RATED,
        (("good_ratings", ("ratings",)), ("good_ratings", ("good_ratings", "bad_ratings"))),
    ),
    ReportedFigure("dissatisfaction_rate", "不满意率", "Dissatisfaction", "rate", "service", _RATED, (("bad_ratings", ("ratings",)),)),
    ReportedFigure("invite_rate", "邀评率", "Invited to rate", "rate", "service", ("served_buyers",)),
    ReportedFigure(
        "rating_return_rate", "评价返回率", "Invitations answered", "rate", "service", ("invitations",), (("ratings", ("invitations",)),)
    ),
    ReportedFigure("service_score", "客服服务分", "Service score", "points"),
    # Sales.
    _count("inquiries", "询单人数", "Inquiries", "sales"),
    _count("same_day_inquiries", "当日询单人数", "Inquiries of the day", "sales"),
    _count("converted_inquiries", "最终成团人数", "Converted inquiries", "sales"),
    _count("same_day_converted", "当日付款人数", "Inquiries paid on the day", "sales"),
    _count("lost_inquiries", "询单流失人数", "Lost inquiries", "sales"),
    _count("order_buyers", "下单人数", "Buyers who ordered", "sales"),
    _count("paying_buyers", "成交买家数(按日)", "Paying buyers, day by day", "sales"),
    _count("items", "销售量", "Items sold", "sales"),
    ReportedFigure(
        "inquiry_conversion",
        "询单转化率",
        "Inquiry conversion",
        "rate",
        "sales",
        ("inquiries",),
        (("converted_inquiries", ("inquiries",)),),
    ),
    ReportedFigure("same_day_conversion", "询单当日付款转化率", "Inquiries paid on the day, share", "rate", "sales"),
    ReportedFigure("sales_amount", "客服销售额", "Sales", "money", "sales"),
    ReportedFigure("net_sales_amount", "去退销售额", "Net sales", "money", "sales"),
    ReportedFigure("order_amount", "下单金额", "Amount ordered", "money", "sales"),
    ReportedFigure("inquiry_sales_amount", "询单付款金额", "Sales to inquirers", "money", "sales"),
    ReportedFigure("same_day_sales_amount", "当日付款金额", "Sales to inquirers on the day", "money", "sales"),
    ReportedFigure("missed_sales_amount", "可提升销售额", "Sales that could be gained", "money", "sales"),
    ReportedFigure("average_order_value", "客单价", "Average order value", "ratio", "sales", ("paying_buyers",)),
    ReportedFigure("inquiry_order_value", "询单客单价", "Average order value of inquirers", "ratio", "sales", ("converted_inquiries",)),
    ReportedFigure("items_per_buyer", "客件数", "Items per buyer", "ratio", "sales", ("paying_buyers",)),
    ReportedFigure("average_item_price", "件均价", "Average price of an item", "ratio", "sales", ("items",)),
    # After-sale.
    _count("low_score_orders", "评分≤3订单数", "Orders scored 3 or less", "aftersale"),
    _count("scored_orders", "评分数", "Scored orders", "aftersale"),
    ReportedFigure(
        "low_score_rate",
        "评分≤3率",
        "Orders scored 3 or less, share",
        "rate",
        "aftersale",
        ("scored_orders",),
        (("low_score_orders", ("scored_orders",)),),
    ),
    _count("dispute_refunds", "纠纷退款数", "Dispute refunds", "aftersale"),
    _count("complaints", "投诉数", "Complaints", "aftersale"),
    _count("interventions", "介入订单数", "Orders the platform stepped into", "aftersale"),
    _count("refunded_orders", "成功退款订单数", "Refunded orders", "aftersale"),
    _count("refund_buyers", "退款人数", "Buyers refunded", "aftersale"),
    ReportedFigure("refunded_amount", "成功退款金额", "Amount refunded", "money", "aftersale"),
    ReportedFigure("dispute_refund_rate", "纠纷退款率", "Dispute refund rate", "rate", "aftersale"),
    ReportedFigure("intervention_rate", "平台介入率", "Platform stepped in, share", "rate", "aftersale"),
    ReportedFigure("quality_refund_rate", "品质退款率", "Refunds for quality, share", "rate", "aftersale"),
    ReportedFigure("refund_success_rate", "成功退款率", "Refunds that succeeded, share", "rate", "aftersale"),
    ReportedFigure("avg_refund_hours", "平均退款时长", "Average refund time", "hours", "aftersale", ("refunded_orders",)),
    ReportedFigure("return_completion_hours", "退货退款自主完结时长", "Time to settle returns", "hours", "aftersale"),
    ReportedFigure("refund_completion_hours", "退款自主完结时长", "Time to settle refunds", "hours", "aftersale"),
)

REPORTED: Mapping[str, ReportedFigure] = {figure.id: figure for figure in _FIGURES}
"""Every reported figure by id, in the order they are shown."""
