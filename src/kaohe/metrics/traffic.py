"""Traffic: visitors and what became of them, advertising, and the change of sales split over visitors, conversion and order value (counting
rules 34, 46)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import permutations

import polars as pl

from kaohe.metrics import counting
from kaohe.metrics.metric import Family, Metric, Tally
from kaohe.metrics.sales import FEN, SOLD, sold_orders
from kaohe.metrics.source import SHOPS_ONLY, Ask, Source

visited = Tally("visited", "访客数", "visitors", pl.col("visitors"))
ad_sold = Tally("ad_sold", "广告成交", "sales from ads", pl.col("ad_sales"))
ad_spent = Tally("ad_spent", "广告花费", "spent on ads", pl.col("ad_spend"))

visits = Tally("visits", "访客数", "visitors", pl.col("visitors"))
visit_buying = Tally("visit_buying", "成交买家数", "buyers", pl.col("sold"), distinct=("customer",))
visit_silent = Tally(
    "visit_silent", "只有静默订单的买家数", "buyers with only silent orders", pl.col("only_silent"), distinct=("customer",)
)
visit_inquiries = Tally("visit_inquiries", "询单人数", "inquiries", pl.col("asked"))


def shop_days(source: Source, ask: Ask) -> pl.DataFrame:
    """One row per shop and day of the traffic table. Money is fen, what a row does not say of it nothing."""
    rows = source.facts.table("traffic").filter(ask.during())
    return rows.with_columns(
        *((pl.col(name) * FEN).cast(pl.Int64).fill_null(0) for name in ("ad_sales", "ad_spend")),
        hour=pl.lit(None, pl.Int8),
        at=pl.lit(None, pl.Int64),
        subject="shop_id",
        buyer_id=pl.lit(None, pl.String),
        related=pl.lit(None, pl.String),
        reason=pl.lit("traffic"),
    )


def visit_rows(source: Source, ask: Ask) -> pl.DataFrame:
    """The visitors of the shops' days, the orders done on these days and the inquiries made on them, one row each. Other days are left out of all three."""
    told = source.facts.table("traffic").filter(pl.col("visitors").is_not_null(), ask.during())
    orders = sold_orders(source, ask).join(told, on=["shop_id", "day"], how="semi")
    one_buyer = ["customer", *(name for name in ("day",) if name in ask.columns)]
    orders = orders.with_columns(sold=pl.lit(True), only_silent=(pl.col("how") == "silent").all().over(one_buyer))
    asking = source.inquiries(ask).filter("inquiry").join(told, on=["shop_id", "day"], how="semi")
    asking = asking.select("shop_id", "day", "buyer_id", at="asked_at", subject="buyer_id", asked=pl.lit(True), reason=pl.lit("inquiry"))
    visited = told.select("shop_id", "day", "visitors", subject="shop_id", reason=pl.lit("traffic"))
    kept = [
        "shop_id",
        "day",
        "customer",
        "at",
        "sold",
        "only_silent",
        *(["buyer_id", "subject", "related", "reason"] if ask.evidence else []),
    ]
    rows = pl.concat([visited, orders.select(kept), asking], how="diagonal")
    return rows.with_columns(pl.col("visitors").fill_null(0), pl.col("sold", "only_silent", "asked").fill_null(False))


TRAFFIC = Family(
    "traffic",
    "流量",
    "Traffic",
    SHOPS_ONLY,
    ("traffic",),
    shop_days,
    (visited, ad_sold, ad_spent),
    metrics=(
        Metric(
            "visitors",
            "访客数",
            "Visitors",
            "count",
            "higher",
            "A2",
            "Visitors of each day, added up over the days: who came on two days counts twice.",
            "每天的访客数，各天相加：来过两天的计两次。",
            "event",
            over=visited,
        ),
        Metric(
            "ad_roi",
            "广告投入产出比",
            "Return on advertising",
            "ratio",
            "higher",
            "A9",
            "Sales from ads over what was spent on them; 5 is the base of 1:5.",
            "广告成交 ÷ 广告花费；1:5 即为 5。",
            "event",
            over=ad_sold,
            under=ad_spent,
            per=FEN,
            per_under=FEN,
            cases=False,
        ),
    ),
)

VISITS = Family(
    "visits",
    "访客成交",
    "Visits and sales",
    SHOPS_ONLY,
    SOLD.needs,
    visit_rows,
    (visits, visit_buying, visit_silent, visit_inquiries),
    metrics=(
        Metric(
            "visitor_conversion",
            "访客转化率",
            "Visitor conversion",
            "rate",
            "higher",
            "A2",
            "Buyers of the period over visitors. Days of a shop without visitors in the traffic data are on neither side.",
            "期间内成交买家数 ÷ 访客数。店铺没有访客数据的日子，上下都不计。",
            "event",
            over=visit_buying,
            under=visits,
        ),
        Metric(
            "silent_conversion",
            "静默转化率",
            "Silent conversion",
            "rate",
            "higher",
            "A2",
            "Buyers all of whose orders of the period are silent, over visitors less inquiries. Days of a shop without "
            "visitors in the traffic data are on neither side. Null without any, and where that is not above 0.",
            "期间内只有静默订单的买家数 ÷（访客数 − 询单人数）。店铺没有访客数据的日子，上下都不计；全都没有，或分母不大于 0，就没有值。",
            "event",
            over=visit_silent,
            under=visits,
            less=visit_inquiries,
        ),
    ),
)

