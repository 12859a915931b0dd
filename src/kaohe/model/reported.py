"""Figures a platform reports of its own: which there are, in which unit, and what each is weighted by (SEMANTICS §8).

A platform's table is a ready figure per agent or shop and day, not events. Counts of several days add up; a rate or a mean
is combined as Σ(value × weight) / Σ weight, by the count that is its denominator. Ids are those of the catalogue where kaohe computes
the same figure.
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

    `weight` is the count it is combined by over days and agents; None for what adds up, and for what can not be combined, which `adds` tells
    apart. `side` decides when it is final: platforms revise sales for some days. `twin_of` names the figure it is the all-day twin of.
    """

    id: str
    zh: str
    en: str
    kind: Kind
    side: Side = "service"
    weight: str | None = None
    twin_of: str | None = None

    @property
    def adds(self) -> bool:
        """Whether values of several days are summed."""
        return self.kind in ("count", "money")


_FIGURES = (
    ReportedFigure("consulting_buyers", "咨询人数", "Consulting buyers", "count"),
    ReportedFigure("need_human_buyers", "需要人工回复的咨询人数", "Buyers who needed a person", "count"),
    ReportedFigure("served_buyers", "人工接待人数", "Served buyers", "count"),
    ReportedFigure("late_3min_buyers", "3分钟未回复人数", "Buyers not answered within 3 min", "count"),
    ReportedFigure("inquiries", "询单人数", "Inquiries", "count", "sales"),
    ReportedFigure("converted_inquiries", "最终成团人数", "Converted inquiries", "count", "sales"),
    ReportedFigure("lost_inquiries", "询单流失人数", "Lost inquiries", "count", "sales"),
    ReportedFigure("inquiry_conversion", "询单转化率", "Inquiry conversion", "rate", "sales", "inquiries"),
    ReportedFigure("sales_amount", "客服销售额", "Sales", "money", "sales"),
    ReportedFigure("net_sales_amount", "去退销售额", "Net sales", "money", "sales"),
    ReportedFigure("reply_rate_3min", "3分钟人工回复率", "Answered within 3 min", "rate", "service", "need_human_buyers"),
    ReportedFigure("reply_rate_30s", "30秒应答率", "Answered within 30 s", "rate", "service", "need_human_buyers"),
    ReportedFigure(
        "reply_rate_3min_all_day",
        "3分钟人工回复率(全天)",
        "Answered within 3 min, all day",
        "rate",
        "service",
        "need_human_buyers",
        "reply_rate_3min",
    ),
    ReportedFigure(
        "reply_rate_30s_all_day",
        "30秒应答率(全天)",
        "Answered within 30 s, all day",
        "rate",
        "service",
        "need_human_buyers",
        "reply_rate_30s",
    ),
    ReportedFigure("avg_response_seconds", "平均响应时间", "Average response", "seconds", "service", "need_human_buyers"),
    ReportedFigure("low_score_orders", "评分≤3订单数", "Orders scored 3 or less", "count", "aftersale"),
    ReportedFigure("scored_orders", "评分数", "Scored orders", "count", "aftersale"),
    ReportedFigure("dispute_refunds", "纠纷退款数", "Dispute refunds", "count", "aftersale"),
    ReportedFigure("complaints", "投诉数", "Complaints", "count", "aftersale"),
)

REPORTED: Mapping[str, ReportedFigure] = {figure.id: figure for figure in _FIGURES}
"""Every reported figure by id, in the order they are shown."""
