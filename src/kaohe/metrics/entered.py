"""What people enter: marks of reviews, exams and typing tests, marks given by hand, and month targets (counting rules 36, 45)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import polars as pl

from kaohe.metrics import exempt
from kaohe.metrics.metric import Family, Metric, Tally
from kaohe.metrics.sales import FEN, sold
from kaohe.metrics.source import NO_HOUR, Ask, Source

MILLIONTHS = 1_000_000
"""Marks are added up as integers: sums of fractions would depend on the order of the rows."""


def marks(source: Source, ask: Ask) -> pl.DataFrame:
    """One row per mark of the asked days and group. A mark of no shop stands in the shops of `_placed` where figures are told apart by shop."""
    given = source.facts.table("scores").rename({"agent_id": "account", "scored_on": "day"})
    given = given.with_row_index("mark").filter(ask.during())
    rows = _whose(source, given, "day")
    if ask.by_shop:
        rows = _placed(source, rows).filter(ask.within())
    if ask.by_shop and "shop_id" not in ask.columns:
        # A mark that stands in several shops of one group is one mark.
        platform = pl.col("shop_id").replace_strict(source.platforms, default=None, return_dtype=pl.String)
        rows = rows.with_columns(_platform=platform if "platform" in ask.columns else pl.lit(None))
        rows = rows.unique(["mark", "_platform"], keep="first", maintain_order=True).drop("_platform")
    rows = rows.with_columns(
        score=(pl.col("score") * MILLIONTHS).round().cast(pl.Int64),
        hour=pl.lit(None, pl.Int8),
        at=pl.lit(None, pl.Int64),
        subject="account",
        buyer_id=pl.lit(None, pl.String),
        related="by",
        reason="metric",
    )
    return source.grouped(rows, ["agent_id", *ask.who])


def _whose(source: Source, rows: pl.DataFrame, day: str) -> pl.DataFrame:
    """Rows with `agent_id`: who the table names, by his own id or by an account of the shop on that day."""
    named = pl.col("account").is_in(source.roster.agents["agent_id"].implode())
    mapped = source.roster.assigned(rows, ["agent_id"], pl.col(day))
    return mapped.with_columns(agent_id=pl.when(named).then("account").otherwise("agent_id"))


def _placed(source: Source, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of an agent and no shop once for each shop in which he has an account that day; where he has none in any, the only shop there is, else left out.

    A row of nobody and no shop is of all shops.
    """
    said, open_ = rows.filter(pl.col("shop_id").is_not_null()), rows.filter(pl.col("shop_id").is_null()).drop("shop_id")
    if open_.is_empty():
        return said
    shops = source.shops.select("shop_id")
    accounts = source.roster.accounts.select("shop_id", "agent_id", "valid_from", "valid_to")
    held = (
        open_.select("mark", "agent_id", "day")
        .join(accounts, on="agent_id", how="inner")
        .filter(
            pl.col("valid_from").fill_null(date.min) <= pl.col("day"),
            pl.col("valid_to").fill_null(date.max) >= pl.col("day"),
        )
        .select("mark", "shop_id")
        .unique()
    )
    everywhere = open_.filter(pl.col("agent_id").is_null() | (len(shops) == 1)).select("mark").join(held, on="mark", how="anti")
    where = pl.concat([held, everywhere.join(shops, how="cross")]).sort("mark", "shop_id")
    return pl.concat([said, open_.join(where, on="mark", how="inner").select(said.columns)])


def latest_marks(source: Source, ask: Ask) -> pl.DataFrame:
    """The marks of each group's latest day with any of the kind, days left out not looked at."""
    rows = exempt.kept(source, LATEST, marks(source, ask))
    if "platform" in ask.columns:
        rows = rows.with_columns(platform=pl.col("shop_id").replace_strict(source.platforms, default=None, return_dtype=pl.String))
    return rows.filter(pl.col("day") == pl.col("day").max().over([*ask.columns, "metric"]))


def _means(metric: str, zh: str, en: str, prefix: str = "") -> tuple[Tally, Tally]:
    """The sum of the marks of one kind, and how many there are."""
    mine = pl.col("metric") == metric
    return (
        Tally(f"{prefix}{metric}_sum", f"{zh}之和", f"sum of {en}", pl.col("score") * mine),
        Tally(f"{prefix}{metric}_count", f"{zh}次数", f"number of {en}", mine.cast(pl.Int64)),
    )


