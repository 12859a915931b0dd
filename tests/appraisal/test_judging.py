"""From figures to points and places: missing figures, small samples, ties, who is judged, and the working that is shown."""

import json
from decimal import Decimal
from textwrap import dedent

import polars as pl
import pytest

from kaohe.appraisal import Scheme, appraise
from kaohe.definitions import load
from kaohe.errors import Failure

BANDS = (
    "scoring: {kind: bands, bands: [{below: 35%, points: 40}, {at_least: 35%, below: 38.99%, points: 60}, {at_least: 38.99%, points: 100}]}"
)
SECONDS = "scoring: {kind: bands, bands: [{below: 18, points: 100}, {at_least: 18, below: 35, points: 80}, {at_least: 35, points: 0}]}"


def scheme(items: str, head: str = "") -> Scheme:
    text = f"name: mine\ntitle: 我的方案\nsource: 店长\n{dedent(head)}items:\n{items}"
    return load(Scheme, text, "mine.yaml")


def item(metric: str = "reply_rate_30s", worth: str = "weight: 100", scoring: str = BANDS, more: str = "") -> str:
    return f"  - metric: {metric}\n    {worth}\n    {scoring}\n" + (f"    {more}\n" if more else "")


def three(more: str = "", head: str = "") -> Scheme:
    """Three items worth 50, 30 and 20; `more` is said of the first."""
    return scheme(
        item("reply_rate_30s", "weight: 50", more=more)
        + item("avg_response_seconds", "weight: 30", SECONDS)
        + item("reply_rate", "weight: 20"),
        head,
    )


def figures(*rows: tuple) -> pl.DataFrame:
    """Rows of agent, metric and either a value or numerator and denominator."""
    full = [(*row[:2], None, None, row[2]) if len(row) == 3 else (*row, row[2] / row[3] if row[3] else None) for row in rows]
    number = pl.Float64
    schema = {"agent_id": pl.String, "metric": pl.String, "numerator": number, "denominator": number, "value": number}
    return pl.DataFrame(
        [(row[0], row[1], *(None if part is None else float(part) for part in row[2:])) for row in full], schema, orient="row"
    )


def good(agent: str, *left_out: str) -> list[tuple]:
    rows = [(agent, "reply_rate_30s", 162, 438), (agent, "avg_response_seconds", 4000, 200), (agent, "reply_rate", 100, 100)]
    return [row for row in rows if row[1] not in left_out]


def lines(result, agent="lin"):
    return {line.item.key: None if line.points is None else str(line.points) for line in result.statement(agent).lines}


def places(result):
    return [(statement.place, statement.agent_id) for statement in result.statements]


def test_points_are_the_bands_points_times_the_weight():
    result = appraise(three(), figures(*good("lin")))
    assert lines(result) == {"reply_rate_30s": "30.00", "avg_response_seconds": "24.00", "reply_rate": "20.00"}
    assert result.statement("lin").points == Decimal("74.00")
    assert result.statement("lin").place == 1


def test_points_may_be_given_as_they_are_and_added_up():
    direct = scheme(
        item(worth="max_points: 500", scoring="scoring: {kind: bands, bands: [{below: 35%, points: 200}, {at_least: 35%, points: 350}]}")
    )
    result = appraise(direct, figures(("lin", "reply_rate_30s", 162, 438)))
    assert (result.statement("lin").points, direct.full) == (350, 500)


@pytest.mark.parametrize(
    ("numerator", "denominator", "points"),
    [(35, 100, 60), (349999, 1000000, 40), (3899, 10000, 100), (389899999, 1000000000, 60), (7, 20, 60), (0, 5, 40), (5, 5, 100)],
)
def test_a_figure_on_a_boundary_falls_in_the_band_it_begins(numerator, denominator, points):
    result = appraise(scheme(item()), figures(("lin", "reply_rate_30s", numerator, denominator)))
    assert result.statement("lin").points == points


