"""Headings of the columns that appear in several reports, so that one thing has one name everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from kaohe.errors import Lang
from kaohe.reports.pairs import Pair
from kaohe.reports.tables import Column, Kind

UNASSIGNED = Pair("未分配", "unassigned")
WHOLE_SHOP = Pair("全店", "whole shop")

_COLUMNS = (
    Column("shop_id", "店铺", "shop"),
    Column("agent_id", "客服", "agent", null=UNASSIGNED),
    Column("group", "小组", "group", null=UNASSIGNED),
    Column("role", "岗位", "role", null=UNASSIGNED),
    Column("day", "日期", "day", "date"),
    Column("hour", "小时", "hour", "count"),
    Column("platform", "平台", "platform"),
    Column("buyer_id", "买家", "buyer"),
    Column("sent_at", "时间", "time", "instant"),
    Column("sender", "发送方", "sender"),
    Column("text", "内容", "text"),
    Column("wait_seconds", "等待", "wait", "seconds"),
    Column("counted", "计入", "counted", "flag"),
    Column("reason", "原因", "reason"),
    Column("metric", "指标", "metric"),
    Column("numerator", "分子", "numerator", "number"),
    Column("denominator", "分母", "denominator", "number"),
    Column("value", "数值", "value", "number"),
    Column("sample", "样本数", "sample", "count"),
    Column("low", "区间下限", "low", "number"),
    Column("high", "区间上限", "high", "number"),
    Column("enough", "样本足够", "enough", "flag"),
    Column("counted_for", "负责客服", "counted for", null=UNASSIGNED),
    Column("met", "达成", "met", "flag"),
    Column("amount", "计入分子", "amount", "number"),
    Column("contact", "接待", "contact", "count"),
    Column("session_id", "会话编号", "session"),
    Column("message_id", "消息编号", "message"),
    Column("place", "名次", "place", "count"),
    Column("name", "姓名", "name"),
    Column("first", "起", "from", "date"),
    Column("last", "止", "to", "date"),
    Column("grade", "等级", "grade"),
    Column("pay", "应发", "pay", "money"),
    Column("prize", "奖金", "prize", "money"),
    Column("factor", "PK 因素", "factor"),
    Column("factor_name", "PK 因素", "factor"),
    Column("tied", "并列人数", "share it", "count"),
    Column("shown", "数值", "value"),
    Column("pay_line", "工资项", "line of pay"),
    Column("pay_line_name", "工资项", "line of pay"),
    Column("missing", "缺数据", "missing", "flag"),
    Column("gated", "门槛没过", "gate failed", "flag"),
    Column("origin", "取自", "origin"),
    Column("at_least", "不少于", "at least", "plain"),
    Column("below", "低于", "below", "plain"),
    Column("treatment", "处理", "treatment"),
    Column("max_points", "满分", "full marks", "points"),
    Column("small_samples", "样本不足", "small samples", "count"),
    Column("item_name", "考核项", "item"),
    Column("band", "区间", "band"),
    Column("scored", "原始分", "scored", "points"),
    Column("out_of", "原始满分", "out of", "points"),
    Column("working", "计算过程", "working"),
    Column("status", "状态", "status"),
    Column("why", "说明", "why"),
    Column("points", "得分", "points", "points"),
    Column("weight", "权重", "weight", "number"),
    Column("item", "考核项", "item"),
    Column("number", "编号", "import", "count"),
    Column("at", "导入时间", "imported at", "instant"),
    Column("file", "文件", "file"),
    Column("sha256", "校验码", "sha256"),
    Column("profile", "格式", "profile"),
    Column("read", "读取", "read", "count"),
    Column("new", "新增", "new", "count"),
    Column("same", "已有", "same", "count"),
    Column("replaced", "更新", "replaced", "count"),
    Column("refused", "拒绝", "refused", "count"),
    Column("skipped", "跳过", "skipped", "count"),
)

HEADINGS: Mapping[str, Column] = {column.name: column for column in _COLUMNS}


_CALLED: Mapping[str, Mapping[str, Pair]] = {
    "role": {
        "presale": Pair("售前", "pre-sale"),
        "aftersale": Pair("售后", "after-sale"),
        "mixed": Pair("综合", "mixed"),
        "lead": Pair("组长", "lead"),
        "qa": Pair("质检", "QA"),
    },
    "platform": {
        "generic": Pair("通用", "generic"),
        "pdd": Pair("拼多多", "PDD"),
        "taobao": Pair("淘宝", "Taobao"),
        "jd": Pair("京东", "JD"),
        "douyin": Pair("抖音", "Douyin"),
    },
    "sender": {
        "buyer": Pair("买家", "buyer"),
        "agent": Pair("客服", "agent"),
        "assisted": Pair("客服（辅助）", "agent, assisted"),
        "bot": Pair("机器人", "bot"),
        "system": Pair("系统", "system"),
    },
}


def called(name: str, lang: Lang) -> dict[str, str]:
    """What people call the words a column may hold; empty for a column of free text."""
    return {word: pair.text(lang) for word, pair in _CALLED.get(name, {}).items()}


def in_words(frame: pl.DataFrame, lang: Lang) -> pl.DataFrame:
    """The frame with roles, platforms and senders as people call them."""
    return frame.with_columns(pl.col(name).replace(called(name, lang)) for name in _CALLED if name in frame.columns)


def column(name: str, dtype: pl.DataType | None = None) -> Column:
    """The column of that name with its usual heading; one nobody named here is headed by its name, its kind taken from its type."""
    if name in HEADINGS:
        return HEADINGS[name]
    return Column(name, name, name.replace("_", " "), _kind(dtype))


def columns(frame: pl.DataFrame, names: Iterable[str] | None = None) -> tuple[Column, ...]:
    """A column for each of the frame's, or of those named."""
    return tuple(column(name, frame.schema[name]) for name in (frame.columns if names is None else names))


def _kind(dtype: pl.DataType | None) -> Kind:
    if dtype is None:
        return "text"
    if dtype.is_integer():
        return "count"
    if dtype.is_numeric():
        return "number"
    if isinstance(dtype, pl.Datetime):
        return "instant"
    if isinstance(dtype, pl.Date):
        return "date"
    return "flag" if isinstance(dtype, pl.Boolean) else "text"
