"""A simulation as people read it: names, notes, and nothing that says nothing."""

import polars as pl

from kaohe.appraisal import parse
from kaohe.appraisal.gathering import Gathered
from kaohe.appraisal.months import days_of
from kaohe.appraisal.simulation import simulate
from kaohe.metrics import exempt
from kaohe.reports.simulation import correlated, on_screen, people, readable, summary
from kaohe.reports.terminal import terminal_text

LINE = "{kind: linear, low: {figure: 0, points: 0}, high: {figure: 100, points: 100}}"
PAY = "pay: {lines: [{id: points, kind: points, amount: 10, missing: block}]}\n"


def scheme(name, talk, more=PAY):
    items = f"""items:
  - {{metric: qa_score, weight: {talk}, scoring: {LINE}}}
  - {{metric: conduct_score, weight: {100 - talk}, scoring: {LINE}}}
ranking: {{judged: 100%}}
"""
    return parse(f"name: {name}\ntitle: {name}\nsource: 店长\n{items}{more}")


def month(people: dict[str, tuple[str | None, float, float | None]]) -> dict[str, Gathered]:
    """November: by id a name, talk and know."""
    rows = [
        (who, metric, value)
        for who, (_, *values) in people.items()
        for metric, value in zip(("qa_score", "conduct_score"), values, strict=True)
    ]
    figures = pl.DataFrame(rows, {"agent_id": pl.String, "metric": pl.String, "value": pl.Float64}, orient="row")
    agents = pl.DataFrame([(who, one[0]) for who, one in people.items()], {"agent_id": pl.String, "name": pl.String}, orient="row")
    numbers = figures.with_columns(numerator=pl.lit(None, pl.Float64), denominator=pl.lit(None, pl.Float64))
    return {"2026-11": Gathered(days_of("2026-11"), numbers, agents, None, None, pl.DataFrame(schema=exempt.OFF))}


THREE = month({"lin": ("林", 100, 50), "mo": ("莫", 50, 100), "wu": (None, 60, 60)})


def test_people_are_called_by_name_and_two_of_one_name_by_their_id_as_well():
    twins = month({"lin": ("林", 100, 50), "lin2": ("林", 50, 100), "wu": (None, 60, 60)})
    assert people(simulate([scheme("old", 50)], twins)).frame["agent_id"].to_list() == ["林 lin", "林 lin2", "wu"]
    assert people(simulate([scheme("old", 50)], THREE)).frame["agent_id"].to_list() == ["林", "莫", "wu"]


def test_who_gains_most_stands_first_and_who_loses_most_last():
    told = people(simulate([scheme("old", 50), scheme("new", 20)], THREE))
    assert told.frame.select("agent_id", "outcome").rows() == [("莫", "多"), ("wu", "不变"), ("林", "少")]
    assert "scheme" not in told.names
    assert "only" not in told.names


def test_of_several_schemes_each_has_its_own_list():
    told = people(simulate([scheme("old", 50), scheme("new", 20), scheme("other", 80)], THREE))
    assert told.frame.select("scheme", "agent_id").rows() == [
        ("new", "莫"),
        ("new", "wu"),
        ("new", "林"),
        ("other", "林"),
        ("other", "wu"),
        ("other", "莫"),
    ]
    assert told.names[0] == "scheme"


def test_only_those_at_either_end_are_on_the_screen():
    everybody = month({f"a{at}": (None, at, 50 - at) for at in range(10)})
    sheets, hidden = on_screen(simulate([scheme("old", 50), scheme("new", 20)], everybody), limit=2)
    assert hidden == 6
    assert sheets[1].frame["agent_id"].to_list() == ["a0", "a1", "a8", "a9"]
    assert on_screen(simulate([scheme("old", 50), scheme("new", 20)], everybody))[1] == 0
    # Who is among the first and among the last is shown once.
    assert on_screen(simulate([scheme("old", 50), scheme("new", 20)], everybody), limit=7)[1] == 0


def test_months_that_can_not_be_compared_are_said_and_pay_that_could_not_be_given():
    found = simulate([scheme("old", 50, ""), scheme("new", 20)], month({"lin": ("林", 100, None), "mo": ("莫", 50, 100)}))
    assert ("unpaid" in summary(found).names, "cost" in summary(found).names) == (True, True)
    assert any("有 1 人有些月份只在一个方案下有工资" in note.zh for note in people(found).notes)
    assert "unpaid" not in summary(simulate([scheme("old", 50)], THREE)).names


def test_a_scheme_not_in_force_is_named_with_its_months():
    late = scheme("late", 20, PAY + "effective_from: 2026-11-02\n")
    notes = [note.zh for note in summary(simulate([scheme("old", 50), late], THREE)).notes]
    assert "late 在这些月份并不生效，这里照样试算：2026-11。" in notes


def test_weak_correlations_stay_off_the_screen_and_that_there_are_none_is_said():
    weak = month({f"a{at}": (None, at % 3 * 10, at // 3 * 10) for at in range(9)})
    found = simulate([scheme("old", 50)], weak)
    assert correlated(found).frame.height == 1
    assert correlated(found, weak=False).frame.height == 0
    assert any("没有相关到" in note.zh for note in correlated(found, weak=False).notes)
    strong = month({f"a{at}": (None, at, 2 * at) for at in range(12)})
    assert correlated(simulate([scheme("old", 50)], strong), weak=False).frame["verdict"].to_list() == ["量的是同一回事"]


def test_every_table_can_be_read_in_both_languages():
    found = simulate([scheme("old", 50), scheme("new", 20)], THREE)
    for lang in ("zh", "en"):
        assert all(terminal_text(sheet, lang) for sheet in readable(found, lang))
    assert "莫" in terminal_text(readable(found, "en")[1], "en")
    assert "gains" in terminal_text(readable(found, "en")[1], "en")


def test_of_nobody_the_tables_are_empty_and_no_trouble():
    for sheet in readable(simulate([scheme("old", 50), scheme("new", 20)], month({}))):
        assert terminal_text(sheet)
