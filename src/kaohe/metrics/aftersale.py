"""After the sale: refunds and disputes, complaints, whether contacts were resolved, and urging to pay (counting rules 35, 37 to 40)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl

from kaohe.facts.speakers import spoke
from kaohe.metrics.handling import handled
from kaohe.metrics.inquiries import responsible
from kaohe.metrics.metric import Family, Metric, Tally
from kaohe.metrics.responses import consulting
from kaohe.metrics.source import EVERYTHING, NO_HOUR, ORDERS, Ask, Source

_HOUR = 3_600_000_000

TRAILING_DAYS = 30
"""What the figures of refunds look back over, the last day included (A4)."""

QUIET_HOURS = 72
"""A contact without a mark is resolved when the buyer does not come back within so many hours, inclusive."""

ABUSE = ("辱骂", "骂人", "谩骂", "侮辱", "威胁", "恐吓", "骚扰", "态度恶劣", "服务态度", "abuse", "abusive", "insult", "threat", "harass")
"""Parts of the platform's word for a complaint that make it one of abuse, whatever the case of its letters (counting rule 53)."""

URGE_HOURS = 72
"""Until when after it was placed a message urges an unpaid order, inclusive: platforms close it then."""

PAID_WITHIN_HOURS = 24
"""How soon after the urging the order must be paid, inclusive."""

disputed_orders = Tally(
    "disputed_orders", "纠纷退款订单数", "orders with a dispute refund", pl.col("disputed"), distinct=("shop_id", "case")
)
refunds_done = Tally("refunds_done", "成功完结的退款数", "refunds that succeeded", pl.lit(1, pl.Int64))
total_refund_time = Tally("refund_time", "退款时长之和", "sum of the times refunds took", pl.col("took"))
recent_orders = Tally("recent_orders", "近30天订单数", "orders of the 30 days", pl.col("share"))
complaining = Tally(
    "complaining",
    "有成立投诉的买家数（按日）",
    "buyers with an upheld complaint, day by day",
    pl.col("upheld"),
    distinct=("shop_id", "party", "day"),
)
upheld = Tally("upheld", "成立投诉数", "upheld complaints", pl.col("upheld").cast(pl.Int64))
abuse = Tally("abuse", "成立的辱骂、态度类投诉数", "upheld complaints of abuse", (pl.col("upheld") & pl.col("abusive")).cast(pl.Int64))
aftersale_contacts = Tally("aftersale_contacts", "售后接待数", "after-sale contacts", pl.lit(1, pl.Int64))
resolved_contacts = Tally("resolved_contacts", "已解决的售后接待数", "after-sale contacts resolved", pl.col("resolved").cast(pl.Int64))
urged_orders = Tally("urged_orders", "催付订单数", "orders urged", pl.lit(1, pl.Int64))
urged_paid_orders = Tally("urged_paid_orders", "催付后付款的订单数", "orders paid after urging", pl.col("paid").cast(pl.Int64))


def refund_rows(source: Source, ask: Ask) -> pl.DataFrame:
    """One row per refund that succeeded and ended in the asked days. `case` is its order, or the refund itself where no order is known."""
    refunds = handled(source, ask, "refunds", "completed_at").filter(pl.col("status") == "success")
    rows = refunds.with_columns(
        case=pl.coalesce("order:" + pl.col("order_id"), "refund:" + pl.col("refund_id")),
        took=pl.col("completed_at").to_physical() - pl.col("applied_at").to_physical(),
        disputed=pl.col("platform_intervened").fill_null(False) & pl.col("merchant_liable").fill_null(False),
        subject="refund_id",
    )
    return source.grouped(rows, ask.who)


def recent_order_rows(source: Source, ask: Ask) -> pl.DataFrame:
    """One row per order done in the asked days and owner."""
    done = source.orders.filter(ask.during("event_day"))
    rows = (
        done.select("order", "shop_id", "buyer_id", day="event_day", hour="event_hour", at="event_at", subject="order_id")
        .join(source.credits(ask).select("order", "agent_id", "share", related="account", reason="how"), on="order", how="inner")
        .drop("order")
    )
    return source.grouped(rows, ask.who)


