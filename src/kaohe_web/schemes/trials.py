"""A draft tried on months that have passed: what it would have given everybody, and what would be different from a version in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import polars as pl

from kaohe.appraisal import Appraisal, Scheme, Simulation
from kaohe.appraisal.months import days_of
from kaohe.errors import Lang
from kaohe.reports import appraisals as result_tables
from kaohe.reports import simulation as tables
from kaohe.reports.cells import shown
from kaohe.reports.tables import Sheet
from kaohe.workspace import Workspace
from kaohe_web.schemes.policies import Seen
from kaohe_web.schemes.tables import Same, Table, same, table

_Stamp = tuple[int, str]

MOST_MONTHS = 12
"""Months of one simulation at most: it is computed while somebody waits."""


@dataclass(frozen=True, slots=True)
class Months:
    """The months there are data of, oldest first, and which of them are whole."""

    names: tuple[str, ...]
    whole: frozenset[str]

    @property
    def last(self) -> str | None:
        """The month to try on: the last whole one, else the last."""
        complete = [name for name in self.names if name in self.whole]
        return complete[-1] if complete else self.names[-1] if self.names else None


def months(source: Workspace) -> Months:
    """The months of a workspace."""
    span = source.span()
    if span is None:
        return Months((), frozenset())
    first, last = (one.year * 12 + one.month - 1 for one in span)
    names = tuple(f"{month // 12:04}-{month % 12 + 1:02}" for month in range(first, last + 1))
    return Months(names, frozenset(name for name in names if _is_whole(name, span)))


def _is_whole(month: str, span: tuple[date, date]) -> bool:
    first, last = days_of(month)
    return span[0] <= first and last <= span[1]


def narrowed(scheme: Scheme, seen: Seen) -> Scheme:
    """The scheme on the shops somebody may see alone; as it is where it judges no others."""
    if seen.shops is None:
        return scheme
    own = set(scheme.applies_to.shops)
    shops = tuple(sorted(own & seen.shops)) if own else tuple(sorted(seen.shops))
    # No shop is no limit: nobody's figures must not become everybody's.
    audience = scheme.applies_to.model_copy(update={"shops": shops or ("",)})
    return scheme.model_copy(update={"applies_to": audience})


@dataclass(frozen=True, slots=True)
class Preview:
    """A month judged by a scheme, as far as somebody may see it: the tables, how many people, what is paid and how many can not be paid."""

    tables: tuple[Table, ...]
    people: int
    paid: Decimal | None
    unpaid: int

    @property
    def money(self) -> str:
        """What is paid, as people read it."""
        return shown(self.paid, "money")


def previewed(source: Workspace, scheme: Scheme, month: str, seen: Seen, lang: Lang) -> Preview:
    """A month under a scheme. Raises `Failure` for what can not be judged."""
    return _previewed(source.root, _stamp(source), same(narrowed(scheme, seen)), month, seen, lang)


@lru_cache(maxsize=8)
def _previewed(root: Path, stamp: _Stamp, of: Same, month: str, seen: Seen, lang: Lang) -> Preview:
    result = _appraised(root, stamp, of, month)
    pays = of.scheme.pay is not None
    found = [
        result_tables.readable_ranking(result, lang),
        result_tables.readable_pay(result, lang),
        result_tables.readable_podiums(result, lang),
    ]
    people = _within(result_tables.ranking(result, lang), seen).frame
    amounts = people["pay"].drop_nulls().to_list() if pays else []
    return Preview(
        tuple(table(_within(sheet, seen), lang) for sheet in found if sheet is not None),
        people["agent_id"].n_unique(),
        sum(amounts, Decimal(0)) if pays else None,
        people.height - len(amounts) if pays else 0,
    )


def preview_raw(source: Workspace, scheme: Scheme, month: str, seen: Seen, lang: Lang) -> Sheet:
    """The ranking of a preview as data, for a file."""
    result = _appraised(source.root, _stamp(source), same(narrowed(scheme, seen)), month)
    return _within(result_tables.ranking(result, lang), seen)


@dataclass(frozen=True, slots=True)
class Compared:
    """Months under two schemes, as far as somebody may see them. `paid` and `before` are what each pays those seen; None where one pays nothing."""

    sheets: tuple[Sheet, ...]
    tables: tuple[Table, ...]
    people: int
    gains: int
    loses: int
    same: int
    before: Decimal | None
    paid: Decimal | None

    @property
    def change(self) -> Decimal | None:
        """What the second costs more."""
        return None if self.before is None or self.paid is None else self.paid - self.before

    @property
    def apart(self) -> int:
        """People whose pay can not be compared."""
        return self.people - self.gains - self.loses - self.same

    @property
    def money(self) -> tuple[str, str, str]:
        """Before, now and the change, as people read them."""
        change = shown(self.change, "money")
        return (
            shown(self.before, "money"),
            shown(self.paid, "money"),
            f"+{change}" if self.change is not None and self.change > 0 else change,
        )


def compared(
    source: Workspace, base: Scheme, draft: Scheme, named: Sequence[str], asked: Sequence[str], seen: Seen, lang: Lang
) -> Compared:
    """Months under a scheme beside the same under another. `named` is what the two are called. Raises `Failure` for months without data."""
    one, other = same(narrowed(base, seen)), same(narrowed(draft, seen))
    return _compared(source.root, _stamp(source), one, other, tuple(named), tuple(asked), seen, lang)


@lru_cache(maxsize=4)
def _compared(
    root: Path, stamp: _Stamp, base: Same, draft: Same, named: tuple[str, ...], asked: tuple[str, ...], seen: Seen, lang: Lang
) -> Compared:
    found = _simulated(root, stamp, base, draft, named, asked)
    # Somebody who sees part of the people sees tables by person: what is summed up over all is not of those he sees.
    sheets = [tables.people(found, lang)]
    if seen.groups is None:
        sheets = [
            tables.summary(found, lang),
            *sheets,
            tables.items(found, lang),
            tables.correlated(found, lang, weak=False),
            tables.months(found, lang),
        ]
    visible = tuple(_within(sheet, seen) for sheet in sheets)
    people = found.people if seen.groups is None else found.people.filter(pl.col("group").is_in(sorted(seen.groups)))
    one, other = (people.filter(pl.col("scheme") == name) for name in found.names)
    outcomes = other["outcome"].to_list()
    return Compared(
        visible,
        tuple(table(sheet, lang) for sheet in visible),
        other.height,
        outcomes.count("gains"),
        outcomes.count("loses"),
        outcomes.count("same"),
        _paid(one, base.scheme),
        _paid(other, draft.scheme),
    )


def compared_raw(source: Workspace, base: Scheme, draft: Scheme, named: Sequence[str], asked: Sequence[str], seen: Seen) -> Sheet:
    """Everybody's change as data, for a file."""
    one, other = same(narrowed(base, seen)), same(narrowed(draft, seen))
    found = _simulated(source.root, _stamp(source), one, other, tuple(named), tuple(asked))
    return _within(tables.raw(found, "people"), seen)


