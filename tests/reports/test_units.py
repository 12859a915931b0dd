"""Every unit a metric can have is shown in the same way everywhere."""

from fractions import Fraction
from typing import get_args

import pytest

from kaohe.appraisal.words import amount
from kaohe.metrics.metric import Unit
from kaohe.reports.cells import shown
from kaohe.reports.figures import kind
from kaohe.reports.workbook import FORMATS

SHOWN = {
    "rate": ("12.34 %", "12.34 %"),
    "seconds": ("0.1秒", "0.12 秒"),
    "count": ("0", "0"),
    "ratio": ("0.12", "0.12"),
    "chars": ("0.1", "0.12 字"),
    "yuan": ("0.12", "0.12 元"),
    "hours": ("0.1 小时", "0.12 小时"),
    "score": ("0.12", "0.12"),
    "days": ("0.12 天", "0.12 天"),
}
"""A figure of 0.1234 in a table, and in the working of an appraisal."""


@pytest.mark.parametrize("unit", get_args(Unit))
def test_a_unit_has_words_in_tables_workbooks_and_workings(unit):
    assert (shown(0.1234, kind(unit)), amount(Fraction(1234, 10_000), unit)) == SHOWN[unit]
    assert kind(unit) in FORMATS


def test_yuan_are_grouped_by_thousands():
    assert shown(1234.5, kind("yuan")) == "1,234.50"
