"""What holds of every scheme and every figure, beside a slow and obvious judge in plain fractions."""

from decimal import Decimal
from fractions import Fraction

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from kaohe.appraisal import Scheme, appraise
from kaohe.appraisal.figures import Figure
from kaohe.appraisal.scoring import Bands, scorer

RATES = ("reply_rate_30s", "reply_rate_3min", "reply_rate_5min", "effective_reply_rate", "reply_rate")
CAST = ("lin", "mo", "chen", "zhao", "wu")
NUMBER = pl.Float64
SCHEMA = {"agent_id": pl.String, "metric": pl.String, "numerator": NUMBER, "denominator": NUMBER, "value": NUMBER}

hundredths = st.integers(1, 99).map(lambda n: Decimal(n).scaleb(-2))
points = st.integers(0, 1000).map(lambda n: Decimal(n).scaleb(-1))


@st.composite
def bands(draw, rising=False):
    edges = sorted(draw(st.sets(hundredths, max_size=5)))
    given = [draw(points) for _ in range(len(edges) + 1)]
    ends = [None, *edges, None]
    return [
        {"at_least": low, "below": high, "points": worth}
        for low, high, worth in zip(ends, ends[1:], sorted(given) if rising else given, strict=False)
    ]


@st.composite
def schemes(draw, rising=False, missing=("skip", "zero", "full", "block")):
    count = draw(st.integers(1, 5))
    cuts = sorted(draw(st.sets(st.integers(1, 9999), min_size=count - 1, max_size=count - 1)))
    weights = [Decimal(high - low).scaleb(-2) for low, high in zip([0, *cuts], [*cuts, 10000], strict=True)]
    items = [
        {
            "metric": metric,
            "weight": weight,
            "minimum_sample": draw(st.none() | st.integers(1, 30)),
            "missing": draw(st.none() | st.sampled_from(missing)),
            "small_sample": draw(st.none() | st.sampled_from(("count", *missing))),
            "scoring": {"kind": "bands", "bands": draw(bands(rising))},
        }
        for metric, weight in zip(RATES, weights, strict=False)
    ]
    return Scheme.model_validate(
        {
            "name": "mine",
            "title": "我的方案",
            "source": "店长",
            "missing": draw(st.sampled_from(missing)),
            "small_sample": draw(st.sampled_from(("count", *missing))),
            "ranking": {"judged": draw(st.sampled_from([0, Decimal("0.5"), 1]))},
            "items": items,
        }
    )


# Denominators of 100 fall on the edges of the bands, the others beside them.
parts = st.sampled_from([0, 1, 3, 20, 100, 10**6, 10**9 + 7]).flatmap(lambda d: st.tuples(st.integers(0, d), st.just(d)))


@st.composite
def figures(draw, agents=CAST):
    return [
        (agent, metric, float(numerator), float(denominator), numerator / denominator if denominator else None)
        for agent in agents
        for metric in RATES
        if draw(st.booleans())
        for numerator, denominator in [draw(parts)]
    ]


def frame(rows):
    return pl.DataFrame(rows, SCHEMA, orient="row")


def expected(scheme, rows):
    """Points per item of one agent, or None for a total that can not be said: the rule once more, slowly."""
    mine = {row[1]: row for row in rows}
    kept, blocked, judged, found = [], False, Fraction(0), {}
    for item in scheme.items:
        _, _, numerator, denominator, value = mine.get(item.metric, (None,) * 5)
        if value is None:
            policy = item.missing or scheme.missing
        elif item.minimum_sample and denominator < item.minimum_sample:
            policy = item.small_sample or scheme.small_sample
        else:
            policy = "count"
        blocked |= policy == "block"
        judged += 0 if policy == "skip" else Fraction(item.weight)
        if policy == "count":
            exact = Fraction(int(numerator), int(denominator))
            (worth,) = [
                band.points
                for band in item.scoring.bands
                if (band.at_least is None or exact >= Fraction(band.at_least)) and (band.below is None or exact < Fraction(band.below))
            ]
            kept.append((item, worth))
        elif policy in ("zero", "full"):
            kept.append((item, Decimal(100 if policy == "full" else 0)))
    if (
        blocked
        or not kept
        or judged < 100 * Fraction(scheme.ranking.judged)
        or not any(row[4] is not None for row in rows if row[1] in scheme.metrics)
    ):
        return None
    whole = sum(Fraction(item.weight) for item, _ in kept)
    for item, worth in kept:
        found[item.key] = Fraction(worth) * Fraction(item.weight) / whole
    return found


