"""What pages of boards show, within what somebody may see."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl
from django.utils.translation import gettext as _

from kaohe.errors import Lang
from kaohe.metrics.catalogue import CATALOGUE, Metric
from kaohe.metrics.figures import BY
from kaohe_web.boards import ready
from kaohe_web.boards.answers import UNASSIGNED, Answer, Mixed, answered
from kaohe_web.boards.asking import Asked
from kaohe_web.boards.charts import Line, line, shades
from kaohe_web.boards.ready import Ready
from kaohe_web.boards.showing import Figure, figure, group_name
from kaohe_web.boards.showing import value as value_text
from kaohe_web.boards.tasks import enqueue, prepare
from kaohe_web.site import workspace


@dataclass(frozen=True, slots=True)
class State:
    """What is ready. `behind`: newer data are being counted; None where nothing is ready yet."""

    of: Ready | None
    behind: bool


def state() -> State:
    """What pages can be made from. A small workspace is brought up to date at once, a large one in the background."""
    of = ready.current()
    now = ready.key_now()
    if of is not None and of.key == now:
        return State(of, False)
    source = workspace()
    # By the sizes in the lake: what is ready may know of none of it.
    if sum(file.rows for file in source.lake.files("messages")) <= ready.SMALL:
        return State(ready.refresh(), False)
    if ready.is_due(now):
        prepare.enqueue()
    return State(of, True)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a board: what it is of, its figures, and where its own pages are."""

    name: str
    key: str
    figures: list[tuple[Metric, Figure]]
    narrowed: dict[str, str]


def rows_of(asked: Asked, frame: pl.DataFrame, by: str, metrics: list[Metric], lang: Lang) -> list[Row]:
    """Lines for some rows of an answer."""
    found = []
    for row in frame.iter_rows(named=True):
        key = row[BY[by]]
        text = UNASSIGNED if key is None else str(key)
        narrowed = {"period": "days", "first": text, "last": text} if by == "day" else {by: text}
        found.append(Row(group_name(asked.of, by, key, lang), text, [(one, figure(row, one, lang)) for one in metrics], narrowed))
    return found


def total(asked: Asked, metrics: list[Metric], lang: Lang) -> Row | None:
    """The figures of all together; None where they would mix what somebody may see with what he may not, or be of less than the lines are.

    They are not the sum of the lines.
    """
    if asked.by in ("group", "agent") and len({scope.groups is None for scope in asked.seen.scopes}) > 1:
        return None
    try:
        found = answered(asked.of, asked.question((), tuple(one.id for one in metrics)), enqueue).frame
    except Mixed:
        return None
    if not len(found):
        return None
    row = found.row(0, named=True)
    return Row(_("合计"), "", [(one, figure(row, one, lang)) for one in metrics], {})


def ordered(asked: Asked, frame: pl.DataFrame, by: str, sort: str) -> pl.DataFrame:
    """By a figure, the better first (where neither is better the higher); by name without one. What has no figure stands last."""
    if sort in CATALOGUE and f"v:{sort}" in frame.columns:
        return frame.sort(pl.col(f"v:{sort}"), pl.col(BY[by]), descending=[CATALOGUE[sort].better != "lower", False], nulls_last=True)
    names = {key: group_name(asked.of, by, key, "zh") for key in frame[BY[by]]}
    named = frame.with_columns(_name=pl.col(BY[by]).replace_strict(names, default=None, return_dtype=pl.String))
    return named.sort(pl.col(BY[by]).is_null(), "_name", BY[by]).drop("_name")


def notes(found: Answer) -> list[str]:
    """What has to be said of an answer."""
    said = []
    if found.waiting:
        said.append(_("%(metrics)s 要整段一起数，正在后台计算，过一会儿刷新即可看到。") % {"metrics": "、".join(_titles(found.waiting))})
    if found.apart:
        said.append(_("%(metrics)s 不能由分开的权限范围相加：请先选一家店铺。") % {"metrics": "、".join(_titles(found.apart))})
    return said


def _titles(metrics: frozenset[str]) -> list[str]:
    return [CATALOGUE[one].zh for one in CATALOGUE if one in metrics]


