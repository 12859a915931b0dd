"""A sign in presence: offline within one's own working span, in the hours in which the shop is busiest."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

import polars as pl

from kaohe.facts import Slice, spans
from kaohe.metrics.sightings import BASE, CASES, Found
from kaohe.metrics.source import Ask, Source
from kaohe.model.days import DEFAULT_TIMEZONE, zone

BUSY_HOURS = 3
"""How many hours of the day are a shop's busiest."""

AWAY_SECONDS = 600
"""Offline for so long within one hour is away; less may be a lost line."""

MEAL_SECONDS = 3600
"""One break a day is taken for a meal: the longest of those no longer than this."""

USUAL_DAYS, USUAL_WITHIN_DAYS, USUAL_START_SECONDS = 5, 28, 3600
"""When an agent usually goes home: the median of at least so many days, among so many before, on which he began within so many seconds of the same time."""

_SECOND = 1_000_000

Span = tuple[int, int]


def busiest_hours(source: Source, pieces: Iterable[Slice]) -> dict[str, list[int]]:
    """The `BUSY_HOURS` hours of the local day in which most assessed buyer messages of each shop came, over all these slices; fewer where fewer hours
    have any. Of equal hours the earlier."""
    asked = [
        source.facts.parts(piece)
        .filter("inside")
        .group_by("shop_id", "hour")
        .agg(pl.sum("asked"))
        .with_columns(pl.col("shop_id").cast(pl.String))
        for piece in pieces
    ]
    if not asked:
        return {}
    counts = pl.concat(asked).group_by("shop_id", "hour").agg(pl.sum("asked")).filter(pl.col("asked") > 0)
    busiest = counts.sort("shop_id", pl.col("asked").neg(), "hour").group_by("shop_id", maintain_order=True).head(BUSY_HOURS)
    found: dict[str, list[int]] = defaultdict(list)
    for shop, hour in busiest.select("shop_id", "hour").iter_rows():
        found[shop].append(hour)
    return {shop: sorted(hours) for shop, hours in found.items()}


def away_at_peaks(source: Source, ask: Ask, busy: Mapping[str, list[int]]) -> tuple[Found, set[str]]:
    """Busy hours of an agent's working span in which he was offline for `AWAY_SECONDS` or more, and the shops whose presence is known in these days.

    An agent's working span of a day begins when he first came online in the shop and ends when he last went offline, or when he usually does where
    that is later. Time online in another shop is not away, and one break a day of `MEAL_SECONDS` at most is a meal. Opportunities: busy hours that lie wholly in the span. Days on which a span has no end are
    left out: nobody knows how long it was.
    """
    first = None if ask.first is None else ask.first - timedelta(days=USUAL_WITHIN_DAYS)
    online, unclear = _online(source, Ask(first, ask.last, ()))
    by_person: dict[tuple[str, date], list[Span]] = defaultdict(list)
    by_shop: dict[tuple[str, str], dict[date, list[Span]]] = defaultdict(dict)
    for shop, agent, day, start, end in online.iter_rows():
        by_person[agent, day].append((start, end))
        by_shop[shop, agent].setdefault(day, []).append((start, end))
    bases: list[tuple[str, str, date, int]] = []
    cases: list[tuple[object, ...]] = []
    known = set()
    for (shop, agent), days in sorted(by_shop.items()):
        hours, name = busy.get(shop, []), source.zones.get(shop, DEFAULT_TIMEZONE)
        usual = _Habits(days, name)
        for day, times in sorted(days.items()):
            if (ask.first is not None and day < ask.first) or (ask.last is not None and day > ask.last):
                continue
            known.add(shop)
            if (agent, day) in unclear:
                continue
            low, last = times[0][0], times[-1][1]
            high = max(last, usual.end(day) or last)
            there = _fed(sorted(by_person[agent, day]), low, last)
            inside = [(hour, *bounds) for hour in hours if (bounds := _hour(day, hour, name)) and low <= bounds[0] and bounds[1] <= high]
            if inside:
                bases.append((shop, agent, day, len(inside)))
            for hour, start, end in inside:
                gaps = _gaps(there, start, end)
                away = sum(until - since for since, until in gaps)
                if away >= AWAY_SECONDS * _SECOND:
                    longest = max(gaps, key=lambda gap: (gap[1] - gap[0], -gap[0]))
                    since, until = _absence(there, longest)
                    cases.append((shop, agent, day, since, until, away / _SECOND, hour, "gap" if longest[0] < last else "left"))
    return _found(bases, cases), known


