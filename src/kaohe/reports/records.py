"""Saved results, what changed between two, and the ledger, as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from kaohe.appraisal.saying import metric_name
from kaohe.errors import Lang
from kaohe.metrics.catalogue import CATALOGUE
from kaohe.model.reported import REPORTED
from kaohe.records import Change, Correction, Ledger, Run
from kaohe.records.changes import causes
from kaohe.reports.pairs import Pair
from kaohe.reports.tables import Column, Sheet

RESULTS = Pair("保存的结果", "Saved results")
CAUSES = Pair("两次有什么不同", "What the two were made of")
CHANGES = Pair("谁变了", "Who changed")
LEDGER = Pair("工资账", "Pay ledger")
CORRECTIONS = Pair("更正", "Corrections")

_BLANK = Pair("", "")
_CAUSES = {
    "scheme": Pair("方案", "scheme"),
    "packs": Pair("口径包", "rule packs"),
    "data": Pair("导入的文件", "imported files"),
    "judged": Pair("评分用到的数和人", "figures and people judged"),
    "code": Pair("程序版本", "version of the program"),
    "period": Pair("考核期", "period"),
}
_WHAT = {
    "came": Pair("新评的人", "judged only now"),
    "left": Pair("不再评的人", "no longer judged"),
    "points": Pair("总分", "points"),
    "place": Pair("名次", "place"),
    "grade": Pair("等级", "grade"),
    "pay": Pair("应发", "pay"),
    "item": Pair("考核项", "item"),
    "pay_line": Pair("工资项", "line of pay"),
    "figure": Pair("指标", "figure"),
}
_TEXT = pl.String()
_MONEY = pl.Decimal(18, 2)


def results(runs: Iterable[Run], lang: Lang) -> Sheet:
    """One row per saved result."""
    rows = [
        (run.name, run.scheme.title.text(lang), run.period[0], run.period[1], len(run.statements), _sum(run), run.fingerprint)
        for run in runs
    ]
    columns = (
        Column("name", "名字", "name"),
        Column("scheme", "方案", "scheme"),
        Column("first", "起", "from", "date"),
        Column("last", "止", "to", "date"),
        Column("people", "人数", "people", "count"),
        Column("pay", "应发合计", "pay", "money"),
        Column("fingerprint", "指纹", "fingerprint"),
    )
    schema: dict[str, Any] = {
        "name": _TEXT,
        "scheme": _TEXT,
        "first": pl.Date,
        "last": pl.Date,
        "people": pl.Int64,
        "pay": _MONEY,
        "fingerprint": _TEXT,
    }
    return Sheet(RESULTS, columns, pl.DataFrame(rows, schema=schema, orient="row"))


def _sum(run: Run) -> Decimal | None:
    paid = [Decimal(one["pay"]) for one in run.statements if one["pay"] is not None]
    return sum(paid, Decimal(0)) if paid else None


def origins(old: Run, new: Run, lang: Lang) -> Sheet:
    """What the two results were made of: the same, or not."""
    differing = causes(old, new)
    same, other = Pair("相同", "the same"), Pair("不同", "differs")
    rows = [(label.text(lang), (other if cause in differing else same).text(lang)) for cause, label in _CAUSES.items()]
    columns = (Column("of", "由什么算出", "made of"), Column("outcome", "两次", "the two"))
    return Sheet(CAUSES, columns, pl.DataFrame(rows, schema={"of": _TEXT, "outcome": _TEXT}, orient="row"))


def changes(found: Sequence[Change], names: Mapping[str, str], lang: Lang) -> Sheet:
    """One row per change."""
    rows = [
        (names.get(one.agent_id, one.agent_id), one.first, _WHAT[one.what].text(lang), _of(one, lang), one.before, one.after)
        for one in found
    ]
    columns = (
        Column("agent", "客服", "agent"),
        Column("first", "一段的起始", "stretch from", null=_BLANK),
        Column("what", "什么", "what"),
        Column("of", "哪一项", "which", null=_BLANK),
        Column("before", "之前", "before"),
        Column("after", "之后", "after"),
    )
    shown = columns if any(one.first for one in found) else tuple(column for column in columns if column.name != "first")
    return Sheet(CHANGES, shown, pl.DataFrame(rows, schema={column.name: _TEXT for column in columns}, orient="row"))


def _of(one: Change, lang: Lang) -> str | None:
    if one.what == "figure" and one.of is not None and (one.of in CATALOGUE or one.of in REPORTED):
        return metric_name(one.of, lang)
    return one.of


def ledger(found: Ledger, names: Mapping[str, str], lang: Lang) -> list[Sheet]:
    """A closed month: one row per person and scheme with a column for each line of pay, then its corrections."""
    rows = [
        {"scheme": scheme, "agent": names.get(agent, agent), "first": first, "line": line, "amount": amount}
        for (scheme, agent, first, line), amount in found.lines.items()
    ]
    schema: dict[str, Any] = {"scheme": _TEXT, "agent": _TEXT, "first": _TEXT, "line": _TEXT, "amount": _MONEY}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    lines = frame["line"].unique(maintain_order=True).to_list()
    key = ["scheme", "agent", "first"]
    wide = frame.pivot("line", index=key, values="amount", aggregate_function="sum", maintain_order=True).sort(key)
    wide = wide.with_columns(total=pl.sum_horizontal(lines) if lines else pl.lit(None, _MONEY))
    columns = (
        Column("scheme", "方案", "scheme"),
        Column("agent", "客服", "agent"),
        *((Column("first", "一段的起始", "stretch from", null=_BLANK),) if wide["first"].is_not_null().any() else ()),
        *(Column(line, _line_name(found, line, "zh"), _line_name(found, line, "en"), "money") for line in lines),
        Column("total", "应发", "pay", "money"),
    )
    note = Pair(
        f"{found.month} 已关账，用的结果：{'、'.join(found.results)}",
        f"{found.month} is closed, with the results {', '.join(found.results)}",
    )
    sheets = [Sheet(LEDGER, columns, wide, (note,))]
    return [*sheets, corrections(found.corrections, names)] if found.corrections else sheets


def _line_name(found: Ledger, line: str, lang: Lang) -> str:
    for scheme in found.schemes.values():
        plan = scheme.pay
        for key, one in zip(plan.keys, plan.lines, strict=True) if plan is not None else ():
            if key == line and one.title is not None:
                return one.title.text(lang)
    return line


def corrections(found: Sequence[Correction], names: Mapping[str, str]) -> Sheet:
    """One row per correction of a closed month."""
    rows = [(one.month, one.scheme, names.get(one.agent_id, one.agent_id), one.line, one.amount, one.why) for one in found]
    columns = (
        Column("month", "哪个月", "month"),
        Column("scheme", "方案", "scheme"),
        Column("agent", "客服", "agent"),
        Column("line", "工资项", "line"),
        Column("amount", "更正", "correction", "money"),
        Column("why", "变了的数（旧 → 新）", "figures that changed", null=_BLANK),
    )
    schema: dict[str, Any] = {"month": _TEXT, "scheme": _TEXT, "agent": _TEXT, "line": _TEXT, "amount": _MONEY, "why": _TEXT}
    return Sheet(CORRECTIONS, columns, pl.DataFrame(rows, schema=schema, orient="row"))
