"""Days worked, as somebody entered them (counting rule 54)."""

from __future__ import annotations

import polars as pl

from kaohe.metrics.metric import Family, Metric, Tally
from kaohe.metrics.source import Ask, Source

MILLIONTHS = 1_000_000
"""Days are added up as integers: sums of fractions would depend on the order of the rows."""


def attendance_rows(source: Source, ask: Ask) -> pl.DataFrame:
    """One row per entry of the asked days."""
    rows = (
        source.facts.table("attendance")
        .filter(ask.during())
        .with_columns(
            shop_id=pl.lit(None, pl.String),
            days=(pl.col("days") * MILLIONTHS).round().cast(pl.Int64),
            hour=pl.lit(None, pl.Int8),
            at=pl.lit(None, pl.Int64),
            subject="agent_id",
            buyer_id=pl.lit(None, pl.String),
            related="by",
            reason=pl.lit("attended"),
        )
    )
    return source.grouped(rows, ["agent_id", *ask.who])


worked = Tally("worked", "出勤天数之和", "days worked", pl.col("days"))

FAMILY = Family(
    "attendance",
    "出勤",
    "Attendance",
    frozenset({"agent", "group", "role", "day"}),
    ("attendance",),
    attendance_rows,
    (worked,),
    covers="none",
    metrics=(
        Metric(
            "days_worked",
            "出勤天数",
            "Days worked",
            "days",
            "higher",
            "A8",
            "Days entered in the table of attendance for the days of the period, half days and overtime as they stand there. Not told from chats: who "
            "answered nobody may have worked all the same.",
            "出勤表里期间内各日的天数之和，半天、加班照所填。不从聊天推断：没有接待不等于没有上班。",
            "event",
            over=worked,
            per=MILLIONTHS,
        ),
    ),
)
