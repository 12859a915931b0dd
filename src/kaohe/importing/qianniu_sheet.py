"""Qianniu chats in spreadsheets: times without a day get the day of the line above them, senders without a kind get theirs."""

from __future__ import annotations

import re
from collections.abc import Mapping

import polars as pl

from kaohe.importing.cells import BLANKS
from kaohe.importing.profiles import Profile
from kaohe.importing.raw import RawTable

_DAY = r"^\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?$"
_CLOCK = r"^\d{1,2}:\d{2}(?::\d{2})?$"


def day_in(cells: list[str | None]) -> str | None:
    """The day a row above the headings names, when one of its cells is nothing but a date."""
    return next((cell.strip() for cell in cells if cell and re.match(_DAY, cell.strip())), None)


def dated(raw: RawTable, places: Mapping[str, int], profile: Profile, day: str | None) -> tuple[RawTable, str | None]:
    """The table with whole times and senders filled in, and the day in force at its end.

    A row whose only cell is a date is a date line: it is taken out. `day` is what holds before the first of them. Without any, the
    times stay as they are, and their rows are refused for want of a day.
    """
    frame = raw.frame
    names = frame.columns
    time, account, sender = names[places["sent_at"]], names[places["agent_id"]], None
    filled = pl.sum_horizontal((pl.col(name).fill_null("").str.strip_chars(BLANKS) != "").cast(pl.Int8) for name in names)
    only = pl.coalesce(pl.when(pl.col(name).str.strip_chars(BLANKS) != "").then(pl.col(name).str.strip_chars(BLANKS)) for name in names)
    marks = frame.select(mark=pl.when((filled == 1) & only.str.contains(_DAY)).then(only))["mark"]
    days = marks.to_frame().select(pl.col("mark").forward_fill().fill_null(pl.lit(day, dtype=pl.String))).to_series()
    clock = frame[time].str.strip_chars(BLANKS)
    lacks = clock.str.contains(_CLOCK).fill_null(False) & days.is_not_null()
    frame = frame.with_columns((days + " " + clock).zip_with(lacks, frame[time]).alias(time))
    if "sender" in places:
        sender = names[places["sender"]]
        frame = frame.with_columns(_kinds(sender, account, profile))
    rows = marks.is_null()
    lines = raw.lines if raw.lines is not None else pl.int_range(raw.first, raw.first + len(frame), dtype=pl.Int64, eager=True)
    last = days[-1] if len(days) else day
    return RawTable(frame.filter(rows), raw.first, lines.filter(rows)), last


def _kinds(sender: str, account: str, profile: Profile) -> pl.Expr:
    """Robots are told by their account; where the kind is empty, an account with a colon is an agent's, any other a buyer's."""
    who = pl.col(account).str.strip_chars(BLANKS)
    robots = "|".join(profile.chat.robots) or r"$^"
    blank = pl.col(sender).fill_null("").str.strip_chars(BLANKS) == ""
    return (
        pl.when(who.str.contains(robots))
        .then(pl.lit("bot"))
        .when(blank & who.str.contains("[:：]"))
        .then(pl.lit("agent"))
        .when(blank & (who != ""))
        .then(pl.lit("buyer"))
        .otherwise(sender)
        .alias(sender)
    )
