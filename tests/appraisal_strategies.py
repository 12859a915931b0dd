"""Nasty schemes and figures for Hypothesis: edges hit exactly and missed by one, ties, zero denominators, small samples, debts, floats that only look round.

A scheme is the plain data of its YAML, so that the judge and the engine read the same; `text` writes it. Numbers are Decimals, `text` writes them as
numbers. A `World` is a scheme with everything it is applied to; `frames` gives it as tables.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import strategies as st

from reference_appraisal import BETTER, Human, Row, is_amount

CAST = ("lin", "mo", "chen", "zhao", "wu")
PERIOD = (date(2026, 11, 1), date(2026, 11, 30))
HALVES = ((date(2026, 11, 1), date(2026, 11, 16)), (date(2026, 11, 17), date(2026, 11, 30)))

ROSTERED: tuple[tuple[tuple[date | None, date | None], ...], ...] = (
    ((None, None),),
    ((None, None),),
    HALVES,
    HALVES[1:],
    ((date(2026, 11, 17), None),),
    ((date(2026, 10, 20), date(2026, 11, 10)),),
    ((date(2026, 11, 21), date(2026, 12, 5)),),
)
"""The whole period, a change in the middle of it, joining inside it, joining for good, coming from before it, staying beyond it."""

RATES = ("reply_rate_30s", "reply_rate", "refund_rate")
SAMPLED = (*RATES, "avg_response_seconds", "average_order_value")
COUNTS = ("served_buyers", "slow_replies")
METRICS = (*SAMPLED, *COUNTS, "net_sales_amount", "qa_score")


def D(text: str) -> list[Decimal]:  # noqa: N802
    return [Decimal(one) for one in text.split()]


Parts = tuple[float | None, float | None, float | None]


def over(numerator: float, denominator: float) -> Parts:
    return numerator, denominator, numerator / denominator if denominator else None


NOTHING: Parts = (None, None, None)
OF_RATES: list[Parts] = [
    NOTHING,
    (None, None, 0.1 + 0.2),
    (None, None, 0.3),
    (None, None, 0.85),
    (None, 30.0, 0.5),
    (17.0, 20.0, 0.85),
    *(over(*pair) for pair in ((0, 0), (5, 0), (0, 20), (16, 19), (16, 20), (85, 100), (84, 100), (86, 100), (1, 3), (2, 3), (162, 438))),
    *(over(*pair) for pair in ((10, 10), (19, 20), (95, 100), (3, 10), (29, 100), (1, 2), (850000006, 10**9 + 7), (850000005, 10**9 + 7))),
]
FIGURES: dict[str, list[Parts]] = {
    **dict.fromkeys(RATES, OF_RATES),
    "avg_response_seconds": [
        NOTHING,
        (None, None, 20.1),
        (None, None, 45.5),
        (None, None, 0.0),
        *(
            over(*pair)
            for pair in ((0, 0), (0, 20), (200, 10), (199, 10), (201, 10), (60, 1), (59, 3), (400, 20), (4550, 100), (9000, 101))
        ),
    ],
    "average_order_value": [
        NOTHING,
        (None, None, 69.95),
        *(over(*pair) for pair in ((0, 0), (0, 3), (69.95, 1), (139.9, 2), (100, 3), (800.1, 10), (500, 10), (499.99, 10), (100.1, 1))),
    ],
    "net_sales_amount": [
        NOTHING,
        *(
            (None, None, value)
            for value in (0.0, -0.01, -100.5, -2500.0, 0.1 + 0.2, 9999.99, 10000.0, 10000.01, 50000.0, 15000.0, 33333.33)
        ),
        (10000.0, None, 10000.0),
        (-250.0, None, -250.0),
    ],
    "served_buyers": [NOTHING, *((float(value), None, float(value)) for value in (0, 1, 9, 10, 11, 20, 100)), (None, None, 10.0)],
    "slow_replies": [NOTHING, *((float(value), None, float(value)) for value in (0, 1, 2, 3, 5, 40)), (None, None, 2.0)],
    "qa_score": [NOTHING, *((None, None, value) for value in (0.0, 59.9, 60.0, 79.995, 80.0, 100.0, 33.3)), over(170, 2), over(200, 3)],
    "days_worked": [NOTHING, *((None, None, value) for value in (0.0, 0.5, 21.75, 30.0, 31.5))],
}
"""What figures are drawn from: few different ones, so that ties are common, and most of them on an edge or beside one."""

EDGES: dict[str, list[Decimal]] = {
    **dict.fromkeys(RATES, D("0 0.1 0.3 0.5 0.85 0.95 1 0.3333 0.3698630136986301 0.850000000000000001")),
    "avg_response_seconds": D("0.5 10 19.9 20 20.1 45.5 60"),
    "average_order_value": D("0 33.33 50 69.95 69.96 80.01 100.1"),
    "net_sales_amount": D("-100.5 0 0.3 10000 15000 50000"),
    "served_buyers": D("1 10 11 20.5 100"),
    "slow_replies": D("1 2 3 5"),
    "qa_score": D("33.3 60 66.6666666667 80 85 99.99"),
    "days_worked": D("0.5 21 30"),
    "attainment": D("0 0.5 0.8 1 1.2 3"),
    "change": D("-1 -0.5 -0.1 0 0.1 0.5"),
    "difference": D("-10 -1 -0.01 0 0.01 0.1 1 10"),
    "percentile": D("0 0.25 0.5 0.75 1"),
    "z": D("-1.5 -1 -0.707107 -0.5 0 0.5 0.707107 1 1.414214"),
    "points": D("0 30 59.99 60 80 90 100"),
    "share": D("0 0.5 0.6 0.7999 0.8 1"),
    "place": D("0.2 0.25 0.4 0.5 0.6 0.8 1"),
}
COMPOSITES: dict[str, tuple[tuple[str, ...], list[Decimal]]] = {
    "ratio": (("net_sales_amount", "served_buyers"), D("-10.05 0 0.03 1000 1500")),
    "sum": (("slow_replies", "served_buyers"), D("1 5 10 12 20.5 100")),
    "difference": (("reply_rate", "reply_rate_30s"), D("-0.5 -0.05 0 0.15 0.5 0.550000000000000001")),
    "mean": (("reply_rate", "refund_rate", "reply_rate_30s"), D("0.1 0.3 0.5 0.7 0.85 1")),
}
ORIGINS = ("computed", "computed_first", "reported_first")
REPORTED = ("reply_rate_30s", "reply_rate", "avg_response_seconds", "average_order_value", "served_buyers", "net_sales_amount")
"""Those of the metrics that platforms report, which an entry may ask for alone."""
MISSING = ("skip", "skip", "skip", "zero", "full", "block")

Drawn = dict[str, Any]


def one_of(draw: Any, *choices: Any) -> Any:
    return draw(st.sampled_from(choices))


def maybe(draw: Any, entry: Drawn, key: str, *choices: Any) -> None:
    """Write the entry or leave it out."""
    if (found := one_of(draw, None, None, *choices)) is not None:
        entry[key] = found


# Bands


def spans(draw: Any, edges: Sequence[Decimal], most: int = 3) -> list[Drawn]:
    """Bands without what they give."""
    chosen = sorted(draw(st.sets(st.sampled_from(edges), max_size=most)))
    found: list[Drawn] = []
    for low, high in zip([None, *chosen], [*chosen, None], strict=True):
        found.append({key: end for key, end in (("at_least", low), ("below", high)) if end is not None})
    return found


def amounts(draw: Any, count: int, low: int, high: int, step: Decimal) -> list[Decimal]:
    return [draw(st.integers(low, high)) * step for _ in range(count)]


# What is looked at


def subject(draw: Any, metrics: Sequence[str] = METRICS, composites: bool = True) -> Drawn:
    entry: Drawn
    if composites and one_of(draw, *[False] * 4, True):
        kind = one_of(draw, *COMPOSITES)
        entry = {"composite": {"kind": kind, "metrics": list(COMPOSITES[kind][0])}}
    else:
        entry = {"metric": one_of(draw, *metrics)}
    maybe(draw, entry, "figures", *ORIGINS, *(["reported"] if set(names_of(entry)) <= set(REPORTED) else []))
    return entry


def names_of(entry: Mapping[str, Any]) -> list[str]:
    return entry["composite"]["metrics"] if "composite" in entry else [entry["metric"]]


def edges_of(entry: Mapping[str, Any]) -> list[Decimal]:
    return COMPOSITES[entry["composite"]["kind"]][1] if "composite" in entry else EDGES[entry["metric"]]


def sampled(draw: Any, entry: Drawn) -> None:
    if "composite" in entry or entry["metric"] in SAMPLED:
        maybe(draw, entry, "minimum_sample", 1, 3, 10, 20, 100)


def is_up(entry: Mapping[str, Any]) -> bool:
    said = entry.get("better")
    return (said if said in ("higher", "lower") else BETTER[names_of(entry)[0]]) == "higher"


# Scorings


def scoring(draw: Any, entry: Drawn, least: Decimal, full: Decimal, *, monotone: bool, absolute: bool = False) -> Drawn:
    """A way of scoring for an item that gives `least` to `full`. May say of the item which way is better. `absolute`: not against the others."""
    composite = "composite" in entry
    if composite:
        entry["better"] = one_of(draw, "higher", "lower")
    elif not monotone or one_of(draw, False, False, True):
        maybe(draw, entry, "better", "higher", "lower")
    kinds = ["bands", "bands", "bands", "linear", "linear", "attainment", "per_unit", *([] if absolute else ["rank"])]
    if entry.get("metric") == "qa_score" and least == 0 and full == 100:
        kinds.append("as_is")
        if monotone and not is_up(entry):
            kinds.remove("as_is")
    kind = one_of(draw, *kinds)
    worth = st.integers(int(least * 10), int(full * 10)).map(lambda tenths: Decimal(tenths) / 10)
    if kind in ("bands", "linear"):
        return looking(draw, kind, entry, worth, monotone=monotone, absolute=absolute)
    found: Drawn = {"kind": kind}
    if kind == "attainment":
        found["target"] = target(draw, entry)
        maybe(draw, found, "floor", *D("0.5 0.8"))
        maybe(draw, found, "cap", *D("1 1.2 0.9"))
        by_days(draw, entry, found)
    elif kind == "per_unit":
        step = draw(st.integers(1, 50)) * Decimal("0.1")
        down = not is_up(entry) if monotone else draw(st.booleans())
        found["points"] = -step if down else step
        if not down or draw(st.booleans()):
            found["start"] = draw(worth)
        maybe(draw, found, "free", *D("1 0.3 10"))
        maybe(draw, found, "each", *D("1 0.1 3 10"))
        maybe(draw, found, "whole", True)
    elif kind == "rank":
        found["points"] = sorted(draw(st.lists(worth, min_size=1, max_size=4)), reverse=True)
        if not monotone:
            maybe(draw, found, "rest", draw(worth))
    return found


def target(draw: Any, entry: Mapping[str, Any]) -> Any:
    given = [edge for edge in edges_of(entry) if edge > 0]
    return one_of(draw, *given) if "composite" in entry else one_of(draw, "targets", *given)


def looking(draw: Any, kind: str, entry: Drawn, worth: st.SearchStrategy[Decimal], *, monotone: bool, absolute: bool) -> Drawn:
    found: Drawn = {"kind": kind}
    against = ("percentile", "z") if not absolute else ()
    on = one_of(draw, "value", "value", "attainment", "change", "difference", *against, *against)
    if on != "value":
        found["on"] = on
    if on == "attainment":
        found["target"] = target(draw, entry)
        by_days(draw, entry, found)
    edges = edges_of(entry) if on == "value" else EDGES[on]
    up = is_up(entry) or on in ("attainment", "percentile", "z")
    if not monotone and "better" not in entry and draw(st.booleans()):
        entry["better"] = "any"
    free = entry.get("better") == "any"
    if kind == "linear":
        low, high = sorted(draw(st.lists(st.sampled_from(edges), min_size=2, max_size=2, unique=True)))
        points = [draw(worth), draw(worth)]
        if not free:
            points.sort(reverse=not up)
        found["low"], found["high"] = {"figure": low, "points": points[0]}, {"figure": high, "points": points[1]}
        return found
    bands = spans(draw, edges, 4)
    points = [draw(worth) for _ in bands]
    if not free:
        points.sort(reverse=not up)
    found["bands"] = [{**band, "points": given} for band, given in zip(bands, points, strict=True)]
    return found


# Items


def shares(draw: Any, count: int, places: int) -> list[Decimal]:
    """Parts of 100, of no more decimals than that."""
    units = 100 * 10 ** min(places, 2)
    near = {units * at // count for at in range(1, count)}
    cuts = sorted(near if draw(st.booleans()) else draw(st.sets(st.integers(1, units - 1), min_size=count - 1, max_size=count - 1)))
    return [Decimal(high - low) * 100 / units for low, high in zip([0, *cuts], [*cuts, units], strict=True)]


def policies(draw: Any, entry: Drawn) -> None:
    maybe(draw, entry, "missing", *MISSING)
    maybe(draw, entry, "small_sample", "count", *MISSING)


def items(draw: Any, places: int, *, monotone: bool, absolute: bool, composites: bool) -> list[Drawn]:
    count = draw(st.integers(1, 4))
    worths = one_of(draw, "weight", "weight", "max_points")
    given = (
        shares(draw, count, places)
        if worths == "weight"
        else [one_of(draw, *D("10 33 100 0.5" if places else "10 33 100")) for _ in range(count)]
    )
    found = []
    for at in range(count):
        full = Decimal(100) if worths == "weight" else given[at]
        found.append(item(draw, {worths: given[at]}, Decimal(0), full, at, monotone=monotone, absolute=absolute, composites=composites))
    for at in range(one_of(draw, 0, 1)):
        least, most = -one_of(draw, *D("0 5 10")), one_of(draw, *D("0 3 5.5"))
        extra = {key: end for key, end in (("least", least), ("most", most)) if end or draw(st.booleans())}
        found.append(item(draw, {"extra": extra}, least, most, count + at, monotone=monotone, absolute=absolute, composites=composites))
    if len(found) > count and one_of(draw, *[False] * 3, True):
        return found[count:]
    return found


def item(draw: Any, worth: Drawn, least: Decimal, full: Decimal, at: int, *, monotone: bool, absolute: bool, composites: bool) -> Drawn:
    entry: Drawn = {"id": f"i{at}", **worth}
    if one_of(draw, *[False] * 3, True):
        count = draw(st.integers(1, 3))
        parts = []
        for number, weight in enumerate(shares(draw, count, 2)):
            part = {"id": f"p{number}", "weight": weight, **subject(draw, composites=composites)}
            sampled(draw, part)
            part["scoring"] = scoring(draw, part, Decimal(0), Decimal(100), monotone=monotone, absolute=absolute)
            policies(draw, part)
            parts.append(part)
        entry["parts"] = parts
    else:
        entry |= subject(draw, composites=composites)
        sampled(draw, entry)
        entry["scoring"] = scoring(draw, entry, least, full, monotone=monotone, absolute=absolute)
    policies(draw, entry)
    maybe(draw, entry, "section", "speed", "speed", "sales")
    return entry


# Conditions


def condition(draw: Any, at: int) -> Drawn:
    entry = {"id": f"c{at}", **subject(draw)}
    sampled(draw, entry)
    entry[one_of(draw, "at_least", "above", "at_most", "below")] = one_of(draw, *edges_of(entry))
    return entry


def gate(draw: Any, at: int) -> Drawn:
    entry = condition(draw, at)
    maybe(draw, entry, "missing", "pass", "fail")
    maybe(draw, entry, "small_sample", "pass", "fail", "count")
    by_days(draw, entry, entry)
    return entry


def by_days(draw: Any, entry: Mapping[str, Any], into: Drawn) -> None:
    """Say or leave open whether who was there for part of the period is asked for that part."""
    maybe(draw, into, "pro_rata", False, *([True, True] if is_amount(entry) else []))


def veto(draw: Any, at: int) -> Drawn:
    entry = condition(draw, at)
    effects = draw(st.sets(st.sampled_from(["zero_points", "lowest_grade", "no_gated", "no_place"]), max_size=3))
    return {**entry, "effects": sorted(effects)} if effects else entry


def minimum(draw: Any) -> Drawn:
    entry = subject(draw, ("served_buyers", "reply_rate", "net_sales_amount"), composites=False)
    return {**entry, "at_least": one_of(draw, *edges_of(entry))}


def factor(draw: Any, at: int) -> Drawn:
    entry = {"id": f"f{at}", **subject(draw)}
    if "composite" in entry or one_of(draw, False, False, True):
        entry["better"] = one_of(draw, "higher", "lower")
    sampled(draw, entry)
    maybe(draw, entry, "prizes", D("300 200 100"), D("100 0.01"), D("50"))
    maybe(draw, entry, "ties", "share", "each")
    maybe(draw, entry, "vetoed", "in", "out")
    if one_of(draw, False, False, True):
        entry["minimum"] = minimum(draw)
    return entry


def grades(draw: Any, full: bool) -> Drawn:
    by = one_of(draw, "points", "place", *(["share"] if full else []))
    bands = spans(draw, EDGES[by])
    for name, band in zip("CBASE", bands, strict=False):
        band["name"] = name
        maybe(draw, band, "coefficient", *D("0.8 1.2 0.333 0"))
    found: Drawn = {"bands": bands}
    if by != "points" or draw(st.booleans()):
        found["by"] = by
    return found


# Pay


def quantity(draw: Any, scheme: Drawn) -> Drawn:
    kinds = ["metric", "total", *(["section", "section", "item"] if scheme.get("items") else [])]
    kind = one_of(draw, *kinds)
    if kind == "metric":
        return subject(draw)
    if kind == "item":
        return {"item": one_of(draw, *[entry["id"] for entry in scheme["items"]])}
    sections = ["total", *sorted({entry["section"] for entry in scheme["items"] if "section" in entry})] if kind == "section" else ["total"]
    share = ["share"] if has_full(scheme) else []
    return {one_of(draw, "points", *share): one_of(draw, *sections)}


def has_full(scheme: Drawn) -> bool:
    """Whether the scheme has full marks, which something can be a share of."""
    return any("extra" not in entry for entry in scheme.get("items", [])) or scheme.get("total", {}).get("start", 0) > 0


def edges_of_quantity(given: Mapping[str, Any]) -> list[Decimal]:
    if "metric" in given or "composite" in given:
        return edges_of(given)
    return EDGES["share"] if "share" in given else EDGES["points"]


def paying(draw: Any, on: Mapping[str, Any], name: str, count: int = 3) -> list[Drawn]:
    """Bands of what is looked at that give rates or amounts."""
    bands = spans(draw, edges_of_quantity(on), count)
    step, high = (Decimal("0.005"), 10) if name == "rate" else (Decimal("12.345"), 40)
    return [{**band, name: given} for band, given in zip(bands, amounts(draw, len(bands), 0, high, step), strict=True)]


def commission(draw: Any, scheme: Drawn) -> Drawn:
    entry: Drawn = {"on": subject(draw, ("net_sales_amount", "net_sales_amount", "served_buyers", "average_order_value"))}
    how = one_of(draw, "rate", "bands", "bands", "rate_by")
    if how == "rate":
        entry["rate"] = one_of(draw, *D("0.01 0.015 0.0333"), "1%")
    elif how == "rate_by":
        on = quantity(draw, scheme)
        entry["rate_by"] = {"on": on, "bands": paying(draw, on, "rate")}
    else:
        maybe(draw, entry, "mode", "marginal", "whole")
        edges = [edge for edge in edges_of(entry["on"]) if edge >= 0]
        bands = spans(draw, edges)
        entry["bands"] = [
            {**band, "rate": rate} for band, rate in zip(bands, amounts(draw, len(bands), 0, 10, Decimal("0.005")), strict=True)
        ]
    if one_of(draw, False, False, True):
        entry["times"] = quantity(draw, scheme)
    return entry


def pay_line(draw: Any, scheme: Drawn) -> Drawn:
    kinds = ["fixed", "day_rate", "commission", "commission", "per_unit", "tier", "place", "points"]
    kinds += ["grade"] if "grades" in scheme else []
    kinds += ["pk"] if scheme.get("pk") else []
    kind = one_of(draw, *kinds)
    entry: Drawn = {"kind": kind}
    if kind == "fixed":
        entry["amount"] = one_of(draw, *D("3000 0.005 -100 1000.33"))
    elif kind == "day_rate":
        if draw(st.booleans()):
            entry["amount"] = one_of(draw, *D("120 33.333"))
        else:
            entry["by"] = quantity(draw, scheme)
            entry["bands"] = paying(draw, entry["by"], "amount")
    elif kind == "commission":
        entry |= commission(draw, scheme)
    elif kind == "per_unit":
        entry["on"] = quantity(draw, scheme)
        entry["amount"] = one_of(draw, *D("5 -2 0.015 -33.335"))
        maybe(draw, entry, "free", *D("1 10 0.3"))
        maybe(draw, entry, "whole", True)
    elif kind == "tier":
        entry["by"] = quantity(draw, scheme)
        entry["bands"] = paying(draw, entry["by"], "amount")
    elif kind == "grade":
        names = [band["name"] for band in scheme["grades"]["bands"]]
        entry["amounts"] = {name: one_of(draw, *D("800 -50 0.5")) for name in draw(st.sets(st.sampled_from(names), min_size=1))}
    elif kind == "place":
        entry["prizes"] = one_of(draw, D("500 300 100"), D("100"), D("0.01 0.02"))
        maybe(draw, entry, "ties", "share", "each")
    elif kind == "pk":
        names = draw(st.sets(st.sampled_from([one["id"] for one in scheme["pk"]])))
        if names:
            entry["factors"] = sorted(names)
    else:
        entry["amount"] = one_of(draw, *D("20 0.125 -1"))
        if draw(st.booleans()):
            entry["of"] = quantity(draw, scheme)
    for flag in ("pro_rata", *(["coefficient"] if "grades" in scheme else [])):
        maybe(draw, entry, flag, True)
    if one_of(draw, False, False, True):
        maybe(draw, entry, "floor", *D("0 50 100.005"))
        maybe(draw, entry, "cap", *D("500 1000.555"))
    maybe(draw, entry, "missing", "zero", "block")
    return entry


def pay(draw: Any, scheme: Drawn) -> Drawn:
    found: Drawn = {"lines": [pay_line(draw, scheme) for _ in range(draw(st.integers(1, 4)))]}
    if one_of(draw, False, False, True):
        found["floor"] = one_of(draw, None, *D("0 100 1000"))
    if one_of(draw, False, False, True):
        found["cap"] = one_of(draw, *D("1000 3000.5"))
    return found


# Schemes


@st.composite
def schemes(draw: Any, *, monotone: bool = False, absolute: bool = False, simple: bool = False, composites: bool = True) -> Drawn:
    """A scheme as the data of its YAML. `monotone`: a better figure never scores less. `absolute`: nobody is scored against the others.

    `composites`: also figures made of several. `simple`: nothing but items and how they add up, without gates, vetoes, grades, PK and pay.
    """
    scheme: Drawn = {"name": "mine", "title": "我的方案", "source": "店长"}
    places = one_of(draw, 2, 2, 2, 0, 1, 3)
    if places != 2:
        scheme["rounding"] = {"places": places}
    maybe(draw, scheme, "missing", *MISSING)
    maybe(draw, scheme, "small_sample", "count", *MISSING)
    total: Drawn = {}
    maybe(draw, total, "start", *D("60 -5 100"))
    maybe(draw, total, "floor", *D("0 30"))
    maybe(draw, total, "cap", *D("100 90"))
    if total:
        scheme["total"] = total
    ranking: Drawn = {}
    maybe(draw, ranking, "judged", *D("0 0.5 1 0.3333"))
    if draw(st.booleans()):
        ranking["minimum"] = minimum(draw)
    if ranking:
        scheme["ranking"] = ranking
    if simple or one_of(draw, *[True] * 9, False):
        scheme["items"] = items(draw, places, monotone=monotone, absolute=absolute, composites=composites)
    if simple:
        return scheme
    switched(draw, scheme)
    if "items" not in scheme and "pk" not in scheme:
        scheme["pk"] = [factor(draw, 0)]
    return scheme


PLAIN_ITEMS: tuple[Drawn, ...] = (
    {"metric": "qa_score", "scoring": {"kind": "as_is"}},
    {"metric": "served_buyers", "scoring": {"kind": "rank", "points": D("100 60 33.33"), "rest": Decimal(10)}},
    {"metric": "reply_rate", "scoring": {"kind": "linear", "low": {"figure": 0, "points": 0}, "high": {"figure": 1, "points": 100}}},
)


@st.composite
def paying_schemes(draw: Any) -> Drawn:
    """A scheme of few plain items and an extra, with everything that pays: the items leave room for what is made of their points."""
    scheme: Drawn = {"name": "mine", "title": "我的方案", "source": "店长", "ranking": {"judged": 0}}
    plain = draw(st.lists(st.sampled_from(PLAIN_ITEMS), min_size=1, max_size=3, unique_by=id))
    scheme["items"] = [
        {"id": f"i{at}", "weight": weight, **entry}
        for at, (entry, weight) in enumerate(zip(plain, shares(draw, len(plain), 2), strict=True))
    ]
    if draw(st.booleans()):
        extra = {"extra": {"least": Decimal(-10)}, "metric": "slow_replies", "scoring": {"kind": "per_unit", "points": Decimal(-3)}}
        scheme["items"].append({"id": "minus", **extra})
    for entry in scheme["items"]:
        maybe(draw, entry, "section", "speed", "speed", "sales")
        maybe(draw, entry, "missing", "zero", "block")
    switched(draw, scheme, paid=True)
    return scheme


def switched(draw: Any, scheme: Drawn, *, paid: bool = False) -> None:
    """Gates, vetoes, grades, PK and pay, and what gates switch."""
    for key, made in (("gates", gate), ("vetoes", veto), ("pk", factor)):
        count = one_of(draw, 0, 0, 1, 2)
        if count:
            scheme[key] = [made(draw, at) for at in range(count)]
    if draw(st.booleans()):
        scheme["grades"] = grades(draw, has_full(scheme))
    if paid or draw(st.booleans()) or "pk" in scheme:
        scheme["pay"] = pay(draw, scheme)
    switchable = [*scheme.get("items", []), *scheme.get("pay", {}).get("lines", [])]
    barred = any("no_gated" in one.get("effects", []) for one in scheme.get("vetoes", []))
    if "gates" in scheme or barred:
        for one in switchable:
            maybe(draw, one, "gated", True)
        if "gates" in scheme and not any(one.get("gated") for one in switchable):
            if switchable:
                switchable[0]["gated"] = True
            else:
                del scheme["gates"]


def used(node: Any) -> set[str]:
    """Every metric a scheme names."""
    if isinstance(node, dict):
        named = {node["metric"]} if "metric" in node else set(node.get("composite", {}).get("metrics", []))
        named |= {"days_worked"} if node.get("kind") == "day_rate" else set()
        return named.union(*(used(one) for one in node.values()))
    return set().union(*(used(one) for one in node)) if isinstance(node, list) else set()


def text(scheme: Mapping[str, Any]) -> str:
    """The scheme as a file. JSON is YAML."""

    def plain(node: Any) -> Any:
        if isinstance(node, Mapping):
            return {key: plain(one) for key, one in node.items()}
        if isinstance(node, list):
            return [plain(one) for one in node]
        if isinstance(node, Decimal):
            return int(node) if node == node.to_integral_value() else format(node, "f")
        return node.isoformat() if isinstance(node, date) else node

    return json.dumps(plain(scheme), ensure_ascii=False)


# Worlds


@dataclass(frozen=True)
class World:
    """A scheme and what it is applied to."""

    scheme: Drawn
    rows: list[Row]
    people: list[Human] | None = None
    previous: list[Row] | None = None
    targets: dict[tuple[str, str], float | None] | None = None


def roster(draw: Any) -> list[Human]:
    people = []
    for agent in draw(st.sets(st.sampled_from(CAST), min_size=1).map(sorted)):
        stretches = one_of(draw, *ROSTERED)
        joined = one_of(draw, None, date(2026, 10, 31), date(2026, 11, 1))
        for first, last in stretches:
            group, role = one_of(draw, "一组", "二组", None), one_of(draw, "presale", "aftersale", None)
            people.append(Human(agent, agent.title(), group, role, joined, first, last))
    return people


def audience(draw: Any) -> Drawn:
    found: Drawn = {}
    maybe(draw, found, "roles", ["presale"], ["presale", "aftersale"])
    maybe(draw, found, "groups", ["一组"])
    maybe(draw, found, "joined_from", date(2026, 11, 1))
    maybe(draw, found, "joined_before", date(2026, 11, 1))
    return found


def book(draw: Any, stretches: Iterable[tuple[str, date | None]], metrics: Sequence[str]) -> list[Row]:
    found = []
    for agent, first in stretches:
        for metric in metrics:
            for origin in one_of(draw, *[["computed"]] * 5, [], ["reported"], ["computed", "reported"]):
                found.append(Row(agent, metric, *one_of(draw, *FIGURES[metric]), origin, first))
    return found


@st.composite
def worlds(draw: Any, made: st.SearchStrategy[Drawn] | None = None, *, rostered: bool = True) -> World:
    """A scheme with figures of up to five people, some of them of stretches of the period, of the period before, and targets."""
    scheme = draw(made if made is not None else schemes())
    metrics = sorted(used(scheme))
    people = roster(draw) if rostered and draw(st.booleans()) else None
    if people is not None and one_of(draw, False, False, True):
        scheme = {**scheme, "applies_to": audience(draw)}
    count = draw(st.integers(1, len(CAST)))
    strangers = [(agent, None) for agent in CAST[:count] if people is None or agent not in {human.agent_id for human in people}]
    alone = Counter(human.agent_id for human in people or ())
    # A figure of somebody with one stretch need not say that it is of it.
    named = [(human.agent_id, human.first if alone[human.agent_id] > 1 or draw(st.booleans()) else None) for human in people or ()]
    stretches = [*named, *(strangers if people is None or draw(st.booleans()) else [])]
    rows = book(draw, stretches, metrics)
    previous = book(draw, stretches, metrics) if '"on"' in json.dumps(scheme, default=str) and draw(st.booleans()) else None
    targets = None
    if draw(st.booleans()):
        values = st.sampled_from([None, 0.0, 0.3, 0.5, 10.0, 20.0, 10000.0])
        targets = {
            (agent, metric): draw(values)
            for agent in sorted({agent for agent, _ in stretches})
            for metric in metrics
            if draw(st.booleans())
        }
    return World(scheme, rows, people, previous, targets)


# Tables

_FIGURES = {
    "agent_id": pl.String,
    "metric": pl.String,
    "numerator": pl.Float64,
    "denominator": pl.Float64,
    "value": pl.Float64,
    "origin": pl.String,
    "first": pl.Date,
}
_PEOPLE = {
    "agent_id": pl.String,
    "name": pl.String,
    "group": pl.String,
    "role": pl.String,
    "joined_on": pl.Date,
    "first": pl.Date,
    "last": pl.Date,
}
_TARGETS = {"agent_id": pl.String, "metric": pl.String, "target": pl.Float64}


def figures_frame(rows: Sequence[Row]) -> pl.DataFrame:
    """Figures as a table; columns nobody needs are left out."""
    data = [(one.agent_id, one.metric, one.numerator, one.denominator, one.value, one.origin, one.first) for one in rows]
    needed = [any(one.origin != "computed" for one in rows), any(one.first is not None for one in rows)]
    return pl.DataFrame(data, _FIGURES, orient="row").drop(
        name for name, there in zip(("origin", "first"), needed, strict=True) if not there
    )


def people_frame(people: Sequence[Human]) -> pl.DataFrame:
    data = [(one.agent_id, one.name, one.group, one.role, one.joined_on, one.first, one.last) for one in people]
    return pl.DataFrame(data, _PEOPLE, orient="row")


def frames(world: World) -> dict[str, Any]:
    """The arguments `appraise` takes beside the scheme."""
    return {
        "figures": figures_frame(world.rows),
        "agents": None if world.people is None else people_frame(world.people),
        "period": PERIOD,
        "previous": None if world.previous is None else figures_frame(world.previous),
        "targets": None
        if world.targets is None
        else pl.DataFrame([(*key, value) for key, value in world.targets.items()], _TARGETS, orient="row"),
    }
