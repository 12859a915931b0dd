"""Closed months. What was paid stays as it was; what changes later is booked in the open month. Rules: docs/reference/records.md."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

from kaohe.appraisal import Appraisal, Scheme
from kaohe.appraisal.data import statement
from kaohe.errors import WRONG_USE, code, failure
from kaohe.records.changes import figures_of
from kaohe.records.files import created, read
from kaohe.records.runs import Run

NOT_A_MONTH = code(
    "not_a_month",
    zh="“{month}”不是月份。写成 2026-11 这样",
    en="{month!r} is no month. Write it as 2026-11",
    exit=WRONG_USE,
)
CLOSED = code(
    "month_closed",
    zh="{month} 已经关账，不能再关。要改的会在下一个没关的月份里列为更正",
    en="{month} is closed already. What changed will be corrected in the next open month",
    exit=WRONG_USE,
)
OUT_OF_ORDER = code(
    "month_out_of_order",
    zh="要先关 {next}：账已经关到 {last}，月份要按次序关",
    en="close {next} first: the ledger goes to {last}, and months are closed in order",
    exit=WRONG_USE,
)
OTHER_PERIOD = code(
    "result_of_other_period",
    zh="结果“{result}”评的是 {first} 到 {last}，不是整个 {month}",
    en="result {result!r} is of {first} to {last}, not of the whole of {month}",
    exit=WRONG_USE,
)
NO_RESULT = code(
    "month_without_result",
    zh="关账要写用哪个结果：--result 名字。用 kaohe results 查看，没有的先 kaohe appraise --save",
    en="say which result to close with: --result NAME. See 'kaohe results', or make one with 'kaohe appraise --save'",
    exit=WRONG_USE,
)
NO_PAY = code(
    "result_pays_nothing",
    zh="结果“{result}”的方案没有工资（pay），不能入账",
    en="the scheme of result {result!r} pays nothing; there is nothing to book",
    exit=WRONG_USE,
)
SAME_SCHEME = code(
    "results_of_same_scheme",
    zh="“{scheme}”有两个结果：同一个方案一个月只能入账一次",
    en="two results are of scheme {scheme!r}: a scheme is booked once a month",
    exit=WRONG_USE,
)

Key: TypeAlias = tuple[str, str, str | None, str]
"""Scheme, agent, first day of the stretch, line of pay."""

Who: TypeAlias = tuple[str, str, str | None]
"""Scheme, agent, first day of the stretch."""

Judge: TypeAlias = Callable[[Scheme, date, date], Appraisal]
"""Judges a period by a scheme on today's data."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What one line of one person in a closed month came to by now, against what was booked. `why` are the figures that changed."""

    month: str
    scheme: str
    agent_id: str
    first: str | None
    line: str
    amount: Decimal
    why: str


@dataclass(frozen=True)
class Ledger:
    """A closed month: the results it was closed with, what everybody's lines came to, and corrections of earlier months."""

    month: str
    schemes: Mapping[str, Scheme]
    results: Mapping[str, str]
    lines: Mapping[Key, Decimal]
    figures: Mapping[Who, Mapping[str, str]]
    corrections: tuple[Correction, ...]


def days_of(month: str) -> tuple[date, date]:
    """The first and the last day of a month such as 2026-11. Raises `Failure` for anything else."""
    found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", month)
    if found is None:
        raise failure(NOT_A_MONTH, month=month)
    year, number = int(found[1]), int(found[2])
    return date(year, number, 1), date(year, number, calendar.monthrange(year, number)[1])


def ledgers(folder: Path) -> list[Ledger]:
    """Every closed month, oldest first. Raises `Failure` for a file that was altered."""
    return [_loaded(read(path)) for path in sorted(folder.glob("????-??.json"))]


