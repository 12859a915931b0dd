"""One value as people read it, and text from strangers made harmless."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import polars as pl

from kaohe.errors import Lang
from kaohe.reports.tables import Kind

FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"
"""A spreadsheet takes a cell that begins with one of these for a formula, or skips it and looks at the next character.
The full-width forms count as formulas where the system's language is Chinese or Japanese (OWASP, CSV Injection)."""

# C0 and C1 controls (an escape sequence could repaint the reader's terminal), and the marks that reorder text.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\u2028\u2029]")
_LINES = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")


def harmless(text: str) -> str:
    """Text as a csv cell that no spreadsheet runs: an apostrophe before what could begin a formula.

    >>> harmless("=1+1"), harmless("在的"), harmless("")
    ("'=1+1", '在的', '')
    """
    return "'" + text if text[:1] in FORMULA_STARTS and text else text


def is_risky(text: str) -> bool:
    """Whether a spreadsheet could take the text for a formula."""
    return bool(text) and text[0] in FORMULA_STARTS


def harmless_column(name: str) -> pl.Expr:
    """`harmless` over a column of text."""
    column = pl.col(name)
    risky = column.str.slice(0, 1).is_in(list(FORMULA_STARTS))
    return pl.when(risky).then(pl.concat_str(pl.lit("'"), column)).otherwise(column).alias(name)


def printable(text: str) -> str:
    """Text on one line without control characters: `⏎` for a line's end, `·` for the rest.

    >>> printable("好\\n的"), printable("\\x1b[31m红")
    ('好⏎的', '·[31m红')
    """
    return _CONTROLS.sub("·", _LINES.sub("⏎", text.replace("\t", " ")))


def shown(value: Any, kind: Kind, lang: Lang = "zh", null: str = "–") -> str:
    """A value as people read it. None and NaN give `null`.

    >>> shown(0.12345, "rate"), shown(80, "seconds"), shown(12345, "count"), shown(None, "rate")
    ('12.35 %', '1分20秒', '12,345', '–')
    """
    if value is None or (isinstance(value, float) and value != value):
        return null
    if kind in _NUMBERS and isinstance(value, int | float | Decimal):
        return _NUMBERS[kind](value, lang)
    if isinstance(value, dt.datetime):
        return local(value).isoformat(sep=" ", timespec="seconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bool):
        return _YES[lang] if value else _NO[lang]
    return printable(str(value))


_YES = {"zh": "是", "en": "yes"}
_NO = {"zh": "否", "en": "no"}


def local(moment: dt.datetime) -> dt.datetime:
    """A moment with a time zone in this computer's zone, its offset left off; a moment without one as it is."""
    return moment if moment.tzinfo is None else moment.astimezone().replace(tzinfo=None)


def duration(seconds: float | Decimal, lang: Lang = "zh") -> str:
    """Seconds as people say them; under a minute with a tenth where there is one.

    >>> duration(8), duration(8.54), duration(80), duration(3725), duration(80, "en")
    ('8秒', '8.5秒', '1分20秒', '1时02分', '1m20s')
    """
    sign, exact = ("-" if seconds < 0 else ""), abs(Decimal(str(seconds)))
    second, minute, hour, day = ("秒", "分", "时", "天") if lang == "zh" else ("s", "m", "h", "d")
    tenths = exact.quantize(Decimal("0.1"), ROUND_HALF_UP)
    if tenths < 60:
        return f"{sign}{tenths.normalize():f}{second}"
    whole = int(exact.quantize(Decimal(1), ROUND_HALF_UP))
    if whole < 3600:
        return f"{sign}{whole // 60}{minute}{whole % 60:02}{second}"
    minutes = int((exact / 60).quantize(Decimal(1), ROUND_HALF_UP))
    if minutes < 24 * 60:
        return f"{sign}{minutes // 60}{hour}{minutes % 60:02}{minute}"
    return f"{sign}{minutes // 1440}{day}{minutes % 1440 // 60:02}{hour}"


def _places(value: float | Decimal, places: int) -> str:
    return f"{Decimal(str(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,f}"


def _plain(value: float | Decimal, lang: Lang) -> str:
    if not isinstance(value, float):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    usual = value == 0 or 1e-4 <= abs(value) < 1e15
    return f"{value:.6f}".rstrip("0").rstrip(".") if usual else f"{value:.6g}"


_NUMBERS: dict[Kind, Callable[[Any, Lang], str]] = {
    "count": lambda value, lang: _places(value, 0),
    "number": lambda value, lang: _places(value, 2),
    "plain": _plain,
    "ratio": lambda value, lang: _places(value, 2),
    "chars": lambda value, lang: _places(value, 1),
    "money": lambda value, lang: _places(value, 2),
    "hours": lambda value, lang: _places(value, 1) + (" 小时" if lang == "zh" else " h"),
    "score": lambda value, lang: _places(value, 2),
    "points": lambda value, lang: _places(value, 2),
    "days": lambda value, lang: _places(value, 2) + (" 天" if lang == "zh" else " days"),
    "rate": lambda value, lang: _places(Decimal(str(value)) * 100, 2) + " %",
    "seconds": duration,
}
