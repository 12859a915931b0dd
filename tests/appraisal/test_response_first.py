"""The first scheme: its cases, and that they look at every edge of every band."""

from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest

from kaohe import definitions
from kaohe.appraisal import appraise, check_cases, find
from kaohe.appraisal.schemes import SHIPPED
from kaohe.appraisal.scoring import ends
from kaohe.metrics.catalogue import CATALOGUE

SCHEME = find("response-first")


@pytest.mark.parametrize("outcome", check_cases("response-first"), ids=lambda outcome: outcome.name.en)
def test_the_case_comes_out_as_written(outcome):
    assert [problem.text("zh") for problem in outcome.differences] == []


def test_the_weights_add_up_to_a_hundred_and_every_item_has_its_source():
    assert SCHEME.full == Decimal(100)
    assert all(item.source for item in SCHEME.items)


def test_the_cases_stand_on_every_edge_of_every_band():
    cases = definitions.read(SHIPPED / "response-first.cases.yaml").data["cases"]
    tried = {item.key: set() for item in SCHEME.items}
    for case in cases:
        for metric, figure in case["figures"].items():
            if isinstance(figure, dict):
                tried[metric].add(Fraction(str(figure["numerator"])) / Fraction(str(figure["denominator"])))
            elif isinstance(figure, int):
                tried[metric].add(Fraction(figure))
    missed = {item.key: [str(edge) for edge in ends(item.scoring) if Fraction(edge) not in tried[item.key]] for item in SCHEME.items}
    assert {key: edges for key, edges in missed.items() if edges} == {}


@pytest.mark.parametrize("item", SCHEME.items, ids=lambda item: item.key)
def test_a_better_figure_is_never_worth_less(item):
    worth = [band.points for band in item.scoring.bands]
    assert worth == sorted(worth, reverse=CATALOGUE[item.metric].better == "lower")
    assert max(worth) == 100


def test_the_figures_of_the_metrics_catalogue_can_be_judged_as_they_come():
    rows = [
        ("lin", "reply_rate_30s", 90.0, 100.0, 0.9),
        ("lin", "avg_response_seconds", 2345.678, 100.0, 23.45678),
        ("lin", "reply_rate_3min", 80.0, 80.0, 1.0),
        ("lin", "reply_rate_5min", 80.0, 80.0, 1.0),
        ("lin", "effective_reply_rate", 80.0, 80.0, 1.0),
        ("lin", "reply_rate", 80.0, 80.0, 1.0),
        ("lin", "served_buyers", 80.0, None, 80.0),
        ("lin", "median_response_seconds", None, 100.0, 12.5),
        (None, "reply_rate", 0.0, 3.0, 0.0),
    ]
    number = pl.Float64
    schema = {"agent_id": pl.String, "metric": pl.String, "numerator": number, "denominator": number, "value": number}
    result = appraise(SCHEME, pl.DataFrame(rows, schema, orient="row"))
    assert [(one.agent_id, one.place, str(one.points)) for one in result.statements] == [("lin", 1, "83.00")]
