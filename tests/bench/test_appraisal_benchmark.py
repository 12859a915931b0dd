"""The benchmark of appraising runs, on little data."""

from kaohe.appraisal import appraise
from kaohe.bench.appraisals import MANY, YEAR, figures, measure, scheme
from kaohe.bench.report import Benchmark


def test_it_times_an_appraisal_and_a_simulation_with_all_its_tables():
    timed = measure(1, lambda _: None, agents=30, agents_of_month=5, months="2026-01..2026-02")
    assert timed[MANY].result == 30
    results, people, months, schemes, items, pairs = 2 * 2 * 5, 2 * 5, 2 * 2, 2, 2 * 12, 2 * 66
    assert timed[YEAR].result == results + people + months + schemes + items + pairs
    written = Benchmark(1000, 1)
    written.appraisals(timed)
    assert "10,000 agents" in written.text("", "")


def test_its_figures_are_the_same_every_time_and_rank_everybody_by_twelve_items():
    assert figures(20, 3).equals(figures(20, 3))
    assert not figures(20, 3).equals(figures(20, 4))
    found = appraise(scheme(), figures(200, 3))
    assert len(scheme().items) == 12
    assert {one.grade for one in found.statements} == {"A", "B", "C"}
    assert len(found.ranked) > 190