TESTED = {
    "qa_score": (
        "聊天记录评分",
        "Chat quality score",
        "quality marks",
        "A3, A6",
        "质检给聊天记录的评分",
        "Marks of quality reviews of chats",
    ),
    "knowledge_score": (
        "专业知识评分",
        "Product knowledge score",
        "exam results",
        "A3",
        "专业知识考试的成绩",
        "Results of exams on the products",
    ),
    "typing_speed": (
        "打字速度",
        "Typing speed",
        "typing tests",
        "A3",
        "打字测试的成绩，单位：字/分钟",
        "Results of typing tests, in characters a minute",
    ),
    "conduct_score": ("日常表现评分", "Conduct score", "conduct marks", "A3, A6", "日常表现的评分", "Marks for everyday conduct"),
}
"""What is measured now and then, so that both its mean and its latest result are asked for: name, English, the tally's words, source, what it is."""

GIVEN = {
    "plan_execution": (
        "计划执行",
        "Plan execution",
        "marks of plan execution",
        "A9",
        "计划执行的评分或百分比",
        "Marks or shares for carrying out plans",
    ),
    "team_progress": (
        "团队进步",
        "Team progress",
        "marks of team progress",
        "A9",
        "团队进步的评分或百分比",
        "Marks or shares for the team's progress",
    ),
    "cooperation": (
        "协作配合",
        "Cooperation",
        "marks of cooperation",
        "A9",
        "协作配合的评分或百分比",
        "Marks or shares for working with others",
    ),
    "discipline": (
        "遵章守纪",
        "Discipline",
        "marks of discipline",
        "A9",
        "遵章守纪的评分或百分比",
        "Marks or shares for keeping the rules",
    ),
}

MEAN_OF = {id: _means(id, zh, tally) for id, (zh, _, tally, *_) in {**TESTED, **GIVEN}.items()}
LATEST_OF = {id: _means(id, f"最近{zh}", f"latest {tally}", "latest_") for id, (zh, _, tally, *_) in TESTED.items()}

MARKS = Family(
    "marks",
    "评分",
    "Marks",
    NO_HOUR,
    ("scores",),
    marks,
    tuple(tally for pair in MEAN_OF.values() for tally in pair),
    metrics=tuple(
        Metric(
            id,
            zh,
            en,
            "score",
            "higher",
            source,
            f"{meaning}: the mean of all results of the period, in the item's own unit. A result of no shop stands in the shops in which the agent has an "
            "account where figures are told apart by shop.",
            f"{meaning_zh}：期间内各次结果的平均，按其自身的单位。没有写店铺的结果，按店铺分开看时计入该客服有账号的各店铺。",
            "event",
            over=MEAN_OF[id][0],
            under=MEAN_OF[id][1],
            per=MILLIONTHS,
            cases=False,
        )
        for id, (zh, en, _, source, meaning_zh, meaning) in {**TESTED, **GIVEN}.items()
    ),
)

LATEST = Family(
    "latest_marks",
    "最近评分",
    "Latest marks",
    NO_HOUR,
    ("scores",),
    latest_marks,
    tuple(tally for pair in LATEST_OF.values() for tally in pair),
    metrics=tuple(
        Metric(
            f"{id}_latest",
            f"最近{zh}",
            f"Latest {en[0].lower()}{en[1:]}",
            "score",
            "higher",
            source,
            f"{meaning}: the result of the last day of the period that has one, the mean of several of that day.",
            f"{meaning_zh}：期间内最近一次的结果；同一天有多次的取平均。",
            "event",
            over=LATEST_OF[id][0],
            under=LATEST_OF[id][1],
            per=MILLIONTHS,
            cases=False,
        )
        for id, (zh, en, _, source, meaning_zh, meaning) in TESTED.items()
    ),
)


own_target = Tally("own_target", "销售目标", "sales targets", pl.col("target"))
shop_target = Tally("shop_target", "店铺目标", "the shops' targets", pl.col("target") * ~pl.col("of_agent"))


