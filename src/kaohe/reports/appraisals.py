"""An appraisal as tables: the ranking, the lines that lead to it, the pay sheet, the podiums of a PK."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl

from kaohe.appraisal import Appraisal
from kaohe.appraisal import frames as tidy
from kaohe.appraisal.pay_words import kind_name
from kaohe.errors import Lang
from kaohe.metrics.catalogue import CATALOGUE
from kaohe.reports.figures import kind
from kaohe.reports.headings import column, columns, in_words
from kaohe.reports.pairs import Pair
from kaohe.reports.persons import known_as
from kaohe.reports.tables import Chart, Column, Sheet

RANKING = Pair("排名", "Ranking")
LINES = Pair("得分明细", "Points")
PAY = Pair("工资表", "Pay sheet")
PAY_LINES = Pair("工资明细", "Pay, line by line")
PODIUMS = Pair("PK", "PK")

NO_PLACE = Pair("没有名次的，“原因”里写明为什么。", "Those without a place: the reason says why.")
NO_PAY = Pair(
    "应发是“–”的人缺数据算不出，没有计入合计；缺什么见各人的说明。",
    "Pay is “–” where a figure it needs is missing; these are not in the total, and each statement says what is missing.",
)
TOTAL = Pair("合计", "total")
WHO = Column("who", "客服", "agent", leads=True)
SIGNATURE = Column("signature", "签字", "signature", null=Pair("", ""), least=16, sign=True)

_BLANK = Pair("", "")


def ranking(result: Appraisal, lang: Lang) -> Sheet:
    """One row per agent in order of place, raw; see `kaohe.appraisal.frames.ranking`."""
    frame = tidy.ranking(result, lang)
    return Sheet(RANKING, columns(frame), frame)


def lines(result: Appraisal, lang: Lang) -> Sheet:
    """One row per agent and item, raw; see `kaohe.appraisal.frames.lines`."""
    frame = tidy.lines(result, lang)
    return Sheet(LINES, columns(frame), frame)


def pay_sheet(result: Appraisal, lang: Lang) -> Sheet:
    """One row per agent with a column for each line of pay, raw; see `kaohe.appraisal.frames.pay_sheet`."""
    frame = tidy.pay_sheet(result, lang)
    return Sheet(PAY, columns(frame), frame)


def pay_lines(result: Appraisal, lang: Lang) -> Sheet:
    """One row per agent and line of pay, raw; see `kaohe.appraisal.frames.pay_lines`."""
    frame = tidy.pay_lines(result, lang)
    return Sheet(PAY_LINES, columns(frame), frame)


def podiums(result: Appraisal, lang: Lang) -> Sheet:
    """One row per factor of a PK and agent, raw; see `kaohe.appraisal.frames.podiums`."""
    frame = tidy.podiums(result, lang)
    return Sheet(PODIUMS, columns(frame), frame)


def readable_ranking(result: Appraisal, lang: Lang) -> Sheet:
    """The ranking for people, with a chart of the points: without the columns nothing is known of."""
    frame = _named(result, tidy.ranking(result, lang), lang)
    names = ["place", "who", "group", "role", "points", "max_points", "grade", "small_samples", "pay", "reason"]
    shown = [replace(column(name), null=_BLANK) if name in ("group", "role", "grade", "reason") else column(name) for name in names]
    shown[names.index("who")] = WHO
    shown[names.index("points")] = replace(column("points"), bar=True)
    judges = bool(result.scheme.items)
    wanted = [one for one in shown if _tells(frame, one.name, judges)]
    # Without items there are no points, and nobody has a place to miss.
    notes = (NO_PLACE,) if judges and frame["place"].is_null().any() else ()
    chart = Chart(Pair("总分", "Points"), "who", ("points",))
    return Sheet(RANKING, tuple(wanted), frame, (scheme_line(result), *notes), charts=(chart,) if judges and frame.height else ())


def _tells(frame: pl.DataFrame, name: str, judges: bool) -> bool:
    """Whether a column of the ranking says anything."""
    if name in ("place", "points", "max_points", "reason") and not judges:
        return False
    if name == "small_samples":
        return bool((frame[name] > 0).any())
    return name in ("place", "who", "points") or bool(frame[name].is_not_null().any())


def readable_lines(result: Appraisal, lang: Lang) -> Sheet:
    """The working for people: each figure in its own unit, the band it fell into, what it gave."""
    frame = tidy.lines(result, lang)
    kinds = {metric.id: kind(metric.unit) for metric in CATALOGUE.values()}
    known = _known(result)
    ready = frame.with_columns(
        who=pl.Series([known[key] for key in frame.select("agent_id", "first").iter_rows()], dtype=pl.String),
        # Composites and the platforms' own figures are in no catalogue.
        _kind=pl.col("metric").replace_strict(kinds, default="number", return_dtype=pl.String),
    )
    value = Column("value", "数值", "value", "figure", kind_from="_kind")
    rest = [
        replace(column(name), null=_BLANK) if name == "band" else column(name) for name in ("band", "scored", "weight", "points", "working")
    ]
    shown = (column("place"), WHO, column("item_name"), value, *rest)
    return Sheet(LINES, shown, ready, (scheme_line(result),))


def readable_pay(result: Appraisal, lang: Lang, *, signature: bool = False) -> Sheet | None:
    """The pay sheet for people: a column for each line under its name, a line of totals, on request a column to sign in; None where the scheme pays nothing."""
    plan = result.scheme.pay
    if plan is None:
        return None
    frame = _named(result, tidy.pay_sheet(result, lang), lang)
    called = {key: _title(line, lang) for key, line in zip(plan.keys, plan.lines, strict=True)}
    called |= {key: kind_name(key, lang) for key in ("floor", "cap") if key in frame.columns and key not in called}
    paid = tuple(Column(key, name, name, "money") for key, name in called.items())
    optional = tuple(replace(column(name), null=_BLANK) for name in ("group", "role") if frame[name].is_not_null().any())
    place = (column("place"),) if frame["place"].is_not_null().any() else ()
    shown = (*place, WHO, *optional, *paid, column("pay"))
    if signature:
        frame, shown = frame.with_columns(signature=pl.lit(None, pl.String)), (*shown, SIGNATURE)
    # Lines of those whose pay can not be said are not paid: they must not be in the sums, or the sums would not add up.
    known = frame.filter(pl.col("pay").is_not_null())
    total = {"who": TOTAL.text(lang)} | {key: known[key].sum() for key in (*called, "pay")}
    chart = Chart(Pair("工资构成", "Pay by line"), "who", tuple(called), "kinds")
    notes = (NO_PAY,) if known.height < frame.height else ()
    return Sheet(PAY, shown, frame, (scheme_line(result), *notes), total, (chart,) if frame.height else ())


def readable_pay_lines(result: Appraisal, lang: Lang) -> Sheet:
    """The lines of pay for people, each with how it came about."""
    frame = tidy.pay_lines(result, lang)
    known = _known(result)
    ready = frame.with_columns(who=pl.Series([known[key] for key in frame.select("agent_id", "first").iter_rows()], dtype=pl.String))
    amount = Column("amount", "元", "yuan", "money")
    return Sheet(PAY_LINES, (WHO, column("pay_line_name"), amount, column("working")), ready, (scheme_line(result),))


def readable_podiums(result: Appraisal, lang: Lang) -> Sheet | None:
    """The podiums for people, one factor after another; None where the scheme has no PK."""
    if not result.scheme.pk:
        return None
    frame = tidy.podiums(result, lang)
    people = {one.agent_id: name for one, name in zip(result.people, known_as(result.people), strict=True)}
    ready = frame.with_columns(who=pl.col("agent_id").replace(people), first=pl.col("factor_name").is_first_distinct())
    # The name of a factor once, so that the eye finds where the next one begins.
    ready = ready.with_columns(factor_name=pl.when("first").then("factor_name"))
    prize = (column("prize"),) if (frame["prize"] > 0).any() else ()
    tied = (column("tied"),) if (frame["tied"] > 1).any() else ()
    shown = (
        replace(column("factor_name"), null=_BLANK),
        column("place"),
        *tied,
        WHO,
        replace(column("group"), null=_BLANK),
        column("shown"),
        *prize,
    )
    return Sheet(PODIUMS, shown, ready, (scheme_line(result),))


def scheme_line(result: Appraisal) -> Pair:
    """What judged, in a line: title, name and fingerprint of the scheme."""
    scheme = result.scheme
    return Pair(
        f"考核方案：{scheme.title.text('zh')}（{scheme.name}，{result.fingerprint}）",
        f"Scheme: {scheme.title.text('en')} ({scheme.name}, {result.fingerprint})",
    )


def _named(result: Appraisal, frame: pl.DataFrame, lang: Lang) -> pl.DataFrame:
    """A frame with a row per person in the order of the appraisal, with what each is called, and roles in words."""
    names = known_as(result.people)
    return in_words(frame, lang).with_columns(who=pl.Series([names[at] for at in result.order], dtype=pl.String))


def _known(result: Appraisal) -> dict[tuple[str, date | None], str]:
    """What everybody is called, by id and first day."""
    return dict(zip(((one.agent_id, one.first) for one in result.people), known_as(result.people), strict=True))


def _title(line: object, lang: Lang) -> str:
    title = getattr(line, "title", None)
    return title.text(lang) if title is not None else kind_name(str(getattr(line, "kind", "")), lang)
