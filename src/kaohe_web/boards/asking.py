"""What a page was asked, read from its address: days, shops, group, agent, and where to go from there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaohe.metrics.catalogue import CATALOGUE, Metric
from kaohe_web.boards.answers import UNASSIGNED, Question
from kaohe_web.boards.metrics import ON, SHOWN, TABS
from kaohe_web.boards.policies import Seen
from kaohe_web.boards.ready import Ready

PERIODS = {"day": gettext_lazy("天"), "week": gettext_lazy("周"), "month": gettext_lazy("月"), "days": gettext_lazy("自选")}
BY = {"platform": gettext_lazy("平台"), "shop": gettext_lazy("店铺"), "group": gettext_lazy("小组"), "agent": gettext_lazy("客服")}
LONGEST = 800
"""Days one page may span."""


@dataclass(frozen=True)
class Asked:
    """One page's filters, all of them valid and within what somebody may see."""

    of: Ready
    seen: Seen
    tab: str
    period: str
    first: date
    last: date
    by: str
    platform: str
    shop: str
    group: str
    agent: str
    metric: Metric
    more: bool
    trouble: str

    @classmethod
    def read(cls, given: QueryDict, of: Ready, seen: Seen) -> Asked:
        """The filters of an address. What is not within sight is not there (404); what is no day is said and left out."""
        assert of.first is not None
        assert of.last is not None
        shops = seen.shops(of.shops)
        groups = seen.groups([*of.groups, UNASSIGNED]) if any(scope.groups is None for scope in seen.scopes) else seen.groups(of.groups)
        platform, shop, group, agent = (given.get(name, "") for name in ("platform", "shop", "group", "agent"))
        if (
            (platform and platform not in {of.platforms[one] for one in shops})
            or (shop and shop not in shops)
            or (group and group not in groups)
        ):
            raise Http404
        tab = given.get("tab", "response")
        tab = tab if tab in TABS else "response"
        period = given.get("period", "day")
        period = period if period in PERIODS else "day"
        first, last, trouble = _days(given, period, of)
        whole = bool(seen.whole_shops(shops))
        by = given.get("by", "")
        by = by if by in BY and (whole or by in ("group", "agent")) else ("shop" if whole else "agent")
        named = given.get("metric", "")
        metric = CATALOGUE[named if named in SHOWN else next(one for one in ON[tab] if CATALOGUE[one].unit == "rate")]
        return cls(of, seen, tab, period, first, last, by, platform, shop, group, agent, metric, given.get("more") == "1", trouble)

    @property
    def shops(self) -> frozenset[str] | None:
        """The shops the filters leave; None: all that may be seen."""
        if self.shop:
            return frozenset({self.shop})
        if self.platform:
            return frozenset(shop for shop, platform in self.of.platforms.items() if platform == self.platform)
        return None

    def question(self, by: tuple[str, ...], metrics: tuple[str, ...], first: date | None = None, last: date | None = None) -> Question:
        """The question about it, over its own days or others."""
        days = first or self.first, last or self.last
        return Question(*days, by, metrics, self.seen, self.shops, self.group or None, self.agent or None)

    @property
    def filters(self) -> dict[str, str]:
        """What it takes to ask the same again."""
        found = {
            "tab": self.tab,
            "period": self.period,
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "by": self.by,
            "platform": self.platform,
            "shop": self.shop,
            "group": self.group,
            "agent": self.agent,
            "metric": self.metric.id,
            "more": "1" if self.more else "",
        }
        return {name: value for name, value in found.items() if value}

    def address(self, **changed: Any) -> str:
        """The query of an address with some filters changed; an empty one is left out."""
        return address(self.filters, **changed)

    @property
    def days_in_words(self) -> str:
        return self.first.isoformat() if self.first == self.last else f"{self.first} – {self.last}"

    @property
    def is_today(self) -> bool:
        return self.last == timezone.localdate()


def address(filters: Mapping[str, str], **changed: Any) -> str:
    """`filters` with some changed, as the query of an address."""
    together = {**filters, **{name: "" if value is None else str(value) for name, value in changed.items()}}
    return "?" + urlencode({name: value for name, value in together.items() if value})


def _days(given: QueryDict, period: str, of: Ready) -> tuple[date, date, str]:
    """The days asked for, within those there are, and what was wrong with them."""
    assert of.first is not None
    assert of.last is not None
    trouble = ""

    def day(name: str) -> date | None:
        nonlocal trouble
        try:
            return date.fromisoformat(given[name]) if given.get(name) else None
        except ValueError:
            trouble = _("“%(day)s”不是日期，应写成 2026-11-01。") % {"day": given[name][:40]}
            return None

    first, last = day("first"), day("last")
    end = min(max(last or min(of.last, timezone.localdate()), of.first), of.last)
    if period == "day":
        return end, end, trouble
    if period == "week":
        begin = end - timedelta(days=end.weekday())
        return max(begin, of.first), min(begin + timedelta(days=6), of.last), trouble
    if period == "month":
        begin = end.replace(day=1)
        return max(begin, of.first), min((begin + timedelta(days=31)).replace(day=1) - timedelta(days=1), of.last), trouble
    start = max(first or end - timedelta(days=29), of.first)
    if start > end:
        return end, start if start <= of.last else of.last, _("起始日期在截止日期之后，已对调。")
    if (end - start).days >= LONGEST:
        return end - timedelta(days=LONGEST - 1), end, _("一次最多看 %(days)s 天。") % {"days": LONGEST}
    return start, end, trouble
