"""The canonical tables as data: each column's name, type and meaning, each table's grain and key.

Importing fills them, the lake keeps them, facts read them; the table reference in the documentation is made from here.
An `instant` is a moment in UTC with microseconds; a `date` is a local calendar day of the shop; `money` is yuan with two
places; all ids are text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from kaohe.model.reported import REPORTED as REPORTED_FIGURES
from kaohe.model.senders import SENDERS

Kind = Literal["id", "text", "instant", "date", "month", "integer", "number", "money", "flag", "choice"]

INSTANT = pl.Datetime("us", "UTC")
MONEY = pl.Decimal(18, 2)

DTYPES: Mapping[Kind, pl.DataType] = {
    "id": pl.String(),
    "text": pl.String(),
    "choice": pl.String(),
    "instant": INSTANT,
    "date": pl.Date(),
    "month": pl.String(),
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "money": MONEY,
    "flag": pl.Boolean(),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `choices` lists the words a `choice` may take; `required` columns hold no null."""

    name: str
    kind: Kind
    zh: str
    meaning: str
    required: bool = False
    choices: tuple[str, ...] = ()

    @property
    def dtype(self) -> pl.DataType:
        return DTYPES[self.kind]


@dataclass(frozen=True, slots=True)
class Table:
    """One canonical table.

    `key` identifies a row; a later import of the same key replaces the row (`messages` has the identity of SEMANTICS §1
    instead, see `kaohe.lake.messages`). `at` is the instant by which the lake partitions it: by local day for messages, by month else;
    None: the table is small and kept in one piece.
    """

    name: str
    zh: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    at: str | None = None

    @property
    def schema(self) -> dict[str, pl.DataType]:
        return {column.name: column.dtype for column in self.columns}

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required)

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def empty(self) -> pl.DataFrame:
        return pl.DataFrame(schema=self.schema)


def _id(name: str, zh: str, meaning: str, required: bool = False) -> Column:
    return Column(name, "id", zh, meaning, required)


_SHOP = _id("shop_id", "店铺", "The shop, as in `shops`.", required=True)
_BUYER = _id("buyer_id", "买家", "The buyer, known by the shop: the key is (shop_id, buyer_id).")
_AGENT = _id("agent_id", "客服", "The agent or the account that acted; accounts are mapped to agents when figures are made.")
_ORDER = _id("order_id", "订单号", "The order it belongs to.")

MESSAGES = Table(
    "messages",
    "消息",
    "One chat line.",
    ("shop_id", "message_id"),
    (
        _SHOP,
        _id("buyer_id", "买家", "The buyer of the conversation, whoever wrote.", required=True),
        Column("sent_at", "instant", "发送时间", "When it was sent.", required=True),
        Column(
            "sender",
            "choice",
            "发送方",
            "Who wrote: `buyer`; `agent`, a person typed it; `assisted`, a bot drafted it and a person sent it; `bot`, fully automatic; "
            "`system`, notices.",
            required=True,
            choices=SENDERS,
        ),
        _id("agent_id", "客服", "On agent rows who wrote; on buyer rows the receiving agent, where the export names one."),
        _id("message_id", "消息编号", "The export's own id of the message. Without one a row is identified by all its columns."),
        Column("text", "text", "内容", "What was written. Empty for pictures and the like."),
        _id("session_id", "会话编号", "The platform's own session, where the export has one."),
        Column(
            "kind",
            "choice",
            "消息类型",
            "Text unless the export says otherwise.",
            choices=("text", "image", "emotion", "video", "goods", "order", "other"),
        ),
    ),
    at="sent_at",
)

SHOPS = Table(
    "shops",
    "店铺",
    "One store on one platform.",
    ("shop_id",),
    (
        _id("shop_id", "店铺", "The shop's id.", required=True),
        Column(
            "platform",
            "choice",
            "平台",
            "Decides the rule packs.",
            required=True,
            choices=("generic", "pdd", "taobao", "jd", "douyin"),
        ),
        Column("name", "text", "店铺名", "What people call it."),
        Column("timezone", "text", "时区", "IANA name; days and windows are local to it. Asia/Shanghai when empty."),
        Column("pack", "text", "口径", "A rule pack by name, when the shop is to be judged by another than its platform's default."),
    ),
)

AGENTS = Table(
    "agents",
    "客服",
    "One person.",
    ("agent_id",),
    (
        _id("agent_id", "客服", "The person's id.", required=True),
        Column("name", "text", "姓名", "What people call him or her."),
        Column("group", "text", "小组", "The team."),
        Column("role", "choice", "岗位", "What he or she is judged as.", choices=("presale", "aftersale", "mixed", "lead", "qa")),
        Column("joined_on", "date", "入职日期", "First day at work."),
        Column("left_on", "date", "离职日期", "Last day at work."),
    ),
)

