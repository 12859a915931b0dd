"""Questions about figures, answered from what is ready: of some days, by some columns, within what somebody may see.

What adds up is summed from days. What looks back is that of the last day. The rest is counted once for exactly what is asked, kept, and not there until then:
a page says so, and never shows another number in its place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

import polars as pl

from kaohe.metrics import intervals
from kaohe.metrics.catalogue import CATALOGUE, Metric
from kaohe.metrics.figures import BY
from kaohe.workspace import Workspace
from kaohe_web.boards import ready
from kaohe_web.boards.metrics import REPLIES, TRAILING, WHOLE
from kaohe_web.boards.policies import Seen
from kaohe_web.boards.ready import Ready
from kaohe_web.site import workspace

UNASSIGNED = "未分配"
"""What stands in addresses for those of no group, and for nobody."""


class Mixed(Exception):
    """The figure would mix what somebody may see with what he may not, or add up what does not: a group has to be chosen."""


@dataclass(frozen=True, slots=True)
class Question:
    """Figures of the days from `first` to `last`, both included. `by` are keys of `kaohe.metrics.figures.BY`; `shops`, `group` and `agent` narrow it."""

    first: date
    last: date
    by: tuple[str, ...]
    metrics: tuple[str, ...]
    seen: Seen
    shops: frozenset[str] | None = None
    group: str | None = None
    agent: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """One row per group: the columns of `by`, and per metric `n:`, `d:`, `v:` (numerator, denominator, value, in the metric's unit), `low:`, `high:` and
    `few:` (whether the sample is too small). `waiting`: metrics that are being counted; `apart`: those that can not be told within these limits.
    """

    frame: pl.DataFrame
    waiting: frozenset[str]
    apart: frozenset[str]


def answered(of: Ready, asked: Question, enqueue: Callable[..., None] | None = None) -> Answer:
    """The answer. `enqueue` has what is too much to count at once counted in the background. Raises `Mixed`."""
    asked = _settled(of, asked)
    whole = tuple(metric for metric in asked.metrics if metric in WHOLE)
    exact = _exact(of, asked) if whole else None
    found = None if exact is None else _whole(of, exact, whole, enqueue)
    frame = _together(of, asked, found, exact, workspace())
    if found is not None:
        return Answer(frame, frozenset(), frozenset())
    return Answer(frame, frozenset(whole if exact is not None else ()), frozenset(whole if exact is None else ()))


@lru_cache(maxsize=128)
def _together(of: Ready, asked: Question, kept: Path | None, exact: Exact | None, source: Workspace) -> pl.DataFrame:
    """All figures of a question, with what the library counted for it where that is kept. Held: other pages and orders of the lines ask the same."""
    sums, known = _summed(of, asked)
    if kept is not None and exact is not None:
        return _valued(_beside(sums, known, _narrowed_to(_kept(str(kept)), exact), asked), asked, source)
    whole = [one for one in asked.metrics if one in WHOLE]
    empty = sums.with_columns(pl.lit(None, pl.Float64).alias(f"{side}:{one}") for one in whole for side in "ndv")
    return _valued(empty, asked, source)


def _settled(of: Ready, asked: Question) -> Question:
    """The question with the group that is meant where only one can be, and the shops there are."""
    shops = frozenset(of.shops) if asked.shops is None else asked.shops & frozenset(of.shops)
    if asked.agent is None and "agent" not in asked.by and asked.group is None and "group" not in asked.by:
        whole = asked.seen.whole_shops(shops)
        if whole:
            return replace(asked, shops=None if whole == frozenset(of.shops) and asked.seen.is_all else whole)
        limits = {group for scope in asked.seen.scopes if scope.shops is None or scope.shops & shops for group in scope.groups or ()}
        if len(limits) != 1:
            raise Mixed
        return replace(asked, group=limits.pop())
    return asked if asked.shops is None else replace(asked, shops=shops)


def _grain(asked: Question) -> str:
    if "hour" in asked.by:
        return "hour"
    if "agent" in asked.by or asked.agent is not None:
        return "agent"
    return "group" if "group" in asked.by or asked.group is not None else "shop"


def _summed(of: Ready, asked: Question) -> tuple[pl.DataFrame, frozenset[str]]:
    """What adds up, one row per group with `n:`, `d:` and `v:`, and the columns there are data for."""
    grain = _grain(asked)
    if grain == "hour" and (asked.group is not None or asked.agent is not None):
        raise Mixed
    keys = [BY[one] for one in asked.by]
    frames: list[pl.DataFrame] = []
    known: set[str] = set()
    for part in ready.PARTS:
        mine = [one for one in asked.metrics if one not in WHOLE and (one in REPLIES) == (part == "replies")]
        columns = [f"{side}:{one}" for one in mine for side in "nd"]
        frame = _narrowed(of.read(part, grain, asked.first, asked.last, columns), of, asked, grain)
        known.update(name for name in frame.columns if ":" in name)
        frames.append(frame)
    rows = pl.concat(frames, how="diagonal_relaxed")
    if "platform" in asked.by:
        rows = rows.with_columns(platform=pl.col("shop_id").replace_strict(of.platforms, default=None, return_dtype=pl.String))
    last = pl.col("day") == asked.last
    sums = [
        (pl.col(name).filter(last) if name[2:] in TRAILING and "day" not in asked.by else pl.col(name)).sum().alias(name)
        for name in sorted(known)
    ]
    if not keys:
        rows, keys = rows.with_columns(_all=pl.lit(0)), ["_all"]
    summed = rows.group_by(keys).agg(sums)
    pers = {per for one in asked.metrics for per in (CATALOGUE[one].per, CATALOGUE[one].per_under) if per != 1}
    # By a column: see `kaohe.metrics.figures`.
    summed = summed.with_columns(pl.Series(f"_per_{per}", [float(per)]).new_from_index(0, len(summed)) for per in pers)
    made: list[pl.Expr] = []
    for one in asked.metrics:
        if one in WHOLE:
            continue
        metric = CATALOGUE[one]
        for side, per in (("n", metric.per), ("d", metric.per_under)):
            name = f"{side}:{one}"
            total = pl.col(name) if name in known else pl.lit(None, pl.Float64).alias(name)
            made.append(total if per == 1 or name not in known else (total / pl.col(f"_per_{per}")).alias(name))
    added = [CATALOGUE[one] for one in asked.metrics if one not in WHOLE]
    return summed.select(*keys, *made).with_columns(map(_value, added)), frozenset(known)


def _narrowed(rows: pl.DataFrame, of: Ready, asked: Question, grain: str) -> pl.DataFrame:
    """The rows that may be seen and are asked for."""
    if asked.shops is not None:
        rows = rows.filter(pl.col("shop_id").is_in(sorted(asked.shops)))
    if grain in ("group", "agent"):
        cells = asked.seen.cells()
        rows = rows if cells is None else rows.filter(cells)
    elif not asked.seen.is_all:
        rows = rows.filter(pl.col("shop_id").is_in(sorted(asked.seen.whole_shops(of.shops))))
    if asked.group is not None:
        rows = rows.filter(_is("group", asked.group))
    return rows if asked.agent is None else rows.filter(_is("agent_id", asked.agent))


def _is(column: str, name: str) -> pl.Expr:
    return pl.col(column).is_null() if name == UNASSIGNED else pl.col(column) == name


def _value(metric: Metric) -> pl.Expr:
    over, under = pl.col(f"n:{metric.id}"), pl.col(f"d:{metric.id}")
    return (over if metric.under is None else pl.when(under > 0).then(over / under)).alias(f"v:{metric.id}")


def _valued(frame: pl.DataFrame, asked: Question, source: Workspace) -> pl.DataFrame:
    """With intervals and marks; sorted by group."""
    minimum = source.settings.minimum
    made: list[pl.Expr] = []
    for one in asked.metrics:
        metric = CATALOGUE[one]
        over, under, value = (pl.col(f"{side}:{one}") for side in "ndv")
        low, high = intervals.wilson(over, under)
        share = value.is_between(0, 1) if metric.unit == "rate" else pl.lit(False)
        few = (under < minimum(one)) if metric.sampled else pl.lit(False)
        made += [pl.when(share).then(low).alias(f"low:{one}"), pl.when(share).then(high).alias(f"high:{one}")]
        made.append((few & value.is_not_null()).fill_null(False).alias(f"few:{one}"))
    keys = [BY[one] for one in asked.by]
    frame = frame.with_columns(made)
    return frame.sort(keys, nulls_last=True) if keys else frame


# What does not add up ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Exact:
    """A question as the library is asked it, and what is kept of the answer."""

    first: date
    last: date
    by: tuple[str, ...]
    shops: frozenset[str] | None
    groups: frozenset[str] | None = None
    group: str | None = None
    agent: str | None = None


def _exact(of: Ready, asked: Question) -> Exact | None:
    """The question for the library; None where its answer would mix what may be seen with what may not."""
    grain = _grain(asked)
    if grain in ("shop", "hour"):
        whole = asked.seen.whole_shops(of.shops if asked.shops is None else asked.shops)
        return Exact(asked.first, asked.last, asked.by, None if asked.shops is None and asked.seen.is_all else whole)
    wanted = frozenset(of.shops) if asked.shops is None else asked.shops
    touching = [scope for scope in asked.seen.scopes if scope.shops is None or scope.shops & wanted]
    holding = [scope for scope in touching if (scope.shops is None or wanted <= scope.shops) and scope.groups is None]
    if not holding and len(touching) != 1:
        return None
    scope = holding[0] if holding else touching[0]
    shops = None if asked.shops is None and scope.shops is None else wanted if scope.shops is None else wanted & scope.shops
    more = [*(["group"] if scope.groups is not None or asked.group is not None else []), *(["agent"] if asked.agent is not None else [])]
    by = tuple(dict.fromkeys([*asked.by, *more]))
    return Exact(asked.first, asked.last, by, shops, scope.groups, asked.group, asked.agent)


def _whole(of: Ready, exact: Exact, metrics: tuple[str, ...], enqueue: Callable[..., None] | None) -> Path | None:
    """Where figures of the library are kept; counted now where that is little. None: not yet."""
    path = place(of.key, exact.first, exact.last, exact.by, metrics, exact.shops)
    if not path.exists():
        if of.key != ready.key_now():
            return None
        if of.is_small(exact.first, exact.last):
            count(exact.first, exact.last, exact.by, metrics, exact.shops)
        elif enqueue is not None and ready.is_due(path.stem):
            enqueue(exact.first, exact.last, exact.by, metrics, exact.shops)
    return path if path.exists() else None


def _narrowed_to(found: pl.DataFrame, exact: Exact) -> pl.DataFrame:
    """The lines of an answer that may be seen and are asked for."""
    if exact.groups is not None:
        found = found.filter(pl.col("group").is_in(sorted(exact.groups)).fill_null(False))
    if exact.group is not None:
        found = found.filter(_is("group", exact.group))
    return found if exact.agent is None else found.filter(_is("agent_id", exact.agent))


def place(key: str, first: date, last: date, by: tuple[str, ...], metrics: tuple[str, ...], shops: frozenset[str] | None) -> Path:
    """Where an answer of the library is kept."""
    asked = repr((first, last, sorted(by), metrics, None if shops is None else sorted(shops)))
    return ready.folder() / "asked" / key / f"{hashlib.sha256(asked.encode()).hexdigest()[:32]}.parquet"


def count(first: date, last: date, by: tuple[str, ...], metrics: tuple[str, ...], shops: frozenset[str] | None) -> None:
    """Have the library count an answer and keep it."""
    source = workspace()
    number = source.lake.snapshot(None).number
    key = ready.key_at(source, number)
    long = source.figures(first, last, by=by, metrics=metrics, at=number or None, shops=shops)
    many = len(metrics)
    keys = [pl.col(BY[one]).cast(pl.String) if one not in ("day", "hour") else pl.col(BY[one]) for one in by]
    wide = (
        long.gather_every(many).select(keys)
        if by
        else pl.DataFrame({"_all": [0]} if len(long) else {"_all": []}, schema={"_all": pl.Int32()})
    )
    for at, metric in enumerate(sorted(metrics, key=list(CATALOGUE).index)):
        own = long.gather_every(many, at)
        sides = {"n": "numerator", "d": "denominator", "v": "value"}
        wide = wide.with_columns(own[column].alias(f"{side}:{metric}") for side, column in sides.items())
    path = place(key, first, last, by, metrics, shops)
    path.parent.mkdir(parents=True, exist_ok=True)
    ready.write(path, wide)


@lru_cache(maxsize=128)
def _kept(path: str) -> pl.DataFrame:
    return pl.read_parquet(path, glob=False)


def _beside(sums: pl.DataFrame, known: frozenset[str], whole: pl.DataFrame, asked: Question) -> pl.DataFrame:
    """Both together, a row where either has one. Where only one has, nothing happened for the other: 0, as far as there are data for it at all."""
    keys = [BY[one] for one in asked.by] or ["_all"]
    if not asked.by:
        # Of one group it was counted by group.
        whole = whole.with_columns(_all=pl.lit(0))
    columns = [name for name in whole.columns if ":" in name]
    known = known | {name for name in columns if whole[name].null_count() < len(whole)}
    # One who stood in two groups that are seen has a row for each, and no figure of both.
    twice = pl.len().over(keys) > 1
    once = whole.select(*keys, *columns, _twice=twice).unique(keys, keep="first", maintain_order=True)
    together = sums.join(once, on=keys, how="full", coalesce=True, nulls_equal=True).with_columns(pl.col("_twice").fill_null(False))
    counts = [f"v:{one}" for one in asked.metrics if CATALOGUE[one].under is None and CATALOGUE[one].quantile is None]
    filled = [name for name in together.columns if name in known and (name[:2] in ("n:", "d:") or name in counts)]
    filled += [name for name in counts if f"n:{name[2:]}" in known and name not in filled]
    together = together.with_columns(pl.col(filled).fill_null(0))
    return together.with_columns(pl.when(~pl.col("_twice")).then(pl.col(name)).alias(name) for name in columns).drop("_twice")