def test_a_quotient_no_float_can_hold_is_compared_exactly():
    # 2.1 / 3 is 0.7 exactly, and 0.7000000000000001 in floats; a third is below every rounding of it upwards.
    bands = "scoring: {kind: bands, bands: [{below: 0.7000000000000001, points: 0}, {at_least: 0.7000000000000001, points: 100}]}"
    assert 2.1 / 3 == 0.7000000000000001
    result = appraise(scheme(item("qa_ratio", scoring=bands)), figures(("lin", "qa_ratio", 2.1, 3)))
    assert result.statement("lin").points == 0


def test_the_quotient_decides_and_not_the_float_beside_it():
    rows = figures(("lin", "reply_rate_30s", 7, 20)).with_columns(value=pl.col("value") - 1e-12)
    assert appraise(scheme(item()), rows).statement("lin").points == 60


def test_a_value_between_bands_written_with_gaps_lands_where_a_person_expects():
    # A pay table in the wild says 39–41.99 and then 42; 客单价 69.95 and 转化率 41.995 fell to the lowest.
    bands = (
        "scoring: {kind: bands, bands: [{below: 39%, points: 70}, {at_least: 39%, below: 42%, points: 90}, {at_least: 42%, points: 100}]}"
    )
    result = appraise(scheme(item(scoring=bands)), figures(("lin", "reply_rate_30s", 0.41995)))
    assert result.statement("lin").points == 90


@pytest.mark.parametrize(
    ("value", "points"), [(0.5, "0.00"), (0.6, "0.00"), (0.775, "50.00"), (0.95, "100.00"), (1, "100.00"), (0.61, "2.86")]
)
def test_linear_points_lie_on_the_line_and_stop_at_its_ends(value, points):
    linear = "scoring: {kind: linear, low: {figure: 60%, points: 0}, high: {figure: 95%, points: 100}}"
    assert str(appraise(scheme(item(scoring=linear)), figures(("lin", "reply_rate_30s", value))).statement("lin").points) == points


def test_less_can_be_better_on_a_line():
    linear = "scoring: {kind: linear, low: {figure: 20, points: 100}, high: {figure: 60, points: 0}}"
    result = appraise(scheme(item("avg_response_seconds", scoring=linear)), figures(("lin", "avg_response_seconds", 30)))
    assert result.statement("lin").points == 75


def test_the_weight_of_a_missing_figure_goes_to_the_other_items():
    result = appraise(three(), figures(*good("lin", "reply_rate_30s")))
    assert [str(line.weight) for line in result.statement("lin").lines] == ["0.00", "60.00", "40.00"]
    assert lines(result) == {"reply_rate_30s": None, "avg_response_seconds": "48.00", "reply_rate": "40.00"}
    assert result.statement("lin").points == 88


def test_spread_weights_add_up_to_the_whole_so_full_marks_stay_full_marks():
    thirds = scheme(
        "".join(item(metric, "weight: 25") for metric in ("reply_rate_30s", "reply_rate_3min", "reply_rate_5min", "reply_rate"))
    )
    rows = [("lin", metric, 10, 10) for metric in ("reply_rate_30s", "reply_rate_3min", "reply_rate")]
    result = appraise(thirds, figures(*rows))
    assert [str(line.weight) for line in result.statement("lin").lines] == ["33.34", "33.33", "0.00", "33.33"]
    assert result.statement("lin").points == 100


@pytest.mark.parametrize(("policy", "line", "total"), [("zero", "0.00", "44.00"), ("full", "50.00", "94.00"), ("block", None, "None")])
def test_a_missing_figure_is_treated_as_the_scheme_says(policy, line, total):
    for judged in (three(f"missing: {policy}"), three(head=f"missing: {policy}\n")):
        result = appraise(judged, figures(*good("lin", "reply_rate_30s")))
        assert lines(result)["reply_rate_30s"] == line
        assert str(result.statement("lin").points) == total


