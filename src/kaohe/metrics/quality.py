"""What buyers say of goods and chats: reviews, revised reviews, ratings and invitations to rate (counting rules 41 and 42)."""

from __future__ import annotations

from functools import partial

import polars as pl

from kaohe.facts import Slice
from kaohe.lake.runner import run
from kaohe.metrics.handling import dated, handled
from kaohe.metrics.metric import Family, Metric, Tally
from kaohe.metrics.responses import served
from kaohe.metrics.source import EVERYTHING, NO_HOUR, Ask, Source

BAD, GOOD = 3, 4
"""Up to so many stars of five a review is bad, from so many on a review or a rating is good."""

FOLLOW_UP_HOURS = 48
"""How soon after a bad review an agent must have followed up, inclusive."""

_HOUR = 3_600_000_000

bad_reviews = Tally("bad_reviews", "差评数", "bad reviews", pl.col("bad").cast(pl.Int64))
bad_reviews_handled = Tally(
    "bad_reviews_handled",
    "48小时内跟进的差评数",
    "bad reviews followed up within 48 h",
    (pl.col("bad") & pl.col("followed")).cast(pl.Int64),
)
starred_reviews = Tally("starred_reviews", "有星级的评价数", "reviews with stars", pl.col("stars_now").is_not_null().cast(pl.Int64))
good_reviews = Tally("good_reviews", "好评数", "good reviews", (pl.col("stars_now") >= GOOD).fill_null(False).cast(pl.Int64))
raised_reviews = Tally("raised_reviews", "改好的评价数", "reviews raised from bad to good", pl.col("raised").cast(pl.Int64))
scored_ratings = Tally("scored_ratings", "有分数的评价数", "ratings with a score", pl.lit(1, pl.Int64))
good_ratings = Tally("good_ratings", "满意的评价数", "good ratings", (pl.col("stars") >= GOOD).cast(pl.Int64))
invited_contacts = Tally("invited_contacts", "邀评或有评价的接待数", "served contacts invited or rated", pl.lit(1, pl.Int64))


def review_rows(source: Source, ask: Ask) -> pl.DataFrame:
    """One row per review written in the asked days."""
    soon = pl.col("followed_up_at").to_physical() - pl.col("reviewed_at").to_physical() <= FOLLOW_UP_HOURS * _HOUR
    rows = handled(source, ask, "reviews", "reviewed_at").with_columns(
        bad=(pl.col("stars") <= BAD).fill_null(False),
        followed=soon.fill_null(False),
        stars_now=pl.coalesce("revised_stars", "stars"),
        subject="review_id",
    )
    return source.grouped(rows, ask.who)


def revised_rows(source: Source, ask: Ask) -> pl.DataFrame:
    """One row per review revised in the asked days."""
    rows = handled(source, ask, "reviews", "revised_at").with_columns(
        raised=((pl.col("stars") <= BAD) & (pl.col("revised_stars") >= GOOD)).fill_null(False), subject="review_id"
    )
    return source.grouped(rows, ask.who)


def rating_rows(source: Source, ask: Ask) -> pl.DataFrame:
    """One row per rating with a score, given in the asked days."""
    rows = handled(source, ask, "ratings", "rated_at", "invited_at").filter(pl.col("stars").is_not_null())
    return source.grouped(rows.with_columns(subject="rating_id"), ask.who)


def invited_rows(source: Source, ask: Ask) -> pl.DataFrame:
    """One row per served contact of the asked days that was invited to rate or rated, and group it counts for.

    That is each group that served it: of one whose rating names an agent only his.
    """
    tables = ("ratings", "messages", "shops", "accounts", "agents", "positions")
    return source.held("invited", tables, (ask.first, ask.last, ask.who), lambda: _all_invited(source, ask))


def _all_invited(source: Source, ask: Ask) -> pl.DataFrame:
    ratings = dated(source, ask, "ratings", "invited_at", "rated_at").rename({"agent_id": "account"}).sort("at", "rating_id")
    named = source.roster.assigned(ratings, ask.who, pl.col("day"))
    groups = [f"{name}_named" for name in ask.who]
    asked = named.rename(dict(zip(ask.who, groups, strict=True))).select(
        "shop_id", "buyer_id", "day", "at", *groups, subject="rating_id", related="account", anybody=pl.col("account").is_null()
    )
    # All shops of a partition, not only those with ratings: its parts are at hand for all of them together.
    pieces = source.facts.slices(ask.first, ask.last)
    return pl.concat([_counted(asked.clear(), ask), *run(partial(_invited, source, ask, asked), pieces, ask.executor)])