def _paid(people: pl.DataFrame, scheme: Scheme) -> Decimal | None:
    return sum((one for one in people["pay"].drop_nulls().to_list()), Decimal(0)) if scheme.pay is not None else None


def _within(sheet: Sheet, seen: Seen) -> Sheet:
    """A sheet of people without those somebody may not see, summed up over those he may. One that does not tell groups shows nobody."""
    if seen.groups is None:
        return sheet
    if "group" not in sheet.frame.columns:
        return replace(sheet, frame=sheet.frame.head(0), total=None, charts=())
    frame = sheet.frame.filter(pl.col("group").cast(pl.String).is_in(sorted(seen.groups)))
    total = None
    if sheet.total is not None:
        # As in the whole: who can not be paid is in no sum.
        known = frame.filter(pl.col("pay").is_not_null()) if "pay" in frame.columns else frame
        total = {name: value if isinstance(value, str) else known[name].sum() for name, value in sheet.total.items()}
    return replace(sheet, frame=frame, total=total, charts=())


# A trial is asked for again with every look at a page: the last ones are kept, by everything they rest on.


def _stamp(source: Workspace) -> _Stamp:
    """What figures rest on: the last import, the rules."""
    return source.lake.snapshot(None).number, source.source(None).rules or ""


@lru_cache(maxsize=4)
def _appraised(root: Path, _stamp: _Stamp, of: Same, month: str) -> Appraisal:
    first, last = days_of(month)
    # The days a scheme is in force are passed over, as a simulation does: it is tried on a month before them.
    always = of.scheme.model_copy(update={"effective_from": None, "effective_until": None})
    return Workspace(root).appraise(always, first, last)


@lru_cache(maxsize=1)
def _simulated(root: Path, _stamp: _Stamp, base: Same, draft: Same, named: tuple[str, ...], asked: tuple[str, ...]) -> Simulation:
    called = [one.scheme.model_copy(update={"name": name}) for one, name in zip((base, draft), named, strict=True)]
    return Workspace(root).simulate(called, asked)
