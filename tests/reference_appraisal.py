"""The judge of appraisals: docs/reference/schemes.md and docs/reference/pay.md once more in plain Python.

Slow and obvious: a scheme is the plain data of its YAML, numbers are fractions, people and figures are lists. Nothing here is shared with `kaohe`,
so that a mistake would have to be made twice to go unseen. `judge` gives one `Verdict` per person and stretch, in the order of the statements.
It takes schemes that are right: refusing wrong ones is not its task. Where the words leave a choice, `CHOICE` says which was made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor, isqrt
from typing import Any

Data = Mapping[str, Any]

BETTER = {
    "served_buyers": "higher",
    "reply_rate_30s": "higher",
    "reply_rate": "higher",
    "avg_response_seconds": "lower",
    "slow_replies": "lower",
    "average_order_value": "higher",
    "net_sales_amount": "higher",
    "refund_rate": "lower",
    "qa_score": "higher",
    "days_worked": "higher",
}
"""Which way is better of the metrics tests judge by, as the metric reference has it."""

AMOUNTS = {"served_buyers", "slow_replies", "net_sales_amount", "days_worked"}
"""Those of which half a period has about half."""

HUNDRED = Fraction(100)


@dataclass(frozen=True)
class Row:
    """A figure of an agent. `first` is the first day of the stretch it belongs to."""

    agent_id: str
    metric: str
    numerator: float | None
    denominator: float | None
    value: float | None
    origin: str = "computed"
    first: date | None = None


@dataclass(frozen=True)
class Human:
    """A row of the roster: somebody, for a stretch of days or the whole period."""

    agent_id: str
    name: str | None = None
    group: str | None = None
    role: str | None = None
    joined_on: date | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Found:
    """A number that was looked for: None where there is no data. `sample` is the smallest denominator, None where there is none."""

    value: Fraction | None = None
    sample: Fraction | None = None


@dataclass
class Line:
    """An item, or a part of one. `scored` is on the scale of its full marks."""

    key: str
    value: Fraction | None
    status: str
    treatment: str
    band: int | None = None
    scored: Fraction | None = None
    weight: Decimal = Decimal(0)
    points: Decimal | None = None
    parts: list[Line] = field(default_factory=list)

    @property
    def kept(self) -> bool:
        return self.treatment in ("count", "zero", "full", "gated")


@dataclass(frozen=True)
class Answer:
    key: str
    status: str
    passed: bool


@dataclass(frozen=True)
class Pay:
    key: str
    amount: Decimal
    missing: bool = False
    gated: bool = False


@dataclass
class Verdict:
    human: Human
    lines: list[Line] = field(default_factory=list)
    gates: list[Answer] = field(default_factory=list)
    vetoes: list[str] = field(default_factory=list)
    effects: set[str] = field(default_factory=set)
    points: Decimal | None = None
    reasons: list[str] = field(default_factory=list)
    place: int | None = None
    grade: str | None = None
    coefficient: Fraction = Fraction(1)
    podium: dict[str, int | None] = field(default_factory=dict)
    prizes: dict[str, Fraction] = field(default_factory=dict)
    pay_lines: list[Pay] = field(default_factory=list)
    pay: Decimal | None = None

    @property
    def is_open(self) -> bool:
        """Whether what is gated counts."""
        return all(gate.passed for gate in self.gates) and "no_gated" not in self.effects


# Numbers


def number(given: Any) -> Fraction:
    """A number as a scheme writes it: 30, 0.95, "95%"."""
    text = str(given).strip()
    return Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)


def maybe(given: Any) -> Fraction | None:
    return None if given is None else number(given)


def printed(given: float) -> Fraction:
    """The number people see: 0.1 is one tenth."""
    return Fraction(repr(given))


def decimal(given: Any) -> Decimal:
    """The same as a decimal, all of whose digits count."""
    text = str(given).strip()
    return Decimal(text[:-1]).scaleb(-2) if text.endswith("%") else Decimal(text)


def rounded(value: Fraction, places: int) -> Decimal:
    """Halves away from zero."""
    size = Decimal((floor(abs(value) * 2 * 10**places) + 1) // 2).scaleb(-places)
    return size if value >= 0 else -size


# Figures


@dataclass(frozen=True)
class Book:
    """The figures of one period, by person, metric and origin."""

    rows: Mapping[tuple[str, date | None, str, str], Row]

    @classmethod
    def of(cls, rows: Iterable[Row], people: Iterable[Human]) -> Book:
        """CHOICE: a figure that names no stretch is of every stretch of its agent, as those of the period before are."""
        found: dict[tuple[str, date | None, str, str], Row] = {}
        stretches: dict[str, list[date | None]] = {}
        for human in people:
            stretches.setdefault(human.agent_id, []).append(human.first)
        for row in rows:
            for first in stretches.get(row.agent_id, [None]) if row.first is None else [row.first]:
                found[row.agent_id, first, row.metric, row.origin] = row
        return cls(found)

    def figure(self, human: Human, metric: str, preference: str) -> Found:
        origins = {"computed_first": ("computed", "reported"), "reported_first": ("reported", "computed")}.get(preference, (preference,))
        for origin in origins:
            row = self.rows.get((human.agent_id, human.first, metric, origin))
            if row is not None and row.value is not None:
                sample = None if row.denominator is None else printed(row.denominator)
                if sample is not None and row.numerator is not None:
                    return Found(printed(row.numerator) / sample, sample)
                return Found(printed(row.value), sample)
        return Found()

    def look(self, human: Human, subject: Data) -> Found:
        """The figure of a metric, or the number made of several."""
        preference = subject.get("figures", "computed")
        if "composite" not in subject:
            return self.figure(human, subject["metric"], preference)
        found = [self.figure(human, metric, preference) for metric in subject["composite"]["metrics"]]
        samples = [one.sample for one in found if one.sample is not None]
        values = [one.value for one in found if one.value is not None]
        if len(values) < len(found):
            return Found()
        kind = subject["composite"]["kind"]
        made: Fraction | None
        if kind == "ratio":
            made = values[0] / values[1] if values[1] else None
        elif kind == "difference":
            made = values[0] - values[1]
        else:
            made = sum(values, Fraction(0)) / (len(values) if kind == "mean" else 1)
        return Found(made, min(samples, default=None))


def metrics_of(subject: Data) -> list[str]:
    return list(subject["composite"]["metrics"]) if "composite" in subject else [subject["metric"]]


def is_amount(subject: Data) -> bool:
    """CHOICE: what is made of amounts by anything but a quotient is an amount."""
    return subject.get("composite", {}).get("kind") != "ratio" and all(metric in AMOUNTS for metric in metrics_of(subject))


def key_of(subject: Data) -> str:
    return str(subject.get("id") or "+".join(metrics_of(subject)))


def better_of(subject: Data) -> str:
    """`higher` or `lower`; what two metrics make of each other needs to be told."""
    said = subject.get("better")
    return said if said in ("higher", "lower") else BETTER[metrics_of(subject)[0]]


def is_small(found: Found, subject: Data) -> bool:
    """CHOICE: where no denominator is known, there is no sample to be too small."""
    least = subject.get("minimum_sample")
    return found.value is not None and least is not None and found.sample is not None and found.sample < least


def band_of(bands: Sequence[Data], value: Fraction) -> int:
    """Which band holds the value: there is exactly one."""
    (at,) = [
        at
        for at, band in enumerate(bands)
        if (band.get("at_least") is None or value >= number(band["at_least"]))
        and (band.get("below") is None or value < number(band["below"]))
    ]
    return at


# Against the others


def worse_than(mine: Fraction, other: Fraction, better: str) -> bool:
    """Whether the other is worse."""
    return other < mine if better == "higher" else other > mine


def percentile(mine: Fraction, others: Sequence[Fraction], better: str) -> Fraction | None:
    if not others:
        return None
    worse = sum(worse_than(mine, other, better) for other in others)
    equal = sum(mine == other for other in others)
    return (worse + Fraction(equal, 2)) / len(others)


def z_score(mine: Fraction, everybody: Sequence[Fraction], better: str) -> Fraction | None:
    """The distance from the mean in standard deviations of the whole population, to 6 decimals."""
    if len(everybody) < 3:
        return None
    mean = sum(everybody, Fraction(0)) / len(everybody)
    variance = sum(((one - mean) ** 2 for one in everybody), Fraction(0)) / len(everybody)
    if not variance:
        return Fraction(0)
    # |z| is a root of a fraction: twice a million of it, cut to a whole number, tells which side of a half it lies.
    twice = isqrt(floor((mine - mean) ** 2 / variance * (2 * 10**6) ** 2))
    size = Fraction((twice + 1) // 2, 10**6)
    return size if (mine > mean) == (better == "higher") else -size


# The judge


class Judge:
    def __init__(
        self,
        scheme: Data,
        rows: Sequence[Row],
        people: Sequence[Human] | None,
        period: tuple[date, date] | None,
        previous: Sequence[Row],
        targets: Mapping[tuple[str, str], float | None],
    ) -> None:
        self.scheme = scheme
        self.now, self.before = Book.of(rows, people or ()), Book.of(previous, people or ())
        self.targets = targets
        self.period = period
        self.everybody = list(people or [])
        self.places = scheme.get("rounding", {}).get("places", 2)
        self.people = self.who(rows, people)
        self.items: list[Data] = scheme.get("items", [])

    def who(self, rows: Sequence[Row], people: Sequence[Human] | None) -> list[Human]:
        """Everybody on the roster and everybody with figures, of whom the scheme asks for."""
        humans = list(people or [])
        known = {human.agent_id for human in humans}
        humans += [Human(agent) for agent in sorted({row.agent_id for row in rows} - known)]
        return sorted((human for human in humans if self.applies(human)), key=lambda human: (human.agent_id, human.first or date.min))

    def applies(self, human: Human) -> bool:
        asked = self.scheme.get("applies_to", {})
        if asked.get("roles") and human.role not in asked["roles"]:
            return False
        if asked.get("groups") and human.group not in asked["groups"]:
            return False
        if asked.get("joined_from") is not None and (human.joined_on is None or human.joined_on < asked["joined_from"]):
            return False
        return asked.get("joined_before") is None or human.joined_on is None or human.joined_on < asked["joined_before"]

    def __call__(self) -> list[Verdict]:
        self.verdicts = [Verdict(human) for human in self.people]
        for verdict in self.verdicts:
            self.conditions(verdict)
        for verdict in self.verdicts:
            verdict.lines = [self.item(verdict, item) for item in self.items]
            self.total(verdict)
        self.rank()
        for verdict in self.verdicts:
            self.grade(verdict)
        for factor in self.scheme.get("pk", []):
            self.compete(factor)
        if self.scheme.get("pay") is not None:
            for verdict in self.verdicts:
                self.paid(verdict)
        return sorted(self.verdicts, key=lambda one: (one.place is None, one.place or 0, one.human.agent_id, one.human.first or date.min))

    # Gates and vetoes

    def conditions(self, verdict: Verdict) -> None:
        for gate in self.scheme.get("gates", []):
            status = self.met(verdict.human, gate, is_gate=True)
            passed = status == "met" or (status in ("missing", "small_sample") and gate.get(status, "pass") == "pass")
            if status == "small_sample" and gate.get("small_sample") == "count":
                passed = self.holds(verdict.human, gate, is_gate=True)
            verdict.gates.append(Answer(key_of(gate), status, passed))
        for veto in self.scheme.get("vetoes", []):
            # CHOICE: a veto of too small a sample is none, as a gate of too small a sample is open.
            if self.met(verdict.human, veto, is_gate=False) == "met":
                verdict.vetoes.append(key_of(veto))
                verdict.effects |= set(veto.get("effects", ["zero_points"]))

    def met(self, human: Human, condition: Data, *, is_gate: bool) -> str:
        """A sample that is too small is marked, also where it counts."""
        found = self.now.look(human, condition)
        if found.value is None:
            return "missing"
        if is_small(found, condition):
            return "small_sample"
        return "met" if self.holds(human, condition, is_gate=is_gate) else "not_met"

    def holds(self, human: Human, condition: Data, *, is_gate: bool) -> bool:
        """Whoever was there for part of the period is asked for that part, where a gate asks for so much of an amount, or says so."""
        value = self.now.look(human, condition).value
        tests: dict[str, Callable[[Fraction, Fraction], bool]] = {
            "at_least": lambda one, limit: one >= limit,
            "above": lambda one, limit: one > limit,
            "at_most": lambda one, limit: one <= limit,
            "below": lambda one, limit: one < limit,
        }
        ((name, limit),) = [(name, condition[name]) for name in tests if condition.get(name) is not None]
        by_days = condition.get("pro_rata")
        if by_days is None:
            by_days = name in ("at_least", "above") and is_amount(condition)
        part = self.days(human) if is_gate and by_days else 1
        return value is not None and tests[name](value, number(limit) * part)

    # One item

    def item(self, verdict: Verdict, item: Data) -> Line:
        extra = item.get("extra")
        least = number(extra.get("least", 0)) if extra is not None else Fraction(0)
        full = full_marks(item)
        line = self.of_parts(verdict, item, full) if "parts" in item else self.one(verdict.human, item, least, full, extra is not None)
        if item.get("gated") and not verdict.is_open:
            # CHOICE: no figure is needed to say that an item behind a closed gate gives nothing, so this comes before what is missing.
            line.treatment, line.scored, line.band = "gated", Fraction(0), None
        return line

    def policy(self, status: str, entry: Data, is_extra: bool) -> str:
        if status == "missing":
            return str(entry.get("missing") or ("skip" if is_extra else self.scheme.get("missing", "skip")))
        return str(entry.get("small_sample") or self.scheme.get("small_sample", "skip"))

    def one(self, human: Human, item: Data, least: Fraction, full: Fraction, is_extra: bool) -> Line:
        """An item or part that looks at a figure."""
        found = self.now.look(human, item)
        sees = self.sees(human, item, found)
        # CHOICE: a small sample is always marked, also where there is nothing to hold the figure against. Counted, it is missing all the same.
        status = "small_sample" if is_small(found, item) else "missing" if sees is None else "scored"
        treatment = "count" if status == "scored" else self.policy(status, item, is_extra)
        if treatment == "count" and sees is None:
            status, treatment = "missing", self.policy("missing", item, is_extra)
        line = Line(key_of(item), found.value, status, treatment)
        if treatment == "count":
            assert sees is not None
            line.band, line.scored = self.score(item, sees, least, full, is_extra)
        elif treatment in ("zero", "full"):
            line.scored = full if treatment == "full" else Fraction(0)
        return line

    def of_parts(self, verdict: Verdict, item: Data, full: Fraction) -> Line:
        parts = []
        for part in item["parts"]:
            line = self.one(verdict.human, part, Fraction(0), HUNDRED, False)
            line.weight = decimal(part["weight"])
            parts.append(line)
        kept = [(line, number(part["weight"])) for line, part in zip(parts, item["parts"], strict=True) if line.kept]
        # CHOICE: what its parts say comes first; the item's own rules are for where none of them was judged. If any has a figure then, its sample
        # was too small; counted, there is still nothing to count.
        status = "missing" if all(line.status == "missing" for line in parts) else "scored" if kept else "small_sample"
        if any(line.treatment == "block" for line in parts):
            return Line(key_of_parts(item), None, status, "block", parts=parts)
        if kept:
            mean = sum((line.scored * weight for line, weight in kept if line.scored is not None), Fraction(0)) / sum(w for _, w in kept)
            return Line(key_of_parts(item), None, status, "count", scored=mean * full / 100, parts=parts)
        treatment = self.policy(status, item, item.get("extra") is not None)
        if treatment == "count":
            treatment = "skip"
        scored = {"zero": Fraction(0), "full": full}.get(treatment)
        return Line(key_of_parts(item), None, status, treatment, scored=scored, parts=parts)

    # What is looked at

    def sees(self, human: Human, item: Data, found: Found) -> Fraction | str | None:
        """What a scoring looks at; None: no data. `best` where a figure of 0 is infinitely better than its target."""
        scoring = item["scoring"]
        kind = scoring["kind"]
        on = kind if kind in ("attainment", "rank") else scoring.get("on", "value")
        if found.value is None or on == "value":
            return found.value
        if on == "rank":
            return 1 + Fraction(sum(worse_than(other, found.value, better_of(item)) for other in self.others(human, item)))
        if on == "attainment":
            return self.attained(human, item, found.value)
        if on in ("change", "difference"):
            before = self.before.look(human, item).value
            if before is None or (on == "change" and before <= 0):
                return None
            return (found.value - before) / before if on == "change" else found.value - before
        others = self.others(human, item)
        if on == "percentile":
            return percentile(found.value, others, better_of(item))
        return z_score(found.value, [*others, found.value], better_of(item))

    def others(self, human: Human, item: Data) -> list[Fraction]:
        """The figures of everybody else who is judged and has one of sufficient sample.

        CHOICE: where small samples count, they are sufficient.
        """
        counts = self.policy("small_sample", item, False) == "count"
        found = [self.now.look(other, item) for other in self.people if other is not human]
        return [one.value for one in found if one.value is not None and (counts or not is_small(one, item))]

    def attained(self, human: Human, item: Data, value: Fraction) -> Fraction | str | None:
        target: Fraction | None
        said, own = item["scoring"].get("pro_rata"), item["scoring"]["target"] == "targets"
        if own:
            given = self.targets.get((human.agent_id, metrics_of(item)[0]))
            target = None if given is None else printed(given)
        else:
            target = number(item["scoring"]["target"])
        if target is not None and said is None and is_amount(item) and better_of(item) == "higher":
            # His own target is of the days he was there, whichever of them these are.
            target *= self.days(human) / (self.all_days(human) if own else 1)
        elif target is not None and said:
            target *= self.days(human)
        if target is None or target <= 0:
            return None
        if better_of(item) == "higher":
            return value / target
        # CHOICE: what is less than nothing is no worse than nothing.
        return target / value if value > 0 else "best"

    def score(self, item: Data, sees: Fraction | str, least: Fraction, full: Fraction, is_extra: bool) -> tuple[int | None, Fraction]:
        """The band, where there are any, and the points on the item's own scale."""
        scoring = item["scoring"]
        kind = scoring["kind"]
        if kind == "bands":
            bands = scoring["bands"]
            at = len(bands) - 1 if isinstance(sees, str) else band_of(bands, sees)
            return at, number(bands[at]["points"])
        if kind == "linear":
            low, high = ((number(end["figure"]), number(end["points"])) for end in (scoring["low"], scoring["high"]))
            if isinstance(sees, str) or sees >= high[0]:
                return None, high[1]
            if sees <= low[0]:
                return None, low[1]
            return None, low[1] + (high[1] - low[1]) * (sees - low[0]) / (high[0] - low[0])
        if kind == "attainment":
            cap = number(scoring.get("cap", 1))
            if isinstance(sees, str):
                scored = cap * full
            else:
                scored = Fraction(0) if sees < number(scoring.get("floor", 0)) else min(sees, cap) * full
            return None, max(least, min(full, scored)) if is_extra else scored
        assert not isinstance(sees, str)
        if kind == "per_unit":
            start = number(scoring["start"]) if "start" in scoring else Fraction(0) if is_extra else full
            beyond = max(Fraction(0), sees - number(scoring.get("free", 0))) / number(scoring.get("each", 1))
            if scoring.get("whole"):
                beyond = Fraction(floor(beyond))
            return None, max(least, min(full, start + beyond * number(scoring["points"])))
        if kind == "rank":
            place, points = int(sees), scoring["points"]
            return None, number(points[place - 1] if place <= len(points) else scoring.get("rest", 0))
        if not least <= sees <= full:
            raise ValueError(f"{key_of(item)}: {sees} points are beyond full marks")
        return None, sees

    # The total

    def total(self, verdict: Verdict) -> None:
        """Spread the weights of what is left out, round each line once, add the lines up."""
        worths = [Fraction(0) if "extra" in item else worth(item) for item in self.items]
        left_out = [line.treatment == "skip" for line in verdict.lines]
        everything = sum(worths, Fraction(0))
        judged = sum((one for one, out in zip(worths, left_out, strict=True) if not out), Fraction(0))
        weights = spread([Fraction(0) if out else one for one, out in zip(worths, left_out, strict=True)], everything, self.places)
        for line, item, weight in zip(verdict.lines, self.items, weights, strict=True):
            line.weight = weight
            if line.kept:
                assert line.scored is not None
                exact = line.scored if "extra" in item else line.scored * Fraction(weight) / full_marks(item)
                line.points = rounded(exact, self.places)
        self.reason(verdict, judged, everything)
        if not self.items or {"no_figures", "blocked", "little_judged"} & set(verdict.reasons):
            return
        rules = self.scheme.get("total", {})
        total = sum((line.points for line in verdict.lines if line.points is not None), decimal(rules.get("start", 0)))
        if rules.get("floor") is not None:
            total = max(total, decimal(rules["floor"]))
        if rules.get("cap") is not None:
            total = min(total, decimal(rules["cap"]))
        verdict.points = Decimal(0) if "zero_points" in verdict.effects else total

    def reason(self, verdict: Verdict, judged: Fraction, everything: Fraction) -> None:
        """Why there is no place.

        CHOICE: who has no figure at all is told that and nothing else; where there are no items nobody needs one. Where everything that is worth
        something was left out, little was judged, whatever `judged` asks for: else he would be ranked with a total of nothing. What only extras
        are judged by asks for no share.
        """
        if self.items and all(line.status == "missing" for line in verdict.lines):
            verdict.reasons.append("no_figures")
            return
        verdict.reasons += ["blocked" for line in verdict.lines if line.treatment == "block"]
        ranking = self.scheme.get("ranking", {})
        if everything and (not judged or judged < number(ranking.get("judged", "0.5")) * everything):
            verdict.reasons.append("little_judged")
        minimum = ranking.get("minimum")
        if minimum is not None and not self.reaches(verdict.human, minimum):
            verdict.reasons.append("below_minimum")
        if "no_place" in verdict.effects:
            verdict.reasons.append("vetoed")

    def reaches(self, human: Human, minimum: Data) -> bool:
        value = self.now.look(human, minimum).value
        return value is not None and value >= number(minimum["at_least"])

    def rank(self) -> None:
        ranked = [one for one in self.verdicts if not one.reasons and one.points is not None]
        for one in ranked:
            one.place = 1 + sum(other.points > one.points for other in ranked)  # type: ignore[operator]  # ranked people have points

    @property
    def full(self) -> Fraction:
        """Full marks of the whole scheme: what it begins with and what every item but extras is worth."""
        return number(self.scheme.get("total", {}).get("start", 0)) + sum(
            (worth(item) for item in self.items if "extra" not in item), Fraction(0)
        )

    def grade(self, verdict: Verdict) -> None:
        grades = self.scheme.get("grades")
        if grades is None or verdict.points is None:
            return
        by, bands = grades.get("by", "points"), grades["bands"]
        if "lowest_grade" in verdict.effects:
            # CHOICE: also by place for who has none, else a veto could pay more than none.
            at = len(bands) - 1 if by == "place" else 0
        elif by == "place":
            if verdict.place is None:
                return
            at = band_of(bands, Fraction(verdict.place, sum(one.place is not None for one in self.verdicts)))
        else:
            at = band_of(bands, Fraction(verdict.points) / (self.full if by == "share" else 1))
        verdict.grade = bands[at]["name"]
        verdict.coefficient = number(bands[at].get("coefficient", 1))

    # PK

    def compete(self, factor: Data) -> None:
        """Who lost his place by a veto takes no part, unless the factor says so."""
        key, better = key_of(factor), better_of(factor)
        values: dict[int, Fraction] = {}
        for at, verdict in enumerate(self.verdicts):
            found = self.now.look(verdict.human, factor)
            minimum = factor.get("minimum")
            if "no_place" in verdict.effects and factor.get("vetoed", "out") == "out":
                continue
            if found.value is None or is_small(found, factor) or (minimum is not None and not self.reaches(verdict.human, minimum)):
                continue
            values[at] = found.value
        for at, verdict in enumerate(self.verdicts):
            place = None if at not in values else 1 + sum(worse_than(other, values[at], better) for other in values.values())
            tied = 0 if at not in values else sum(other == values[at] for other in values.values())
            verdict.podium[key] = place
            verdict.prizes[key] = prize(factor.get("prizes", []), place, tied, factor.get("ties", "share"))

    # Pay

    def paid(self, verdict: Verdict) -> None:
        plan, names = self.scheme["pay"], []
        blocked = False
        for line in plan["lines"]:
            name, count = line.get("id") or line["kind"], 2
            while name in names:
                name, count = f"{line.get('id') or line['kind']}_{count}", count + 1
            names.append(name)
            if line.get("gated") and not verdict.is_open:
                # CHOICE: as with items, what gives nothing needs no figure.
                verdict.pay_lines.append(Pay(name, Decimal("0.00"), gated=True))
                continue
            amount = self.amount(verdict, line)
            if amount is None:
                blocked |= line.get("missing", "block" if line["kind"] == "day_rate" else "zero") == "block"
                verdict.pay_lines.append(Pay(name, Decimal("0.00"), missing=True))
                continue
            if line.get("coefficient"):
                amount *= verdict.coefficient
            if line.get("pro_rata"):
                amount *= self.days(verdict.human)
            if line.get("floor") is not None:
                amount = max(amount, number(line["floor"]))
            if line.get("cap") is not None:
                amount = min(amount, number(line["cap"]))
            verdict.pay_lines.append(Pay(name, rounded(amount, 2)))
        if blocked:
            return
        total = sum((line.amount for line in verdict.pay_lines), Decimal(0))
        low, high = plan.get("floor", 0), plan.get("cap")
        if low is not None and total < decimal(low):
            verdict.pay_lines.append(Pay("floor", rounded(number(low), 2) - total))
        elif high is not None and total > decimal(high):
            verdict.pay_lines.append(Pay("cap", rounded(number(high), 2) - total))
        verdict.pay = sum((line.amount for line in verdict.pay_lines), Decimal(0))

    def all_days(self, human: Human) -> Fraction:
        """How much of the period he was there in all his stretches, judged or not."""
        return sum((self.days(one) for one in self.everybody if one.agent_id == human.agent_id), Fraction(0)) or Fraction(1)

    def days(self, human: Human) -> Fraction:
        """How much of the period's calendar days he was there. A stretch without an end is as long as the period."""
        if self.period is None:
            return Fraction(1)
        first, last = self.period
        there = min(human.last or last, last) - max(human.first or first, first)
        return Fraction(there.days + 1, (last - first).days + 1)

    def amount(self, verdict: Verdict, line: Data) -> Fraction | None:
        """The yuan of a line before coefficient, days and ends; None: a figure is missing."""
        kind = line["kind"]
        if kind == "fixed":
            return number(line["amount"])
        if kind == "day_rate":
            days = self.quantity(verdict, line.get("days", {"metric": "days_worked"}))
            daily = number(line["amount"]) if "amount" in line else self.banded(verdict, line["by"], line["bands"], "amount")
            return None if days is None or daily is None else daily * days
        if kind == "commission":
            return self.commission(verdict, line)
        if kind == "per_unit":
            found = self.quantity(verdict, line["on"])
            if found is None:
                return None
            beyond = max(Fraction(0), found - number(line.get("free", 0)))
            return (Fraction(floor(beyond)) if line.get("whole") else beyond) * number(line["amount"])
        if kind == "tier":
            return self.banded(verdict, line["by"], line["bands"], "amount")
        if kind == "grade":
            # CHOICE: who has no grade lacks what the line looks at; a grade that is not named is worth nothing.
            return None if verdict.grade is None else number(line["amounts"].get(verdict.grade, 0))
        if kind == "place":
            tied = sum(other.place == verdict.place for other in self.verdicts)
            return prize(line["prizes"], verdict.place, tied, line.get("ties", "share"))
        if kind == "pk":
            factors = line.get("factors") or list(verdict.prizes)
            return sum((verdict.prizes[name] for name in factors), Fraction(0))
        assert kind == "points"
        found = self.quantity(verdict, line.get("of", {"points": "total"}))
        return None if found is None else found * number(line["amount"])

    def banded(self, verdict: Verdict, by: Any, bands: Sequence[Data], name: str) -> Fraction | None:
        found = self.quantity(verdict, by)
        return None if found is None else number(bands[band_of(bands, found)][name])

    def commission(self, verdict: Verdict, line: Data) -> Fraction | None:
        found = self.quantity(verdict, line["on"])
        times = self.quantity(verdict, line["times"]) if "times" in line else Fraction(1)
        if found is None or times is None:
            return None
        if "rate" in line:
            return found * number(line["rate"]) * times
        if "rate_by" in line:
            rate = self.banded(verdict, line["rate_by"]["on"], line["rate_by"]["bands"], "rate")
            return None if rate is None else found * rate * times
        bands = line["bands"]
        if line.get("mode", "marginal") == "whole":
            return found * number(bands[band_of(bands, found)]["rate"]) * times
        if found < 0:
            return found * number(bands[0]["rate"]) * times
        paid = Fraction(0)
        for band in bands:
            low = max(Fraction(0), maybe(band.get("at_least")) or Fraction(0))
            high = found if band.get("below") is None else min(found, number(band["below"]))
            paid += max(Fraction(0), high - low) * number(band["rate"])
        return paid * times

    def quantity(self, verdict: Verdict, given: Any) -> Fraction | None:
        """What a line of pay looks at; None: there is none.

        CHOICE: points of a section or an item are there as long as their lines show some, also where there is no total. A section of which
        an item blocks has no points.
        """
        if isinstance(given, str):
            given = {"metric": given}
        if "metric" in given or "composite" in given:
            return self.now.look(verdict.human, given).value
        pairs = list(zip(verdict.lines, self.items, strict=True))
        if "item" in given:
            ((line, _),) = [(line, item) for line, item in pairs if line.key == given["item"]]
            return None if line.points is None else Fraction(line.points)
        of_share = "share" in given
        name = given["share"] if of_share else given["points"]
        if name == "total":
            if verdict.points is None:
                return None
            return Fraction(verdict.points) / (self.full if of_share else 1)
        inside = [(line, item) for line, item in pairs if item.get("section") == name]
        points = [line.points for line, _ in inside if line.points is not None]
        if not points or any(line.treatment == "block" for line, _ in inside):
            return None
        if not of_share:
            return Fraction(sum(points, Decimal(0)))
        full = sum((Fraction(line.weight) for line, item in inside if "extra" not in item), Fraction(0))
        return Fraction(sum(points, Decimal(0))) / full if full else None