def complaint_rows(source: Source, ask: Ask) -> pl.DataFrame:
    """One row per complaint filed in the asked days, upheld or not. `party` is the buyer, or the complaint where nobody knows him."""
    rows = handled(source, ask, "complaints", "filed_at").with_columns(
        pl.col("upheld").fill_null(False),
        abusive=pl.col("kind").str.to_lowercase().str.contains_any(list(ABUSE)).fill_null(False),
        party=pl.coalesce("buyer:" + pl.col("buyer_id"), "complaint:" + pl.col("complaint_id")),
        subject="complaint_id",
    )
    return source.grouped(rows, ask.who)


def aftersale_rows(source: Source, ask: Ask) -> pl.DataFrame:
    """One row per after-sale contact and group responsible for it, with whether it was resolved."""
    found = _resolved(source, ask, source.inquiries(ask).filter(~pl.col("inquiry")))
    if ask.who or ask.by_hour:
        groups = responsible(source, ask, source.facts.slices(ask.first, ask.last))
        return groups.join(found, on=["day", "bucket", "contact"], how="inner", maintain_order="left")
    return found.with_columns(hour=pl.lit(None, pl.Int8))


def _resolved(source: Source, ask: Ask, contacts: pl.DataFrame) -> pl.DataFrame:
    """After-sale contacts with `resolved`, and for evidence why."""
    later = _aftersale_after(source, ask)
    own = contacts.select("buyer", "asked_at").with_columns(place=pl.int_range(pl.len(), dtype=pl.Int64))
    line = pl.concat([own, later.with_columns(place=pl.lit(None, pl.Int64))]).sort("buyer", "asked_at")
    same = pl.col("buyer").shift(-1) == pl.col("buyer")
    soon = pl.col("asked_at").shift(-1) - pl.col("asked_at") <= QUIET_HOURS * _HOUR
    again = line.with_columns(again=(same & soon).fill_null(False)).filter(pl.col("place").is_not_null()).sort("place")["again"]
    marks = source.facts.table("resolutions").select("shop_id", "buyer_id", "day", mark="resolved")
    ids = source.orders["order_id"]
    marked = pl.col("mark").is_not_null()
    return (
        contacts.with_columns(again, related=ids.gather(contacts["earlier_order"]))
        .join(marks, on=["shop_id", "buyer_id", "day"], how="left", maintain_order="left")
        .with_columns(
            resolved=pl.coalesce("mark", ~pl.col("again")),
            reason=pl.when(marked & pl.col("mark"))
            .then(pl.lit("marked_resolved"))
            .when(marked)
            .then(pl.lit("marked_open"))
            .when("again")
            .then(pl.lit("came_back"))
            .otherwise(pl.lit("stayed_away")),
            subject="buyer_id",
            at="asked_at",
        )
    )


