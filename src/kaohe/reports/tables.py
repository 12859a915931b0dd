"""A table as data: what its columns are called, what kind of value each holds, its rows, its last line and its charts. Renderers are siblings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import polars as pl

from kaohe.errors import Lang
from kaohe.reports.pairs import Pair

Kind = Literal[
    "text",  # any text
    "count",  # a whole number
    "number",  # a number without a unit, two places
    "plain",  # a number as it is, six places at most
    "rate",  # 0 to 1, shown as 12.34 %
    "seconds",  # shown as 1分20秒
    "ratio",  # a quotient without a unit, two places
    "chars",  # characters, one place
    "money",  # yuan, two places
    "hours",  # hours, one place, shown as 12.5 小时
    "score",  # a mark in its item's own unit, two places
    "points",  # two places
    "days",  # days, two places, shown as 21.50 天
    "instant",  # a moment; with a time zone it is shown in this computer's
    "date",  # a calendar day
    "flag",  # yes or no
    "figure",  # a number whose kind another column of the row names
]

NUMERIC: frozenset[Kind] = frozenset(
    {"count", "number", "plain", "rate", "seconds", "ratio", "chars", "money", "hours", "score", "points", "days", "figure"}
)


NOTHING = Pair("–", "–")
"""What stands for a figure nobody counted. Never 0 (SEMANTICS §4)."""

DOUBTFUL = "※"
"""What stands before a figure that rests on too few (counting rule 49)."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a report.

    `name` is the column of the frame and the key in JSON, csv and parquet; `zh` and `en` head it for people. `null` is what
    people see for a missing value. A `figure` takes each row's kind from the text column `kind_from`. Values for which the flag column
    `doubt_from` holds are shown with `DOUBTFUL` before them. `bar`: a bar stands behind each number where there is room for one, from nothing to
    the largest. `span` is how many columns of a `Page`'s grid it takes, `least` how many characters it is wide at least; `sign`: somebody signs in it, rows are high.
    `leads`: its texts are titles of pages beside the sheet, and lead there where they can.
    """

    name: str
    zh: str
    en: str
    kind: Kind = "text"
    null: Pair = NOTHING
    kind_from: str | None = None
    doubt_from: str | None = None
    bar: bool = False
    span: int = 1
    least: float = 0
    sign: bool = False
    leads: bool = False

    def label(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en


Shades = Literal["plain", "scale", "kinds"]
"""The colours of a chart's values: one for all, from poor to good, or each its own."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Lying bars of a sheet's rows, in their order, called as the text column `label` says. Several `values` are stacked.

    `parts`: the values are parts of a whole, so that every bar is as long as the others. Of more rows than `MOST_BARS` only the first are drawn.
    """

    title: Pair
    label: str
    values: tuple[str, ...]
    shades: Shades = "plain"
    parts: bool = False


MOST_BARS = 40
FEW_MARKS = 5
"""Up to this count an axis has a mark for each whole number; left to itself it would be marked in halves."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table with its title. Only `columns` are shown, in their order; the frame may hold more.

    `total` is a last line for people: values by column, nothing under the others. `charts` show columns of the sheet.
    Raises ValueError when the frame lacks one of the columns: that is a mistake in this program, not in anybody's data.
    """

    title: Pair
    columns: tuple[Column, ...]
    frame: pl.DataFrame
    notes: tuple[Pair, ...] = field(default=())
    total: Mapping[str, Any] | None = None
    charts: tuple[Chart, ...] = ()

    def __post_init__(self) -> None:
        more = [name for column in self.columns for name in (column.kind_from, column.doubt_from) if name]
        more += [name for chart in self.charts for name in (chart.label, *chart.values)]
        wanted = [*(column.name for column in self.columns), *more, *(self.total or {})]
        missing = [name for name in wanted if name not in self.frame.columns]
        if missing:
            raise ValueError(f"sheet {self.title.en!r}: no column {', '.join(missing)} among {', '.join(self.frame.columns)}")

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def data(self) -> pl.DataFrame:
        """The shown columns in their order, raw."""
        return self.frame.select(self.names)

    def kinds(self, column: Column) -> list[Kind]:
        """The kind of each of the column's values, row by row."""
        if column.kind_from is None:
            return [column.kind] * self.frame.height
        return [kind or "number" for kind in self.frame[column.kind_from].to_list()]

    def doubts(self, column: Column) -> list[bool]:
        """Which of the column's values rest on too little."""
        if column.doubt_from is None:
            return [False] * self.frame.height
        return [bool(one) for one in self.frame[column.doubt_from].to_list()]


@dataclass(frozen=True, slots=True)
class Page:
    """Several sheets under each other on one page, in a grid of columns as wide as `widths` says (characters).

    `title` is what the page is called, `heading` what stands over it. The columns of each sheet together take up the grid or less; `notes` stand at
    the foot.
    """

    title: Pair
    heading: Pair
    sheets: tuple[Sheet, ...]
    widths: tuple[float, ...]
    notes: tuple[Pair, ...] = ()
    portrait: bool = False
