"""How much more it takes for the next band: said so that who does it gets there, and not one case earlier."""

from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaohe.appraisal import appraise, parse
from kaohe.appraisal.bands import Band
from kaohe.appraisal.next_band import cases_away, holds, nearest, next_band, said

SCHEME = """name: next
title: {{zh: 下一档, en: Next}}
source: 测试
items:
  - metric: {metric}
    weight: 100
    scoring:
      kind: bands
      bands: {bands}
"""
RISING = "[{below: 80%, points: 0}, {at_least: 80%, below: 90%, points: 60}, {at_least: 90%, points: 100}]"
FALLING = "[{below: 30, points: 100}, {at_least: 30, below: 60, points: 60}, {at_least: 60, points: 0}]"


def line(metric, numerator, denominator, bands, value=None):
    scheme = parse(SCHEME.format(metric=metric, bands=bands), "next.yaml")
    value = numerator / denominator if value is None else value
    row = {"agent_id": ["lin"], "metric": [metric], "numerator": [numerator], "denominator": [denominator], "value": [value]}
    return appraise(scheme, pl.DataFrame(row)).statement("lin").line(metric)


def test_how_many_more_it_takes_at_the_present_number_of_cases():
    found = next_band(line("reply_rate_30s", 162.0, 200.0, RISING))
    assert (found.cases, found.points, found.end, found.better) == (18, 100, Fraction(9, 10), "higher")
    # Exactly on the edge is in the band; one less is not.
    assert next_band(line("reply_rate_30s", 159.0, 200.0, RISING)).cases == 1
    assert next_band(line("reply_rate_30s", 160.0, 200.0, RISING)).cases == 20
    assert next_band(line("reply_rate_30s", 180.0, 200.0, RISING)) is None


def test_what_is_worse_the_more_there_is_of_it_has_to_be_less_than_the_edge():
    bands = "[{below: 5%, points: 100}, {at_least: 5%, points: 0}]"
    found = next_band(line("refund_rate", 10.0, 200.0, bands))
    assert (found.cases, found.better) == (1, "lower")
    assert next_band(line("refund_rate", 30.0, 200.0, bands)).cases == 21


def test_a_mean_is_told_its_distance_and_no_number_of_cases():
    found = next_band(line("avg_response_seconds", 4500.0, 100.0, FALLING))
    assert (found.cases, found.away, found.points) == (None, 15, 100)
    assert said(found, line("avg_response_seconds", 4500.0, 100.0, FALLING)).endswith("低于 30 秒，这一项得 100 分")


def test_the_sentence_says_what_to_do_in_both_languages():
    one = line("reply_rate_30s", 162.0, 200.0, RISING)
    assert said(next_band(one), one) == "30秒应答率：“30秒内回复的考核消息数”再多 18（现在 162 ÷ 200），就到 90 %，这一项得 100 分"
    assert "18 more" in said(next_band(one), one, "en")


def test_without_a_figure_or_bands_there_is_no_next_band():
    scheme = parse(SCHEME.format(metric="reply_rate_30s", bands=RISING), "next.yaml")
    nobody = appraise(
        scheme,
        pl.DataFrame(
            schema={"agent_id": pl.String, "metric": pl.String, **dict.fromkeys(("numerator", "denominator", "value"), pl.Float64)}
        ),
        pl.DataFrame({"agent_id": ["lin"]}),
    )
    assert next_band(nobody.statement("lin").line("reply_rate_30s")) is None


def test_a_band_so_narrow_that_no_number_of_cases_hits_it_is_not_promised():
    band = Band(at_least=Decimal("0.51"), below=Decimal("0.52"), points=Decimal(1))
    assert cases_away(Fraction(1), Fraction(4), band, "higher") is None


@pytest.mark.parametrize(("value", "points", "better"), [("0.5", 10, "lower"), ("0.62", 20, "higher")])
def test_of_two_better_bands_the_nearer_one_is_told(value, points, better):
    bands = [
        Band(below="0.4", points=10),
        Band(at_least="0.4", below="0.7", points=0),
        Band(at_least="0.7", points=20),
    ]
    found, side = nearest(bands, Fraction(value))
    assert (found.points, side) == (points, better)


@given(st.integers(0, 60), st.integers(1, 60), st.lists(st.integers(1, 99), min_size=1, max_size=4, unique=True), st.data())
def test_so_many_cases_bring_it_there_and_one_less_does_not(numerator, denominator, edges, data):
    numerator = min(numerator, denominator)
    ends = [None, *(Decimal(end) / 100 for end in sorted(edges)), None]
    worth = data.draw(st.lists(st.integers(0, 5), min_size=len(ends) - 1, max_size=len(ends) - 1))
    bands = [Band(at_least=low, below=high, points=points) for low, high, points in zip(ends, ends[1:], worth, strict=False)]
    value = Fraction(numerator, denominator)
    here = next(band for band in bands if holds(band, value))
    found = nearest(bands, value)
    if found is None:
        assert all(band.points <= here.points for band in bands)
        return
    band, better = found
    assert band.points > here.points
    cases = cases_away(Fraction(numerator), Fraction(denominator), band, better)
    step = 1 if better == "higher" else -1
    hits = [more for more in range(1, denominator + 1) if 0 <= numerator + step * more <= denominator]
    first = next((more for more in hits if holds(band, Fraction(numerator + step * more, denominator))), None)
    assert cases == first