def close(folder: Path, month: str, runs: Sequence[Run], judge: Judge) -> Ledger:
    """Close a month with results, one of each scheme, and book the corrections of the months before in it.

    Raises `Failure` where the month is closed already or not the next, and where a result is of another period, pays nothing or stands twice.
    """
    period = days_of(month)
    before = ledgers(folder)
    _check(month, runs, period, before)
    booked = corrections(before, judge)
    content = {
        "format": 1,
        "month": month,
        "results": [{"name": run.name, "fingerprint": run.fingerprint, "scheme": run.content["scheme"]} for run in runs],
        "lines": [
            {"scheme": run.scheme.name, "agent_id": one["agent_id"], "first": one["first"], "line": line["line"], "amount": line["amount"]}
            for run in runs
            for one in run.statements
            if one["pay"] is not None
            for line in one["pay_lines"]
        ],
        "figures": [
            {"scheme": run.scheme.name, "agent_id": one["agent_id"], "first": one["first"], "figures": dict(figures_of(one))}
            for run in runs
            for one in run.statements
        ],
        "corrections": [
            {
                "month": one.month,
                "scheme": one.scheme,
                "agent_id": one.agent_id,
                "first": one.first,
                "line": one.line,
                "amount": str(one.amount),
                "why": one.why,
            }
            for one in booked
        ],
    }
    if not created(folder / f"{month}.json", content):
        raise failure(CLOSED, month=month)
    return _loaded(read(folder / f"{month}.json"))


def _check(month: str, runs: Sequence[Run], period: tuple[date, date], before: Sequence[Ledger]) -> None:
    if not runs:
        raise failure(NO_RESULT)
    if any(one.month == month for one in before):
        raise failure(CLOSED, month=month)
    if before:
        last = before[-1].month
        following = _following(last)
        if month != following:
            raise failure(OUT_OF_ORDER, next=following, last=last)
    seen = set()
    for run in runs:
        if run.period != period:
            raise failure(OTHER_PERIOD, result=run.name, first=run.period[0], last=run.period[1], month=month)
        if run.scheme.pay is None:
            raise failure(NO_PAY, result=run.name)
        if run.scheme.name in seen:
            raise failure(SAME_SCHEME, scheme=run.scheme.name)
        seen.add(run.scheme.name)


def _following(month: str) -> str:
    year, number = divmod(int(month[:4]) * 12 + int(month[5:]), 12)
    return f"{year:04}-{number + 1:02}"


def corrections(closed: Sequence[Ledger], judge: Judge) -> list[Correction]:
    """What the open month has to book for the months closed: each judged again by its own schemes, less what was booked for it so far."""
    found = []
    for ledger in closed:
        booked = dict(ledger.lines)
        for later in closed:
            for one in later.corrections:
                if one.month == ledger.month:
                    key = (one.scheme, one.agent_id, one.first, one.line)
                    booked[key] = booked.get(key, Decimal(0)) + one.amount
        now: dict[Key, Decimal] = {}
        figures: dict[Who, dict[str, str]] = {}
        for name, scheme in ledger.schemes.items():
            for given in judge(scheme, *days_of(ledger.month)).statements:
                one_now = statement(given)
                who = (name, one_now["agent_id"], one_now["first"])
                figures[who] = dict(figures_of(one_now))
                for line in one_now["pay_lines"] if one_now["pay"] is not None else ():
                    now[*who, line["line"]] = Decimal(line["amount"])
        for key in sorted({*booked, *now}, key=lambda one: (one[0], one[1], one[2] or "", one[3])):
            amount = now.get(key, Decimal(0)) - booked.get(key, Decimal(0))
            if amount:
                was = ledger.figures.get(key[:3], {})
                found.append(Correction(ledger.month, *key, amount, _why(was, figures.get(key[:3], {}))))
    return found


def _why(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """The figures that changed since the month was closed: `net_sales_amount 15000 → 13000`."""
    changed = [metric for metric in {**before, **after} if before.get(metric) != after.get(metric)]
    return "; ".join(f"{metric} {before.get(metric, '–')} → {after.get(metric, '–')}" for metric in changed)


def _loaded(content: Mapping[str, Any]) -> Ledger:
    schemes = [Scheme.model_validate(result["scheme"]) for result in content["results"]]
    return Ledger(
        content["month"],
        {scheme.name: scheme for scheme in schemes},
        {result["name"]: result["fingerprint"] for result in content["results"]},
        {(one["scheme"], one["agent_id"], one["first"], one["line"]): Decimal(one["amount"]) for one in content["lines"]},
        {(one["scheme"], one["agent_id"], one["first"]): one["figures"] for one in content["figures"]},
        tuple(Correction(**{**one, "amount": Decimal(one["amount"])}) for one in content["corrections"]),
    )
