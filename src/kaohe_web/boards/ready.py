"""Figures kept ready, so that no page counts from messages: per month, the numerators and denominators of each day.

For every month there are files in `web/boards/` of the workspace, at the grains of `GRAINS`: `replies` (what depends on the messages of the month
alone: an import that leaves them untouched leaves the file), `events` (what may depend on anything) and `verdicts` (the rules of the platforms). The
manifest says which files belong together, and to which import; pages read it and those files, and nothing else.
"""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import polars as pl
from django.conf import settings
from filelock import FileLock

from kaohe.metrics import exempt
from kaohe.metrics.catalogue import CATALOGUE, FAMILY_OF
from kaohe.metrics.figures import BY, Source, figures
from kaohe.workspace import Workspace
from kaohe_web.boards.metrics import ADDING, BY_HOUR, REPLIES, TRAILING
from kaohe_web.site import newest, workspace

VERSION = 2
"""Part of every key: raise it when the meaning of a file changes."""

GRAINS: dict[str, tuple[str, ...]] = {
    "shop": ("day", "shop"),
    "group": ("day", "shop", "group"),
    "agent": ("day", "shop", "group", "agent"),
    "hour": ("day", "hour", "shop"),
}
PARTS = ("replies", "events")

SMALL = 200_000
"""Messages that may be counted while somebody waits for a page. More are counted in the background."""

PATIENCE = 600
"""Seconds after which something is asked once more of the background."""


@dataclass(frozen=True, eq=False)
class Ready:
    """What the manifest says. `files`: per month and part the file's name; `messages`: how many there are of each day."""

    key: str
    number: int
    first: date | None
    last: date | None
    files: dict[str, dict[str, str]]
    shops: dict[str, dict[str, str]]
    agents: dict[str, dict[str, str | None]]
    groups: tuple[str, ...]
    messages: dict[str, int]

    @cached_property
    def platforms(self) -> dict[str, str]:
        """The platform of every shop."""
        return {shop: of["platform"] for shop, of in self.shops.items()}

    @cached_property
    def shop_names(self) -> dict[str, str]:
        return {shop: of["name"] for shop, of in self.shops.items()}

    @cached_property
    def agent_names(self) -> dict[str, str]:
        return {agent: of["name"] or agent for agent, of in self.agents.items()}

    def is_small(self, first: date, last: date) -> bool:
        """Whether the days hold so few messages that they can be counted while somebody waits."""
        return sum(count for day, count in self.messages.items() if first.isoformat() <= day <= last.isoformat()) <= SMALL

    def read(self, part: str, grain: str, first: date, last: date, columns: Collection[str]) -> pl.DataFrame:
        """The rows of those days: the grain's columns, and those of `columns` there are. No column: no data were imported it could be counted from."""
        found = []
        for month in months(first, last):
            name = self.files.get(month, {}).get(f"{part}-{grain}")
            if name is not None:
                frame = _read(str(folder() / name), tuple(columns))
                begin, end = ends(month)
                whole = first <= begin and last >= end
                found.append(frame if whole else frame.filter(pl.col("day").is_between(pl.lit(first), pl.lit(last))))
        return pl.concat(found, how="diagonal_relaxed") if found else pl.DataFrame(schema={BY[one]: _KINDS[one] for one in GRAINS[grain]})

    def verdicts(self, first: date, last: date) -> pl.DataFrame | None:
        """The rows of `Workspace.compliance` of those days; None where there are none at all."""
        found = [
            _read(str(folder() / name), ()).filter(pl.col("day").is_between(pl.lit(first), pl.lit(last)))
            for month in months(first, last)
            for name in [self.files.get(month, {}).get("verdicts")]
            if name is not None
        ]
        return pl.concat(found) if found else None


_KINDS: dict[str, pl.DataType] = {
    "day": pl.Date(),
    "hour": pl.Int8(),
    "shop": pl.String(),
    "group": pl.String(),
    "agent": pl.String(),
}


def folder() -> Path:
    """Where it is kept."""
    return Path(settings.WORKSPACE) / "web" / "boards"


def months(first: date, last: date) -> list[str]:
    """The calendar months, as `2026-11`, that days from `first` to `last` lie in."""
    count = (last.year - first.year) * 12 + last.month - first.month
    return [f"{first.year + (first.month - 1 + n) // 12}-{(first.month - 1 + n) % 12 + 1:02}" for n in range(count + 1)]


def ends(month: str) -> tuple[date, date]:
    """The first and the last day of a month."""
    first = date.fromisoformat(f"{month}-01")
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


