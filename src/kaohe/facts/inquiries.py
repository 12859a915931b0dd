"""Contacts as inquiries: who came to buy, who came with an order paid before, and who bought afterwards (counting rules 23, 28, 29)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import polars as pl

from kaohe.clock import Ints
from kaohe.facts.asof import NONE, Events
from kaohe.facts.store import Facts, Slice
from kaohe.lake.runner import run
from kaohe.model.days import DEFAULT_TIMEZONE, zone
from kaohe.packs import Parameters

SCHEMA: dict[str, pl.DataType] = {
    "day": pl.Date(),
    "shop_id": pl.String(),
    "buyer_id": pl.String(),
    "bucket": pl.String(),
    "contact": pl.Int32(),
    "buyer": pl.Int64(),
    "asked_at": pl.Int64(),
    "until": pl.Int64(),
    "inquiry": pl.Boolean(),
    "earlier_order": pl.Int64(),
    "bought": pl.Int64(),
    "placed": pl.Int64(),
}
"""One row per consulting contact, sorted by day, bucket and contact. `buyer` numbers the buyers who ever ordered (`Purchases`), -1 for others. `asked_at`:
the first assessed message; `until`: the end of the span in which an order converts it, included. Both microseconds since 1970 in UTC.
`earlier_order`: the order paid before that makes it an after-sale contact, null for an inquiry. `bought`, `placed`: the buyer's first order done, or placed, within
the span, whoever it is credited to; null for none. Orders are rows of the orders."""

_HOUR = 3_600_000_000


@dataclass(frozen=True)
class Purchases:
    """Orders to be looked up by buyer and moment. `orders` is of `kaohe.facts.orders`."""

    orders: pl.DataFrame

    @cached_property
    def buyers(self) -> pl.DataFrame:
        """The buyers there are: shop_id, buyer_id, and `buyer`, their number."""
        return self.orders.select("shop_id", "buyer_id", "buyer").drop_nulls("buyer").unique()

    @cached_property
    def of_order(self) -> Ints:
        """Whose each order is, `NONE` where the export hides the buyer."""
        return self.orders["buyer"].fill_null(NONE).to_numpy()

    def by(self, moment: str) -> tuple[Events, Ints]:
        """The orders of known buyers that have this moment, such as `paid_at`, by buyer; and these moments."""
        return self.of(moment, self.of_order, np.arange(len(self.orders)))

    def of(self, moment: str, owners: Ints, rows: Ints) -> tuple[Events, Ints]:
        """The orders of these rows by the owners beside them; an order may be there more than once. And their moments."""
        moments = self.orders[moment].gather(rows)
        at = moments.fill_null(0).to_numpy()
        return Events.of(np.where(moments.is_not_null().to_numpy(), owners, NONE), at), at


def consulting(facts: Facts, piece: Slice) -> pl.DataFrame:
    """The consulting contacts of a slice in order: contact, asked_at, shop_id, buyer_id."""
    windows = [(shop, str(facts.parameters(shop, piece.day).window)) for shop in piece.shops]
    return facts.cache.get("consulting", piece.key("consulting", windows), partial(_consulting, facts, piece))


def _consulting(facts: Facts, piece: Slice) -> pl.DataFrame:
    asked = facts.parts(piece).lazy().filter(pl.col("inside") & (pl.col("asked") > 0))
    found = asked.group_by("contact").agg(asked_at=pl.min("buyer_at")).collect()
    return found.join(facts.buyers(piece), on="contact", how="left").sort("contact")


def inquiries(
    facts: Facts, pieces: Sequence[Slice], purchases: Purchases, zones: Mapping[str, str], executor: Executor | None = None
) -> pl.DataFrame:
    """The consulting contacts of slices (`SCHEMA`), judged by what their buyers had paid before."""
    found = [
        frame.with_columns(day=pl.lit(piece.day, pl.Date), bucket=pl.lit(piece.bucket))
        for piece, frame in zip(pieces, run(partial(consulting, facts), pieces, executor), strict=True)
    ]
    if not found:
        return pl.DataFrame(schema=SCHEMA)
    rules = {(shop, piece.day): facts.parameters(shop, piece.day) for piece in pieces for shop in piece.shops}
    spans = pl.DataFrame(
        [_span(shop, day, rule, zones.get(shop) or DEFAULT_TIMEZONE) for (shop, day), rule in rules.items()],
        schema={"shop_id": pl.String, "day": pl.Date, "before": pl.Int64, "hours": pl.Int64, "end": pl.Int64},
        orient="row",
    )
    contacts = (
        pl.concat(found)
        .join(spans, on=["shop_id", "day"], how="left", maintain_order="left")
        .join(purchases.buyers, on=["shop_id", "buyer_id"], how="left", maintain_order="left")
        .with_columns(pl.col("buyer").fill_null(NONE), until=pl.coalesce(pl.col("asked_at") + pl.col("hours"), "end"))
    )
    paid, at = purchases.by("paid_at")
    asked_at = contacts["asked_at"].to_numpy()
    last = paid.last(contacts["buyer"].to_numpy(), asked_at)
    soon = (last != NONE) & (np.append(at, 0)[last] > asked_at - contacts["before"].to_numpy())
    earlier = pl.Series("earlier_order", last).set(pl.Series(~soon), None)
    bought, placed = (_converting(purchases, contacts, moment) for moment in ("event_at", "created_at"))
    return (
        contacts.with_columns(earlier, bought.alias("bought"), placed.alias("placed"), inquiry=earlier.is_null())
        .select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())
        .sort("day", "bucket", "contact")
    )


def _span(shop: str, day: dt.date, rule: Parameters, zone_name: str) -> tuple[str, dt.date, int, int | None, int]:
    """How long before a contact of that day an order was paid to make it after-sale, and until when an order converts it, in microseconds."""
    midnight = dt.datetime.combine(day + dt.timedelta(days=rule.conversion_days), dt.time(), zone(zone_name))
    hours = None if rule.conversion_hours is None else rule.conversion_hours * _HOUR
    # The last microsecond of the last day: the end is included.
    return shop, day, rule.aftersale_days * 24 * _HOUR, hours, round(midnight.timestamp()) * 1_000_000 - 1


def _converting(purchases: Purchases, contacts: pl.DataFrame, moment: str) -> pl.Series:
    """For each contact its buyer's first order by that moment within the contact's span, as its row among orders; null for none."""
    events, at = purchases.by(moment)
    return _within(events, at, contacts["buyer"].to_numpy(), contacts)


def converting_credited(purchases: Purchases, contacts: pl.DataFrame, moment: str, owned: pl.DataFrame, who: Sequence[str]) -> pl.Series:
    """For each row its buyer's first order by that moment within the span among those credited to the row's group; null for none.

    `contacts` has one row per contact and group, `owned` one per order and owner, both with the columns of `who`. Nobody's orders convert
    nobody's contacts. Rows whose buyer ordered nothing in the span at all, by `bought` or `placed`, are not looked at.
    """
    possible = contacts["bought" if moment == "event_at" else "placed"].is_not_null().arg_true()
    asking = contacts.select("buyer", "asked_at", "until", *who)[possible]
    groups = owned.select(who).unique().with_columns(_group=pl.int_range(pl.len(), dtype=pl.Int64))
    rows, orders = (frame.join(groups, on=list(who), how="left", nulls_equal=True, maintain_order="left") for frame in (asking, owned))
    of_order = purchases.of_order[orders["order"].to_numpy()]
    events, at = purchases.of(moment, _both(of_order, orders["_group"], len(groups)), orders["order"].to_numpy())
    found = orders["order"].gather(_within(events, at, _both(rows["buyer"].to_numpy(), rows["_group"], len(groups)), rows))
    return pl.Series("order", [None], dtype=pl.Int64).new_from_index(0, len(contacts)).scatter(possible, found)


def _both(buyer: Ints, group: pl.Series, groups: int) -> Ints:
    """A buyer and a group as one integer; negative where either is nobody."""
    number = group.fill_null(NONE).to_numpy()
    return np.where((buyer < 0) | (number < 0), NONE, buyer * groups + number)


def _within(events: Events, at: Ints, owners: Ints, contacts: pl.DataFrame) -> pl.Series:
    first = events.first(owners, contacts["asked_at"].to_numpy())
    soon = (first != NONE) & (np.append(at, 0)[first] <= contacts["until"].to_numpy())
    return pl.Series("order", first).set(pl.Series(~soon), None)
