"""An appraisal: columns of everybody's results, and statements read off them when asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from kaohe.appraisal.columns import NOBODY
from kaohe.appraisal.conditions import Checked
from kaohe.appraisal.exact import decimal
from kaohe.appraisal.figures import Figure
from kaohe.appraisal.judged import TREATMENTS, Factored, Judged, Judgement, PaidLine, Paying
from kaohe.appraisal.measures import Measured
from kaohe.appraisal.pay_plan import ByPk, ByPlace, Commission, DayRate, Tier
from kaohe.appraisal.paying import FEN, steps
from kaohe.appraisal.ranking import prize
from kaohe.appraisal.result import Answer, Line, Looked, Paid, Person, Podium, Reason, Statement, Step
from kaohe.appraisal.scheme import Scheme
from kaohe.errors import Lang


class Appraisal:
    """A scheme applied to agents. `period` are the first and last day, where they are known; `outside` are agents with figures to whom the scheme
    does not apply; `fingerprint` is the scheme's."""

    def __init__(
        self, scheme: Scheme, period: tuple[date, date] | None, people: tuple[Person, ...], outside: tuple[str, ...], found: Judgement
    ) -> None:
        self.scheme = scheme
        self.period = period
        self.people = people
        self.outside = outside
        self.found = found

    @cached_property
    def fingerprint(self) -> str:
        return self.scheme.fingerprint()

    @cached_property
    def order(self) -> list[int]:
        """Where everybody stands in `people`: in order of place, those without one after them; both then in order of id and stretch."""
        place = self.found.totals.place
        return [int(at) for at in np.argsort(np.where(place > 0, place, len(self.people) + 1), kind="stable")]

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """Everybody's statement in order of place, those without a place after them in order of id."""
        return tuple(self._statement(at) for at in self.order)

    @property
    def ranked(self) -> tuple[Statement, ...]:
        return tuple(statement for statement in self.statements if statement.place is not None)

    def statement(self, agent_id: str, first: date | None = None) -> Statement:
        """The statement of one agent, of the stretch that begins on `first` where he has several. KeyError where he was not judged."""
        for at, person in enumerate(self.people):
            if person.agent_id == agent_id and (first is None or person.first == first):
                return self._statement(at)
        raise KeyError(agent_id)

    def to_frames(self, lang: Lang = "zh") -> tuple[pl.DataFrame, pl.DataFrame]:
        """The ranking, one row per agent, and the lines, one row per agent and item, in the same order. Words are in `lang`."""
        from kaohe.appraisal.frames import lines, ranking

        return ranking(self, lang), lines(self, lang)

    def to_dicts(self) -> list[dict[str, Any]]:
        """The statements as plain JSON data; decimals are text, so that nothing is lost."""
        from kaohe.appraisal.data import statements

        return statements(self)

    # One statement

    def _statement(self, at: int) -> Statement:
        found, person, totals = self.found, self.people[at], self.found.totals
        paying = found.pay
        return Statement(
            person.agent_id,
            person.name,
            person.group,
            person.role,
            tuple(self._line(judged, at) for judged in found.items),
            decimal(int(totals.points[at]), totals.places) if totals.there[at] else None,
            int(totals.place[at]) or None,
            tuple(self.reasons(at)),
            person.first,
            person.last,
            person.share,
            self.scheme.total.start,
            decimal(int(totals.cut[at]), totals.places),
            tuple(_answer(gate, at) for gate in found.gates),
            tuple(_answer(veto, at) for veto in found.vetoes if veto.passed[at]),
            None if self.scheme.grades is None or totals.grade[at] == NOBODY else self.scheme.grades.bands[totals.grade[at]],
            {factored.factor.key: podium_of(factored, at) for factored in found.factors},
            () if paying is None else tuple(self._paid(paying, at)),
            None if paying is None or paying.blocked[at] else decimal(int(paying.pay[at]), FEN),
        )

    def _line(self, judged: Judged, at: int) -> Line:
        scoring, scores = judged.item.scoring, judged.scores
        treatment, places = TREATMENTS[judged.treatment[at]], self.found.totals.places
        is_kept = bool(judged.kept[at])
        by_figure = treatment == "count"
        band = None
        if by_figure and scoring is not None and scoring.kind == "bands" and scores.band is not None and scores.band[at] != NOBODY:
            band = scoring.bands[scores.band[at]]
        is_part = not len(judged.line)
        return Line(
            judged.item,
            _figures(judged.measured, at),
            judged.status(at),
            treatment,
            None if judged.measured is None else judged.measured.numbers.exact(at),
            None if scores.view is None else scores.view.exact(at),
            band,
            (int(scores.place[at]) or None) if by_figure and scores.place is not None else None,
            judged.points.exact(at) if is_kept else None,
            judged.item.worth if is_part else decimal(int(judged.weight[at]), places),
            decimal(int(judged.line[at]), places) if is_kept and not is_part else None,
            tuple(self._line(part, at) for part in judged.parts),
            None if judged.target is None else judged.target.exact(at),
        )

    def reasons(self, at: int) -> Iterator[Reason]:
        """Why the person at this place in `people` has no place in the ranking; nothing when he has."""
        reasons, ranking = self.found.reasons, self.scheme.ranking
        if reasons.none[at]:
            yield Reason("no_figures")
            return
        for judged, mask in reasons.blocked:
            if mask[at]:
                yield Reason("blocked", judged.item)  # type: ignore[arg-type]  # only items block a total
        if reasons.little[at]:
            yield Reason("little_judged", found=reasons.share[at], wanted=ranking.judged)
        if reasons.short[at] and ranking.minimum is not None:
            yield Reason(
                "below_minimum", metric="+".join(ranking.minimum.metrics), found=reasons.amount.exact(at), wanted=ranking.minimum.at_least
            )
        if reasons.vetoed[at]:
            yield Reason("vetoed")

    def _paid(self, paying: Paying, at: int) -> Iterator[Paid]:
        for line in paying.lines:
            yield self._paid_line(paying, line, at)
        for key, amounts in (("floor", paying.floor), ("cap", paying.cap)):
            if amounts[at]:
                yield Paid(key, None, decimal(int(amounts[at]), FEN))

    def _paid_line(self, paying: Paying, paid: PaidLine, at: int) -> Paid:
        line = paid.line
        looked = tuple(
            Looked(quantity, numbers.exact(at), _figures(found, at), self.scheme.items_of(quantity))
            for quantity, numbers, found in paid.quantities
        )
        podiums: tuple[Podium, ...] = ()
        if isinstance(line, ByPk):
            podiums = tuple(
                podium_of(factored, at) for factored in self.found.factors if line.factors is None or factored.factor.key in line.factors
            )
        return Paid(
            paid.key,
            line,
            decimal(int(paid.amount[at]), FEN),
            bool(paid.missing[at]),
            bool(paid.gated[at]),
            looked,
            _band(paid, at),
            _steps(line, looked) if isinstance(line, Commission) else (),
            podiums,
            int(self.found.totals.tied[at]) if isinstance(line, ByPlace) else 1,
            paid.gross.exact(at),
            paying.coefficient.exact(at) if line.coefficient else None,
            paying.share.exact(at) if line.pro_rata else None,
            paid.exact.exact(at),
        )