# Trend and hours --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Limit:
    """The threshold of a rule on a day, and how many days it takes together."""

    value: float
    days: int


def limits(asked: Asked, metric: Metric) -> dict[date, Limit]:
    """The threshold a rule of the shops' packs sets for a metric on each day, where all shops seen share one; the rule of fewest days first."""
    shops = asked.seen.whole_shops(asked.of.shops if asked.shops is None else asked.shops)
    verdicts = asked.of.verdicts(asked.first, asked.last)
    if verdicts is None or asked.group or asked.agent:
        return {}
    judged = verdicts.filter(pl.col("shop_id").is_in(sorted(shops)))
    mine = judged.filter(pl.col("metric") == metric.id, pl.col("threshold").is_not_null())
    mine = mine.with_columns(days=(pl.col("day") - pl.col("first_day")).dt.total_days() + 1)
    mine = mine.sort("days", "rule").group_by("shop_id", "day", maintain_order=True).first()
    shared = mine.group_by("day").agg(pl.col("threshold").unique(), pl.col("days").unique(), pl.len())
    judged_by_day = dict(judged.group_by("day").agg(pl.col("shop_id").n_unique()).iter_rows())
    return {
        day: Limit(values[0], spans[0])
        for day, values, spans, count in shared.iter_rows()
        if len(values) == len(spans) == 1 and count == judged_by_day[day]
    }


def trend(asked: Asked, frame: pl.DataFrame, metric: Metric, found: dict[date, Limit], lang: Lang) -> Line | None:
    """The line of a metric over the days of an answer by day."""
    values = {one.value for one in found.values()}
    return line(
        frame["day"].to_list(),
        frame[f"v:{metric.id}"].to_list(),
        frame[f"few:{metric.id}"].to_list(),
        values.pop() if len(values) == 1 else None,
        lambda value: value_text(value, metric, lang),
    )


@dataclass(frozen=True, slots=True)
class Cell:
    """An hour of a weekday."""

    figure: Figure
    shade: int


def hours(asked: Asked, metric: Metric, lang: Lang) -> list[tuple[int, list[Cell]]]:
    """A line per hour with a cell per weekday from Monday: the days of the span taken together."""
    found = answered(asked.of, asked.question(("day", "hour"), (metric.id,))).frame
    parts = ["n", "d"] if metric.under is not None else ["n"]
    summed = found.group_by(pl.col("day").dt.weekday().alias("weekday"), "hour").agg(pl.col(f"{side}:{metric.id}").sum() for side in parts)
    minimum = workspace().settings.minimum(metric.id)
    known: dict[tuple[int, int], dict[str, Any]] = {}
    for row in summed.iter_rows(named=True):
        over, under = row[f"n:{metric.id}"], row.get(f"d:{metric.id}")
        value = over if metric.under is None else over / under if under else None
        known[row["hour"], row["weekday"]] = {
            f"n:{metric.id}": over,
            f"d:{metric.id}": under,
            f"v:{metric.id}": value,
            f"few:{metric.id}": metric.sampled and value is not None and under is not None and under < minimum,
        }
    nothing = {f"{side}:{metric.id}": None for side in "ndv"}
    places = [(hour, weekday) for hour in range(24) for weekday in range(1, 8)]
    figures = [figure(known.get(place, nothing), metric, lang) for place in places]
    steps = shades([one.value for one in figures], better=metric.better)
    cells = [Cell(one, step) for one, step in zip(figures, steps, strict=True)]
    return [(hour, cells[hour * 7 : hour * 7 + 7]) for hour in range(24)]


# Rules of the platforms -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Light:
    """How a shop stood on a day: a word and a sign, and how many rules it missed."""

    sign: str
    word: str
    kind: str
    missed: int
    day: date | None


def lights(asked: Asked, verdicts: pl.DataFrame) -> tuple[list[date], list[tuple[str, str, list[Light]]]]:
    """The days, and for each shop a light for each of them."""
    days = sorted(set(verdicts["day"]))
    by_place: dict[tuple[str, date], list[tuple[str, bool]]] = {}
    for shop, day, verdict, provisional in verdicts.select("shop_id", "day", "verdict", "provisional").iter_rows():
        by_place.setdefault((shop, day), []).append((verdict, provisional))
    shops = sorted(set(verdicts["shop_id"]), key=lambda shop: (asked.of.shop_names.get(shop, shop), shop))
    return days, [(shop, asked.of.shop_names.get(shop, shop), [_light(by_place.get((shop, day)), day) for day in days]) for shop in shops]