def _online(source: Source, ask: Ask) -> tuple[pl.DataFrame, set[tuple[str, date]]]:
    """When people were online in each shop, on each day: shop_id, agent_id, day, start, end, joined and sorted; and the days of whom nobody knows until
    when."""
    presence = source.facts.table("presence").select(
        "shop_id",
        account="agent_id",
        start=pl.col("online_at").to_physical(),
        end=pl.coalesce("offline_at", pl.col("online_at") + pl.duration(microseconds=1)).to_physical(),
        open=pl.col("offline_at").is_null(),
    )
    zones = presence["shop_id"].replace_strict(source.zones, default=DEFAULT_TIMEZONE, return_dtype=pl.String)
    pieces = source.roster.assigned(spans.cut(presence, zones).filter(ask.during()), ["agent_id"], pl.col("day"))
    unclear = set(pieces.filter("open").select("agent_id", "day").iter_rows())
    return spans.joined(pieces, ["shop_id", "agent_id", "day"]), unclear


@dataclass(frozen=True, slots=True)
class _Habits:
    """When an agent comes and goes in one shop, by day."""

    days: Mapping[date, list[Span]]
    zone: str

    def end(self, day: date) -> int | None:
        """When he usually goes home on a day that began like this one, as a moment of that day; None where too few days are known."""
        begun = self._time(day, self.days[day][0][0])
        before = [one for n in range(1, USUAL_WITHIN_DAYS + 1) if (one := day - timedelta(days=n)) in self.days]
        ends = [
            self._time(one, self.days[one][-1][1])
            for one in before
            if abs(self._time(one, self.days[one][0][0]) - begun) <= USUAL_START_SECONDS * _SECOND
        ]
        if len(ends) < USUAL_DAYS:
            return None
        return _midnight(day, self.zone) + int(median(ends))

    def _time(self, day: date, moment: int) -> int:
        return moment - _midnight(day, self.zone)


def _midnight(day: date, name: str) -> int:
    return _moment(dt.datetime.combine(day, dt.time(), zone(name)))


def _hour(day: date, hour: int, name: str) -> Span:
    start = _moment(dt.datetime.combine(day, dt.time(hour), zone(name)))
    return start, start + spans.HOUR


def _moment(local: dt.datetime) -> int:
    return (local - _EPOCH) // timedelta(microseconds=1)


_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def _gaps(there: list[Span], start: int, end: int) -> list[Span]:
    """The parts of a span of time in which nobody was there, in order. `there` is sorted."""
    found, at = [], start
    for since, until in there:
        if since > at:
            found.append((at, min(since, end)))
        at = max(at, until)
        if at >= end:
            break
    if at < end:
        found.append((at, end))
    return [gap for gap in found if gap[0] < gap[1]]


def _fed(there: list[Span], low: int, last: int) -> list[Span]:
    """The spans with one break between two moments filled: the longest that is short enough for a meal, of equal ones the first."""
    short = [gap for gap in _gaps(there, low, last) if gap[1] - gap[0] <= MEAL_SECONDS * _SECOND]
    if not short:
        return there
    return sorted([*there, max(short, key=lambda gap: (gap[1] - gap[0], -gap[0]))])


def _absence(there: list[Span], gap: Span) -> tuple[int, int | None]:
    """From when to when somebody was offline around a gap; None: he did not come back that day."""
    since = max((until for _, until in there if until <= gap[0]), default=gap[0])
    until = min((start for start, _ in there if start >= gap[1]), default=None)
    return since, until


def _found(bases: list[tuple[str, str, date, int]], cases: list[tuple[object, ...]]) -> Found:
    """Accounts here are people already."""
    base = pl.DataFrame(bases, schema={name: BASE[name] for name in ("shop_id", "account", "day", "base")}, orient="row")
    nothing = pl.lit(0, pl.Int64)
    schema = {"shop_id": pl.String(), "account": pl.String(), "day": pl.Date(), "started_at": pl.Int64(), "ended_at": pl.Int64()}
    rows = pl.DataFrame(cases, schema={**schema, "away_seconds": pl.Float64(), "hour": pl.Int8(), "detail": pl.String()}, orient="row")
    whole = rows.with_columns(
        pl.lit("offline_at_peak").alias("sign"),
        pl.int_range(pl.len(), dtype=pl.Int64).alias("key"),
        *(pl.lit(None, dtype).alias(name) for name, dtype in CASES.items() if name not in (*rows.columns, "sign")),
    )
    return Found(
        base.with_columns(sign=pl.lit("offline_at_peak"), usual_count=nothing, usual_base=nothing).select(list(BASE)),
        whole.select("key", *(pl.col(name).cast(dtype) for name, dtype in CASES.items())),
        Found.nothing().lines,
    )
