"""`appraise`: figures in, statements out. No I/O, no clock, no chance: the same figures give the same result in any order of rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import polars as pl

from kaohe.appraisal.exact import rounded, spread
from kaohe.appraisal.figures import Figure, figures_by_agent
from kaohe.appraisal.ranking import places
from kaohe.appraisal.result import Appraisal, Line, Reason, Statement, Status, Treatment
from kaohe.appraisal.scheme import Audience, Item, Scheme
from kaohe.appraisal.scoring import Scored, scorer
from kaohe.errors import WRONG_USE, code, failure

NEEDS_AGENTS = code(
    "scheme_needs_agents",
    zh="考核方案“{scheme}”只适用于部分岗位或小组，但没有客服名单：请导入 agents 表",
    en="scheme {scheme!r} is for some roles or groups only, and there is no roster: import the table agents",
    exit=WRONG_USE,
)


def appraise(scheme: Scheme, figures: pl.DataFrame, agents: pl.DataFrame | None = None) -> Appraisal:
    """Judge agents by their figures.

    `figures` is long: agent_id (text), metric, numerator, denominator, value (numbers or null; rates 0 to 1, durations in seconds), one row per
    agent and metric; more columns and metrics the scheme does not use are ignored. Rows without agent_id (未分配) are judged for nobody.
    `agents` is the roster (agent_id, and where known name, group, role): who stands in it and has no figures is listed as such, so give those
    who were employed in the period. Without it everybody with figures is judged.

    Raises `Failure` for two figures of one agent and metric, for parts that contradict their value, for NaN and infinities, and where the
    scheme is for some roles or groups and there is no roster; ValueError where a column is missing.
    """
    given = figures_by_agent(figures, scheme.metrics)
    people = _people(agents)
    if agents is None and (scheme.applies_to.roles or scheme.applies_to.groups):
        raise failure(NEEDS_AGENTS, scheme=scheme.name)
    judge = _Judge(scheme)
    judged, outside = [], []
    for agent_id in sorted({*given, *people}):
        person = people.get(agent_id, _Person())
        if _applies(scheme.applies_to, person):
            judged.append(judge(agent_id, person, given.get(agent_id, {})))
        elif agent_id in given:
            outside.append(agent_id)
    return Appraisal(scheme, scheme.fingerprint(), places(judged), tuple(outside))


@dataclass(frozen=True, slots=True)
class _Person:
    name: str | None = None
    group: str | None = None
    role: str | None = None


def _people(agents: pl.DataFrame | None) -> dict[str, _Person]:
    if agents is None:
        return {}
    wanted = [pl.col(name).cast(pl.String) if name in agents.columns else pl.lit(None, pl.String).alias(name) for name in _ROSTER]
    rows = agents.select(wanted).filter(pl.col("agent_id").is_not_null()).unique("agent_id", keep="last", maintain_order=True)
    return {agent_id: _Person(*known) for agent_id, *known in rows.iter_rows()}


_ROSTER = ("agent_id", "name", "group", "role")


def _applies(audience: Audience, person: _Person) -> bool:
    if audience.roles and person.role not in audience.roles:
        return False
    return not audience.groups or person.group in audience.groups


class _Judge:
    """A scheme made ready to judge many agents: the ways of scoring prepared, weights and roundings remembered."""

    def __init__(self, scheme: Scheme) -> None:
        self.scheme = scheme
        self._items = [(item, scorer(item.scoring)) for item in scheme.items]
        self._weights: dict[tuple[bool, ...], list[Decimal]] = {}
        self._points: dict[tuple[str, int, Decimal], Decimal] = {}
        self._shares: dict[tuple[bool, ...], Fraction] = {}

    def __call__(self, agent_id: str, person: _Person, figures: Mapping[str, Figure]) -> Statement:
        looked = [self._look(item, score, figures.get(item.metric) or Figure(item.metric)) for item, score in self._items]
        weights = self._spread(tuple(look.scored is not None for look in looked))
        lines = tuple(self._line(look, weight) for look, weight in zip(looked, weights, strict=True))
        reasons = self._reasons(looked, figures)
        points: Decimal | None = None
        if all(reason.kind == "below_minimum" for reason in reasons):
            points = sum((line.points for line in lines if line.points is not None), Decimal(0))
        return Statement(agent_id, person.name, person.group, person.role, lines, points, None, tuple(reasons))

    def _look(self, item: Item, score: Callable[[Figure], Scored], figure: Figure) -> _Look:
        """What one item says of one agent, before weights are known."""
        if figure.value is None:
            return _Look(item, figure, "missing", *_treated(item, self.scheme.missing_policy(item)))
        small = item.minimum_sample is not None and figure.denominator is not None and figure.denominator < item.minimum_sample
        policy: Treatment = self.scheme.small_policy(item) if small else "count"
        status: Status = "small_sample" if small else "scored"
        if policy != "count":
            return _Look(item, figure, status, *_treated(item, policy))
        return _Look(item, figure, status, policy, score(figure))

    def _spread(self, kept: tuple[bool, ...]) -> list[Decimal]:
        """What each item is worth when only the kept ones are judged. What the others were worth is spread in proportion."""
        if kept not in self._weights:
            own = [item.full for item, _ in self._items]
            parts = own
            if not all(kept):
                rest = [worth for worth, is_kept in zip(own, kept, strict=True) if is_kept]
                grown = iter(spread(self.scheme.full, rest, self.scheme.rounding.places) if rest else ())
                parts = [next(grown) if is_kept else Decimal(0) for is_kept in kept]
            self._weights[kept] = parts
        return self._weights[kept]

    def _line(self, look: _Look, weight: Decimal) -> Line:
        scored = look.scored
        if scored is None:
            return Line(look.item, look.figure, look.status, look.treatment, None, None, weight, None)
        band = None if scored.band is None or look.item.scoring.kind != "bands" else look.item.scoring.bands[scored.band]
        return Line(
            look.item, look.figure, look.status, look.treatment, band, scored.points, weight, self._rounded(look.item, scored, weight)
        )

    def _rounded(self, item: Item, scored: Scored, weight: Decimal) -> Decimal:
        """The points of a line. Those of bands are few, and remembered."""
        key = (item.key, scored.band, weight) if scored.band is not None else None
        if key is not None and key in self._points:
            return self._points[key]
        points = rounded(scored.points * Fraction(weight) / Fraction(item.out_of), self.scheme.rounding.places)
        if key is not None:
            self._points[key] = points
        return points

    def _share(self, judged: tuple[bool, ...]) -> Fraction:
        """The share of full marks that the judged items are worth."""
        if judged not in self._shares:
            worth = sum((Fraction(item.full) for (item, _), is_judged in zip(self._items, judged, strict=True) if is_judged), Fraction(0))
            self._shares[judged] = worth / Fraction(self.scheme.full)
        return self._shares[judged]

    def _reasons(self, looked: list[_Look], figures: Mapping[str, Figure]) -> list[Reason]:
        """Why this agent gets no place; nothing when he does."""
        if all(look.status == "missing" for look in looked):
            return [Reason("no_figures")]
        reasons = [Reason("blocked", look.item) for look in looked if look.treatment == "block"]
        share = self._share(tuple(look.treatment != "skip" for look in looked))
        if share == 0 or share < Fraction(self.scheme.ranking.judged):
            reasons.append(Reason("little_judged", found=share, wanted=self.scheme.ranking.judged))
        minimum = self.scheme.ranking.minimum
        if minimum is not None:
            figure = figures.get(minimum.metric)
            amount = figure.exact if figure is not None else None
            if amount is None or amount < minimum.at_least:
                reasons.append(Reason("below_minimum", metric=minimum.metric, found=amount, wanted=minimum.at_least))
        return reasons


@dataclass(frozen=True, slots=True)
class _Look:
    item: Item
    figure: Figure
    status: Status
    treatment: Treatment
    scored: Scored | None


def _treated(item: Item, policy: Treatment) -> tuple[Treatment, Scored | None]:
    """The points a policy gives without looking at the figure."""
    if policy == "zero":
        return policy, Scored(Fraction(0))
    if policy == "full":
        return policy, Scored(Fraction(item.out_of))
    return policy, None
