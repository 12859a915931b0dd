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
from kaohe.packs import ShopPacks
from kaohe.records.changes import BEHIND, Change, Traits, as_data, changed, from_data, traits
from kaohe.records.files import FORMAT, created, digest_of, read
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

Judge: TypeAlias = Callable[[Scheme, date, date, ShopPacks], Appraisal]
"""Judges a period by a scheme on today's data, counted by certain packs."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What one line of one person in a closed month came to by now, against what was booked. `why` is what changed of him since; of a line that
    looks at figures alone, these."""

    month: str
    scheme: str
    agent_id: str
    first: str | None
    line: str
    amount: Decimal
    why: tuple[Change, ...]


@dataclass(frozen=True)
class Ledger:
    """A closed month: the results it was closed with, what everybody's lines came to, and corrections of earlier months.

    `packs` are those each scheme's figures were counted by, `code` the version of the program that judged. `traits` are what the lines rest on,
    `restated` what the corrections rest on, by month. `mended`: the packs by which the months before were judged again and are from then on; None
    where theirs went on holding. `digest` is the file's, `previous` that of the month before; None for the first.
    """

    month: str
    schemes: Mapping[str, Scheme]
    packs: Mapping[str, ShopPacks]
    code: Mapping[str, str]
    results: Mapping[str, str]
    lines: Mapping[Key, Decimal]
    traits: Mapping[Who, Traits]
    corrections: tuple[Correction, ...]
    restated: Mapping[str, Mapping[Who, Traits]]
    mended: ShopPacks | None
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


def close(folder: Path, month: str, runs: Sequence[Run], judge: Judge, *, unpaid: bool = False, mended: ShopPacks | None = None) -> Ledger:
    """Close a month with results, one of each scheme, and book the corrections of the months before in it.

    `unpaid`: also where a line blocks somebody's pay; he has no lines then. `mended`: packs by which the months before are judged from now on,
    instead of those they were closed with. Raises `Failure` where the month is closed already or not the next, where a result is of another period,
    pays nothing or stands twice, and for people without pay.
    """
    period = days_of(month)
    before = ledgers(folder)
    _check(month, runs, period, before, unpaid)
    today = [_again(ledger, before, judge, mended) for ledger in before]
    booked = [one for ledger, again in zip(before, today, strict=True) for one in _corrections(ledger, before, again)]
    corrected = {(one.month, one.scheme, one.agent_id, one.first) for one in booked}
    content = {
        "format": FORMAT,
        "month": month,
        "previous": before[-1].digest if before else None,
        "mended": None if mended is None else mended.content(),
        "results": [
            {
                "name": run.name,
                "fingerprint": run.fingerprint,
                "code": run.content["inputs"]["code"],
                "scheme": run.content["scheme"],
                "packs": run.content["packs"],
            }
            for run in runs
        ],
        "lines": [
            {"scheme": run.scheme.name, "agent_id": one["agent_id"], "first": one["first"], "line": line["line"], "amount": line["amount"]}
            for run in runs
            for one in run.statements
            if one["pay"] is not None
            for line in one["pay_lines"]
        ],
        "traits": [
            {"scheme": run.scheme.name, "agent_id": one["agent_id"], "first": one["first"], "traits": _data(traits(one))}
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
                "why": [{"what": why.what, "of": why.of, "before": as_data(why.before), "after": as_data(why.after)} for why in one.why],
            }
            for one in booked
        ],
        "restated": [
            {"month": ledger.month, "scheme": who[0], "agent_id": who[1], "first": who[2], "traits": _data(again.traits.get(who, {}))}
            for ledger, again in zip(before, today, strict=True)
            for who in sorted({key[1:] for key in corrected if key[0] == ledger.month}, key=_in_order)
        ],
    }
    if not created(folder / f"{month}.json", content):
        raise failure(CLOSED, month=month)
    return _loaded(read(folder / f"{month}.json"))


def _data(found: Traits) -> list[dict[str, Any]]:
    return [{"what": what, "of": of, "is": as_data(told)} for (what, of), told in found.items()]


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


def corrections(closed: Sequence[Ledger], judge: Judge, *, mended: ShopPacks | None = None) -> list[Correction]:
    """What the open month has to book for the months closed: each judged again by its own schemes and packs, less what was booked for it so far.

    With `mended` by these packs instead. Nothing of who can not be paid today because a line blocks it: what was booked stands until his pay can be
    said.
    """
    return [one for ledger in closed for one in _corrections(ledger, closed, _again(ledger, closed, judge, mended))]


def packs_of(ledger: Ledger, scheme: str, closed: Sequence[Ledger]) -> ShopPacks:
    """The packs a scheme's closed month is judged again by: those it was closed with, or those a later closing mended it by; and of shops that came
    later those of the first ledger that knows them."""
    found = ledger.packs[scheme]
    for later in closed:
        if later.month > ledger.month and later.mended is not None:
            found = later.mended
    for later in closed:
        if later.month > ledger.month:
            for packs in later.packs.values():
                found = found.beside(packs)
    return found