def test_an_agent_whom_a_missing_figure_blocks_has_no_place_and_is_told_why():
    result = appraise(three("missing: block"), figures(*good("lin"), *good("mo", "reply_rate_30s")))
    assert places(result) == [(1, "lin"), (None, "mo")]
    (reason,) = result.statement("mo").reasons
    assert (reason.kind, reason.item.key) == ("blocked", "reply_rate_30s")


def test_a_zero_denominator_is_no_figure_and_never_zero():
    rows = figures(*good("lin", "reply_rate_30s"), ("lin", "reply_rate_30s", 0, 0)).with_columns(pl.col("value").fill_null(0.0))
    line = appraise(three(), rows).statement("lin").lines[0]
    assert (line.status, line.treatment, line.points) == ("missing", "skip", None)


@pytest.mark.parametrize(
    ("policy", "first", "total"),
    [("count", "30.00", "74.00"), ("skip", None, "88.00"), ("zero", "0.00", "44.00"), ("full", "50.00", "94.00")],
)
def test_a_small_sample_is_marked_and_treated_as_the_scheme_says(policy, first, total):
    result = appraise(three(f"minimum_sample: 439\n    small_sample: {policy}"), figures(*good("lin")))
    line = result.statement("lin").lines[0]
    assert (line.status, line.marked, line.sample) == ("small_sample", True, 438)
    assert lines(result)["reply_rate_30s"] == first
    assert str(result.statement("lin").points) == total


def test_a_sample_of_exactly_the_minimum_is_enough():
    line = appraise(three("minimum_sample: 438"), figures(*good("lin"))).statement("lin").lines[0]
    assert (line.status, line.marked) == ("scored", False)


def test_ties_share_a_place_and_the_next_place_counts_everybody_before():
    rows = [(agent, "reply_rate_30s", share, 100) for agent, share in [("zhao", 10), ("mo", 36), ("lin", 37), ("chen", 90)]]
    assert places(appraise(scheme(item()), figures(*rows))) == [(1, "chen"), (2, "lin"), (2, "mo"), (4, "zhao")]


def test_who_served_too_few_is_listed_without_a_place_and_keeps_his_points():
    minimum = three(head="ranking: {minimum: {metric: served_buyers, at_least: 10}}\n")
    rows = [*good("lin"), *good("mo"), *good("chen"), ("lin", "served_buyers", 10), ("mo", "served_buyers", 9)]
    result = appraise(minimum, figures(*rows))
    assert places(result) == [(1, "lin"), (None, "chen"), (None, "mo")]
    assert [reason.kind for reason in result.statement("mo").reasons] == ["below_minimum"]
    assert result.statement("mo").points == 74


def test_who_can_be_judged_by_less_than_half_gets_no_total():
    rows = [*good("lin", "avg_response_seconds", "reply_rate"), *good("mo", "reply_rate_30s", "reply_rate")]
    result = appraise(three(), figures(*rows))
    assert places(result) == [(1, "lin"), (None, "mo")]
    assert result.statement("mo").points is None
    assert appraise(three(head="ranking: {judged: 30%}\n"), figures(*rows)).statement("mo").place is not None


def test_nobody_is_judged_by_rows_without_an_agent():
    result = appraise(scheme(item()), figures((None, "reply_rate_30s", 1, 2), ("lin", "reply_rate_30s", 1, 2)))
    assert places(result) == [(1, "lin")]


AGENTS = pl.DataFrame(
    {
        "agent_id": ["lin", "mo", "chen", "wu"],
        "name": ["林", "莫", "陈", "吴"],
        "group": ["一组", "一组", "二组", None],
        "role": ["presale", "aftersale", "presale", "qa"],
    }
)


def test_a_scheme_is_applied_to_its_roles_and_groups_only():
    rows = [(agent, "reply_rate_30s", 1, 2) for agent in ("lin", "mo", "chen", "zhao")]
    by_role = appraise(scheme(item(), "applies_to: {roles: [presale]}\n"), figures(*rows), AGENTS)
    assert (places(by_role), by_role.outside) == ([(1, "chen"), (1, "lin")], ("mo", "zhao"))
    both = appraise(scheme(item(), "applies_to: {roles: [presale], groups: [一组]}\n"), figures(*rows), AGENTS)
    assert (places(both), both.outside) == ([(1, "lin")], ("chen", "mo", "zhao"))


