"""`appraise`: figures in, statements out. No I/O, no clock, no chance: the same figures give the same result in any order of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

import numpy as np
import polars as pl

from kaohe.appraisal.appraisal import Appraisal
from kaohe.appraisal.columns import NOBODY, Column, Flags, Ints, constant, counted, nothing, picked
from kaohe.appraisal.conditions import Checked, Effect, checked, small_samples
from kaohe.appraisal.exact import spread, units
from kaohe.appraisal.figures import Figures, PersonKey, figures_of, whose
from kaohe.appraisal.judged import Factored, Judged, Judgement, Reasons, Totals
from kaohe.appraisal.measures import Beside, Better, Measured, measured, placed
from kaohe.appraisal.paying import pay
from kaohe.appraisal.ranking import places
from kaohe.appraisal.result import Person, Treatment
from kaohe.appraisal.scheme import Audience, Factor, Item, Minimum, Part, Scheme, held_by_days
from kaohe.appraisal.scoring import Scores, scored, targets_of
from kaohe.errors import WRONG_USE, Failure, Problem, code, failure

NEEDS_AGENTS = code(
    "scheme_needs_agents",
    zh="考核方案“{scheme}”只适用于部分客服（岗位、小组或入职日期），但没有客服名单：请导入 agents 表",
    en="scheme {scheme!r} is for some agents only, by role, group or day of joining, and there is no roster: import the table agents",
    exit=WRONG_USE,
)
BEYOND = code(
    "points_beyond_item",
    zh="客服 {agent} 的“{metric}”是 {found}，而考核项“{item}”直接按这个数给分，只能在 {least} 到 {most} 之间",
    en="{metric!r} of {agent} is {found}, and item {item!r} takes it for points, which are {least} to {most}",
)
UNKNOWN_STRETCH = code(
    "figures_of_unknown_stretch",
    zh="客服 {agent} 有几段，而他的数没有说是哪一段的（写的是 {first}）：换过岗位的人，每一段要有自己的数",
    en="{agent} has several stretches, and figures of his do not say of which they are (they say {first})",
)
OVERLAPPING = code(
    "stretches_overlap",
    zh="客服 {agent} 有两段重叠，{day} 这一天算了两次",
    en="two stretches of {agent} overlap: {day} is in both",
)
NOT_IN_FORCE = code(
    "scheme_not_in_force",
    zh="考核方案“{scheme}”的有效期是 {begin} 到 {end}，不能用来评 {first} 到 {last}",
    en="scheme {scheme!r} is in force from {begin} to {end} and can not judge {first} to {last}",
    exit=WRONG_USE,
)


def appraise(
    scheme: Scheme,
    figures: pl.DataFrame,
    agents: pl.DataFrame | None = None,
    *,
    period: tuple[date, date] | None = None,
    previous: pl.DataFrame | None = None,
    targets: pl.DataFrame | None = None,
) -> Appraisal:
    """Judge agents by their figures.

    `figures` is long: agent_id (text), metric, numerator, denominator, value (numbers or null; rates 0 to 1, durations in seconds, money in yuan),
    where known `origin` (`computed`, `reported`), `first` (the first day of the stretch it is about), low, high, adjusted_numerator and
    adjusted_denominator; one row per agent, stretch, metric and origin. More columns, and metrics the scheme does not use, are ignored. Rows
    without agent_id (未分配) are judged for nobody.
    `agents` is the roster (agent_id, and where known name, group, role, joined_on, and first and last day of a stretch inside the period, several
    rows then for one agent): who stands in it and has no figures is listed as such, so give those who were employed in the period. Without it
    everybody with figures is judged.
    `period` are the first and the last day judged. `previous` are figures of the period before, of whole people unless they have a `first` as well, `targets` rows of agent_id, metric, target.

    Raises `Failure` for two figures of one agent and metric, for parts that contradict their value, for NaN and infinities, for a figure that is
    no points where it is taken for them, where the scheme is for some only and there is no roster, and where it is not in force; ValueError
    where a column is missing.
    """
    if period is not None:
        _check_force(scheme, period)
    if agents is None and scheme.applies_to.needs_roster:
        raise failure(NEEDS_AGENTS, scheme=scheme.name)
    figures = _in_stretches(figures, agents)
    people, outside = _people(scheme.applies_to, whose(figures), agents, period)
    keys: list[PersonKey] = [(person.agent_id, person.first) for person in people]
    judge = _Judge(
        scheme,
        people,
        figures_of(figures, keys, scheme.metrics),
        figures_of(_before(previous, keys), keys, scheme.metrics),
        _targets(targets, keys),
    )
    return Appraisal(scheme, period, tuple(people), outside, judge())


def _in_stretches(figures: pl.DataFrame, agents: pl.DataFrame | None) -> pl.DataFrame:
    """Figures that do not say of which stretch they are, put to the only one of their agent.

    Raises `Failure` for agents with figures of a stretch the roster does not have.
    """
    if agents is None or ("first" not in agents.columns and "first" not in figures.columns):
        return figures
    given = _with_first(figures)
    listed = _with_first(agents).select(pl.col("agent_id").cast(pl.String), "first").unique()
    alone = listed.filter(pl.len().over("agent_id") == 1).rename({"first": "_only"})
    joined = given.join(alone, on="agent_id", how="left", maintain_order="left")
    given = joined.with_columns(first=pl.coalesce("first", "_only")).drop("_only")
    known = given.join(listed.select("agent_id").unique(), on="agent_id", how="semi")
    odd = known.join(listed, on=["agent_id", "first"], how="anti", nulls_equal=True)
    if not odd.is_empty():
        rows = odd.select("agent_id", "first").unique().sort("agent_id", "first").iter_rows()
        raise Failure(Problem(UNKNOWN_STRETCH, parts={"agent": agent, "first": first or "–"}) for agent, first in rows)
    return given


def _with_first(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(first=pl.col("first").cast(pl.Date) if "first" in frame.columns else pl.lit(None, pl.Date))


def _before(previous: pl.DataFrame | None, keys: Sequence[PersonKey]) -> pl.DataFrame | None:
    """Figures of the period before by stretch: those that name none are of their agent, whatever his stretches."""
    if previous is None:
        return None
    given = _with_first(previous)
    people = pl.DataFrame(list(keys), schema={"agent_id": pl.String, "first": pl.Date}, orient="row")
    exact = given.filter(pl.col("first").is_not_null())
    general = given.filter(pl.col("first").is_null()).drop("first").join(people, on="agent_id").select(given.columns)
    told = [name for name in ("agent_id", "first", "metric", "origin") if name in given.columns]
    return pl.concat([exact, general.join(exact, on=told, how="anti", nulls_equal=True)])


def _check_force(scheme: Scheme, period: tuple[date, date]) -> None:
    begin, end = scheme.effective_from, scheme.effective_until
    first, last = period
    if (begin is not None and first < begin) or (end is not None and last > end):
        raise failure(NOT_IN_FORCE, scheme=scheme.name, begin=begin or "…", end=end or "…", first=first, last=last)


def _people(
    audience: Audience, given: set[PersonKey], agents: pl.DataFrame | None, period: tuple[date, date] | None
) -> tuple[list[Person], tuple[str, ...]]:
    """Who is judged, in order, and the ids of those with figures whom the scheme does not apply to."""
    listed = _listed(agents, period)
    judged: list[Person] = []
    left: set[str] = set()
    every = {*given, *listed}
    for key in sorted(every, key=lambda one: (one[0], one[1] or date.min)):
        person, joined = listed.get(key, (Person(key[0], first=key[1]), None))
        if _applies(audience, person, joined):
            judged.append(person)
        elif key in given:
            left.add(key[0])
    return judged, tuple(sorted(left - {person.agent_id for person in judged}))


def _applies(audience: Audience, person: Person, joined: date | None) -> bool:
    if audience.joined_from is not None and (joined is None or joined < audience.joined_from):
        return False
    if audience.joined_before is not None and joined is not None and joined >= audience.joined_before:
        return False
    return (not audience.roles or person.role in audience.roles) and (not audience.groups or person.group in audience.groups)


def _listed(agents: pl.DataFrame | None, period: tuple[date, date] | None) -> dict[PersonKey, tuple[Person, date | None]]:
    if agents is None:
        return {}
    if "agent_id" not in agents.columns:
        raise ValueError("agents lack the column agent_id")
    found: dict[PersonKey, tuple[Person, date | None]] = {}
    there: dict[str, Fraction] = {}
    ended: dict[str, date] = {}
    rows = agents.filter(pl.col("agent_id").is_not_null())
    if "first" in rows.columns:
        rows = rows.sort("agent_id", "first", nulls_last=False)
    for row in rows.iter_rows(named=True):
        first, last = row.get("first"), row.get("last")
        key = (str(row["agent_id"]), first)
        share = Fraction(1)
        if period is not None and (first is not None or last is not None):
            begin, end = max(first or period[0], period[0]), min(last or period[1], period[1])
            if end < begin:
                continue
            if ended.get(key[0], date.min) >= begin:
                raise failure(OVERLAPPING, agent=key[0], day=begin)
            ended[key[0]] = end
            share = Fraction((end - begin).days + 1, (period[1] - period[0]).days + 1)
        there[key[0]] = there.get(key[0], Fraction(0)) + share
        if key in found:
            raise ValueError(f"agent {key[0]} stands twice in the roster")
        found[key] = (Person(key[0], row.get("name"), row.get("group"), row.get("role"), first, last, share), row.get("joined_on"))
    if period is None:
        return found
    return {key: (replace(person, part=person.share / there[person.agent_id]), joined) for key, (person, joined) in found.items()}


def _targets(frame: pl.DataFrame | None, people: Sequence[PersonKey]) -> dict[str, Column]:
    """The target of every person by metric."""
    if frame is None:
        return {}
    given = frame.select("agent_id", "metric", pl.col("target").cast(pl.Float64), numerator=None, denominator=None)
    figures = figures_of(
        given.rename({"target": "value"}), [(agent_id, None) for agent_id, _ in people], frame["metric"].unique().to_list()
    )
    return {metric: figures.of(metric).numbers for metric in frame["metric"].unique()}


class _Judge:
    def __init__(self, scheme: Scheme, people: Sequence[Person], given: Figures, before: Figures, targets: Mapping[str, Column]) -> None:
        self.scheme = scheme
        self.people = people
        self.count = len(people)
        self.given, self.before, self.targets = given, before, targets
        self.places = scheme.rounding.places
        self.share, self.part = _fractions([one.share for one in people]), _fractions([one.part for one in people])

    def __call__(self) -> Judgement:
        gates = [checked(gate, self.given, self.share) for gate in self.scheme.gates]
        vetoes = [checked(veto, self.given, self.share) for veto in self.scheme.vetoes]
        open_ = np.ones(self.count, dtype=np.bool_)
        for gate in gates:
            open_ &= gate.passed
        open_ &= ~_with("no_gated", vetoes, self.count)
        items = self._worths([self._item(item, open_) for item in self.scheme.items])
        reasons = self._reasons(items, vetoes)
        totals = self._totals(items, reasons, vetoes)
        vetoed = _with("no_place", vetoes, self.count)
        factors = [self._factor(factor, vetoed) for factor in self.scheme.pk]
        found = Judgement(gates, vetoes, open_, items, reasons, totals, factors, pay=None)
        return found if self.scheme.pay is None else pay(self.scheme, self.share, self.given, found)

    # Items

    def _item(self, item: Item, open_: Flags) -> Judged:
        found = self._of_figure(item) if item.parts is None else self._of_parts(item)
        if not item.gated:
            return found
        shut = constant(Fraction(0), self.count)
        return found.treated("gated", ~open_, shut)

    def _of_figure(self, item: Item | Part) -> Judged:
        scoring = item.scoring
        if scoring is None:
            raise ValueError(f"item {item.key} has neither scoring nor parts")
        found = measured(item, self.given)
        known, small = found.numbers.known, small_samples(item.minimum_sample, found)
        policy = self.scheme.small_policy(item)
        others = known & ~small if policy != "count" else known
        beside = Beside(item.direction, self._before(item), self._target(item), others)
        scores = scored(scoring, found.numbers, beside, item.bounds, item.out_of, item.start)
        if scores.beyond is not None and scores.beyond.any():
            raise Failure(self._beyond(item, found, scores))
        missing = ~known | (others & ~scores.points.known)
        small &= ~missing
        judged = Judged(item, found, scores, missing, small, scores.points, np.zeros(self.count, dtype=np.int8), target=beside.target)
        if policy != "count":
            judged = judged.treated(policy, small, _given(policy, item.out_of, self.count))
        missed = self.scheme.missing_policy(item)
        return judged.treated(missed, missing, _given(missed, item.out_of, self.count))

    def _before(self, item: Item | Part) -> Column | None:
        return measured(item, self.before).numbers if self.scheme.looks_back else None

    def _target(self, item: Item | Part) -> Column | None:
        """What each is held against, by his days."""
        target = None if item.scoring is None else targets_of(item.scoring)
        if target is None:
            return None
        own = self.targets.get(item.metrics[0]) if target == "targets" else constant(Fraction(target), self.count)
        held = held_by_days(item)
        if own is None or held == "whole":
            return own
        return own.times(self.share if held == "days" else self.part)

    def _beyond(self, item: Item | Part, found: Measured, scores: Scores) -> list[Problem]:
        wrong = np.flatnonzero(scores.beyond) if scores.beyond is not None else ()
        return [
            Problem(
                BEYOND,
                parts={
                    "agent": self.people[int(at)].agent_id,
                    "metric": "+".join(item.metrics),
                    "item": item.key,
                    "found": float(found.numbers.rough[at]),
                    "least": item.bounds.least,
                    "most": item.bounds.most,
                },
            )
            for at in wrong
        ]

    def _of_parts(self, item: Item) -> Judged:
        """An item of parts: their weighted mean over those that were judged, on the item's own scale."""
        parts = [self._of_figure(part) for part in item.parts or ()]
        weight, sum_ = constant(Fraction(0), self.count), constant(Fraction(0), self.count)
        kept_any, blocked = np.zeros(self.count, dtype=np.bool_), np.zeros(self.count, dtype=np.bool_)
        missing = np.ones(self.count, dtype=np.bool_)
        for part in parts:
            none = constant(Fraction(0), self.count)
            share = Fraction(part.item.worth)
            weight = weight.plus(constant(share, self.count).where(part.kept, none))
            sum_ = sum_.plus(part.points.scaled(share).where(part.kept, none))
            kept_any |= part.kept
            blocked |= part.is_("block")
            missing &= part.missing
        mean = sum_.over(weight).scaled(Fraction(item.out_of) / 100)
        treatment = np.zeros(self.count, dtype=np.int8)
        found = Judged(item, None, Scores(mean), missing, ~kept_any & ~missing, mean, treatment, tuple(parts))
        small: Treatment = self.scheme.small_policy(item)
        # Of no part there is anything to count.
        small = "skip" if small == "count" else small
        found = found.treated(small, found.small, _given(small, item.out_of, self.count))
        policy = self.scheme.missing_policy(item)
        found = found.treated(policy, missing & ~kept_any, _given(policy, item.out_of, self.count))
        return found.treated("block", blocked, nothing(self.count))

    def _worths(self, items: list[Judged]) -> list[Judged]:
        """What each item is worth to each person, and the points of its line. What left-out items were worth is spread in proportion."""
        worthy = [at for at, judged in enumerate(items) if judged.item.worth]
        # What blocks keeps its worth: only what is left out gives its own away.
        held = np.array([~items[at].is_("skip") for at in worthy], dtype=np.bool_).reshape(len(worthy), self.count)
        patterns, which = (
            np.unique(held, axis=1, return_inverse=True) if worthy and self.count else (held, np.zeros(self.count, dtype=np.int64))
        )
        which = np.asarray(which).reshape(-1)
        weights = [self._spread([items[at].item.worth for at in worthy], pattern) for pattern in patterns.T]
        found = list(items)
        for row, at in enumerate(worthy):
            judged = items[at]
            amounts = [weight[row] for weight in weights]
            # Thousands of patterns give an item a handful of worths.
            factors = {amount: Fraction(amount) / Fraction(judged.item.out_of) for amount in set(amounts)}
            whole = {amount: units(Fraction(amount), self.places) for amount in factors}
            points = judged.points.times(picked([factors[amount] for amount in amounts], which)).where(judged.kept)
            worth = np.array([whole[amount] for amount in amounts], dtype=np.int64)[which]
            found[at] = judged.worth_of(worth, points.rounded(self.places))
        for at, judged in enumerate(items):
            if not judged.item.worth:
                none = np.zeros(self.count, dtype=np.int64)
                found[at] = judged.worth_of(none, judged.points.where(judged.kept).rounded(self.places))
        return found

    def _spread(self, worths: list[Decimal], pattern: Flags) -> list[Decimal]:
        """What each item is worth when those outside the pattern are left out."""
        if all(pattern):
            return worths
        rest = [worth for worth, is_kept in zip(worths, pattern, strict=True) if is_kept]
        grown = iter(_spread_once(sum(worths, Decimal(0)), tuple(rest), self.places) if rest else ())
        return [next(grown) if is_kept else Decimal(0) for is_kept in pattern]

    # Totals

    def _reasons(self, items: list[Judged], vetoes: list[Checked]) -> Reasons:
        none = np.ones(self.count, dtype=np.bool_) if items else np.zeros(self.count, dtype=np.bool_)
        for item in items:
            none = none & item.missing
        blocked = [(item, item.is_("block")) for item in items]
        share = self._judged_share(items)
        little = ~none & ((share == 0) | self._less(share, Fraction(self.scheme.ranking.judged)))
        if not any(item.item.worth for item in items):
            little = np.zeros(self.count, dtype=np.bool_)
        minimum = self.scheme.ranking.minimum
        amount = nothing(self.count) if minimum is None else measured(minimum, self.given).numbers
        short = np.zeros(self.count, dtype=np.bool_) if minimum is None else amount.bands([Fraction(minimum.at_least)]) != 1
        vetoed = _with("no_place", vetoes, self.count)
        return Reasons(none, [(item, mask & ~none) for item, mask in blocked], little, share, short & ~none, vetoed & ~none, amount)

    def _judged_share(self, items: list[Judged]) -> np.ndarray:
        """The share of full marks that the judged items are worth, a fraction per person."""
        worth = np.zeros(self.count, dtype=np.int64)
        for item in items:
            worth += np.where(item.is_("skip"), 0, units(Fraction(item.item.worth), self.places))
        full = units(sum((Fraction(item.item.worth) for item in items), Fraction(0)), self.places)
        shares = {int(one): Fraction(int(one), full) if full else Fraction(0) for one in np.unique(worth)}
        return np.array([shares[int(one)] for one in worth], dtype=object)

    def _less(self, share: np.ndarray, least: Fraction) -> Flags:
        return np.array([one < least for one in share], dtype=np.bool_)

    def _totals(self, items: list[Judged], reasons: Reasons, vetoes: list[Checked]) -> Totals:
        total = self.scheme.total
        sum_ = np.full(self.count, units(Fraction(total.start), self.places), dtype=np.int64)
        for item in items:
            sum_ = sum_ + item.line
        low = None if total.floor is None else units(Fraction(total.floor), self.places)
        high = None if total.cap is None else units(Fraction(total.cap), self.places)
        points = sum_ if low is None and high is None else np.clip(sum_, low, high)
        zeroed = _with("zero_points", vetoes, self.count)
        points = np.where(zeroed, 0, points)
        there = ~(reasons.none | reasons.little | _either([mask for _, mask in reasons.blocked], self.count))
        there &= bool(items)
        place, tied = places(points, there & ~reasons.short & ~reasons.vetoed)
        grade = self._grades(points, there, place)
        lowest = _with("lowest_grade", vetoes, self.count)
        if self.scheme.grades is not None:
            grade = np.where(lowest & there, self.scheme.grades.lowest, grade)
        return Totals(np.where(there, points, 0), np.where(there, points - sum_, 0), there, place, tied, grade, self.places)

    def _grades(self, points: Ints, there: Flags, place: Ints) -> Ints:
        grades = self.scheme.grades
        if grades is None:
            return np.full(self.count, NOBODY, dtype=np.int64)
        edges = [Fraction(band.at_least) for band in grades.bands if band.at_least is not None]
        if grades.by == "place":
            ranked = int((place > 0).sum())
            held = counted(place, 0, place > 0).scaled(Fraction(1, max(ranked, 1)))
        else:
            held = counted(points, self.places, there)
            if grades.by == "share":
                held = held.over(constant(Fraction(self.scheme.full), self.count))
        return held.bands(edges)

    # PK

    def _factor(self, factor: Factor, vetoed: Flags) -> Factored:
        found = measured(factor, self.given)
        small = small_samples(factor.minimum_sample, found)
        out = vetoed if factor.vetoed == "out" else np.zeros(self.count, dtype=np.bool_)
        takes_part = found.numbers.known & ~small & ~out
        if factor.minimum is not None:
            takes_part &= _reached(factor.minimum, self.given)
        better: Better = factor.better or factor.nature or "higher"
        ahead, tied = placed(found.numbers, Beside(better, None, None, takes_part))
        return Factored(factor, found, small, out, np.where(takes_part, ahead + 1, 0), tied)