def _invited(source: Source, ask: Ask, asked: pl.DataFrame, piece: Slice) -> pl.DataFrame:
    """The contacts of a slice among those `asked` to rate, by the groups they count for."""
    mine = asked.filter(pl.col("day") == piece.day, pl.col("shop_id").is_in(list(piece.shops)))
    if mine.is_empty():
        return _counted(mine, ask)
    pairs = mine.join(source.facts.buyers(piece), on=["shop_id", "buyer_id"], how="inner", maintain_order="left")
    parts = source.facts.parts(piece).drop("shop_id").join(pairs.select("contact", "shop_id").unique(), on="contact", how="inner")
    asking = parts.filter(pl.col("buyer_messages") > 0).select("contact").unique()
    said = parts.filter(pl.col("human_messages") > 0).select("contact", "shop_id", "account").unique()
    served_by = source.roster.assigned(said, ask.who, pl.lit(piece.day, pl.Date)).join(asking, on="contact", how="semi")
    both = pairs.join(served_by.select("contact", *ask.who).unique(), on="contact", how="inner", maintain_order="left")
    if ask.who:
        both = both.filter(pl.col("anybody") | pl.all_horizontal(pl.col(f"{name}_named").eq_missing(pl.col(name)) for name in ask.who))
    return _counted(both.unique(["contact", *ask.who], keep="first", maintain_order=True), ask)


def _counted(contacts: pl.DataFrame, ask: Ask) -> pl.DataFrame:
    groups = [pl.col(name) if name in contacts.columns else pl.lit(None, pl.String).alias(name) for name in ask.who]
    reason = pl.when("anybody").then(pl.lit("served_that_day")).otherwise(pl.lit("named"))
    return contacts.select("shop_id", "day", *groups, "subject", "buyer_id", "at", "related", reason=reason)


REVIEWS = Family(
    "reviews",
    "评价",
    "Reviews",
    EVERYTHING,
    ("reviews",),
    review_rows,
    (bad_reviews, bad_reviews_handled, starred_reviews, good_reviews),
    metrics=(
        Metric(
            "bad_review_handling_rate",
            "差评处理率",
            "Bad reviews followed up",
            "rate",
            "higher",
            "A6",
            "Reviews of 3 stars or fewer as first given that an agent followed up within 48 h, inclusive, over all such reviews.",
            "首评 3 星及以下的评价中，48 小时内（含）有客服跟进的占比。",
            "event",
            over=bad_reviews_handled,
            under=bad_reviews,
            met=("48 小时内有跟进", "followed up within 48 h"),
            unmet=("没有跟进，或超过 48 小时", "not followed up, or later than 48 h"),
        ),
        Metric(
            "positive_review_rate",
            "好评率",
            "Good reviews",
            "rate",
            "higher",
            "A5",
            "Reviews of 4 stars or more as they stand at the data version, over reviews with stars.",
            "4 星及以上的评价占有星级的评价的比例，改过的按改后的星级（以读取时的数据为准）。没有星级的不计。",
            "event",
            over=good_reviews,
            under=starred_reviews,
            met=("4 星及以上", "4 stars or more"),
            unmet=("3 星及以下", "3 stars or fewer"),
        ),
    ),
)

REVISIONS = Family(
    "revisions",
    "改评",
    "Revised reviews",
    EVERYTHING,
    ("reviews",),
    revised_rows,
    (raised_reviews,),
    metrics=(
        Metric(
            "review_fixes",
            "改评数",
            "Reviews raised",
            "count",
            "higher",
            "A5",
            "Reviews first given 3 stars or fewer that the buyer raised to 4 or more, by the day of the change.",
            "首评 3 星及以下、买家改为 4 星及以上的评价数，按改评日计。",
            "event",
            over=raised_reviews,
        ),
    ),
)

RATINGS = Family(
    "ratings",
    "满意度评价",
    "Ratings of chats",
    EVERYTHING,
    ("ratings",),
    rating_rows,
    (scored_ratings, good_ratings),
    metrics=(
        Metric(
            "satisfaction_rate",
            "满意度",
            "Satisfaction",
            "rate",
            "higher",
            "A6",
            "Ratings of a chat with 4 points or more of 5, over ratings with points, by the day of the rating, or of the invitation where "
            "the export has no other. Invitations nobody answered do not count.",
            "聊天评价中 4 分及以上（满分 5 分）占有分数的评价的比例；按评分日，没有评分时间的按邀请日。没有回应的邀请不计。",
            "event",
            over=good_ratings,
            under=scored_ratings,
            met=("4 分及以上", "4 points or more"),
            unmet=("3 分及以下", "3 points or fewer"),
        ),
    ),
)

INVITATIONS = Family(
    "invitations",
    "邀评",
    "Invitations to rate",
    NO_HOUR,
    ("ratings",),
    invited_rows,
    (invited_contacts,),
    covers="response",
    leaves=True,
    metrics=(
        Metric(
            "invite_rate",
            "邀评率",
            "Invited to rate",
            "rate",
            "higher",
            "peers",
            "Served contacts in which the buyer was invited to rate, or rated, over served contacts. A row that names an agent counts for "
            "him alone, another for each who served the buyer that day.",
            "接待中发过邀请或有评价的占比（买家×店铺×日，按邀请日，没有邀请时间的按评分日）。写明客服的只计给他，没写明的计给当日接待过该买家的各位。",
            "event",
            over=invited_contacts,
            under=served,
        ),
    ),
)
"""Left out on the same days as the served contacts it is divided by."""

FAMILIES = (REVIEWS, REVISIONS, RATINGS, INVITATIONS)