@lru_cache(maxsize=48)
def _read(path: str, columns: tuple[str, ...]) -> pl.DataFrame:
    """A file, whose name says what is in it and never means anything else. With `columns` the grain's and those."""
    if not columns:
        return pl.read_parquet(path, glob=False)
    known = pl.read_parquet_schema(path)
    return pl.read_parquet(path, columns=[name for name in known if ":" not in name or name in columns], glob=False)


def current() -> Ready | None:
    """What is ready by the newest manifest; None where nothing ever was."""
    path = folder() / "manifest.json"
    try:
        return _manifest(str(path), path.stat().st_mtime_ns)
    except FileNotFoundError:
        return None


@lru_cache(maxsize=2)
def _manifest(path: str, _stamp: int) -> Ready:
    said = json.loads(Path(path).read_text("utf-8"))
    days = {name: None if said[name] is None else date.fromisoformat(said[name]) for name in ("first", "last")}
    return Ready(**{**said, **days, "groups": tuple(said["groups"])})


def key_now() -> str:
    """What decides every figure as things are now. As long as it is a manifest's key, the manifest holds."""
    return _key_by(workspace(), newest())


@lru_cache(maxsize=8)
def _key_by(source: Workspace, _newest: str) -> str:
    return key_at(source, source.lake.snapshot(None).number)


def key_at(source: Workspace, number: int) -> str:
    """What decides every figure after an import, by the packs of today."""
    return f"{VERSION}-{number}-{source.packs_today().digest()[:24]}"


def refresh() -> Ready:
    """Bring everything up to date. Two at once: the second waits, and finds it done."""
    folder().mkdir(parents=True, exist_ok=True)
    with FileLock(folder() / ".lock"):
        before = current()
        source = workspace()
        number = source.lake.snapshot(None).number
        key = key_at(source, number)
        if before is not None and before.key == key:
            return before
        of = source.source(number or None)
        span = bounds(of)
        files = {} if span is None else {month: _month(source, number, of, month) for month in reversed(months(*span))}
        _publish(source, of, key, number, span, files)
        found = current()
        assert found is not None
        # Who reads by the last manifest at this moment still finds its files.
        _tidy([found, *([before] if before is not None else [])])
        return found


def bounds(source: Source) -> tuple[date, date] | None:
    """The first and the last day of anything figures are counted from."""
    if source.span is None:
        return None
    orders = [source.orders[name] for name in ("created_day", "event_day")]
    days = [*source.span, source.last_day, *(day for one in orders for day in (one.min(), one.max()) if isinstance(day, date))]
    return min(day for day in days if day.year > 1970), max(days)


def _month(workspace: Workspace, number: int, source: Source, month: str) -> dict[str, str]:
    first, last = ends(month)
    keys = {"replies": _replies_key(source, first, last), "events": _events_key(source)}
    names = {f"{part}-{grain}": f"{month}-{part}-{grain}-{keys[part]}.parquet" for part in PARTS for grain in GRAINS}
    for part in PARTS:
        for grain in GRAINS:
            path = folder() / names[f"{part}-{grain}"]
            if not path.exists():
                write(path, tallies(source, first, last, GRAINS[grain], metrics_of(part, grain)))
    names["verdicts"] = f"{month}-verdicts-{keys['events']}.parquet"
    path = folder() / names["verdicts"]
    if not path.exists():
        write(path, workspace.compliance(first, last, at=number or None))
    return names


def metrics_of(part: str, grain: str) -> tuple[str, ...]:
    """The metrics a file holds, in the catalogue's order."""
    chosen = REPLIES if part == "replies" else (ADDING | TRAILING) - REPLIES
    by = set(GRAINS[grain])
    return tuple(
        metric
        for metric in CATALOGUE
        if metric in chosen
        and (grain != "hour" or metric in BY_HOUR)
        and all(by <= FAMILY_OF[tally.id].by for tally in CATALOGUE[metric].tallies)
    )


def _replies_key(source: Source, first: date, last: date) -> str:
    pieces = source.facts.slices(first, last)
    parts = [piece.key([(shop, repr(source.parameters(shop, piece.day))) for shop in piece.shops]) for piece in pieces]
    return _digest(parts, source.roster.fingerprint(), exempt.fingerprint(source), sorted(REPLIES))


def _events_key(source: Source) -> str:
    return _digest(sorted(source.facts.snapshot.versions.items()), source.rules, sorted(ADDING | TRAILING))


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr((VERSION, *parts)).encode()).hexdigest()[:24]


