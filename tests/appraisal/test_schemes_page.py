"""The page on schemes names everything there is."""

import re
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from kaohe.appraisal import Reason, available, check_cases, find
from kaohe.appraisal.scheme import Audience, Item, Minimum, Missing, Ranking, Scheme, Small
from kaohe.appraisal.scoring import Anchor, Bands, Linear

PAGE = (Path(__file__).parents[2] / "docs/reference/schemes.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("model", [Scheme, Item, Audience, Minimum, Ranking, Bands, Linear, Anchor], ids=lambda model: model.__name__)
def test_the_page_names_every_key(model):
    for key in model.model_fields:
        assert f"{key}:" in PAGE or f"`{key}`" in PAGE, key


def test_the_page_names_every_policy_and_every_reason():
    for word in (*get_args(Missing), *get_args(Small), *get_args(get_type_hints(Reason)["kind"])):
        assert f"`{word}`" in PAGE


def test_the_page_names_every_shipped_scheme_with_its_weights():
    for name in available():
        assert f"### `{name}`" in PAGE
        for item in find(name).items:
            assert f"`{item.metric}` {item.full}" in PAGE


def test_the_scheme_on_the_page_gives_what_its_case_on_the_page_says(tmp_path):
    scheme, cases = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "my-scheme.yaml").write_text(scheme, encoding="utf-8")
    (tmp_path / "my-scheme.cases.yaml").write_text(cases, encoding="utf-8")
    (outcome,) = check_cases("my-scheme", tmp_path)
    assert [problem.text("zh") for problem in outcome.differences] == []
