"""The platforms' own report tables (客服绩效 and the like), made from the same conversations and orders, in their own layouts.

What one meets in them is here too: summing rows among the agents, figures of 8–23 beside those of the whole day, a file named for a day three
days after its data, an account nobody mapped, and an agent the platform does not show.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl

from kaohe.demo.catalogue import SHOPS
from kaohe.demo.exports import stamp
from kaohe.demo.layouts import (
    DOUYIN_AGENTS,
    JD_AGENTS,
    PDD_AGENTS,
    PDD_AGENTS_BY_DAY,
    PDD_SERVICE,
    TMALL_AGENTS,
    TMALL_INQUIRIES,
    Cell,
    Exported,
    write_workbook,
)
from kaohe.demo.people import Roster
from kaohe.demo.rhythm import DAY
from kaohe.demo.tallies import over, spans
from kaohe.demo.visits import EPOCH, midnight

HIDDEN = "xu"
"""The agent whose figures the first shop's reports do not show: the account may not see its own."""

LAG = 3
"""Days after the last of its data for which Tmall names a report."""

Tally: TypeAlias = Mapping[str, Any]
"""One row of numbers, see `kaohe.demo.tallies`."""


def write_reports(folder: Path, staff: Roster, tallies: pl.DataFrame, shops: pl.DataFrame, first: dt.date, days: int) -> list[Exported]:
    """Write all report tables of the days from `first` on. Gives what was written. `tallies` are by account, `shops` of
    whole shops, see `kaohe.demo.tallies`."""
    written: list[Exported] = []
    start, last = midnight(first) // DAY, first + dt.timedelta(days=days - 1)
    span, made = f"{first:%Y%m%d}_{last:%Y%m%d}", stamp((start + days) * DAY)
    hidden = staff.seat(HIDDEN).account
    tallies, shops = (table.filter(pl.col("day").is_between(start, start + days - 1)) for table in (tallies, shops))

    def put(profile: str, place: Path, sheet: str, above: Sequence[Sequence[Cell]], rows: Sequence[Sequence[Cell]], below: int = 0) -> None:
        """One workbook: what stands above, the rows, and of these the last `below`, which only sum up."""
        write_workbook(place, sheet, [*above, *rows])
        written.append(Exported(profile, len(rows) - below, below))

    for number, shop in enumerate(SHOPS):
        mine, daily = (table.filter(pl.col("shop") == number) for table in (tallies, shops))
        place = folder / shop.platform / shop.shop_id
        match shop.platform:
            case "pdd" if number == 0:
                shown = mine.filter(pl.col("account") != hidden)
                people = [pdd_day(row) for row in over(shown, "day", "account").iter_rows(named=True)]
                put("pdd_agents", place / f"客服绩效_按日_{made}.xlsx", "Sheet0", [PDD_AGENTS_BY_DAY], people)
            case "pdd":
                people = [pdd_agent(row, place + 1) for place, row in enumerate(over(mine, "account").iter_rows(named=True))]
                below = [pdd_agent(_whole(mine, "总计"), None), pdd_agent(_mean(mine, "平均"), None)]
                put("pdd_agents", place / f"客服绩效_{span}.xlsx", "Sheet0", [PDD_AGENTS], [*people, *below], len(below))
            case "taobao":
                people = [tmall_agent(row) for row in over(mine, "account").iter_rows(named=True)]
                wholes = [tmall_agent(_whole(mine, name)) for name in ("汇总值", "全店汇总值")]
                means = [tmall_agent(_mean(mine, name)) for name in ("平均值", "全店平均值", "同行同层优秀", "同行同层均值")]
                below = [wholes[0], means[0], wholes[1], *means[1:]]
                name = f"自制报表-报表查看-客服绩效_{span}_全部.xlsx"
                put("tmall_agents_custom", place / name, "Sheet1", [TMALL_AGENTS], [*people, *below], len(below))
                # The last days are not out yet when the demo ends.
                for since, until in spans(start, days + 1 - LAG, 7):
                    rows = daily.filter(pl.col("day").is_between(since, until)).iter_rows(named=True)
                    name = f"客服-业绩询单_{_day(until + LAG)}.xlsx"
                    put("tmall_inquiries_daily", place / name, "Sheet1", [TMALL_INQUIRIES], [tmall_day(row) for row in rows])
            case "jd":
                for since, until in spans(start, days, 7):
                    week = mine.filter(pl.col("day").is_between(since, until))
                    people = [jd_agent(row) for row in over(week, "account").iter_rows(named=True)]
                    name = f"店铺数据_{_plain(since)}_{_plain(until)}.xlsx"
                    put("jd_agents", place / name, "整体数据", [JD_AGENTS], [*people, jd_agent(_whole(week, "合计"))], 1)
            case "douyin":
                for since, until in spans(start, days, 7):
                    week = mine.filter(pl.col("day").is_between(since, until))
                    present = dict(week.group_by("account").agg(pl.col("day").n_unique()).iter_rows())
                    people = [douyin_agent(row, present[row["account"]]) for row in over(week, "account").iter_rows(named=True)]
                    below = douyin_sums(week)
                    name = f"客服表现_{_plain(since)}_{_plain(until)}.xlsx"
                    put("douyin_agents", place / name, "客服表现", [DOUYIN_AGENTS], [*people, *below], len(below))
        if shop.platform == "pdd":
            above = [["店铺服务数据"], PDD_SERVICE, ["数据次日更新，评分与纠纷按发生日统计"]]
            served = [pdd_shop(row) for row in daily.iter_rows(named=True)]
            put("pdd_service_daily", place / f"客服_服务数据_{made}.xlsx", "Sheet1", above, served)
    return written


