"""Closed months. What was paid stays as it was; what changes later is booked in the open month. Rules: docs/reference/records.md."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

from kaohe.appraisal import Appraisal, Scheme
from kaohe.appraisal.data import statement
from kaohe.errors import REFUSED, WRONG_USE, code, failure
from kaohe.records.changes import figures_of
from kaohe.records.files import created, digest_of, read
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

UNPAID = code(
    "month_unpaid",
    zh="结果“{result}”里有 {count} 人因缺数据算不出应发：{people}。请补数据、重评重存；一定要关账，加 --unpaid：他们这个月没有工资行，以后更正",
    en="result {result!r} has {count} people whose pay can not be said for want of data: {people}. Import it, appraise and save again; or close with "
    "--unpaid: they have no lines this month and corrections later",
    exit=WRONG_USE,
)
BROKEN = code(
    "ledger_broken",
    zh="账本不完整：{month} 与前一个月接不上，中间的文件不见了，或被换过、改过。请从备份恢复文件夹 ledger",
    en="the ledger is not whole: {month} does not follow from the month before; a file between was lost, replaced or altered. Restore the folder from a "
    "backup",
    exit=REFUSED,
)

MOST_NAMES = 10
"""So many people are named in a message."""

Key: TypeAlias = tuple[str, str, str | None, str]
"""Scheme, agent, first day of the stretch, line of pay."""

Who: TypeAlias = tuple[str, str, str | None]
"""Scheme, agent, first day of the stretch."""

Judge: TypeAlias = Callable[[Scheme, date, date], Appraisal]
"""Judges a period by a scheme on today's data."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What one line of one person in a closed month came to by now, against what was booked. `why` are the figures that changed since."""

    month: str
    scheme: str
    agent_id: str
    first: str | None
    line: str
    amount: Decimal
    why: str


@dataclass(frozen=True)
class Ledger:
    """A closed month: the results it was closed with, what everybody's lines came to, and corrections of earlier months.

    `figures` are those the lines rest on, `restated` those the corrections rest on, by month. `digest` is the file's, `previous` that of the month
    before; None for the first.
    """

    month: str
    schemes: Mapping[str, Scheme]
    results: Mapping[str, str]
    lines: Mapping[Key, Decimal]
    figures: Mapping[Who, Mapping[str, str]]
    corrections: tuple[Correction, ...]
    restated: Mapping[str, Mapping[Who, Mapping[str, str]]]
    digest: str
    previous: str | None


def days_of(month: str) -> tuple[date, date]:
    """The first and the last day of a month such as 2026-11. Raises `Failure` for anything else."""
    found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", month)
    if found is None:
        raise failure(NOT_A_MONTH, month=month)
    year, number = int(found[1]), int(found[2])
    return date(year, number, 1), date(year, number, calendar.monthrange(year, number)[1])


def ledgers(folder: Path) -> list[Ledger]:
    """Every closed month, oldest first. Raises `Failure` for a file that was altered, and where one does not follow from the month before."""
    found: list[Ledger] = []
    for path in sorted(folder.glob("????-??.json")):
        one = _loaded(read(path))
        follows = (one.month, one.previous) == (_following(found[-1].month), found[-1].digest) if found else one.previous is None
        if one.month != path.stem or not follows:
            raise failure(BROKEN, month=path.stem)
        found.append(one)
    return found


def close(folder: Path, month: str, runs: Sequence[Run], judge: Judge, *, unpaid: bool = False) -> Ledger:
    """Close a month with results, one of each scheme, and book the corrections of the months before in it.

    `unpaid`: also where a line blocks somebody's pay; he has no lines then. Raises `Failure` where the month is closed already or not the next, where
    a result is of another period, pays nothing or stands twice, and for people without pay.
    """
    period = days_of(month)
    before = ledgers(folder)
    _check(month, runs, period, before, unpaid)
    today = [_again(ledger, judge) for ledger in before]
    booked = [one for ledger, again in zip(before, today, strict=True) for one in _corrections(ledger, before, again)]
    corrected = {(one.month, one.scheme, one.agent_id, one.first) for one in booked}
    content = {
        "format": 1,
        "month": month,
        "previous": before[-1].digest if before else None,
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
        "restated": [
            {"month": ledger.month, "scheme": who[0], "agent_id": who[1], "first": who[2], "figures": again.figures.get(who, {})}
            for ledger, again in zip(before, today, strict=True)
            for who in sorted({key[1:] for key in corrected if key[0] == ledger.month}, key=_in_order)
        ],
    }
    if not created(folder / f"{month}.json", content):
        raise failure(CLOSED, month=month)
    return _loaded(read(folder / f"{month}.json"))