FAMILIES = (TRAFFIC, VISITS)


TERMS = ("visitors", "conversion", "order_value")
"""What sales are the product of."""

KINDS: Mapping[str, tuple[str, ...]] = {
    "inquiry": ("chat", "exported"),
    "silent": ("silent",),
    "unknown": ("unknown_speaker", "unknown_buyer"),
}
"""How sales came about, and the credits (`kaohe.facts.credits.HOW`) it stands for: after talk with an agent, silently, or nobody can tell."""


@dataclass(frozen=True, slots=True)
class Sales:
    """The sales of one period, both days included. `fen`: their amount; `of` the same by `KINDS`. `visitors` is null without any traffic data,
    `days` is how many days the period has (of all shops together), `days_with_traffic` for how many of them there are visitors."""

    first: date
    last: date
    fen: int
    of: Mapping[str, int]
    buyers: int
    visitors: int | None
    days: int
    days_with_traffic: int

    @property
    def conversion(self) -> Fraction | None:
        """Buyers over visitors."""
        return Fraction(self.buyers, self.visitors) if self.visitors else None

    @property
    def order_value(self) -> Fraction | None:
        """Yuan per buyer."""
        return Fraction(self.fen, self.buyers * FEN) if self.buyers else None

    @property
    def yuan(self) -> Fraction:
        return Fraction(self.fen, FEN)

    @property
    def terms(self) -> tuple[Fraction, Fraction, Fraction] | None:
        """`TERMS`, whose product the sales are; None where one of them is not known."""
        if self.visitors is None or self.conversion is None or self.order_value is None:
            return None
        return Fraction(self.visitors), self.conversion, self.order_value


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The sales of a period beside those of the one before. `parts`: how many yuan of the change each of `TERMS` made, exactly adding up to it; None where a
    term of either period is not known."""

    now: Sales
    before: Sales
    parts: tuple[Fraction, Fraction, Fraction] | None

    @property
    def change(self) -> Fraction:
        """In yuan."""
        return self.now.yuan - self.before.yuan


def gmv_breakdown(source: Source, shop: str | None, first: date, last: date) -> Breakdown:
    """The sales of a shop, or of all together, from `first` to `last`, both included, beside those of as many days before."""
    length = (last - first).days + 1
    now = _sales(source, shop, first, last)
    before = _sales(source, shop, first - timedelta(days=length), first - timedelta(days=1))
    parts = None
    if now.terms is not None and before.terms is not None:
        a, b, c = shapley(before.terms, now.terms)
        parts = (a, b, c)
    return Breakdown(now, before, parts)


def _sales(source: Source, shop: str | None, first: date, last: date) -> Sales:
    ask = Ask(first, last, ("shop_id",))
    mine = pl.lit(True) if shop is None else pl.col("shop_id") == shop
    orders = counting.rows_of(source, ask, SOLD).filter(mine)
    traffic = counting.rows_of(source, ask, TRAFFIC).filter(mine)
    visited = traffic.filter(pl.col("visitors").is_not_null())
    amounts = dict(orders.group_by("how").agg(pl.sum("amount")).iter_rows())
    shops = 1 if shop is not None else len(source.shops)
    return Sales(
        first,
        last,
        int(orders["amount"].sum()),
        {kind: sum(amounts.get(how, 0) for how in hows) for kind, hows in KINDS.items()},
        orders.select("shop_id", "customer").n_unique(),
        int(visited["visitors"].sum()) if len(visited) else None,
        ((last - first).days + 1) * shops,
        len(visited),
    )


def shapley(before: Sequence[Fraction], now: Sequence[Fraction]) -> list[Fraction]:
    """How much of the change of a product each of its factors made: the mean, over all orders in which they could have changed one after
    another, of what each change made. The parts add up to the change exactly.

    Source: L. S. Shapley, A Value for n-Person Games (1953). Changing one factor after the other in a single order would credit what two changes made together to
    whichever comes last.

    >>> [str(part) for part in shapley([Fraction(100), Fraction(1, 10)], [Fraction(200), Fraction(1, 5)])]
    ['15', '15']
    """
    parts = [Fraction(0)] * len(before)
    orders = list(permutations(range(len(before))))
    for order in orders:
        factors = list(before)
        for place in order:
            was = _product(factors)
            factors[place] = now[place]
            parts[place] += (_product(factors) - was) / len(orders)
    return parts


def _product(factors: Sequence[Fraction]) -> Fraction:
    found = Fraction(1)
    for factor in factors:
        found *= factor
    return found