# Rows ---------------------------------------------------------------------------------------------------------------------------


def pdd_day(row: Tally) -> list[Cell]:
    """A row of the layout of 2024: an agent on a day, the average response in minutes."""
    return [
        _day(row["day"]),
        row["account"],
        str(row["consulting_all"]),
        str(row["inquiries"]),
        str(row["converted"]),
        str(row["inquiries"] - row["converted"]),
        percent(row["converted"], row["inquiries"]),
        money(row["sold_fen"]),
        str(row["served"]),
        str(row["need"]),
        str(row["late"]),
        percent(row["need"] - row["late"], row["need"]),
        minutes(row["wait"], row["waits"]),
        percent(row["quick"], row["asked"]),
        str(row["low"]),
        str(row["rated"]),
        percent(row["low"], row["rated"]),
        str(row["disputes"]),
        str(row["complaints"]),
        percent(row["consulting_all"] - row["late_all"], row["consulting_all"]),
        percent(row["quick_all"], row["asked_all"]),
    ]


def pdd_agent(row: Tally, number: int | None) -> list[Cell]:
    """A row of the layout of 2026: an agent over the days in the file's name, the average response as 9秒."""
    good, rated = row["rated"] - row["low"], row["rated"]
    return [
        "" if number is None else str(number),
        row["account"],
        f"{3 + 2 * good / rated:.1f}" if rated else "-",
        _count(row["consulting_all"]),
        _count(row["inquiries"]),
        _count(row["converted"]),
        percent(row["converted"], row["inquiries"]),
        f"{row['sold_fen'] / 100:,.2f}",
        money(row["sold_fen"] - row["back_fen"]),
        _count(row["need"]),
        _count(row["served"]),
        _count(row["late"]),
        percent(row["need"] - row["late"], row["need"]),
        percent(row["quick"], row["asked"]),
        duration(row["wait"], row["waits"]),
        _count(row["low"]),
        _count(row["disputes"]),
        _count(row["complaints"]),
    ]


def pdd_shop(row: Tally) -> list[Cell]:
    """A shop's day in 服务数据, the average response in minutes."""
    return [
        _day(row["day"]),
        str(row["consulting_all"]),
        str(row["need"]),
        str(row["served"]),
        percent(row["need"] - row["late"], row["need"]),
        percent(row["quick"], row["asked"]),
        minutes(row["wait"], row["waits"]),
        str(row["low"]),
        str(row["disputes"]),
        str(row["complaints"]),
        "0",
        "0",
        "0",
        "0",
        percent(row["complaints"], row["consulting_all"]),
        "-",
        percent(row["consulting_all"] - row["late_all"], row["consulting_all"]),
        percent(row["quick_all"], row["asked_all"]),
    ]


def tmall_agent(row: Tally) -> list[Cell]:
    return [
        row["account"],
        _count(row["converted"]),
        _count(row["inquiries"]),
        percent(row["converted"], row["inquiries"]),
        seconds(row["first_wait"], row["first_waits"]),
        seconds(row["turn_wait"], row["turn_waits"]),
        percent(row["good"], row["rated"]),
        percent(row["reached"], row["consulting"]),
        f"{row['converted_fen'] / 100:,.2f}",
        money(row["back_fen"]),
    ]