ACCOUNTS = Table(
    "accounts",
    "客服账号",
    "One account of a shop, owned by one agent over a span of days.",
    ("shop_id", "account", "valid_from"),
    (
        _SHOP,
        _id("account", "账号", "The account as exports write it.", required=True),
        _id("agent_id", "客服", "Who owns it.", required=True),
        Column("valid_from", "date", "起始日期", "First day of ownership; empty: from the beginning."),
        Column("valid_to", "date", "截止日期", "Last day of ownership, inclusive; empty: still."),
    ),
)

ORDERS = Table(
    "orders",
    "订单",
    "One order. Exports that have a row per item fill `order_lines`; what an order's own row leaves empty is taken from those.",
    ("shop_id", "order_id"),
    (
        _id("order_id", "订单号", "The order's id.", required=True),
        _SHOP,
        _BUYER,
        _id("agent_id", "客服", "Whom the export itself credits with the order, where it says so (JD 促成订单)."),
        Column("created_at", "instant", "下单时间", "When it was placed.", required=True),
        Column("paid_at", "instant", "支付时间", "When it was paid; empty: not paid."),
        Column("grouped_at", "instant", "成团时间", "When the group was complete (PDD)."),
        Column("amount", "money", "金额", "Yuan paid or to be paid, before refunds."),
        Column("refunded_amount", "money", "已退金额", "Yuan refunded, as the order's own row says. Rows of `refunds` win over it."),
        Column("quantity", "integer", "件数", "Items."),
        Column("status", "text", "状态", "The platform's own word."),
    ),
    at="created_at",
)

ORDER_LINES = Table(
    "order_lines",
    "订单明细",
    "One line of an order: a sub-order, or one article of it.",
    ("shop_id", "order_id", "line_id"),
    (
        _SHOP,
        _id("order_id", "订单号", "The order it belongs to.", required=True),
        _id("line_id", "明细编号", "Sub-order, article or running number: tells the lines of one order apart.", required=True),
        _BUYER,
        _id("agent_id", "客服", "Whom the export itself credits with it."),
        Column("created_at", "instant", "下单时间", "When it was placed."),
        Column("paid_at", "instant", "支付时间", "When it was paid."),
        Column("unit_price", "money", "单价", "Yuan an item; for exports without the amount of the line."),
        Column("amount", "money", "金额", "Yuan of the line, before refunds."),
        Column("refunded_amount", "money", "已退金额", "Yuan refunded of it."),
        Column("quantity", "integer", "件数", "Items."),
        Column("status", "text", "状态", "The platform's own word."),
    ),
    at="created_at",
)

PAYMENTS = Table(
    "payments",
    "付款",
    "One payment towards an order; an order may have several.",
    ("shop_id", "order_id", "payment_id"),
    (
        _SHOP,
        _id("order_id", "订单号", "The order it pays.", required=True),
        _id("payment_id", "付款编号", "Tells the payments of one order apart.", required=True),
        Column("paid_at", "instant", "支付时间", "When it was made."),
        Column("amount", "money", "金额", "Yuan.", required=True),
        Column("method", "text", "支付方式", "The platform's own word."),
    ),
    at="paid_at",
)

REFUNDS = Table(
    "refunds",
    "退款",
    "One refund request.",
    ("shop_id", "refund_id"),
    (
        _id("refund_id", "退款编号", "The refund's id.", required=True),
        _SHOP,
        _ORDER,
        _BUYER,
        _AGENT,
        Column("applied_at", "instant", "申请时间", "When the buyer asked.", required=True),
        Column("completed_at", "instant", "完结时间", "When it ended."),
        Column("amount", "money", "退款金额", "Yuan."),
        Column("type", "choice", "类型", "", choices=("refund_only", "return_refund", "exchange", "other")),
        Column("status", "choice", "状态", "", choices=("pending", "success", "closed")),
        Column("platform_intervened", "flag", "平台介入", "The platform stepped in."),
        Column("merchant_liable", "flag", "商家责任", "The platform found the merchant liable."),
    ),
    at="applied_at",
)

COMPLAINTS = Table(
    "complaints",
    "投诉",
    "One complaint.",
    ("shop_id", "complaint_id"),
    (
        _id("complaint_id", "投诉编号", "The complaint's id.", required=True),
        _SHOP,
        _BUYER,
        _ORDER,
        _AGENT,
        Column("filed_at", "instant", "投诉时间", "When it was filed.", required=True),
        Column("upheld", "flag", "成立", "The platform upheld it; empty: not decided."),
        Column("kind", "text", "原因", "The platform's own word."),
    ),
    at="filed_at",
)