def test_a_scheme_for_some_roles_needs_the_roster():
    with pytest.raises(Failure, match="no roster"):
        appraise(scheme(item(), "applies_to: {roles: [presale]}\n"), figures(("lin", "reply_rate_30s", 1, 2)))


def test_who_stands_in_the_roster_without_figures_is_listed_as_such():
    result = appraise(scheme(item()), figures(("lin", "reply_rate_30s", 1, 2)), AGENTS)
    assert places(result) == [(1, "lin"), (None, "chen"), (None, "mo"), (None, "wu")]
    assert [reason.kind for reason in result.statement("wu").reasons] == ["no_figures"]
    assert result.statement("lin").name == "林"


def test_a_roster_may_lack_all_but_the_ids():
    result = appraise(scheme(item()), figures(("lin", "reply_rate_30s", 1, 2)), AGENTS.select("agent_id"))
    assert result.statement("lin").role is None


def test_nobody_at_all_is_an_empty_ranking_with_the_same_columns():
    empty = appraise(scheme(item()), figures())
    some = appraise(scheme(item()), figures(("lin", "reply_rate_30s", 1, 2)))
    assert [frame.schema for frame in empty.to_frames()] == [frame.schema for frame in some.to_frames()]
    assert [frame.height for frame in empty.to_frames()] == [0, 0]


def test_figures_that_can_not_be_trusted_are_refused_all_at_once():
    rows = figures(
        ("lin", "reply_rate_30s", 1, 2),
        ("lin", "reply_rate_30s", 1, 3),
        ("mo", "reply_rate_30s", float("nan")),
        ("chen", "reply_rate_30s", 1, 2),
    ).with_columns(value=pl.when(pl.col("agent_id") == "chen").then(0.9).otherwise("value"))
    with pytest.raises(Failure) as caught:
        appraise(scheme(item()), rows)
    assert [problem.code.name for problem in caught.value.problems] == ["figure_twice", "figure_not_finite", "figure_contradicts"]
    assert "lin has 2 figures" in caught.value.text("en")


def test_figures_the_scheme_does_not_use_are_ignored():
    rows = figures(("lin", "reply_rate_30s", 1, 2), ("lin", "qa_ratio", float("nan")), ("mo", "qa_ratio", 1, 2))
    result = appraise(scheme(item()), rows.with_columns(shop_id=pl.lit("s1")))
    assert places(result) == [(1, "lin"), (None, "mo")]


def test_a_frame_without_the_columns_is_a_mistake_of_the_program():
    with pytest.raises(ValueError, match="metric"):
        appraise(scheme(item()), pl.DataFrame({"agent_id": ["lin"]}))


def test_the_working_reads_line_by_line_in_both_languages():
    from kaohe.appraisal import words

    result = appraise(three(), figures(*good("lin")))
    statement = result.statement("lin")
    assert words.statement(statement, result, "zh") == [
        "30秒应答率：162 ÷ 438 = 36.99 %；35 % 至 38.99 %（不含）；60 分 × 50 ÷ 100 = 30 分",
        "平均响应时间：4,000 ÷ 200 = 20.00 秒；18 秒 至 35 秒（不含）；80 分 × 30 ÷ 100 = 24 分",
        "回复率：100 ÷ 100 = 100.00 %；38.99 % 及以上；100 分 × 20 ÷ 100 = 20 分",
        "总分 74.00（满分 100）",
        "第 1 名，共 1 人",
    ]
    assert words.statement(statement, result, "en")[0] == (
        "Answered within 30 s: 162 ÷ 438 = 36.99 %; 35 % to under 38.99 %; 60 × 50 ÷ 100 = 30 points"
    )


