"""What would bring somebody the next band: how much more, or less, of what was counted. Nothing here is judged; it is said beside a statement."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from kaohe.appraisal.bands import Band
from kaohe.appraisal.exact import fraction, plain
from kaohe.appraisal.measures import Better, unit_of
from kaohe.appraisal.result import Line
from kaohe.appraisal.saying import amount, edge, metric_name, part
from kaohe.appraisal.scoring import Bands
from kaohe.errors import Lang
from kaohe.metrics.catalogue import CATALOGUE


@dataclass(frozen=True, slots=True)
class Next:
    """The nearest band that gives more. `better` says on which side it lies, `end` where it begins on that side, `points` what it gives.

    `away` is how far the figure is from its end. `cases` are how many more cases it takes (fewer, where `better` is lower) at the present denominator;
    None where the figure is no share of cases. An `end` that lies above belongs to the band, one that lies below does not.
    """

    band: Band
    better: Better
    end: Fraction
    away: Fraction
    points: Fraction
    cases: int | None


def next_band(line: Line) -> Next | None:
    """The nearest band that would give more than the one a line fell into; None where there is none, or the figure was not scored by bands of its own value.

    None as well where no number of cases brings it there at the present denominator.
    """
    scoring = line.item.scoring
    if not isinstance(scoring, Bands) or scoring.on != "value" or line.treatment != "count" or line.band is None or line.value is None:
        return None
    found = nearest(scoring.bands, line.value)
    if found is None:
        return None
    band, better = found
    bound = band.at_least if better == "higher" else band.below
    if bound is None:
        return None
    end = Fraction(bound)
    cases = None
    if len(line.figures) == 1 and unit_of(line.figures[0].metric) == "rate":
        numerator, denominator = line.figures[0].numerator, line.figures[0].denominator
        if numerator is not None and denominator:
            cases = cases_away(fraction(numerator), fraction(denominator), band, better)
            if cases is None:
                return None
    return Next(band, better, end, abs(end - line.value), Fraction(band.points), cases)


def nearest(bands: Sequence[Band], value: Fraction) -> tuple[Band, Better] | None:
    """Of the bands that give more than the one that holds a value, the one whose end is nearest to it, and on which side it lies; of two, the upper one.

    >>> from decimal import Decimal
    >>> bands = [Band(below="0.8", points=0), Band(at_least="0.8", below="0.9", points=60), Band(at_least="0.9", points=100)]
    >>> found = nearest(bands, Fraction(1, 2))
    >>> found[0].points, found[1], nearest(bands, Fraction(9, 10))
    (Decimal('60'), 'higher', None)
    """
    here = next(at for at, band in enumerate(bands) if holds(band, value))
    above = next((band for band in bands[here + 1 :] if band.points > bands[here].points), None)
    below = next((band for band in reversed(bands[:here]) if band.points > bands[here].points), None)
    up = None if above is None or above.at_least is None else Fraction(above.at_least) - value
    down = None if below is None or below.below is None else value - Fraction(below.below)
    if above is not None and up is not None and (down is None or up <= down):
        return above, "higher"
    return (below, "lower") if below is not None and down is not None else None


def holds(band: Band, value: Fraction) -> bool:
    """Whether a value lies in a band: its lower end does, its upper one does not."""
    return (band.at_least is None or value >= Fraction(band.at_least)) and (band.below is None or value < Fraction(band.below))


def cases_away(numerator: Fraction, denominator: Fraction, band: Band, better: Better) -> int | None:
    """How many more cases (fewer, for `lower`) of so many in all bring a rate into a band; None where no number of them does.

    >>> band = Band(at_least="0.85", below="0.95", points=80)
    >>> cases_away(Fraction(162), Fraction(200), band, "higher"), cases_away(Fraction(196), Fraction(200), band, "lower")
    (8, 7)
    >>> cases_away(Fraction(1), Fraction(2), band, "higher") is None
    True
    """
    if better == "higher":
        if band.at_least is None:
            return None
        cases = math.ceil(Fraction(band.at_least) * denominator - numerator)
        reached = numerator + cases
    else:
        if band.below is None:
            return None
        # The end itself is not in the band.
        cases = math.floor(numerator - Fraction(band.below) * denominator) + 1
        reached = numerator - cases
    return cases if cases > 0 and 0 <= reached <= denominator and holds(band, reached / denominator) else None


def said(found: Next, line: Line, lang: Lang = "zh") -> str:
    """What would bring the next band, as a sentence.

    `30秒应答率：“30秒内回复的考核消息数”再多 8（现在 162 ÷ 200），就到 85 %，这一项得 80 分`.
    """
    item, zh = line.item, lang == "zh"
    names = [metric_name(metric, lang) for metric in item.metrics]
    name = item.title.text(lang) if item.title is not None else " + ".join(names)
    bound = found.band.at_least if found.better == "higher" else found.band.below
    end = edge(bound, item.unit, lang) if bound is not None else ""
    where = (f"到 {end}" if zh else f"reaches {end}") if found.better == "higher" else (f"低于 {end}" if zh else f"gets below {end}")
    points = plain(found.band.points)
    gives = f"这一项得 {points} 分" if zh else f"this item gives {points} points"
    if found.cases is not None:
        figure = line.figures[0]
        counted = CATALOGUE[figure.metric].over if figure.metric in CATALOGUE else None
        what = (counted.zh if zh else counted.en) if counted is not None else ""
        now = f"{part(figure.numerator or 0)} ÷ {part(figure.denominator or 0)}"
        more = found.better == "higher"
        if zh:
            return f"{name}：“{what}”再{'多' if more else '少'} {found.cases}（现在 {now}），就{where}，{gives}"
        return f"{name}: {found.cases} {'more' if more else 'fewer'} {what} (now {now}) and it {where}; {gives}"
    now = amount(line.value or Fraction(0), item.unit, lang)
    if zh:
        return f"{name}：现在 {now}，{where}，{gives}"
    return f"{name}: now {now}; when it {where}, {gives}"