def _check(month: str, runs: Sequence[Run], period: tuple[date, date], before: Sequence[Ledger], unpaid: bool) -> None:
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
        blocked = sorted({one["agent_id"] for one in run.statements if one["pay"] is None})
        if blocked and not unpaid:
            people = ", ".join(blocked[:MOST_NAMES]) + (" …" if len(blocked) > MOST_NAMES else "")
            raise failure(UNPAID, result=run.name, count=len(blocked), people=people)


def _following(month: str) -> str:
    year, number = divmod(int(month[:4]) * 12 + int(month[5:]), 12)
    return f"{year:04}-{number + 1:02}"


def corrections(closed: Sequence[Ledger], judge: Judge) -> list[Correction]:
    """What the open month has to book for the months closed: each judged again by its own schemes, less what was booked for it so far.

    Nothing of who can not be paid today because a line blocks it: what was booked stands until his pay can be said.
    """
    return [one for ledger in closed for one in _corrections(ledger, closed, _again(ledger, judge))]


@dataclass(frozen=True)
class _Today:
    """A closed month judged again: yuan by line, the figures behind them, and who can not be paid (scheme, agent)."""

    lines: Mapping[Key, Decimal]
    figures: Mapping[Who, Mapping[str, str]]
    blocked: Collection[tuple[str, str]]


def _again(ledger: Ledger, judge: Judge) -> _Today:
    lines: dict[Key, Decimal] = {}
    figures: dict[Who, dict[str, str]] = {}
    blocked = set()
    for name, scheme in ledger.schemes.items():
        for given in judge(scheme, *days_of(ledger.month)).statements:
            now = statement(given)
            who = (name, now["agent_id"], now["first"])
            figures[who] = dict(figures_of(now))
            if now["pay"] is None:
                blocked.add(who[:2])
            else:
                lines |= {(*who, line["line"]): Decimal(line["amount"]) for line in now["pay_lines"]}
    return _Today(lines, figures, blocked)


def _corrections(ledger: Ledger, closed: Sequence[Ledger], today: _Today) -> list[Correction]:
    booked, known = dict(ledger.lines), dict(ledger.figures)
    for later in closed:
        known |= later.restated.get(ledger.month, {})
        for one in later.corrections:
            if one.month == ledger.month:
                key = (one.scheme, one.agent_id, one.first, one.line)
                booked[key] = booked.get(key, Decimal(0)) + one.amount
    found = []
    for key in sorted({*booked, *today.lines}, key=_in_order):
        amount = today.lines.get(key, Decimal(0)) - booked.get(key, Decimal(0))
        # A stretch that is gone belongs to the same person as the one that blocks.
        if amount and key[:2] not in today.blocked:
            why = _why(known.get(key[:3], {}), today.figures.get(key[:3], {}))
            found.append(Correction(ledger.month, *key, amount, why))
    return found


def _in_order(key: Sequence[str | None]) -> tuple[str, ...]:
    return tuple(part or "" for part in key)


def _why(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """The figures that changed since they were last booked: `net_sales_amount 15000 → 13000`."""
    changed = [metric for metric in {**before, **after} if before.get(metric) != after.get(metric)]
    return "; ".join(f"{metric} {before.get(metric, '–')} → {after.get(metric, '–')}" for metric in changed)


def _loaded(content: Mapping[str, Any]) -> Ledger:
    restated: dict[str, dict[Who, Mapping[str, str]]] = {}
    for one in content["restated"]:
        restated.setdefault(one["month"], {})[one["scheme"], one["agent_id"], one["first"]] = one["figures"]
    schemes = [Scheme.model_validate(result["scheme"]) for result in content["results"]]
    return Ledger(
        content["month"],
        {scheme.name: scheme for scheme in schemes},
        {result["name"]: result["fingerprint"] for result in content["results"]},
        {(one["scheme"], one["agent_id"], one["first"], one["line"]): Decimal(one["amount"]) for one in content["lines"]},
        {(one["scheme"], one["agent_id"], one["first"]): one["figures"] for one in content["figures"]},
        tuple(Correction(**{**one, "amount": Decimal(one["amount"])}) for one in content["corrections"]),
        restated,
        digest_of(content),
        content["previous"],
    )