def key_of_parts(item: Data) -> str:
    return str(item["id"])


def full_marks(item: Data) -> Fraction:
    if "extra" in item:
        return number(item["extra"].get("most", 0))
    return number(item["max_points"]) if "max_points" in item else HUNDRED


def worth(item: Data) -> Fraction:
    """What an item that is no extra is worth in the total."""
    return number(item["max_points"] if "max_points" in item else item["weight"])


def spread(worths: Sequence[Fraction], everything: Fraction, places: int) -> list[Decimal]:
    """`everything` given to the worths in proportion, in units of 10^-places, those who lost most to cutting getting what is left."""
    kept = sum(worths, Fraction(0))
    if not kept:
        return [Decimal(0) for _ in worths]
    unit = Fraction(1, 10**places)
    exact = [everything * one / kept / unit for one in worths]
    units = [floor(one) for one in exact]
    left = int(everything / unit) - sum(units)
    lost = sorted(range(len(worths)), key=lambda at: (units[at] - exact[at], at))
    for at in lost[:left]:
        units[at] += 1
    return [Decimal(one).scaleb(-places) for one in units]


def prize(prizes: Sequence[Any], place: int | None, tied: int, ties: str) -> Fraction:
    """What one of `tied` people at this place gets of the prizes."""
    if place is None:
        return Fraction(0)
    taken = [number(one) for one in prizes[place - 1 : place - 1 + (tied if ties == "share" else 1)]]
    return sum(taken, Fraction(0)) / (tied if ties == "share" else 1)


def judge(
    scheme: Data,
    rows: Sequence[Row],
    people: Sequence[Human] | None = None,
    *,
    period: tuple[date, date] | None = None,
    previous: Sequence[Row] = (),
    targets: Mapping[tuple[str, str], float | None] | None = None,
) -> list[Verdict]:
    """Judge everybody. `targets` are by agent and metric. A person whose marks by hand are beyond full marks is a ValueError."""
    return Judge(scheme, rows, people, period, previous, targets or {})()
