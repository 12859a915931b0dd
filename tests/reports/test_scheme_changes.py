"""What changed between two schemes: everything that did, and nothing else."""

import itertools

import pytest

from kaohe.appraisal import available, find, parse
from kaohe.reports.scheme_changes import scheme_changes
from kaohe.reports.schemes import described

SHIPPED = sorted(available())
BASE = """name: 月考
title: {zh: 月考, en: Monthly}
source: 会议决定
items:
  - metric: reply_rate_30s
    weight: 100
    scoring: {kind: linear, low: {figure: 50%, points: 0}, high: {figure: 100%, points: 100}}
gates:
  - {metric: online_hours, at_least: 100}
pk:
  - {metric: served_buyers, prizes: [300, 200]}
pay:
  lines:
    - {id: base, kind: fixed, amount: 3000, gated: true}
"""


def said(before, after, lang="zh"):
    return scheme_changes(parse(before), parse(after), lang).frame.rows()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", SHIPPED)
def test_a_scheme_is_described_and_does_not_differ_from_itself(name, lang):
    scheme = find(name)
    assert described(scheme, lang)
    assert scheme_changes(scheme, scheme, lang).frame.is_empty()


def test_any_two_schemes_can_be_compared_and_what_is_new_one_way_is_gone_the_other():
    for one, other in itertools.pairwise(SHIPPED):
        there, back = (scheme_changes(*pair, "zh").frame.rows() for pair in ((find(one), find(other)), (find(other), find(one))))
        assert {(kind, after, before) for kind, _name, before, after in there} == {
            (kind, before, after) for kind, _name, before, after in back
        }


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("amount: 3000", "amount: 3200", ("工资项", "固定工资", "3000 元", "3200 元")),
        ("pay:\n", "pay:\n  cap: 9000\n", ("工资项", "封顶", None, "9000 元")),
        ("pay:\n", "pay:\n  floor: null\n", ("工资项", "保底", None, "不设，应发可以是负数")),
        ("pay:\n", "pay:\n  floor: 2500\n", ("工资项", "保底", None, "2500 元")),
        (
            "at_least: 100}",
            "at_least: 100, pro_rata: false}",
            ("门槛", "在线时长", "不少于 100 小时（只在岗一段的，按天数折算）", "不少于 100 小时"),
        ),
        ("[300, 200]}", "[300, 200], vetoed: in}", ("PK", "接待人数", None, "被否决的人也参加")),
    ],
)
def test_what_was_changed_is_told(old, new, told):
    assert said(BASE, BASE.replace(old, new, 1)) == [told]
