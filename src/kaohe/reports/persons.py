"""What people who are appraised are called in reports, and the days they are judged for."""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Sequence
from datetime import date

from kaohe.appraisal import Person, Statement
from kaohe.errors import Lang
from kaohe.reports.headings import called

Period = tuple[date, date]


def known_as(people: Sequence[Person]) -> list[str]:
    """A name for each, no two alike: his own, else his id; the id behind it where two have one name, the days where one is judged for several stretches."""
    stretches = Counter(one.agent_id for one in people)
    owners = {(one.agent_id, one.name) for one in people}
    shared = Counter(name or agent for agent, name in owners)
    found = []
    for one in people:
        name = one.name or one.agent_id
        if shared[name] > 1:
            name = f"{name} {one.agent_id}" if one.name else name
        if stretches[one.agent_id] > 1 and one.first is not None and one.last is not None:
            name = f"{name} {one.first:%m-%d}–{one.last:%m-%d}"
        found.append(name)
    return found


def period_words(period: Period | None, lang: Lang) -> str:
    """A period as people say it: a whole month by its name, else its first and last day; empty for None.

    >>> period_words((date(2026, 11, 1), date(2026, 11, 30)), "zh"), period_words((date(2026, 11, 2), date(2026, 11, 8)), "zh")
    ('2026年11月', '2026-11-02 至 2026-11-08')
    """
    if period is None:
        return ""
    first, last = period
    if first.day == 1 and last == date(first.year, first.month, calendar.monthrange(first.year, first.month)[1]):
        return f"{first.year}年{first.month}月" if lang == "zh" else f"{first:%B %Y}"
    return f"{first} {'至' if lang == 'zh' else 'to'} {last}"


def position(one: Statement, lang: Lang) -> str:
    """Group and role: `女装一组 · 售前`; empty where neither is known."""
    role = None if one.role is None else called("role", lang).get(one.role, one.role)
    return " · ".join(part for part in (one.group, role) if part)


def stretch(one: Statement, period: Period | None, lang: Lang) -> str:
    """The days somebody is judged for."""
    if one.first is None and one.last is None:
        return period_words(period, lang)
    first, last = one.first or (period[0] if period else None), one.last or (period[1] if period else None)
    return period_words((first, last), lang) if first is not None and last is not None else ""
