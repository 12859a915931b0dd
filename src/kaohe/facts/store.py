"""Facts of a lake: parts and waits of every partition, computed once per partition version and parameters.

A partition's file is never changed, so its name is what the cache is keyed by: a new day costs one day. Shops differ in their packs, so a
partition is cut once for each kind of clock its shops need, over those shops' messages.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import polars as pl

from kaohe import clock
from kaohe.facts.duty import Spans, duties
from kaohe.facts.parts import Cut, Names, Rows, contacts, parts, rows, spoken, waits, with_window
from kaohe.lake import Lake, Snapshot
from kaohe.lake.delta import File
from kaohe.lake.runner import run
from kaohe.model.days import Window
from kaohe.model.senders import rank
from kaohe.packs import Parameters

VERSION = 4
"""Part of every cache key: raise it when the meaning of a fact changes."""


def cut_of(parameters: Parameters, *, by_duty: bool = False) -> Cut:
    """How a pack's parameters cut messages into parts. `by_duty`: whether they are also told apart by who was on duty."""
    rule = clock.Rule(
        humans=tuple(sorted(parameters.human_senders, key=rank)),
        within_hours=parameters.reply_within_hours,
        bot_clears=parameters.bot_reply == "clears",
    )
    return Cut.of(rule, parameters.window, by_session_start=parameters.window_by == "session_start", by_duty=by_duty)


@dataclass(frozen=True, slots=True)
class Slice:
    """Some shops of one partition that share one kind of clock. `later`: files of the days a reply may still come from."""

    day: date
    bucket: str
    files: tuple[File, ...]
    later: tuple[File, ...]
    cut: Cut
    shops: tuple[str, ...]
    whole: bool
    """Whether these are all shops of the partition."""

    def key(self, *more: object) -> str:
        """A digest of all that decides the facts of this slice, and of `more`."""
        names = [file.key for file in (*self.files, *self.later)]
        shops = () if self.whole else self.shops
        return hashlib.sha256(repr((VERSION, names, self.cut, shops, more)).encode()).hexdigest()[:32]