def test_the_working_says_what_was_done_with_missing_figures_and_small_samples():
    from kaohe.appraisal import words

    head = "missing: zero\nranking: {minimum: {metric: served_buyers, at_least: 10}}\n"
    result = appraise(three("minimum_sample: 500", head), figures(*good("lin", "reply_rate"), ("lin", "served_buyers", 9)))
    assert words.statement(result.statement("lin"), result) == [
        "30秒应答率：162 ÷ 438 = 36.99 %（样本 438，少于 500）；不计，权重分给其他项",
        "平均响应时间：4,000 ÷ 200 = 20.00 秒；18 秒 至 35 秒（不含）；80 分 × 60 ÷ 100 = 48 分",
        "回复率：无数据；按 0 分计；0 分 × 40 ÷ 100 = 0 分",
        "总分 48.00（满分 100）",
        "不排名：接待人数 9，少于排名要求的 10",
    ]


def test_a_figure_just_short_of_a_band_is_not_shown_as_having_reached_it():
    (line,) = appraise(scheme(item()), figures(("lin", "reply_rate_30s", 349999, 1000000))).to_frames()[1]["working"]
    assert "= 34.9999 %；35 % 以下" in line


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_reason_can_be_said(lang):
    head = "ranking: {minimum: {metric: served_buyers, at_least: 10}}\n"
    rows = [
        *good("lin", "reply_rate_30s"),
        *good("mo", "avg_response_seconds", "reply_rate_30s"),
        ("chen", "reply_rate_30s", None, None, None),
    ]
    rows = [row for row in rows if len(row) == 4]
    result = appraise(three("missing: block", head), figures(*rows, ("wu", "served_buyers", 3)))
    reasons = result.to_frames(lang)[0].select("agent_id", "reason").rows()
    assert len(reasons) == 3
    assert all(reason and "None" not in reason for _, reason in reasons)


def test_the_frames_hold_the_ranking_and_the_working():
    result = appraise(
        three(),
        figures(*good("lin"), *good("mo", "reply_rate_30s"), ("wu", "reply_rate", None)),
        AGENTS.filter(pl.col("agent_id") != "chen"),
    )
    ranking, working = result.to_frames()
    assert ranking.select("place", "agent_id", "name", "points", "max_points").rows() == [
        (1, "mo", "莫", Decimal("88.00"), Decimal(100)),
        (2, "lin", "林", Decimal("74.00"), Decimal(100)),
        (None, "wu", "吴", None, Decimal(100)),
    ]
    assert ranking["reason"].to_list() == [None, None, "没有任何一项的数据"]
    assert working.height == 9
    row = working.row(by_predicate=(pl.col("agent_id") == "lin") & (pl.col("item") == "reply_rate_30s"), named=True)
    assert {
        name: row[name]
        for name in ("item_name", "numerator", "denominator", "at_least", "below", "scored", "out_of", "status", "treatment")
    } == {
        "item_name": "30秒应答率",
        "numerator": 162.0,
        "denominator": 438.0,
        "at_least": 0.35,
        "below": 0.3899,
        "scored": 60.0,
        "out_of": 100.0,
        "status": "scored",
        "treatment": "count",
    }
    assert (row["band"], row["weight"], row["points"]) == ("35 % 至 38.99 %（不含）", Decimal("50.00"), Decimal("30.00"))


def test_statements_are_json_that_loses_nothing():
    result = appraise(three(), figures(*good("lin")))
    (statement,) = json.loads(json.dumps(result.to_dicts()))
    line = statement["lines"][0]
    assert (statement["points"], line["exact"], line["scored"], line["weight"], line["points"]) == ("74.00", "27/73", "60", "50", "30.00")
    assert line["band"] == {"at_least": "0.35", "below": "0.3899", "points": "60"}


def test_an_unknown_agent_has_no_statement():
    with pytest.raises(KeyError):
        appraise(three(), figures(*good("lin"))).statement("mo")
