"""What holds for every metric of the catalogue."""

from __future__ import annotations

import ast
from pathlib import Path

from kaohe.metrics.catalogue import CATALOGUE, FAMILIES, FAMILY_OF


def test_every_metric_has_a_spec() -> None:
    marks = {
        ast.literal_eval(mark.args[0])
        for file in sorted(Path(__file__).parent.glob("test_spec*.py"))
        for node in ast.parse(file.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef)
        for mark in node.decorator_list
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.spec"
    }
    assert marks == set(CATALOGUE)


def test_no_two_metrics_and_no_two_tallies_share_a_name() -> None:
    assert len(CATALOGUE) == sum(len(family.metrics) for family in FAMILIES)
    assert len(FAMILY_OF) == sum(len(family.tallies) for family in FAMILIES)


def test_every_tally_a_metric_divides_is_counted_by_a_family() -> None:
    assert {tally.id for metric in CATALOGUE.values() for tally in metric.tallies} <= set(FAMILY_OF)
