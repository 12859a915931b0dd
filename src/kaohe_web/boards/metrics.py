"""The metrics of the four boards, and how each goes from days to a span of days."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kaohe.metrics import attendance, entered
from kaohe.metrics.catalogue import CATALOGUE, FAMILY_OF, Metric
from kaohe.metrics.responses import FAMILY as RESPONSES

TABS = {"response": _("响应"), "conversion": _("转化"), "sales": _("销售"), "aftersale": _("售后")}

_RESPONSE = frozenset({*(metric.id for metric in RESPONSES.metrics), "online_hours", "peak_concurrency"})
_CONVERSION = frozenset(
    {
        "inquiries",
        "converted_inquiries",
        "inquiry_conversion",
        "order_conversion",
        "payment_conversion",
        "final_order_rate",
        "urge_conversion",
        "visitors",
        "visitor_conversion",
        "silent_conversion",
    }
)
_SALES = frozenset(
    {
        "orders",
        "silent_orders",
        "sales_amount",
        "net_sales_amount",
        "buyers",
        "average_order_value",
        "items_per_buyer",
        "assisted_orders",
        "ad_roi",
        "target_completion",
        "shop_sales_completion",
    }
)
ELSEWHERE = frozenset(
    metric.id
    for family in (*entered.FAMILIES, attendance.FAMILY)
    for metric in family.metrics
    if metric.id not in _RESPONSE | _CONVERSION | _SALES
)
"""Marks and days worked: they are of people and months, and stand in appraisals."""


def _on(chosen: frozenset[str]) -> tuple[str, ...]:
    return tuple(metric for metric in CATALOGUE if metric in chosen)


ON = {
    "response": _on(_RESPONSE),
    "conversion": _on(_CONVERSION),
    "sales": _on(_SALES),
    "aftersale": _on(frozenset(CATALOGUE) - _RESPONSE - _CONVERSION - _SALES - ELSEWHERE),
}
"""The metrics of each tab, in the catalogue's order. What is on no other tab and not elsewhere is what comes after the sale."""

SHOWN = tuple(metric for tab in ON.values() for metric in tab)

MAIN = {
    "response": (
        "consulting_buyers",
        "served_buyers",
        "reply_rate_30s",
        "avg_response_seconds",
        "first_response_seconds",
        "effective_reply_rate",
        "reply_rate_3min",
        "slow_replies",
    ),
    "conversion": ("inquiries", "converted_inquiries", "inquiry_conversion", "order_conversion", "final_order_rate", "urge_conversion"),
    "sales": ("orders", "sales_amount", "net_sales_amount", "buyers", "average_order_value", "items_per_buyer"),
    "aftersale": ("refund_rate", "dispute_refund_rate", "complaint_rate", "resolution_rate", "positive_review_rate", "satisfaction_rate"),
}
"""What a tab shows at first; all of `ON` on demand."""


def adds(metric: Metric) -> bool:
    """Whether the tallies of days and shops add up to those of any span and any shops.

    Not so: quantiles, different people, the largest of something, hours online in two shops at once, and what is reported or aimed at for longer than a day.
    """
    if metric.quantile is not None or metric.less is not None:
        return False
    for tally in metric.tallies:
        family = FAMILY_OF[tally.id]
        if family.id in _NOT_BY_DAY or family.trailing is not None or tally.how != "sum":
            return False
        if tally.distinct and not {"day", "shop_id"} <= set(tally.distinct):
            return False
    return True


_NOT_BY_DAY = frozenset({"online", "peaks", "traffic", "visits", "targets", "marks", "latest_marks", "attendance"})


def trails(metric: Metric) -> bool:
    """Whether the figure of a span is that of its last day, which looks back over as many days as the metric says."""
    families = {FAMILY_OF[tally.id] for tally in metric.tallies}
    return all(family.trailing is not None for family in families)


ADDING = frozenset(one for one in SHOWN if adds(CATALOGUE[one]))
TRAILING = frozenset(one for one in SHOWN if trails(CATALOGUE[one]))
WHOLE = frozenset(SHOWN) - ADDING - TRAILING
"""Metrics that have to be counted for each span anew."""

REPLIES = frozenset(one for one in ADDING if all(FAMILY_OF[tally.id] is RESPONSES for tally in CATALOGUE[one].tallies))
"""Those that depend on nothing but the messages of their day."""

BY_HOUR = frozenset(one for one in ADDING if all("hour" in FAMILY_OF[tally.id].by for tally in CATALOGUE[one].tallies))