def tmall_day(row: Tally) -> list[Cell]:
    return [
        _day(row["day"]),
        str(row["inquiries"]),
        str(row["inquiries"]),
        str(row["same_day"]),
        money(row["same_day_fen"]),
        str(row["converted"]),
        money(row["converted_fen"]),
        percent(row["same_day"], row["inquiries"]),
        percent(row["converted"], row["inquiries"]),
    ]


def jd_agent(row: Tally) -> list[Cell]:
    return [
        row["account"],
        str(row["sessions"]),
        str(row["inquiries"]),
        str(row["order_buyers"]),
        money(row["ordered_fen"]),
        seconds(row["wait_within"], row["waits_within"]),
        percent(row["opened_quickly"], row["opened"]),
        percent(row["consulting"] - row["late_within"], row["consulting"]),
        str(row["good"]),
        str(row["rated"]),
    ]


def douyin_agent(row: Tally, present: int) -> list[Cell]:
    """An agent's row; `present` days he was there."""
    return [
        row["account"],
        str(present),
        str(row["sessions_all"]),
        str(row["unanswered"]),
        str(row["served"]),
        "0",
        str(row["rated"]),
        str(row["good"]),
        str(row["bad"]),
        percent(row["bad"], row["rated"]),
        percent(row["good"], row["rated"]),
        duration(row["wait_all"], row["waits_all"]),
        duration(row["first_wait"], row["first_waits"]),
        percent(row["consulting_all"] - row["late_all"], row["consulting_all"]),
        duration(row["wait_within"], row["waits_within"]),
        percent(row["consulting"] - row["late_within"], row["consulting"]),
        str(row["complaints"]),
        str(row["inquiries"]),
        str(row["order_buyers"]),
        str(row["converted"]),
        str(row["back_buyers"]),
        money(row["converted_fen"]),
        money(row["back_fen"]),
        money(row["converted_fen"] - row["back_fen"]),
        percent(row["converted"], row["inquiries"]),
    ]


def douyin_sums(week: pl.DataFrame) -> list[list[Cell]]:
    """The two rows under the agents: the sum leaves out rates and durations, only the mean has them."""
    whole = douyin_agent(_whole(week, "店铺汇总值"), 0)
    rated = {place for place, heading in enumerate(DOUYIN_AGENTS) if heading.endswith(("率", "时长"))}
    mean = douyin_agent(_mean(week, "店铺平均值"), 0)
    return [["-" if place in rated else cell for place, cell in enumerate(whole)], mean]


def _whole(tallies: pl.DataFrame, name: str) -> Tally:
    """All rows as one, under that name."""
    numbers = [column for column in tallies.columns if column not in ("shop", "day", "account")]
    return {"account": name, **tallies.select(pl.col(numbers).sum()).row(0, named=True)}


def _mean(tallies: pl.DataFrame, name: str) -> Tally:
    """The sum shared out among the accounts: counts become fractions, rates stay what they are."""
    accounts = max(tallies["account"].n_unique(), 1)
    whole = _whole(tallies, name)
    return {"account": name, **{column: round(count / accounts, 1) for column, count in whole.items() if column != "account"}}


# Cells --------------------------------------------------------------------------------------------------------------------------


def percent(part: float, whole: float) -> str:
    """`36.99%`, or a dash where there is nothing to share.

    >>> percent(3, 8), percent(0, 0)
    ('37.50%', '-')
    """
    return f"{100 * part / whole:.2f}%" if whole else "-"


def duration(total: float, count: float) -> str:
    """The mean of whole seconds as the back offices word it; a dash for none.

    >>> duration(27, 3), duration(150, 1), duration(27712, 1), duration(0, 0)
    ('9秒', '2分30秒', '7小时41分52秒', '-')
    """
    if not count:
        return "-"
    rest = round(total / count)
    hours, minute, second = rest // 3600, rest % 3600 // 60, rest % 60
    return f"{hours}小时{minute}分{second}秒" if hours else f"{minute}分{second}秒" if minute else f"{second}秒"


def seconds(total: float, count: float) -> str:
    return f"{total / count:.1f}" if count else "-"


def minutes(total: float, count: float) -> str:
    return f"{total / count / 60:.2f}" if count else "-"


def money(fen: float) -> str:
    return f"{fen / 100:.2f}"


def _count(number: float) -> str:
    """A count; of a mean, with its fraction."""
    return f"{number:g}" if isinstance(number, float) else str(number)


def _day(number: int) -> str:
    return dt.date.fromordinal(number + EPOCH).isoformat()


def _plain(number: int) -> str:
    return stamp(number * DAY)