class Cache:
    """Frames by key, in one folder. Safe to delete at any time, and to fill from several processes at once."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def get(self, kind: str, key: str, compute: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        path = self._path(kind, key)
        if path.exists():
            try:
                return pl.read_parquet(path, glob=False)
            except (pl.exceptions.PolarsError, OSError):
                path.unlink(missing_ok=True)
        frame = compute()
        self.put(kind, key, frame)
        return frame

    def has(self, kind: str, key: str) -> bool:
        return self._path(kind, key).exists()

    def put(self, kind: str, key: str, frame: pl.DataFrame) -> None:
        path = self._path(kind, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{uuid.uuid4().hex}")
        frame.write_parquet(draft, compression="zstd", compression_level=1, statistics=False)
        draft.replace(path)

    def _path(self, kind: str, key: str) -> Path:
        return self.root / kind / key[:2] / f"{key}.parquet"


class Facts:
    """Facts of a lake at one snapshot. `parameters` tells the pack parameters of a shop on a day."""

    def __init__(self, lake: Lake, snapshot: Snapshot, parameters: Callable[[str, date], Parameters]) -> None:
        self._lake = lake
        self._folder = lake.folder("messages")
        self._days = lake.days(snapshot)
        self.parameters = parameters
        self._tables: dict[str, pl.DataFrame] = {}
        self.snapshot = snapshot
        self.cache = Cache(lake.root.parent / "cache")

    def under(self, parameters: Callable[[str, date], Parameters]) -> Facts:
        """The same facts at the same snapshot under other parameters."""
        return Facts(self._lake, self.snapshot, parameters)

    @property
    def days(self) -> list[date]:
        """Days with messages, in order."""
        return list(self._days)

    def slices(self, first: date | None = None, last: date | None = None, shops: Iterable[str] | None = None) -> list[Slice]:
        """All slices of the days from `first` to `last`, both included, in order."""
        wanted = None if shops is None else set(shops)
        found = []
        for day, files in self._days.items():
            if (first is not None and day < first) or (last is not None and day > last):
                continue
            for bucket in sorted({file.partition[1] for file in files}):
                mine = tuple(file for file in files if file.partition[1] == bucket)
                found += self._sliced(day, bucket, mine, wanted)
        return found

    def _sliced(self, day: date, bucket: str, files: tuple[File, ...], wanted: set[str] | None) -> list[Slice]:
        by_cut: dict[Cut, list[str]] = {}
        duty: dict[str, Spans] = {}
        present = self._shops(files)
        for shop in present:
            if wanted is None or shop in wanted:
                parameters = self.parameters(shop, day)
                if parameters.nobody_on_duty == "left_out" and (shop, day) in self._duties:
                    duty[shop] = self._duties[shop, day]
                by_cut.setdefault(cut_of(parameters, by_duty=shop in duty), []).append(shop)
        found = []
        for cut, shops in by_cut.items():
            # Shops of one cut stay together: each knows its own hours of duty.
            cut = replace(cut, duty=tuple((shop, duty[shop]) for shop in shops if shop in duty))
            later: tuple[File, ...] = ()
            if cut.rule.within_hours is not None:
                reach = [day + timedelta(days=n) for n in range(1, cut.rule.within_hours // 24 + 2)]
                later = tuple(file for other in reach for file in self._days.get(other, ()) if file.partition[1] == bucket)
            found.append(Slice(day, bucket, files, later, cut, tuple(shops), len(shops) == len(present)))
        return found

    @cached_property
    def _duties(self) -> dict[tuple[str, date], Spans]:
        """When anybody was on duty, of all shops and days with a record of it. Read only where a pack asks."""
        presence = self.table("presence")
        zones = dict(self.table("shops").select("shop_id", "timezone").iter_rows())
        return duties(presence, zones, presence["shop_id"].unique().to_list())

    def _shops(self, files: Sequence[File]) -> list[str]:
        return self._names(files).shops.to_list()

    def _names(self, files: Sequence[File]) -> Names:
        def read() -> pl.DataFrame:
            named = self._folder.read(files, ["shop_id", "agent_id"])
            columns = {name: _in_order(named[name]) for name in named.columns}
            return pl.DataFrame([pl.Series(name, [values], dtype=pl.List(pl.String)) for name, values in columns.items()])

        key = hashlib.sha256(repr(("names", VERSION, [file.key for file in files])).encode()).hexdigest()[:32]
        found = self.cache.get("names", key, read)
        return Names(found["shop_id"][0], found["agent_id"][0])

    def parts(self, piece: Slice) -> pl.DataFrame:
        """Parts of a slice (`kaohe.facts.parts.SCHEMA`) with `inside` filled in by each shop's window."""
        return self._mine(piece, self.cache.get("parts", piece.key(), lambda: parts(*self._input(piece), piece.cut)))

    def waits(self, piece: Slice) -> pl.DataFrame:
        """Waits of a slice (`kaohe.facts.parts.WAITS`) with `inside` filled in by each shop's window."""
        return self._mine(piece, self.cache.get("waits", piece.key(), lambda: waits(*self._input(piece), piece.cut)))

    def contacts(self, piece: Slice) -> pl.LazyFrame:
        """Assessed contacts of a slice, one row each: contact, shop_id, row, first_wait, and the sums of `kaohe.facts.parts.SCHEMA`."""
        return contacts(self.parts(piece).lazy())

    def buyers(self, piece: Slice) -> pl.DataFrame:
        """Whose contacts they are: one row per contact of the slice's partition, with contact, shop_id, buyer_id, in order."""

        def read() -> pl.DataFrame:
            named = self._folder.read(piece.files, ["contact", "shop_id", "buyer_id"])
            return named.filter(clock.changes("contact"))

        key = hashlib.sha256(repr(("buyers", VERSION, [file.key for file in piece.files])).encode()).hexdigest()[:32]
        return self.cache.get("buyers", key, read)

    def messages(self, piece: Slice, columns: Sequence[str]) -> pl.DataFrame:
        """Columns of all messages of the slice's partition, in order; also those of shops of another cut."""
        return self._folder.read(piece.files, columns)

    def names(self, piece: Slice) -> Names:
        """What `shop_no` and `agent_no` of the slice's partition stand for."""
        return self._names(piece.files)

    def table(self, name: str) -> pl.DataFrame:
        """A canonical table at this snapshot, read once."""
        if name not in self._tables:
            self._tables[name] = self._lake.table(name, self.snapshot)
        return self._tables[name]

    def holds(self, name: str) -> bool:
        """Whether a canonical table has any rows at this snapshot."""
        if name in self._tables:
            return not self._tables[name].is_empty()
        return any(file.rows for file in self._lake.files(name, self.snapshot))

    def warm(self, pieces: Iterable[Slice]) -> None:
        """Compute parts that are not there yet."""
        missing = [piece for piece in pieces if not self.cache.has("parts", piece.key())]
        for _ in run(self.parts, missing):
            pass

    def rows(self, piece: Slice) -> tuple[pl.DataFrame, Rows]:
        """The messages of a slice in order with all columns, and its rows: what explanations are made from."""
        messages = self._messages(piece, None)
        shops = _in_order(messages["shop_id"]) if piece.later else self._names(piece.files).shops
        return messages, rows(spoken(messages, piece.cut, shops), piece.cut)

    def _input(self, piece: Slice) -> tuple[pl.DataFrame, Names]:
        if piece.later:
            messages = self._messages(piece, piece.cut.input)
            return messages, Names(_in_order(messages["shop_id"]), _in_order(messages["agent_id"]))
        columns = piece.cut.input if piece.whole else [*piece.cut.input, "shop_id"]
        return self._messages(piece, columns), self._names(piece.files)

    def _messages(self, piece: Slice, columns: Sequence[str] | None) -> pl.DataFrame:
        """Messages of the slice's day, and where a reply may come later those of the days after it, in one order."""
        chosen = pl.col("shop_id").is_in(list(piece.shops))
        if not piece.later:
            messages = self._folder.read(piece.files, columns)
            return messages if piece.whole else messages.filter(chosen)
        columns = list(dict.fromkeys([*(columns or self._folder.layout.stored), *clock.ORDER]))
        days = [self._folder.read([file], columns).filter(chosen).with_columns(_day=pl.lit(n)) for n, file in enumerate(piece.later, 1)]
        today = self._folder.read(piece.files, columns).filter(chosen).with_columns(_day=pl.lit(0))
        together = pl.concat([today, *days]).sort(*clock.ORDER)
        together = together.with_columns(
            mine=pl.col("_day") == 0,
            conversation=(clock.changes("shop_id") | clock.changes("buyer_id")).cum_sum().cast(pl.Int32) - 1,
            shop_no=clock.codes(together["shop_id"]),
            agent_no=clock.codes(together["agent_id"]),
        )
        runs = (clock.changes("conversation") | clock.changes("_day")).cum_sum().cast(pl.Int32) - 1
        # Contacts of the slice's own day keep their number; those of later days only have to differ from them and each other.
        return together.with_columns(contact=pl.when("mine").then("contact").otherwise(runs + 2**30)).drop("_day")

    def _mine(self, piece: Slice, frame: pl.DataFrame) -> pl.DataFrame:
        by_window: dict[Window, list[str]] = {}
        for shop in piece.shops:
            by_window.setdefault(self.parameters(shop, piece.day).window, []).append(shop)
        if len(by_window) == 1:
            return with_window(frame.lazy(), next(iter(by_window))).collect()
        chosen = [with_window(frame.lazy().filter(pl.col("shop_id").is_in(shops)), window) for window, shops in by_window.items()]
        return pl.concat(chosen).collect()


def _in_order(names: pl.Series) -> pl.Series:
    """The names in the order `kaohe.clock.codes` numbers them in."""
    return names.drop_nulls().unique().sort()