def monthly_targets(source: Source, metrics: Collection[str], first: date, last: date) -> pl.DataFrame:
    """The targets of those metrics for months that days from `first` to `last` touch: the table's columns, with `account` for its agent_id, `agent_id`
    whose it is (null: the shop's own), `_begins` and `_ends`, the ends of the month."""
    month = (pl.col("month") + "-01").str.to_date("%Y-%m-%d", strict=False)
    given = (
        source.facts.table("targets")
        .filter(pl.col("metric").is_in(list(metrics)))
        .with_columns(_begins=month.dt.month_start(), _ends=month.dt.month_end())
        .filter(pl.col("_begins") <= last, pl.col("_ends") >= first)
    )
    # Accounts are mapped on the month's last day: one that began within the month counts for whom it went to.
    return _whose(source, given.rename({"agent_id": "account"}), "_ends")


def targets(source: Source, ask: Ask) -> pl.DataFrame:
    """One row per sales target of a month the asked days touch, and group: agents' where people are asked for, else shops'; by day one per day.

    Where figures are told apart by shop only targets of a shop count; else those of no shop win over those of single shops.
    """
    first, last = _ends(source, ask)
    given = monthly_targets(source, ["sales_amount"], first, last)
    rows = given.filter(pl.col("account").is_not_null() == bool(ask.who))
    if ask.by_shop and len(source.shops) == 1:
        rows = rows.with_columns(_own=pl.col("shop_id").is_not_null(), shop_id=pl.lit(source.shops["shop_id"][0], pl.String))
        rows = rows.filter(pl.col("_own") == pl.col("_own").max().over("agent_id", "month"))
    elif ask.by_shop:
        rows = rows.filter(pl.col("shop_id").is_not_null())
    else:
        whole = pl.col("shop_id").is_null()
        rows = rows.filter(whole == whole.max().over("agent_id", "month"))
    from_, until = pl.max_horizontal("_begins", pl.lit(first, pl.Date)), pl.min_horizontal("_ends", pl.lit(last, pl.Date))
    rows = rows.with_columns(
        target=(pl.col("target") * FEN).round().cast(pl.Int64),
        of_agent=pl.col("account").is_not_null(),
        day=pl.date_ranges(from_, until if "day" in ask.columns else from_),
        hour=pl.lit(None, pl.Int8),
        at=pl.lit(None, pl.Int64),
        subject="month",
        buyer_id=pl.lit(None, pl.String),
        related="account",
        reason=pl.lit("target"),
    ).explode("day")
    return source.grouped(rows, ["agent_id", *ask.who])


def _ends(source: Source, ask: Ask) -> tuple[date, date]:
    """The asked days, an open end closed by the first or last day with messages or orders."""
    orders = [source.orders[name].min() for name in ("created_day", "event_day")]
    first = ask.first or min([*source.facts.days[:1], *filter(None, orders)], default=date.min)  # type: ignore[type-var]
    return first, ask.last or source.last_day  # type: ignore[return-value]


TARGETS = Family(
    "targets",
    "目标",
    "Targets",
    NO_HOUR,
    ("targets",),
    targets,
    (own_target, shop_target),
    covers="none",
    metrics=(
        Metric(
            "target_completion",
            "指标完成率",
            "Target completion",
            "rate",
            "higher",
            "A8",
            "Sales over the agent's sales targets of all months the period touches, each in full. A target of no shop is of all his shops: it wins where "
            "shops are not told apart, and only where there is none those of single shops are added up. Of a shop it is that of its own targets; a day is "
            "held against its whole month.",
            "成交额 ÷ 期间触及的每个月的销售目标之和（整月全额，不按天折算；按日看时每天对整月）。不按店铺分时优先用不分店铺的目标，没有才把各店铺的相加。不按人看时用店铺自己的目标。",
            "event",
            over=sold,
            under=own_target,
            per=FEN,
            per_under=FEN,
            cases=False,
        ),
        Metric(
            "shop_sales_completion",
            "店铺销售完成率",
            "Shop sales completion",
            "rate",
            "higher",
            "A9",
            "Sales of the shop, silent orders included, over its own targets (those of no agent) of all months the period touches, each in full. Not of people.",
            "店铺成交额（含静默）÷ 店铺自己的目标（客服一栏为空），期间触及的每个月全额相加。不按人看。",
            "event",
            over=sold,
            under=shop_target,
            per=FEN,
            per_under=FEN,
            cases=False,
        ),
    ),
)

FAMILIES = (MARKS, LATEST, TARGETS)
