"""A statement in words, as plain data that is kept: what was shown stays readable as it was, whatever changes later.

Places stand apart (`Judged.place`), since not everybody is shown them; so does pay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from kaohe.appraisal import Appraisal, Statement, words
from kaohe.appraisal.exact import plain
from kaohe.appraisal.next_band import next_band, said
from kaohe.appraisal.result import Line
from kaohe.errors import Lang
from kaohe_web.appraisals.models import Judged, Result

LANGS: tuple[Lang, ...] = ("zh", "en")


def rows(appraisal: Appraisal, result: Result) -> list[Judged]:
    """The statements of an appraisal in order of place, to be stored with a result."""
    return [_row(at, one, appraisal, result) for at, one in enumerate(appraisal.statements)]


def _row(at: int, one: Statement, appraisal: Appraisal, result: Result) -> Judged:
    return Judged(
        result=result,
        at=at,
        agent_id=one.agent_id,
        name=one.name or "",
        group=one.group or "",
        first=one.first,
        last=one.last,
        place=one.place,
        points="" if one.points is None else plain(one.points),
        grade=one.grade or "",
        pay=one.pay,
        told={lang: told(one, appraisal, lang) for lang in LANGS},
    )


def told(one: Statement, appraisal: Appraisal, lang: Lang) -> dict[str, Any]:
    """One statement in one language: items, gates and vetoes, factors of the PK, lines of pay, and the working in sentences without place and pay."""
    stop = "；" if lang == "zh" else "; "
    podiums = {key: replace(found, prize=Fraction(0)) for key, found in one.podium.items()}
    bare = replace(one, pay_lines=(), pay=None, place=None, reasons=(), podium=podiums)
    return {
        "grade": "" if one.grading is None else (one.grading.title.text(lang) if one.grading.title is not None else one.grading.name),
        "unplaced": stop.join(words.reason(found, lang) for found in one.reasons),
        "items": [_item(line, lang) for line in one.lines],
        "asked": [list(words.answered(found, lang)) for found in (*one.gates, *one.vetoes)],
        "words": words.statement(bare, appraisal, lang),
        "pay": [
            {"key": paid.key, "title": words.pay_title(paid, lang), "how": words.working(paid, lang), "yuan": f"{paid.amount:,.2f}"}
            for paid in one.pay_lines
        ],
        "pay_words": [words.paid(paid, lang) for paid in one.pay_lines],
    }


def _item(line: Line, lang: Lang) -> dict[str, Any]:
    better = next_band(line)
    return {
        "key": line.item.key,
        "title": words.title(line.item, lang),
        "figure": words.looked_at(line, lang),
        "landed": words.landed(line, lang),
        "weight": plain(line.weight) if getattr(line.item, "extra", None) is None else "",
        "points": "" if line.points is None else plain(line.points),
        "remark": words.remark(line, lang),
        "next": "" if better is None else said(better, line, lang),
    }


@dataclass(frozen=True, slots=True)
class Changed:
    """One thing of a statement before and after; an empty text where it was not there."""

    title: str
    before: str
    after: str


def differences(before: Judged, after: Judged, lang: Lang, *, pay: bool, place: bool) -> list[Changed]:
    """What two statements of one person say differently: items with figure and points, total, grade, and where they are shown place and pay."""
    old, new = before.told[lang], after.told[lang]
    found = list(_lists(old["items"], new["items"], lambda one: _joined(one["figure"], one["landed"], one["points"], one["remark"])))
    zh = lang == "zh"
    found.append(Changed("总分" if zh else "Total", before.points, after.points))
    found.append(Changed("等级" if zh else "Grade", old["grade"], new["grade"]))
    if place:
        found.append(Changed("名次" if zh else "Place", _said(before.place), _said(after.place)))
    if pay:
        found += _lists(old["pay"], new["pay"], lambda one: f"{one['yuan']}")
        found.append(Changed("应发" if zh else "Pay", _yuan(before.pay), _yuan(after.pay)))
    return [one for one in found if one.before != one.after]


def _lists(old: Sequence[Mapping[str, str]], new: Sequence[Mapping[str, str]], text: Any) -> list[Changed]:
    before, after = ({one["key"]: one for one in listed} for listed in (old, new))
    keys = dict.fromkeys([*after, *before])
    return [
        Changed(
            (after.get(key) or before[key])["title"],
            text(before[key]) if key in before else "",
            text(after[key]) if key in after else "",
        )
        for key in keys
    ]


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _said(value: object) -> str:
    return "–" if value is None else str(value)


def _yuan(amount: Decimal | None) -> str:
    return "–" if amount is None else f"{amount:,.2f}"
