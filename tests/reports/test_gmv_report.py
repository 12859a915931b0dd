"""Sales taken apart, as tables."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

from kaohe.metrics.traffic import Breakdown, Sales, shapley
from kaohe.reports.gmv import breakdown, readable
from kaohe.reports.pairs import Pair
from kaohe.reports.terminal import terminal_text

BEFORE = Sales(date(2026, 10, 1), date(2026, 10, 1), 100_00, {"inquiry": 0, "silent": 100_00, "unknown": 0}, 2, 50, 1, 1)
NOW = Sales(date(2026, 10, 2), date(2026, 10, 2), 200_00, {"inquiry": 120_00, "silent": 50_00, "unknown": 30_00}, 3, 100, 1, 1)


def split(now: Sales = NOW, before: Sales = BEFORE) -> Breakdown:
    if now.terms is None or before.terms is None:
        return Breakdown(now, before, None)
    a, b, c = shapley(before.terms, now.terms)
    return Breakdown(now, before, (a, b, c))


def test_the_tables_read_like_this():
    product, origins = readable(split(), "zh", [Pair("免考核：…", "Exempt: …")])
    assert [line.split() for line in terminal_text(product).splitlines()[3:7]] == [
        ["成交额", "200.00", "100.00", "100.00", "100.00", "%", "–"],
        ["访客数", "100", "50", "50", "100.00", "%", "101.39"],
        ["访客转化率", "3.00", "%", "4.00", "%", "-1.00", "%", "-25.00", "%", "-44.44"],
        ["客单价", "66.67", "50.00", "16.67", "33.33", "%", "43.06"],
    ]
    assert "本期 2026-10-02 至 2026-10-02，上期 2026-10-01 至 2026-10-01。" in terminal_text(product)
    assert [line.split() for line in terminal_text(origins).splitlines()[3:6]] == [
        ["聊过之后成交", "120.00", "0.00", "120.00", "–", "60.00", "%"],
        ["静默成交", "50.00", "100.00", "-50.00", "-50.00", "%", "25.00", "%"],
        ["归属不明", "30.00", "0.00", "30.00", "–", "15.00", "%"],
    ]
    assert terminal_text(origins).splitlines()[-2] == "免考核：…"


def test_without_traffic_the_change_is_not_split_and_that_is_said():
    found = split(replace(NOW, visitors=None, days_with_traffic=0))
    product, _ = readable(found, "en")
    assert product.frame["contribution"].to_list() == [None] * 4
    assert product.frame["now"].to_list() == [200, None, None, float(Fraction(200, 3))]
    assert any("no traffic data" in note.en for note in product.notes)


def test_days_without_visitors_are_said():
    product, _ = readable(split(replace(NOW, days=30, days_with_traffic=20)), "zh")
    assert [note.zh for note in product.notes if "不全" in note.zh] == [
        "本期流量数据不全：30 个店·日中只有 20 个有访客数，转化率因此偏高。"
    ]


def test_the_raw_form_adds_up():
    frame = breakdown(split()).data
    rows = {row["item"]: row for row in frame.iter_rows(named=True)}
    assert sum(rows[item]["contribution"] for item in ("visitors", "conversion", "order_value")) == rows["gmv"]["change"] == 100
    assert sum(rows[item]["now"] for item in ("inquiry", "silent", "unknown")) == rows["gmv"]["now"]
    assert sum(rows[item]["share"] for item in ("inquiry", "silent", "unknown")) == 1
    assert rows["silent"]["relative"] == -0.5