REVIEWS = Table(
    "reviews",
    "评价",
    "One review of an order. Some platforms give one id to a buyer's reviews of several orders.",
    ("shop_id", "order_id", "review_id"),
    (
        _id("review_id", "评价编号", "The review's id.", required=True),
        _SHOP,
        _ORDER,
        _BUYER,
        _AGENT,
        Column("reviewed_at", "instant", "评价时间", "When it was written.", required=True),
        Column("stars", "integer", "星级", "1 to 5 as first given."),
        Column("text", "text", "内容", "What was written."),
        Column("followed_up_at", "instant", "跟进时间", "When an agent first followed up."),
        Column("revised_at", "instant", "改评时间", "When the buyer changed it."),
        Column("revised_stars", "integer", "改后星级", "1 to 5 after the change."),
    ),
    at="reviewed_at",
)

RATINGS = Table(
    "ratings",
    "满意度评价",
    "One invitation to rate a chat, or one rating.",
    ("shop_id", "rating_id"),
    (
        _id("rating_id", "编号", "The rating's id.", required=True),
        _SHOP,
        _id("buyer_id", "买家", "Who rated.", required=True),
        _AGENT,
        Column("invited_at", "instant", "邀请时间", "When the buyer was asked."),
        Column("rated_at", "instant", "评分时间", "When the buyer answered; empty: not answered."),
        Column("stars", "integer", "分数", "1 to 5."),
    ),
    at="invited_at",
)

PRESENCE = Table(
    "presence",
    "在线",
    "One span in which an account was online.",
    ("shop_id", "agent_id", "online_at"),
    (
        _SHOP,
        _id("agent_id", "客服", "Whose span.", required=True),
        Column("online_at", "instant", "上线时间", "Start, inclusive.", required=True),
        Column("offline_at", "instant", "下线时间", "End, exclusive."),
    ),
    at="online_at",
)

TARGETS = Table(
    "targets",
    "指标目标",
    "One target of a month, for an agent or a shop.",
    ("month", "shop_id", "agent_id", "metric"),
    (
        Column("month", "month", "月份", "As 2026-11.", required=True),
        _id("shop_id", "店铺", "Of which shop; empty: of all."),
        _id("agent_id", "客服", "Whose; empty: the shop's."),
        _id("metric", "指标", "A metric of the catalogue.", required=True),
        Column("target", "number", "目标", "In the metric's own unit.", required=True),
    ),
)

TRAFFIC = Table(
    "traffic",
    "流量",
    "One shop on one day.",
    ("shop_id", "day"),
    (
        _SHOP,
        Column("day", "date", "日期", "The shop's local day.", required=True),
        Column("visitors", "integer", "访客数", "Visitors of that day."),
        Column("ad_spend", "money", "广告花费", "Yuan."),
        Column("ad_sales", "money", "广告成交", "Yuan."),
    ),
)

SCORES = Table(
    "scores",
    "评分",
    "One result of a quality review, an exam, a typing test, or one mark given by hand.",
    ("shop_id", "agent_id", "metric", "scored_on", "by"),
    (
        _id("shop_id", "店铺", "Of which shop; empty: of all."),
        _id("agent_id", "客服", "Whose; empty: the shop's, or the team's as a whole."),
        Column(
            "metric",
            "choice",
            "项目",
            "What was scored.",
            required=True,
            choices=(
                "qa_score",
                "knowledge_score",
                "typing_speed",
                "conduct_score",
                "plan_execution",
                "team_progress",
                "cooperation",
                "discipline",
            ),
        ),
        Column("scored_on", "date", "日期", "The day it counts on.", required=True),
        Column("score", "number", "得分", "In the item's own unit: points, characters a minute, or a share such as 95%.", required=True),
        Column("by", "text", "评分人", "Who gave it."),
        Column("note", "text", "备注", "Why."),
    ),
)

RESOLUTIONS = Table(
    "resolutions",
    "售后解决",
    "Whether one after-sale contact was resolved, as somebody marked it.",
    ("shop_id", "buyer_id", "day"),
    (
        _SHOP,
        _id("buyer_id", "买家", "Whose contact.", required=True),
        Column("day", "date", "日期", "The contact's local day.", required=True),
        Column("resolved", "flag", "已解决", "Yes or no.", required=True),
        Column("by", "text", "标记人", "Who marked it."),
    ),
)