def tallies(source: Source, first: date, last: date, by: tuple[str, ...], metrics: tuple[str, ...]) -> pl.DataFrame:
    """One row per group with `n:<metric>` and `d:<metric>`, whole numbers as they were counted (microseconds, fen)."""
    columns = [BY[one] for one in by]
    long = figures(source, by=by, first=first, last=last, metrics=metrics)
    keys = [pl.col(BY[one]).cast(_KINDS[one]) for one in by]
    count = len(metrics)
    wide = long.gather_every(count).select(keys)
    for place, metric in enumerate(metrics):
        own, one = long.gather_every(count, place), CATALOGUE[metric]
        assert len(own) == len(wide)
        assert own.is_empty() or own["metric"].unique().to_list() == [metric]
        parts = {"n": (own["numerator"], one.per), **({"d": (own["denominator"], one.per_under)} if one.under is not None else {})}
        wide = wide.with_columns(
            (series if per == 1 else (series * per).round()).alias(f"{side}:{metric}") for side, (series, per) in parts.items()
        )
    if len(wide):
        # A metric nobody has data for is no column: then a sum of nothing is nothing, and not 0.
        wide = wide.select(name for name in wide.columns if name in columns or wide[name].null_count() < len(wide))
    return wide.sort(columns, nulls_last=True)


def write(path: Path, frame: pl.DataFrame) -> None:
    """A file that is there as a whole or not at all."""
    draft = path.with_name(f".{uuid.uuid4().hex}")
    frame.write_parquet(draft, compression="zstd", compression_level=1)
    draft.replace(path)


def _publish(
    workspace: Workspace, source: Source, key: str, number: int, span: tuple[date, date] | None, files: dict[str, dict[str, str]]
) -> None:
    shops = source.shops.select("shop_id", "platform", "name").iter_rows()
    agents = source.roster.agents.select("agent_id", "name", "group").iter_rows()
    counted = {day.isoformat(): sum(file.rows for file in of) for day, of in workspace.lake.days(source.facts.snapshot).items()}
    publish(
        key=key,
        number=number,
        span=span,
        files=files,
        shops={shop: {"name": name or shop, "platform": platform} for shop, platform, name in shops},
        agents={agent: {"name": name or agent, "group": group} for agent, name, group in agents},
        groups=_groups(source, files),
        messages=counted,
    )


def _groups(source: Source, files: dict[str, dict[str, str]]) -> list[str]:
    """Every group that ever had a figure, or has somebody in it."""
    found = set(source.roster.agents["group"].drop_nulls())
    for names in files.values():
        for part in PARTS:
            found.update(pl.read_parquet(folder() / names[f"{part}-group"], columns=["group"], glob=False)["group"].drop_nulls())
    return sorted(found)


def publish(
    *,
    key: str,
    number: int,
    span: tuple[date, date] | None,
    files: dict[str, dict[str, str]],
    shops: dict[str, dict[str, str]],
    agents: dict[str, dict[str, Any]],
    groups: Iterable[str],
    messages: dict[str, int],
) -> None:
    """Put a manifest in the place of the last one."""
    said = {
        "key": key,
        "number": number,
        "first": span[0].isoformat() if span else None,
        "last": span[1].isoformat() if span else None,
        "files": files,
        "shops": shops,
        "agents": agents,
        "groups": list(groups),
        "messages": messages,
    }
    folder().mkdir(parents=True, exist_ok=True)
    draft = folder() / ".manifest.json"
    draft.write_text(json.dumps(said, ensure_ascii=False), "utf-8")
    draft.replace(folder() / "manifest.json")


def is_due(what: str) -> bool:
    """Whether nobody had this counted in the background a moment ago."""
    mark = folder() / "wanted" / hashlib.sha256(what.encode()).hexdigest()[:32]
    mark.parent.mkdir(parents=True, exist_ok=True)
    try:
        due = time.time() - mark.stat().st_mtime > PATIENCE
    except FileNotFoundError:
        due = True
    if due:
        mark.touch()
    return due


def _tidy(held: list[Ready]) -> None:
    """Remove files no manifest names, and answers of others."""
    named = {name for one in held for of in one.files.values() for name in of.values()}
    for path in folder().glob("*.parquet"):
        if path.name not in named:
            path.unlink(missing_ok=True)
    keys = {one.key for one in held}
    for path in (folder() / "asked").glob("*/*"):
        if path.parent.name not in keys:
            path.unlink(missing_ok=True)
    for mark in (folder() / "wanted").glob("*"):
        mark.unlink(missing_ok=True)
