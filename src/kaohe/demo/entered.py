"""What people enter by hand: marks, days that do not count, days of leave, and whether an after-sale case was settled."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from kaohe.demo.catalogue import SHOPS
from kaohe.demo.conversations import Contacts, Outcomes
from kaohe.demo.people import GOOD, STRONG, WEAK, Agent, Roster, Skill, resting
from kaohe.demo.streams import stream
from kaohe.model.tables import ATTENDANCE, EXEMPTIONS, LEAVES, SCORES

REVIEWER, LEAD, AFTERSALE_LEAD = "质检组", "运营主管", "售后组长"
"""Who gives the marks, and who says whether a case was settled."""

HOLIDAY, FAILURE = 6, 13
"""Days of the demo, counted from 0, that a platform and a shop do not count. Shorter demos have none."""

_LEVELS: dict[Skill, float] = {STRONG: 6.0, GOOD: 3.0, WEAK: -9.0}
"""Points by which the marks of who works so well differ from everybody's."""

_RESTING = {"mo": 0, "xie": 1, "dong": 2, "zeng": 0}
"""Agents on leave, and on which of their days off: a first, a second, a third one in the demo."""


def scores(staff: Roster, seed: int, first: dt.date, days: int) -> pl.DataFrame:
    """Marks of everybody at work: chats weekly, what is tested or judged once a month, on the last day of it that the demo has.

    Points from 0 to 100, characters a minute for typing; plans and the team's progress as shares of one, of all shops together.
    """
    rng = stream("entered", seed)
    last = first + dt.timedelta(days=days - 1)
    rows: list[tuple[str | None, str | None, str, dt.date, float, str, str | None]] = []
    for agent in staff.agents:
        level = _LEVELS.get(agent.skill, 0.0)
        for number in range(6, days, 7):
            if _works(agent, number):
                mark = round(float(np.clip(86 + level + rng.normal(0, 4), 40, 100)) * 2) / 2
                note = "漏答一问，未给出发货时间" if mark < 80 else None
                rows.append((None, agent.agent_id, "qa_score", first + dt.timedelta(days=number), mark, REVIEWER, note))
        for metric, mean, spread, low, high, by in (
            ("knowledge_score", 84 + level, 6, 30, 100, REVIEWER),
            ("typing_speed", 62 + 1.5 * level, 9, 20, 120, REVIEWER),
            ("conduct_score", 90 + level / 2, 4, 50, 100, LEAD),
            ("cooperation", 88 + level / 2, 5, 50, 100, LEAD),
            ("discipline", 93, 4, 60, 100, LEAD),
        ):
            mark = float(round(float(np.clip(mean + rng.normal(0, spread), low, high))))
            if _works(agent, days - 1):
                rows.append((None, agent.agent_id, metric, last, mark, by, None))
    rows += [
        (None, None, metric, last, round(float(rng.uniform(0.8, 1.0)), 2), LEAD, None) for metric in ("plan_execution", "team_progress")
    ]
    names = [column.name for column in SCORES.columns]
    return pl.DataFrame(rows, schema={name: SCORES.schema[name] for name in names}, orient="row")


def _works(agent: Agent, day: int) -> bool:
    return (agent.joins is None or agent.joins <= day) and (agent.leaves is None or day <= agent.leaves)


def exemptions(first: dt.date, days: int) -> pl.DataFrame:
    """A day on which Douyin does not judge replies, and one on which the JD shop's system was down."""
    jd = next(shop.shop_id for shop in SHOPS if shop.platform == "jd")
    rows = [
        (HOLIDAY, "douyin", None, "response", "平台公告：节日期间不考核回复"),
        (FAILURE, None, jd, "all", "客服系统故障，全天消息延迟"),
    ]
    found = [
        (platform, shop, day := first + dt.timedelta(days=number), day, covers, reason)
        for number, platform, shop, covers, reason in rows
        if number < days
    ]
    return pl.DataFrame(found, schema=EXEMPTIONS.schema, orient="row")


def leaves(staff: Roster, first: dt.date, days: int) -> pl.DataFrame:
    """Leave of a few agents, each on a day on which the demo has nothing of theirs."""
    rows = []
    for agent_id, turn in _RESTING.items():
        seat = staff.seat(agent_id)
        place = staff.of(seat.shop).index(seat)
        off = [day for day in (first + dt.timedelta(days=n) for n in range(days)) if resting(day, place)]
        if len(off) > turn:
            rows.append((agent_id, off[turn], off[turn], "年假" if turn else "病假"))
    return pl.DataFrame(rows, schema=LEAVES.schema, orient="row")


def attendance(staff: Roster, first: dt.date, days: int) -> pl.DataFrame:
    """A day for every day somebody had his seat and it was not its day off; who has seats in two shops was at work if either was taken."""
    worked: set[tuple[str, dt.date]] = set()
    for shop in range(len(SHOPS)):
        for place, seat in enumerate(staff.of(shop)):
            for number in range(days):
                day = first + dt.timedelta(days=number)
                agent = seat.owner(number).agent
                if agent is not None and _works(agent, number) and not resting(day, place):
                    worked.add((agent.agent_id, day))
    rows = [(agent, day, 1.0, LEAD, None) for agent, day in sorted(worked)]
    return pl.DataFrame(rows, schema=ATTENDANCE.schema, orient="row")


def resolutions(rng: np.random.Generator, day: dt.date, contacts: Contacts, went: Outcomes) -> pl.DataFrame:
    """Marks on some of a day's after-sale contacts: `contact` is the row, `day`, `resolved`."""
    rows = np.flatnonzero(rng.random(len(contacts)) < 0.3)
    settled = (went.first_wait[rows] >= 0) & (rng.random(len(rows)) < 0.88 - 0.2 * contacts.curt[rows])
    return pl.DataFrame({"contact": rows, "day": [day] * len(rows), "resolved": settled}, schema_overrides={"day": pl.Date})
