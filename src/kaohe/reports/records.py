"""Saved results, what changed between two, and the ledger, as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from kaohe._version import __version__
from kaohe.appraisal import Scheme
from kaohe.appraisal.figures import Figure
from kaohe.appraisal.measures import FAR_BEYOND
from kaohe.appraisal.pay_words import factor_title, kind_name
from kaohe.appraisal.saying import amount, metric_name
from kaohe.appraisal.scheme import Item, Part
from kaohe.appraisal.words import figure, title
from kaohe.errors import Lang
from kaohe.metrics.catalogue import CATALOGUE, Unit
from kaohe.model.reported import REPORTED
from kaohe.packs import ShopPacks
from kaohe.records import Change, Correction, Ledger, Run
from kaohe.records.changes import BEHIND, causes, said
from kaohe.records.rulings import RuleChange, rule_changes
from kaohe.reports.headings import called
from kaohe.reports.pairs import Pair
from kaohe.reports.tables import Column, Sheet

RESULTS = Pair("保存的结果", "Saved results")
CAUSES = Pair("两次有什么不同", "What the two were made of")
RULES = Pair("口径改了哪里", "What changed in the rule packs")
PEOPLE = Pair("谁变了", "Who changed")
CHANGES = Pair("逐项变化", "Every change")
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
    "came": Pair("只在后一份里", "in the later one only"),
    "left": Pair("只在前一份里", "in the earlier one only"),
    "stretches": Pair("分段", "stretches"),
    "role": Pair("岗位", "role"),
    "group": Pair("小组", "group"),
    "days": Pair("在岗的日子", "days there"),
    "points": Pair("总分", "points"),
    "place": Pair("名次", "place"),
    "grade": Pair("等级", "grade"),
    "pay": Pair("应发", "pay"),
    "item": Pair("考核项", "item"),
    "pay_line": Pair("工资项", "line of pay"),
    "figure": Pair("指标", "figure"),
    "view": Pair("与目标、上期或同事比", "against target, period before or colleagues"),
    "gate": Pair("门槛", "gate"),
    "veto": Pair("一票否决", "veto"),
    "podium": Pair("PK 名次", "place in a PK"),
}
_CAME_LATER = Pair("关账时没有评到这个人", "was not judged when the month was closed")
_GONE_SINCE = Pair("现在这个月不再评这个人", "is no longer judged in that month")
_SCHEME_CHANGED = Pair("方案改了", "the scheme changed")
_OTHERS_CHANGED = Pair("自己的数没变，别人的变了", "others changed, not these figures")
_RULES = {
    "pack": Pair("用哪个包", "which pack"),
    "window": Pair("考核时段", "assessed window"),
    "human_senders": Pair("谁的话算人工回复", "whose messages are replies"),
    "reply_within_hours": Pair("多少小时内的回复算数", "hours within which a reply counts"),
    "bot_reply": Pair("机器人回复", "a bot's answer"),
    "unit": Pair("3 分钟指标的单位", "unit of the 3-minute figure"),
    "window_by": Pair("时段看消息还是会话", "window asked of message or session"),
    "nobody_on_duty": Pair("无人在线时的消息", "while nobody is on duty"),
    "slow_seconds": Pair("超过多少秒算慢响应", "slow after so many seconds"),
    "aftersale_days": Pair("付款后多少天内算售后", "after-sale within so many days of paying"),
    "credit_days": Pair("订单归属往回看几天", "days a credit looks back"),
    "conversion_days": Pair("询单几天内付款算转化", "days to convert in"),
    "conversion_hours": Pair("询单几小时内付款算转化", "hours to convert in"),
    "credit": Pair("订单归谁", "rule of credit"),
    "order_event": Pair("订单按哪一刻算", "when an order counts"),
    "sales_final_after_days": Pair("销售数几天后定下来", "days until sales are final"),
}
_TEXT = pl.String()
_MONEY = pl.Decimal(18, 2)


class _Words:
    """What people call what changed, by schemes that know it: the first that does."""

    def __init__(self, schemes: Sequence[Scheme], lang: Lang) -> None:
        self.lang: Lang = lang
        self._items: dict[str, Item | Part] = {}
        self._names: dict[tuple[str, str], str] = {}
        for scheme in schemes:
            self._learn(scheme)

    def _learn(self, scheme: Scheme) -> None:
        named: list[tuple[str, str, str]] = []
        for item in scheme.items:
            self._items.setdefault(item.key, item)
            named.append(("item", item.key, title(item, self.lang)))
            for part in item.parts or ():
                self._items.setdefault(f"{item.key}/{part.key}", part)
        named += [("gate", gate.key, title(gate, self.lang)) for gate in scheme.gates]
        named += [("veto", veto.key, title(veto, self.lang)) for veto in scheme.vetoes]
        named += [("podium", factor.key, factor_title(factor, self.lang)) for factor in scheme.pk]
        named += [("pay_line", key, name) for key, name in line_names(scheme, self.lang).items()]
        for grade in scheme.grades.bands if scheme.grades is not None else ():
            named.append(("grade", grade.name, grade.title.text(self.lang) if grade.title is not None else grade.name))
        for kind, key, name in named:
            self._names.setdefault((kind, key), name)

    def of(self, one: Change) -> str | None:
        """Which item, metric, line and so on a change is about."""
        if one.of is None:
            return None
        if one.what == "figure":
            metric = one.of.split(":")[0]
            return metric_name(metric, self.lang) if metric in CATALOGUE or metric in REPORTED else metric
        if one.what == "view" and one.of in self._items:
            return title(self._items[one.of], self.lang)
        return self._names.get((one.what, one.of), one.of)

    def told(self, one: Change, is_after: bool) -> str | None:
        """What it was before or is after, in its unit."""
        told = one.after if is_after else one.before
        if isinstance(told, Figure):
            return figure(told, self.lang)
        if told is None:
            return None
        if one.what == "stretches":
            return told.replace("–", "整个考核期" if self.lang == "zh" else "the whole period")
        if one.what == "role":
            return called("role", self.lang).get(told, told)
        if one.what in ("place", "podium"):
            return f"第 {told} 名" if self.lang == "zh" else f"place {told}"
        if one.what in ("gate", "veto"):
            zh, en = _ANSWERS[one.what][told == "true"]
            return zh if self.lang == "zh" else en
        if one.what == "view":
            return self._viewed(Fraction(told), one.of)
        if one.what in ("pay", "pay_line"):
            return f"{Decimal(told):,.2f}"
        return self.grade(told) if one.what == "grade" else told

    def grade(self, name: str | None) -> str | None:
        """What people call a grade."""
        return None if name is None else self._names.get(("grade", name), name)

    def _viewed(self, value: Fraction, key: str | None) -> str:
        item = self._items.get(key or "")
        scoring = None if item is None else item.scoring
        on = "attainment" if getattr(scoring, "kind", None) == "attainment" else getattr(scoring, "on", "value")
        if on == "attainment" and value >= FAR_BEYOND:
            return "完全达到目标" if self.lang == "zh" else "the target fully reached"
        unit: Unit = "ratio" if item is None or on == "z" else item.unit
        return amount(value, "rate" if on in ("attainment", "change", "percentile") else unit, self.lang)

    def sentence(self, one: Change) -> str:
        """`30秒应答率 162 ÷ 438 = 36.99 % → 170 ÷ 438 = 38.81 %`."""
        before, after = (self.told(one, is_after) or "–" for is_after in (False, True))
        name = self.of(one) or _WHAT[one.what].text(self.lang)
        if one.what == "view":
            name += f"（{_WHAT['view'].zh}）" if self.lang == "zh" else f" ({_WHAT['view'].en})"
        return f"{name} {before} → {after}"


_ANSWERS = {
    "gate": (("没通过", "not passed"), ("通过", "passed")),
    "veto": (("不成立", "does not hold"), ("成立", "holds")),
}


def line_names(scheme: Scheme, lang: Lang) -> dict[str, str]:
    """What people call the lines of pay of a scheme, by key; those that bring pay to its floor or cap too."""
    found = {end: kind_name(end, lang) for end in ("floor", "cap")}
    plan = scheme.pay
    for key, line in zip(plan.keys, plan.lines, strict=True) if plan is not None else ():
        found[key] = line.title.text(lang) if line.title is not None else kind_name(line.kind, lang)
    return found


def results(runs: Iterable[Run], lang: Lang) -> Sheet:
    """One row per saved result."""
    rows = [
        (run.name, run.scheme.title.text(lang), run.period[0], run.period[1], len(run.people), _sum(run), run.fingerprint) for run in runs
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

    def shown(run: Run, cause: str) -> str | None:
        if cause not in differing or cause not in ("code", "period"):
            return None
        given = run.content["inputs"][cause]
        return given if isinstance(given, str) else "..".join(given)

    rows = [
        (label.text(lang), (other if cause in differing else same).text(lang), shown(old, cause), shown(new, cause))
        for cause, label in _CAUSES.items()
    ]
    columns = [Column("of", "由什么算出", "made of"), Column("outcome", "两次", "the two")]
    if {"code", "period"} & {*differing}:
        columns += [Column("before", "之前", "before", null=_BLANK), Column("after", "之后", "after", null=_BLANK)]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(("of", "outcome", "before", "after"), _TEXT), orient="row")
    return Sheet(CAUSES, tuple(columns), frame)


def rules(old: ShopPacks, new: ShopPacks, lang: Lang, shops: Mapping[str, str]) -> Sheet | None:
    """What changed in the rule packs of the shops both know; None where nothing did that anybody is counted by."""
    found = rule_changes(old, new)
    if not found:
        return None
    comma = "、" if lang == "zh" else ", "
    rows = [
        (comma.join(shops.get(shop, shop) for shop in one.shops), one.pack, one.since, _rule(one, lang), one.before, one.after)
        for one in found
    ]
    columns = (
        Column("shops", "店铺", "shops"),
        Column("pack", "口径包", "pack"),
        Column("since", "从哪天起", "from", "date", null=Pair("自始", "the beginning")),
        Column("what", "哪一条", "which"),
        Column("before", "之前", "before"),
        Column("after", "之后", "after"),
    )
    schema: dict[str, Any] = {"shops": _TEXT, "pack": _TEXT, "since": pl.Date, "what": _TEXT, "before": _TEXT, "after": _TEXT}
    return Sheet(RULES, columns, pl.DataFrame(rows, schema=schema, orient="row"))


def _rule(one: RuleChange, lang: Lang) -> str:
    if one.what.startswith("rule:"):
        name = one.what.removeprefix("rule:")
        return f"达标规则 {name}" if lang == "zh" else f"compliance rule {name}"
    label = _RULES.get(one.what)
    return one.what if label is None else label.text(lang)


def changes_data(found: Sequence[Change]) -> Sheet:
    """One row per change, with ids: for programs."""
    rows = [(one.agent_id, one.first, one.what, one.of, said(one.before), said(one.after)) for one in found]
    names = ("agent_id", "first", "what", "of", "before", "after")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, _TEXT), orient="row")
    return Sheet(CHANGES, tuple(Column(name, name, name) for name in names), frame)


def changes(found: Sequence[Change], old: Run, new: Run, names: Mapping[str, str], lang: Lang) -> Sheet:
    """One row per change, in words."""
    words = _Words((new.scheme, old.scheme), lang)
    rows = [
        {
            "agent": names.get(one.agent_id, one.agent_id),
            "first": one.first,
            "what": _WHAT[one.what].text(lang),
            "of": words.of(one),
            "before": words.told(one, False),
            "after": words.told(one, True),
        }
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
    frame = pl.DataFrame(rows, schema={column.name: _TEXT for column in columns}, orient="row")
    return Sheet(CHANGES, _without_empty(columns, frame, ("first",)), frame)


def people(found: Sequence[Change], old: Run, new: Run, names: Mapping[str, str], lang: Lang) -> Sheet:
    """One row for each who changed: points, grade, place and pay before and after, and why."""
    words = _Words((new.scheme, old.scheme), lang)
    before, after = ({(one["agent_id"], one["first"]): one for one in run.statements} for run in (old, new))
    changed: dict[tuple[str, str | None], list[Change]] = {}
    for one in found:
        changed.setdefault((one.agent_id, one.first), []).append(one)
    rows = []
    for key, mine in changed.items():
        row: dict[str, Any] = {"agent": names.get(key[0], key[0]), "first": key[1]}
        for what in ("points", "grade", "place", "pay"):
            row[f"{what}_before"], row[f"{what}_after"] = _both(what, mine, before.get(key, {}), after.get(key, {}))
        for name in ("grade_before", "grade_after"):
            row[name] = words.grade(row[name])
        known = [row[name] for name in ("pay_before", "pay_after") if row[name] is not None]
        row["more"] = (row["pay_after"] or Decimal(0)) - (row["pay_before"] or Decimal(0)) if known else None
        row["why"] = ("；" if lang == "zh" else "; ").join(_reasons(mine, words, is_other_scheme="scheme" in causes(old, new)))
        rows.append(row)
    columns = (
        Column("agent", "客服", "agent"),
        Column("first", "一段的起始", "stretch from", null=_BLANK),
        Column("points_before", "总分 之前", "points before", "points"),
        Column("points_after", "总分 之后", "points after", "points"),
        Column("grade_before", "等级 之前", "grade before"),
        Column("grade_after", "等级 之后", "grade after"),
        Column("place_before", "名次 之前", "place before", "count"),
        Column("place_after", "名次 之后", "place after", "count"),
        Column("pay_before", "应发 之前", "pay before", "money"),
        Column("pay_after", "应发 之后", "pay after", "money"),
        Column("more", "差额", "difference", "money"),
        Column("why", "为什么", "why", null=_BLANK),
    )
    kinds: dict[str, Any] = {"points": pl.Decimal(18, 6), "count": pl.Int64, "money": _MONEY, "text": _TEXT}
    frame = pl.DataFrame(rows, schema={column.name: kinds[column.kind] for column in columns}, orient="row")
    optional = [column.name for column in columns if column.name not in ("agent", "why")]
    total = {"more": frame["more"].sum()} if frame["more"].is_not_null().any() else None
    return Sheet(PEOPLE, _without_empty(columns, frame, optional), frame, total=total)


_READ: Mapping[str, Callable[[Any], Any]] = {"points": Decimal, "pay": Decimal, "place": int, "grade": str}


def _both(what: str, mine: Sequence[Change], before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Any]:
    """Points, grade, place or pay before and after, whether they changed or not."""
    pair: tuple[Any, Any] = before.get(what), after.get(what)
    for one in mine:
        if one.what == what or (what == "pay" and one.what in ("came", "left")):
            pair = one.before, one.after
    return [None if value is None else _READ[what](value) for value in pair]


def _reasons(mine: Sequence[Change], words: _Words, *, is_other_scheme: bool) -> list[str]:
    for one in mine:
        if one.what in ("came", "left"):
            return [_WHAT[one.what].text(words.lang)]
    found = [words.sentence(one) for one in mine if one.what in BEHIND and one.what not in ("grade", "place")]
    counted = any(one.what in ("points", "pay", "item", "pay_line", "grade") for one in mine)
    if is_other_scheme and counted:
        found.insert(0, _SCHEME_CHANGED.text(words.lang))
    return found or [_OTHERS_CHANGED.text(words.lang)]


def _without_empty(columns: tuple[Column, ...], frame: pl.DataFrame, optional: Iterable[str]) -> tuple[Column, ...]:
    empty = {name for name in optional if frame[name].is_null().all()}
    return tuple(column for column in columns if column.name not in empty)


def paid(found: Ledger) -> dict[str, Any]:
    """A closed month in a few numbers: people, pay, corrections, corrected; yuan as text."""
    return {
        "people": len({key[1] for key in found.lines}),
        "pay": f"{sum(found.lines.values(), Decimal(0)):,.2f}",
        "corrections": len(found.corrections),
        "corrected": f"{sum((one.amount for one in found.corrections), Decimal(0)):,.2f}",
    }


def ledger_data(found: Ledger) -> Sheet:
    """What a closed month pays, with ids: one row per line, and per correction of an earlier month."""
    rows = [(found.month, *key, amount, False) for key, amount in found.lines.items()]
    rows += [(one.month, one.scheme, one.agent_id, one.first, one.line, one.amount, True) for one in found.corrections]
    schema: dict[str, Any] = {
        "month": _TEXT,
        "scheme": _TEXT,
        "agent_id": _TEXT,
        "first": _TEXT,
        "line": _TEXT,
        "amount": _MONEY,
        "correction": pl.Boolean,
    }
    return Sheet(LEDGER, tuple(Column(name, name, name) for name in schema), pl.DataFrame(rows, schema=schema, orient="row"))


def ledger(found: Ledger, earlier: Sequence[Ledger], names: Mapping[str, str], lang: Lang) -> list[Sheet]:
    """A closed month: one row per person and scheme with a column for each line of pay and what corrections of earlier months come to; then these.

    `earlier` are the months the corrections are of.
    """
    titles = {name: scheme.title.text(lang) for one in (*earlier, found) for name, scheme in one.schemes.items()}
    # A line may be called what a column is.
    lines = {f"line {line}": _line_titles(found, line) for line in dict.fromkeys(key[3] for key in found.lines)}
    rows: list[dict[str, Any]] = [
        {"scheme": titles[scheme], "agent": names.get(agent, agent), "first": first, "line": f"line {line}", "amount": amount}
        for (scheme, agent, first, line), amount in found.lines.items()
    ]
    stretches = {(one[0], one[1]): one[2] for one in found.lines}
    for one in found.corrections:
        # Beside the person's pay of this month, whatever stretch of an earlier month a correction is of.
        first = stretches.get((one.scheme, one.agent_id))
        agent = names.get(one.agent_id, one.agent_id)
        rows.append({"scheme": titles[one.scheme], "agent": agent, "first": first, "line": "corrected", "amount": one.amount})
    schema: dict[str, Any] = {"scheme": _TEXT, "agent": _TEXT, "first": _TEXT, "line": _TEXT, "amount": _MONEY}
    key = ["scheme", "agent", "first"]
    long = pl.DataFrame(rows, schema=schema, orient="row")
    wide = long.pivot("line", index=key, values="amount", aggregate_function="sum", maintain_order=True).sort(key)
    wide = wide.with_columns(pl.lit(None, _MONEY).alias(name) for name in (*lines, "corrected") if name not in wide.columns)
    wide = wide.with_columns(
        paid=pl.sum_horizontal(*lines).cast(_MONEY) if lines else pl.lit(None, _MONEY),
        total=pl.sum_horizontal(*lines, "corrected").cast(_MONEY),
    )
    money = {**lines, "paid": Pair("应发", "pay")}
    if found.corrections:
        money |= {"corrected": Pair("更正以前的月份", "corrections of earlier months"), "total": Pair("合计", "total")}
    columns = (
        Column("scheme", "方案", "scheme"),
        Column("agent", "客服", "agent"),
        *((Column("first", "一段的起始", "stretch from", null=_BLANK),) if wide["first"].is_not_null().any() else ()),
        *(Column(name, heading.zh, heading.en, "money", null=_BLANK) for name, heading in money.items()),
    )
    note = Pair(
        f"{found.month} 已关账，用的结果：{'、'.join(found.results)}",
        f"{found.month} is closed, with the results {', '.join(found.results)}",
    )
    notes = [note]
    if found.mended is not None:
        notes.append(
            Pair(
                "以前的月份从这次关账起，按这时的口径包更正",
                "from this closing on, the months before are corrected by the rule packs of this time",
            )
        )
    total = {name: wide[name].sum() for name in money}
    sheets = [Sheet(LEDGER, columns, wide, tuple(notes), total=total if not wide.is_empty() else None)]
    return [*sheets, corrections(found.corrections, earlier, names, lang)] if found.corrections else sheets


def _line_titles(found: Ledger, line: str) -> Pair:
    """What a line is called; every name of it where schemes call it otherwise."""
    told = {lang: [names[line] for scheme in found.schemes.values() if line in (names := line_names(scheme, lang))] for lang in _LANGS}
    return Pair(*(" / ".join(dict.fromkeys(told[lang])) or line for lang in _LANGS))


_LANGS: tuple[Lang, ...] = ("zh", "en")


def corrections_data(found: Sequence[Correction]) -> Sheet:
    """One row per correction of a closed month, with ids."""
    rows = [
        {
            **{name: getattr(one, name) for name in ("month", "scheme", "agent_id", "first", "line", "amount")},
            "why": "; ".join(f"{why.of or why.what} {said(why.before) or '–'} → {said(why.after) or '–'}" for why in one.why),
        }
        for one in found
    ]
    schema: dict[str, Any] = dict.fromkeys(("month", "scheme", "agent_id", "first", "line"), _TEXT)
    schema |= {"amount": _MONEY, "why": _TEXT}
    return Sheet(CORRECTIONS, tuple(Column(name, name, name) for name in schema), pl.DataFrame(rows, schema=schema, orient="row"))


def corrections(found: Sequence[Correction], closed: Sequence[Ledger], names: Mapping[str, str], lang: Lang) -> Sheet:
    """One row per correction of the closed months, in words."""
    months = {one.month: one for one in closed}
    rows = []
    for one in found:
        scheme = months[one.month].schemes[one.scheme]
        words = _Words((scheme,), lang)
        why = ("；" if lang == "zh" else "; ").join(_told_why(why, words) for why in one.why) or _OTHERS_CHANGED.text(lang)
        line = line_names(scheme, lang).get(one.line, one.line)
        rows.append((one.month, scheme.title.text(lang), names.get(one.agent_id, one.agent_id), one.first, line, one.amount, why))
    columns = (
        Column("month", "哪个月", "month"),
        Column("scheme", "方案", "scheme"),
        Column("agent", "客服", "agent"),
        Column("first", "一段的起始", "stretch from", null=_BLANK),
        Column("line", "工资项", "line"),
        Column("amount", "更正", "correction", "money"),
        Column("why", "变了什么（旧 → 新）", "what changed"),
    )
    schema: dict[str, Any] = {column.name: _MONEY if column.kind == "money" else _TEXT for column in columns}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    others = sorted({code for one in closed for code in one.code.values()} - {__version__})
    notes = (
        Pair(
            f"有的月份是用 kaohe {'、'.join(others)} 关的账，现在是 {__version__}：两版算法不同的地方也会列为更正，见 CHANGELOG",
            f"some months were closed with kaohe {', '.join(others)}, this is {__version__}: what the two count otherwise is corrected too; see CHANGELOG",
        ),
    )
    total = {"amount": frame["amount"].sum()} if rows else None
    return Sheet(CORRECTIONS, _without_empty(columns, frame, ("first",)), frame, notes if others and rows else (), total=total)


def _told_why(why: Change, words: _Words) -> str:
    if why.what == "came":
        return _CAME_LATER.text(words.lang)
    return _GONE_SINCE.text(words.lang) if why.what == "left" else words.sentence(why)