def _figures(measured: Measured | None, at: int) -> tuple[Figure, ...]:
    return () if measured is None else tuple(source.figure(at) for source in measured.sources)


def _answer(checked: Checked, at: int) -> Answer:
    measured, condition = checked.measured, checked.condition
    limit = None if checked.limits is None else checked.limits.exact(at)
    limit = Fraction(condition.limit) if limit is None else limit
    return Answer(condition, _figures(measured, at), measured.numbers.exact(at), checked.status(at), bool(checked.passed[at]), limit)


def podium_of(factored: Factored, at: int) -> Podium:
    """How somebody stands in one factor of a PK."""
    factor, place, tied = factored.factor, int(factored.place[at]), int(factored.tied[at])
    return Podium(
        factor,
        _figures(factored.measured, at),
        factored.measured.numbers.exact(at),
        place or None,
        tied,
        prize(factor.prizes, place, tied, factor.ties),
        bool(factored.small[at]),
        bool(factored.vetoed[at]),
    )


def _band(paid: PaidLine, at: int) -> Any:
    if paid.band is None or paid.band[at] == NOBODY:
        return None
    line = paid.line
    bands: Sequence[Any] = ()
    if isinstance(line, DayRate | Tier):
        bands = line.bands or ()
    elif isinstance(line, Commission):
        bands = line.rate_by.bands if line.rate_by is not None else line.bands or ()
    return bands[paid.band[at]]


def _steps(line: Commission, looked: tuple[Looked, ...]) -> tuple[Step, ...]:
    """How the amount of a commission came about, slice by slice."""
    amount = looked[0].value
    if amount is None:
        return ()
    if line.rate is not None:
        return (Step(amount, Fraction(line.rate)),)
    if line.bands is not None and line.mode == "marginal":
        return tuple(steps(line.bands, amount))
    return ()