def _aftersale_after(source: Source, ask: Ask) -> pl.DataFrame:
    """The after-sale contacts after the asked days in which a buyer of theirs may come back: buyer, asked_at."""
    if ask.last is None:
        return pl.DataFrame(schema={"buyer": pl.Int64, "asked_at": pl.Int64})
    # One day more: with a change of clocks in between, so many hours reach into one more local day.
    reach = replace(ask, first=ask.last + timedelta(days=1), last=ask.last + timedelta(days=QUIET_HOURS // 24 + 1))
    return source.inquiries(reach).filter(~pl.col("inquiry")).select("buyer", "asked_at")


def urged_rows(source: Source, ask: Ask) -> pl.DataFrame:
    """One row per order urged in the asked days: by whom, and whether it was paid soon enough. Orders of PDD are not there."""
    tables = ("messages", *ORDERS, "shops", "accounts")
    return source.grouped(source.held("urged", tables, (ask.first, ask.last), lambda: _urged(source, ask)), ask.who)


def _urged(source: Source, ask: Ask) -> pl.DataFrame:
    reach = timedelta(days=URGE_HOURS // 24 + 1)
    placed = replace(ask, first=None if ask.first is None else ask.first - reach)
    chat = pl.col("shop_id").replace_strict(source.platforms, default=None, return_dtype=pl.String).ne_missing("pdd")
    orders = source.orders.filter(placed.during("created_day"), chat)
    closes = pl.col("created_at") + URGE_HOURS * _HOUR
    asks = orders.select(
        "shop_id",
        "buyer_id",
        ask="order",
        after="created_at",
        # What is sent at the very moment of payment no longer urges.
        until=pl.min_horizontal(closes, pl.col("paid_at") - 1),
        first_day="created_day",
        last_day=pl.min_horizontal("paid_day", pl.col("created_day") + reach),
    )
    said = spoke(source.facts, asks, "first", ask.executor).unique("ask", keep="first", maintain_order=True)
    rows = said.select("account", "first_at", order="ask").join(
        orders.select("order", "shop_id", "buyer_id", "paid_at", subject="order_id"), on="order", how="left", maintain_order="left"
    )
    rows = source.dated(rows.with_columns(pl.col("first_at").cast(pl.Datetime("us", "UTC"))), "first_at").filter(ask.during())
    named = source.roster.assigned(rows, ["agent_id"], pl.col("day"))
    return named.select(
        "shop_id",
        "day",
        "hour",
        "at",
        "agent_id",
        "subject",
        "buyer_id",
        related="account",
        paid=(pl.col("paid_at") - pl.col("at") <= PAID_WITHIN_HOURS * _HOUR).fill_null(False),
        reason=pl.when(pl.col("account").is_null()).then(pl.lit("unknown_speaker")).otherwise(pl.lit("urged")),
    )


REFUNDS = Family(
    "refunds",
    "退款",
    "Refunds",
    NO_HOUR,
    ("refunds",),
    refund_rows,
    (disputed_orders, refunds_done, total_refund_time),
    trailing=TRAILING_DAYS,
    metrics=(
        Metric(
            "dispute_refund_rate",
            "纠纷退款率",
            "Dispute refund rate",
            "rate",
            "lower",
            "A4",
            "Orders with a successful refund that ended in the 30 days up to the period's last day, into which the platform stepped and "
            "for which it found the merchant liable, over the orders done in these 30 days. By day each day looks back over its own 30. "
            "For an agent the refunds he handled over the orders credited to him.",
            "期间最后一天往前 30 天（含）内完结、平台介入且判商家责任的成功退款涉及的订单数 ÷ 这 30 天有成交事件的订单数。按日看时每天各看自己往前 30 天。"
            "按客服看：归他处理的退款 ÷ 归他的订单。",
            "event",
            over=disputed_orders,
            under=recent_orders,
            met=("平台介入，判商家责任", "the platform stepped in and found the merchant liable"),
            unmet=("不是纠纷退款", "no dispute refund"),
        ),
        Metric(
            "avg_refund_hours",
            "平均退款速度",
            "Average refund time",
            "hours",
            "lower",
            "A4",
            "Mean time from asking for a refund to its end, of the refunds that succeeded and ended in the 30 days up to the period's "
            "last day. Those still open, closed without success, or without a time of ending are left out.",
            "期间最后一天往前 30 天（含）内成功完结的退款，从申请到完结的平均时长。未完结、关闭的，以及导出没有完结时间的不计。",
            "event",
            over=total_refund_time,
            under=refunds_done,
            per=_HOUR,
        ),
    ),
)

RECENT_ORDERS = Family(
    "recent_orders",
    "近30天订单",
    "Orders of 30 days",
    NO_HOUR,
    ("orders", "order_lines"),
    recent_order_rows,
    (recent_orders,),
    trailing=TRAILING_DAYS,
)
"""What disputes are divided by."""

COMPLAINTS = Family(
    "complaints",
    "投诉",
    "Complaints",
    NO_HOUR,
    ("complaints",),
    complaint_rows,
    (complaining, upheld, abuse),
    covers="response",
    metrics=(
        Metric(
            "complaint_rate",
            "投诉率",
            "Complaint rate",
            "rate",
            "lower",
            "A2",
            "Buyers with an upheld complaint, each once a day by the day it was filed, over consulting contacts. A complaint whose buyer "
            "is not known counts for itself; those not upheld or not yet decided do not count.",
            "有成立投诉的买家数（按投诉日，同一买家一天只计一次）÷ 咨询接待数。不知道买家的投诉每件各计；不成立和未判定的不计。",
            "event",
            over=complaining,
            under=consulting,
            met=("投诉成立", "upheld"),
            unmet=("不成立或未判定", "not upheld, or not decided"),
        ),
        Metric(
            "upheld_complaints",
            "成立投诉数",
            "Upheld complaints",
            "count",
            "lower",
            "A2, A4",
            "Complaints that were upheld, each by itself, by the day it was filed and under whom it is put in the complaint rate.",
            "判定成立的投诉件数，按投诉日，归到谁同投诉率；同一买家的几件各计。",
            "event",
            over=upheld,
        ),
        Metric(
            "abuse_complaints",
            "辱骂、态度类成立投诉数",
            "Upheld complaints of abuse",
            "count",
            "lower",
            "A3, A5",
            "Of the upheld complaints those whose reason speaks of abuse: insults, threats, harassment, a bad manner. Made for vetoes.",
            "成立投诉中，原因写明辱骂、威胁、骚扰、态度恶劣一类的件数。供一票否决用。",
            "event",
            over=abuse,
        ),
    ),
)
"""Left out on the same exempt days as the contacts it is divided by."""

RESOLUTION = Family(
    "resolution",
    "售后接待",
    "After-sale contacts",
    EVERYTHING,
    ("orders", "order_lines"),
    aftersale_rows,
    (aftersale_contacts, resolved_contacts),
    adds=True,
    metrics=(
        Metric(
            "resolution_rate",
            "解决率",
            "Resolution rate",
            "rate",
            "higher",
            "A7",
            "After-sale contacts marked as resolved, or without a mark and with no further after-sale contact of the buyer in the shop "
            "within 72 h of the first assessed message, over after-sale contacts. While the data do not reach 72 h on, what there is "
            "decides.",
            "标记为已解决的售后接待，以及没有标记而从第一条考核消息起 72 小时内（含）该买家没有再来售后接待的，占售后接待的比例。数据还没到 72 小时的，暂按已有数据。",
            "event",
            over=resolved_contacts,
            under=aftersale_contacts,
            met=("已解决", "resolved"),
            unmet=("未解决", "not resolved"),
        ),
    ),
)

URGED = Family(
    "urged",
    "催付",
    "Urging",
    EVERYTHING,
    ("orders", "order_lines"),
    urged_rows,
    (urged_orders, urged_paid_orders),
    adds=True,
    metrics=(
        Metric(
            "urge_conversion",
            "催付转化率",
            "Urging conversion",
            "rate",
            "higher",
            "A6",
            "An order is urged by the first human message to its buyer after it was placed, before it is paid and within 72 h; by the day "
            "of that message, for who sent it. Of these orders, those paid within 24 h of it. Not for chats of PDD.",
            "下单后、付款前、下单 72 小时内（含）给买家的第一条人工消息是催付，计在那一天、发消息的客服；其中 24 小时内（含）付款的占比。拼多多聊天不适用。",
            "event",
            over=urged_paid_orders,
            under=urged_orders,
            met=("24 小时内付款", "paid within 24 h"),
            unmet=("24 小时内未付款", "not paid within 24 h"),
        ),
    ),
)

FAMILIES = (REFUNDS, RECENT_ORDERS, COMPLAINTS, RESOLUTION, URGED)