def _light(found: list[tuple[str, bool]] | None, day: date) -> Light:
    if not found:
        return Light("·", _("没有数据"), "none", 0, None)
    missed = sum(verdict == "fail" for verdict, _p in found)
    kept = [provisional for verdict, provisional in found if verdict == "pass"]
    if missed:
        return Light("✗", _("未达标"), "bad", missed, day)
    if kept:
        return Light("◔", _("暂定达标"), "wait", 0, day) if any(kept) else Light("✓", _("达标"), "good", 0, day)
    return Light("–", _("不适用"), "none", 0, day)


def verdicts(asked: Asked) -> pl.DataFrame | None:
    """The verdicts of the shops that are seen as a whole, of the days and shops asked for."""
    shops = asked.seen.whole_shops(asked.of.shops if asked.shops is None else asked.shops)
    found = asked.of.verdicts(asked.first, asked.last)
    return None if found is None else found.filter(pl.col("shop_id").is_in(sorted(shops)))


# Ranking and PK ----------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Placed:
    """Somebody's place, None for who has too few cases to be placed, or no figure; and the row of the answer."""

    place: int | None
    name: str
    key: str
    row: dict[str, Any]


def ranking(asked: Asked, frame: pl.DataFrame, by: str, metric: Metric, lang: Lang) -> list[Placed]:
    """Everybody by a metric, the better first; equals share a place. Who has too few cases stands after the others, without one."""
    best_first = ordered(asked, frame.filter(pl.col(BY[by]).is_not_null()), by, metric.id)
    placed: list[Placed] = []
    others: list[Placed] = []
    before: tuple[float, int] | None = None
    for row in best_first.iter_rows(named=True):
        value, name = row[f"v:{metric.id}"], group_name(asked.of, by, row[BY[by]], lang)
        if value is None or row[f"few:{metric.id}"]:
            others.append(Placed(None, name, row[BY[by]], row))
            continue
        place = before[1] if before is not None and before[0] == value else len(placed) + 1
        before = value, place
        placed.append(Placed(place, name, row[BY[by]], row))
    return [*placed, *others]


@dataclass(frozen=True, slots=True)
class Duel:
    """One figure of two, and which is ahead: `left`, `right`, `even`, `unsure` where the intervals overlap, `none` where there is no telling."""

    metric: Metric
    left: Figure
    right: Figure
    ahead: str


def duels(frame: pl.DataFrame, by: str, left: str, right: str, metrics: list[Metric], lang: Lang) -> list[Duel]:
    """Two side by side in every metric."""
    both = {row[BY[by]]: row for row in frame.iter_rows(named=True)}
    if left not in both or right not in both:
        return []
    return [_duel(one, both[left], both[right], lang) for one in metrics]


def _duel(metric: Metric, left: dict[str, Any], right: dict[str, Any], lang: Lang) -> Duel:
    own, other = figure(left, metric, lang), figure(right, metric, lang)
    return Duel(metric, own, other, _ahead(metric, own, other, left, right))


def _ahead(metric: Metric, own: Figure, other: Figure, left: dict[str, Any], right: dict[str, Any]) -> str:
    if own.value is None or other.value is None or metric.better is None:
        return "none"
    if own.value == other.value:
        return "even"
    lows, highs = [row[f"low:{metric.id}"] for row in (left, right)], [row[f"high:{metric.id}"] for row in (left, right)]
    overlap = None not in (*lows, *highs) and max(lows) <= min(highs)
    if own.few or other.few or overlap:
        return "unsure"
    return "left" if (own.value > other.value) == (metric.better == "higher") else "right"


def only_shop(asked: Asked) -> Asked:
    """The same of the one shop that is meant, where only one can be."""
    shops = asked.seen.shops(asked.of.shops if asked.shops is None else asked.shops)
    return replace(asked, shop=next(iter(shops))) if len(shops) == 1 and not asked.shop else asked