@lru_cache(maxsize=4096)
def _spread_once(total: Decimal, rest: tuple[Decimal, ...], places: int) -> tuple[Decimal, ...]:
    """Months of one scheme leave the same items out again and again."""
    return tuple(spread(total, rest, places))


def _fractions(given: Sequence[Fraction]) -> Column:
    """A column of few different fractions."""
    places = {one: at for at, one in enumerate(sorted(set(given)))}
    return picked(list(places), np.array([places[one] for one in given], dtype=np.int64))


def _given(policy: str, full: Decimal, people: int) -> Column:
    """The points a policy gives without looking at the figure."""
    if policy in ("zero", "full"):
        return constant(Fraction(full) if policy == "full" else Fraction(0), people)
    return nothing(people)


def _reached(minimum: Minimum, figures: Figures) -> Flags:
    reached: Flags = measured(minimum, figures).numbers.bands([Fraction(minimum.at_least)]) == 1
    return reached


def _with(effect: Effect, vetoes: list[Checked], people: int) -> Flags:
    """For whom a veto of this effect holds."""
    return _either([veto.passed for veto in vetoes if effect in getattr(veto.condition, "effects", ())], people)


def _either(masks: list[Flags], people: int) -> Flags:
    found = np.zeros(people, dtype=np.bool_)
    for mask in masks:
        found = found | mask
    return found