@dataclass(frozen=True)
class _Today:
    """A closed month judged again: yuan by line, what they rest on, and who can not be paid (scheme, agent)."""

    lines: Mapping[Key, Decimal]
    traits: Mapping[Who, Traits]
    blocked: Collection[tuple[str, str]]


def _again(ledger: Ledger, closed: Sequence[Ledger], judge: Judge, mended: ShopPacks | None) -> _Today:
    lines: dict[Key, Decimal] = {}
    found: dict[Who, Traits] = {}
    blocked = set()
    for name, scheme in ledger.schemes.items():
        packs = packs_of(ledger, name, closed) if mended is None else mended
        for given in judge(scheme, *days_of(ledger.month), packs).statements:
            now = statement(given)
            who = (name, now["agent_id"], now["first"])
            found[who] = traits(now)
            if now["pay"] is None:
                blocked.add(who[:2])
            else:
                lines |= {(*who, line["line"]): Decimal(line["amount"]) for line in now["pay_lines"]}
    return _Today(lines, found, blocked)


def _corrections(ledger: Ledger, closed: Sequence[Ledger], today: _Today) -> list[Correction]:
    booked, known = dict(ledger.lines), dict(ledger.traits)
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
            why = _why(key, known, today.traits, ledger.schemes[key[0]])
            found.append(Correction(ledger.month, *key, amount, why))
    return found


def _in_order(key: Sequence[str | None]) -> tuple[str, ...]:
    return tuple(part or "" for part in key)


def _why(key: Key, known: Mapping[Who, Traits], today: Mapping[Who, Traits], scheme: Scheme) -> tuple[Change, ...]:
    agent, first, line = key[1:]
    before, after = known.get(key[:3], {}), today.get(key[:3], {})
    if not before or not after:
        stretches = [_stretches(traits, key[:2]) for traits in (known, today)]
        if all(stretches):
            return (Change(agent, first, "stretches", None, *stretches),)
        return (Change(agent, first, "left" if before else "came", None, None, None),)
    found = [one for one in changed(agent, first, before, after) if one.what in BEHIND]
    looked = _looked_at(scheme, line)
    own = [one for one in found if one.what == "figure" and (one.of or "").split(":")[0] in looked]
    return tuple(own or found)


def _stretches(traits: Mapping[Who, Traits], of: tuple[str, str]) -> str:
    """The stretches a person is judged for under a scheme; nothing where he is not."""
    mine = sorted((who for who in traits if who[:2] == of and traits[who]), key=_in_order)
    return ", ".join(str(traits[who].get(("days", None)) or "–") for who in mine)


def _looked_at(scheme: Scheme, line: str) -> Collection[str]:
    """The metrics a line of pay comes from; none where points, grades or days have a part in it."""
    plan = scheme.pay
    for key, one in zip(plan.keys, plan.lines, strict=True) if plan is not None else ():
        if key == line and not (one.coefficient or one.pro_rata or one.gated) and all(quantity.metrics for quantity in one.quantities):
            return {metric for quantity in one.quantities for metric in quantity.metrics}
    return ()


def _loaded(content: Mapping[str, Any]) -> Ledger:
    restated: dict[str, dict[Who, Traits]] = {}
    for one in content["restated"]:
        restated.setdefault(one["month"], {})[one["scheme"], one["agent_id"], one["first"]] = _traits(one["traits"])
    results = content["results"]
    schemes = [Scheme.model_validate(result["scheme"]) for result in results]
    return Ledger(
        content["month"],
        {scheme.name: scheme for scheme in schemes},
        {scheme.name: ShopPacks.read(result["packs"]) for scheme, result in zip(schemes, results, strict=True)},
        {scheme.name: result["code"] for scheme, result in zip(schemes, results, strict=True)},
        {result["name"]: result["fingerprint"] for result in results},
        {(one["scheme"], one["agent_id"], one["first"], one["line"]): Decimal(one["amount"]) for one in content["lines"]},
        {(one["scheme"], one["agent_id"], one["first"]): _traits(one["traits"]) for one in content["traits"]},
        tuple(_correction(one) for one in content["corrections"]),
        restated,
        None if content["mended"] is None else ShopPacks.read(content["mended"]),
        digest_of(content),
        content["previous"],
    )


def _traits(content: Sequence[Mapping[str, Any]]) -> Traits:
    return {(one["what"], one["of"]): from_data(one["is"]) for one in content}


def _correction(content: Mapping[str, Any]) -> Correction:
    agent, first = content["agent_id"], content["first"]
    why = (Change(agent, first, one["what"], one["of"], from_data(one["before"]), from_data(one["after"])) for one in content["why"])
    return Correction(content["month"], content["scheme"], agent, first, content["line"], Decimal(content["amount"]), tuple(why))