EXEMPTIONS = Table(
    "exemptions",
    "免考核日",
    "Days on which a shop is not assessed: platform holidays, failures of a system.",
    ("platform", "shop_id", "first_day", "last_day", "covers"),
    (
        Column(
            "platform",
            "choice",
            "平台",
            "All shops of the platform; empty: see shop_id.",
            choices=("generic", "pdd", "taobao", "jd", "douyin"),
        ),
        _id("shop_id", "店铺", "One shop; empty: all shops of the platform, or all at all."),
        Column("first_day", "date", "起始日期", "First local day.", required=True),
        Column("last_day", "date", "截止日期", "Last local day, inclusive; empty: the first."),
        Column(
            "covers",
            "choice",
            "范围",
            "`response`: figures of replies and the platform's rules (the default); `all`: every figure.",
            choices=("response", "all"),
        ),
        Column("reason", "text", "原因", "Shown wherever a figure leaves the days out.", required=True),
    ),
)

LEAVES = Table(
    "leaves",
    "请假",
    "Days on which an agent was not at work.",
    ("agent_id", "first_day", "last_day"),
    (
        _id("agent_id", "客服", "Who; an agent, not an account.", required=True),
        Column("first_day", "date", "起始日期", "First day.", required=True),
        Column("last_day", "date", "截止日期", "Last day, inclusive; empty: the first."),
        Column("reason", "text", "原因", "Shown beside the figures that leave the days out."),
    ),
)

POSITIONS = Table(
    "positions",
    "岗位变动",
    "The role and group of an agent from a day on; before the first row those of `agents` hold.",
    ("agent_id", "valid_from"),
    (
        _id("agent_id", "客服", "Who; an agent, not an account.", required=True),
        Column("valid_from", "date", "起始日期", "First day in this role and group.", required=True),
        Column(
            "role",
            "choice",
            "岗位",
            "What he or she is judged as; empty: as before.",
            choices=("presale", "aftersale", "mixed", "lead", "qa"),
        ),
        Column("group", "text", "小组", "The team; empty: as before."),
    ),
)

ATTENDANCE = Table(
    "attendance",
    "出勤",
    "Days an agent worked, day by day or a month's in one row.",
    ("agent_id", "day"),
    (
        _id("agent_id", "客服", "Who; an agent, not an account.", required=True),
        Column("day", "date", "日期", "The day it counts on; any day of the month for a month in one row.", required=True),
        Column("days", "number", "出勤天数", "Days worked, such as 1, 0.5 or 31.5.", required=True),
        Column("by", "text", "登记人", "Who entered it."),
        Column("note", "text", "备注", "Why."),
    ),
)

ADJUSTMENTS = Table(
    "adjustments",
    "更正",
    "What an accepted appeal or a correction adds to an agent's figure when it is judged.",
    ("agent_id", "metric", "day", "appeal_id"),
    (
        _id("agent_id", "客服", "Whose figure; an agent, not an account.", required=True),
        _id("metric", "指标", "A metric of the catalogue.", required=True),
        Column("day", "date", "日期", "The day it counts on.", required=True),
        Column(
            "numerator",
            "number",
            "分子增减",
            "What is added to the numerator, in the metric's unit; less than nothing takes off.",
            required=True,
        ),
        Column("denominator", "number", "分母增减", "What is added to the denominator; empty for counts."),
        Column("reason", "text", "原因", "Shown wherever the figure is.", required=True),
        Column("decided_by", "text", "决定人", "Who decided."),
        Column("decided_on", "date", "决定日期", "When."),
        _id("appeal_id", "申诉编号", "The appeal it comes from."),
    ),
)

_REPORTED_KINDS: Mapping[str, Kind] = {"money": "money"}

REPORTED = Table(
    "reported",
    "平台报表",
    "What one report of a platform says of one agent, or of the whole shop, over a span of days.",
    ("shop_id", "report", "agent_id", "first_day", "last_day"),
    (
        _SHOP,
        Column("report", "text", "报表", "Which report: the profile it was read by.", required=True),
        _id("agent_id", "客服", "The account; empty: the shop as a whole."),
        Column("first_day", "date", "起始日期", "First day the figures are of.", required=True),
        Column("last_day", "date", "截止日期", "Last day, inclusive; empty: the first."),
        Column("exported_on", "date", "导出日期", "When the report was made, where the file says; decides whether figures are final."),
        *(
            Column(
                figure.id, _REPORTED_KINDS.get(figure.kind, "number"), figure.zh, f"{figure.en}, as the platform gives it ({figure.kind})."
            )
            for figure in REPORTED_FIGURES.values()
        ),
    ),
)

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        MESSAGES,
        SHOPS,
        AGENTS,
        ACCOUNTS,
        ORDERS,
        ORDER_LINES,
        PAYMENTS,
        REFUNDS,
        COMPLAINTS,
        REVIEWS,
        RATINGS,
        RESOLUTIONS,
        PRESENCE,
        SCORES,
        TARGETS,
        TRAFFIC,
        EXEMPTIONS,
        LEAVES,
        POSITIONS,
        ATTENDANCE,
        ADJUSTMENTS,
        REPORTED,
    )
}