@given(schemes(), figures())
@settings(max_examples=150, deadline=None)
def test_the_points_are_those_of_the_obvious_judge(scheme, rows):
    result = appraise(scheme, frame(rows))
    assert {statement.agent_id for statement in result.statements} == {row[0] for row in rows}
    for statement in result.statements:
        wanted = expected(scheme, [row for row in rows if row[0] == statement.agent_id])
        assert (statement.points is None) == (wanted is None)
        assert (statement.place is None) == (wanted is None)
        if wanted is not None:
            got = {line.item.key: Fraction(line.points) for line in statement.lines if line.points is not None}
            assert got.keys() == wanted.keys()
            # Weights that were spread are rounded to a hundredth, and so are points: one hundredth each.
            assert all(abs(got[key] - wanted[key]) < Fraction(2, 100) for key in got)


@given(schemes(), figures())
@settings(max_examples=100, deadline=None)
def test_points_stay_within_bounds_and_the_total_is_the_sum_of_the_lines(scheme, rows):
    for statement in appraise(scheme, frame(rows)).statements:
        lines = [line for line in statement.lines if line.points is not None]
        assert all(0 <= line.points <= line.weight for line in lines)
        assert all(line.points.as_tuple().exponent == -2 for line in lines)
        if statement.points is not None:
            assert statement.points == sum(line.points for line in lines)
            assert 0 <= statement.points <= scheme.full == 100
            assert sum(line.weight for line in lines) == 100


@given(schemes(), figures(), st.randoms())
@settings(max_examples=60, deadline=None)
def test_shuffling_the_rows_changes_nothing(scheme, rows, random):
    shuffled = random.sample(rows, len(rows))
    one, other = appraise(scheme, frame(rows)), appraise(scheme, frame(shuffled))
    assert one == other
    assert one.to_dicts() == other.to_dicts()


@given(schemes(rising=True), figures(agents=("lin",)), st.data())
@settings(max_examples=150, deadline=None)
def test_a_better_figure_never_lowers_a_score(scheme, rows, data):
    better = [
        (agent, metric, float(raised), denominator, raised / denominator if denominator else None)
        for agent, metric, numerator, denominator, _ in rows
        for raised in [data.draw(st.integers(int(numerator), int(denominator)))]
    ]
    for before, after in zip(appraise(scheme, frame(rows)).statements, appraise(scheme, frame(better)).statements, strict=True):
        for line, raised in zip(before.lines, after.lines, strict=True):
            assert line.points is None or raised.points >= line.points
        assert before.points is None or after.points >= before.points


@given(bands(), parts.filter(lambda pair: pair[1] > 0))
def test_every_value_falls_in_exactly_one_band(given_bands, pair):
    scoring = Bands.model_validate({"kind": "bands", "bands": given_bands})
    numerator, denominator = pair
    exact = Fraction(numerator, denominator)
    holding = [
        at
        for at, band in enumerate(scoring.bands)
        if (band.at_least is None or exact >= Fraction(band.at_least)) and (band.below is None or exact < Fraction(band.below))
    ]
    assert len(holding) == 1
    scored = scorer(scoring)(Figure("reply_rate", float(numerator), float(denominator), numerator / denominator))
    assert [scored.band] == holding
    assert scored.points == Fraction(scoring.bands[holding[0]].points)


@given(st.lists(st.integers(0, 20), min_size=1, max_size=5))
def test_places_are_one_more_than_the_number_of_better_agents(shares):
    linear = {"kind": "linear", "low": {"figure": 0, "points": 0}, "high": {"figure": 1, "points": 100}}
    items = [{"metric": "reply_rate", "weight": 100, "scoring": linear}]
    scheme = Scheme.model_validate({"name": "mine", "title": "我的方案", "source": "店长", "items": items})
    rows = [(agent, "reply_rate", float(share), 20.0, share / 20) for agent, share in zip(CAST, shares, strict=False)]
    for statement in appraise(scheme, frame(rows)).statements:
        mine = shares[CAST.index(statement.agent_id)]
        assert statement.place == 1 + sum(other > mine for other in shares)
