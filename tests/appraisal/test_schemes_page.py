"""The page on schemes names everything there is."""

import re
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from kaohe.appraisal import Reason, available, check_cases, find
from kaohe.appraisal.cases import Case, Expected
from kaohe.appraisal.conditions import Gate, Veto
from kaohe.appraisal.measures import Composite
from kaohe.appraisal.pay_plan import (
    ByGrade,
    ByPk,
    ByPlace,
    Commission,
    DayRate,
    Fixed,
    PayPlan,
    PerPoint,
    PerUnitPay,
    Quantity,
    RateBy,
    Tier,
)
from kaohe.appraisal.scheme import Audience, Extra, Factor, Grade, Grades, Item, Minimum, Missing, Part, Ranking, Scheme, Small, Total
from kaohe.appraisal.scoring import Anchor, AsIs, Attainment, Bands, ByRank, Linear, PerUnit

PAGE = (Path(__file__).parents[2] / "docs/reference/schemes.md").read_text(encoding="utf-8")


PAY_PAGE = (Path(__file__).parents[2] / "docs/reference/pay.md").read_text(encoding="utf-8")
JUDGING = [Scheme, Item, Part, Composite, Extra, Total, Gate, Veto, Grade, Grades, Factor, Audience, Minimum, Ranking, Case, Expected]
SCORING = [Bands, Linear, Anchor, Attainment, PerUnit, ByRank, AsIs]
PAYING = [PayPlan, Fixed, DayRate, Commission, RateBy, PerUnitPay, Tier, ByGrade, ByPlace, ByPk, PerPoint, Quantity]


@pytest.mark.parametrize("model", [*JUDGING, *SCORING, *PAYING], ids=lambda model: model.__name__)
def test_the_pages_name_every_key(model):
    page = PAY_PAGE + PAGE if model in PAYING else PAGE
    for key, field in model.model_fields.items():
        assert f"{key}:" in page or f"`{key}`" in page, key
        for word in get_args(field.annotation) if key == "kind" else ():
            assert f"`kind: {word}`" in page or f"`{word}`" in page, word


def test_the_page_names_every_policy_and_every_reason():
    for word in (*get_args(Missing), *get_args(Small), *get_args(get_type_hints(Reason)["kind"])):
        assert f"`{word}`" in PAGE


def test_the_page_names_every_shipped_scheme():
    shipped = PAGE[PAGE.index("自带的方案 Shipped schemes") :]
    for name in available():
        assert f"`{name}`" in shipped


def test_the_page_names_the_weights_of_the_scheme_that_is_used_unless_another_is_asked_for():
    for item in find("response-first").items:
        assert f"`{item.metric}` {item.worth}" in PAGE


def test_the_scheme_on_the_page_gives_what_its_case_on_the_page_says(tmp_path):
    scheme, *_, cases = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "my-scheme.yaml").write_text(scheme, encoding="utf-8")
    (tmp_path / "my-scheme.cases.yaml").write_text(cases, encoding="utf-8")
    (outcome,) = check_cases("my-scheme", tmp_path)
    assert [problem.text("zh") for problem in outcome.differences] == []
