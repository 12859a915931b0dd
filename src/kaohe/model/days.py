"""Local days and windows. All days are calendar days of the shop's time zone (SEMANTICS §2)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from kaohe.errors import WRONG_USE, code, failure

DEFAULT_TIMEZONE = "Asia/Shanghai"

NO_SUCH_ZONE = code(
    "no_such_timezone",
    zh="没有“{zone}”这个时区。请写 IANA 名称，如 Asia/Shanghai",
    en="no time zone {zone!r}. Use an IANA name such as Asia/Shanghai",
)
BAD_WINDOW = code(
    "bad_window",
    zh="时段“{text}”不合要求：应为 08:00-23:00，起点早于终点，终点最晚 24:00",
    en="window {text!r}: expected 08:00-23:00, the start before the end, the end at most 24:00",
    exit=WRONG_USE,
)


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """The time zone of that IANA name. Raises `Failure` when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise failure(NO_SUCH_ZONE, zone=name) from None


@dataclass(frozen=True, slots=True)
class Window:
    """Seconds of the local day from `start`, included, to `end`, excluded."""

    start: int = 0
    end: int = 86_400

    @classmethod
    def parse(cls, text: str) -> Window:
        """`"08:00-23:00"` → a window that includes 08:00:00 and excludes 23:00:00. `24:00` is the day's end."""
        try:
            start, end = (_seconds(part) for part in text.split("-"))
        except ValueError:
            raise failure(BAD_WINDOW, text=text) from None
        if not 0 <= start < end <= 86_400:
            raise failure(BAD_WINDOW, text=text)
        return cls(start, end)

    def __contains__(self, time: dt.time) -> bool:
        return self.start <= time.hour * 3600 + time.minute * 60 + time.second < self.end

    def holds(self, second_of_day: pl.Expr) -> pl.Expr:
        """Whether a column of seconds since local midnight lies inside."""
        if self == Window():
            return pl.lit(True)
        return (second_of_day >= self.start) & (second_of_day < self.end)

    def __str__(self) -> str:
        return "-".join(f"{s // 3600:02}:{s % 3600 // 60:02}" + (f":{s % 60:02}" if s % 60 else "") for s in (self.start, self.end))


def _seconds(text: str) -> int:
    parts = [int(part) for part in text.strip().split(":")]
    if len(parts) not in (2, 3) or not all(0 <= part < 60 for part in parts[1:]):
        raise ValueError(text)
    return parts[0] * 3600 + parts[1] * 60 + (parts[2] if len(parts) == 3 else 0)


def days(first: dt.date, last: dt.date) -> list[dt.date]:
    """Every day from `first` to `last`, both included; empty when `last` is earlier."""
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
