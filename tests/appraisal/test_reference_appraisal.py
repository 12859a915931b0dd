"""The judge of appraisals gives what the pages on schemes and pay say, and what one can work out with a pocket calculator."""

import re
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from textwrap import dedent

import pytest
from ruamel.yaml import YAML

from reference_appraisal import Human, Row, judge
from spec_tables import cells

PAGE = (Path(__file__).parents[2] / "docs/reference/schemes.md").read_text(encoding="utf-8")
NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))


def read(text):
    return YAML(typ="safe").load(text)


def figure(given):
    """`162/438`, `18.5`, or nothing."""
    over, _, under = given.partition("/")
    if not over:
        return None, None, None
    if not under:
        return None, None, float(over)
    return float(over), float(under), float(over) / float(under) if float(under) else None


def rows(table):
    """One row per agent, one column per metric."""
    found = []
    for row in cells(table):
        found += [Row(row["agent"], metric, *figure(cell)) for metric, cell in row.items() if metric != "agent"]
    return found


def judged(scheme, table, people=None, *, before=None, **more):
    found = judge(read(scheme), rows(table), people, period=NOVEMBER, previous=rows(before) if before else (), **more)
    return {
        verdict.human.agent_id if verdict.human.first is None else (verdict.human.agent_id, verdict.human.first.day): verdict
        for verdict in found
    }


def scored(scoring, table, *, item="weight: 100", before=None, targets=None):
    """What an item gives each agent; the table has one metric, which the item looks at."""
    metric = next(name for name in cells(table)[0] if name != "agent")
    scheme = f"items: [{{metric: {metric}, {item}, scoring: {{{scoring}}}}}]"
    found = judged(scheme, table, before=before, targets=targets)
    return {agent: None if (points := verdict.lines[0].scored) is None else float(points) for agent, verdict in found.items()}


def points(scheme, table):
    return {agent: None if verdict.points is None else str(verdict.points) for agent, verdict in judged(scheme, table).items()}


def paid(pay, table, *, rest="", people=None):
    """The lines of pay of each agent."""
    found = judged(f"{dedent(rest)}\npay: {{lines: [{pay}], floor: null}}", table, people)
    return {agent: {line.key: str(line.amount) for line in verdict.pay_lines} for agent, verdict in found.items()}


# The page


def test_the_scheme_on_the_page_gives_what_its_case_on_the_page_says():
    scheme, case = (
        next(block for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.S) if block.startswith(key)) for key in ("name:", "cases:")
    )
    given = read(case)["cases"][0]
    found = []
    for metric, value in given["figures"].items():
        over, under = (value["numerator"], value["denominator"]) if isinstance(value, dict) else (None, None)
        found.append(Row("lin", metric, over, under, over / under if under else float(value)))
    (verdict,) = judge(read(scheme), found, [Human("lin", None, given["agent"]["group"], given["agent"]["role"])], period=NOVEMBER)
    wanted = given["expect"]
    assert verdict.points == wanted["points"]
    assert {line.key: line.points for line in verdict.lines if line.key in wanted["lines"]} == wanted["lines"]
    assert verdict.reasons == wanted["unranked"]
    assert verdict.grade == wanted["grade"]
    assert {gate.key: gate.passed for gate in verdict.gates} == wanted["gates"]
    assert verdict.pay == wanted["pay"]
    assert {line.key: line.amount for line in verdict.pay_lines if line.key in wanted["pay_lines"]} == wanted["pay_lines"]


# Ways of scoring


def test_a_band_holds_its_lower_end_and_not_its_upper_one():
    bands = "kind: bands, bands: [{below: 35%, points: 0}, {at_least: 35%, below: 38.99%, points: 60}, {at_least: 38.99%, points: 80}]"
    assert scored(
        bands,
        """
        agent | reply_rate
        lin   | 35/100
        mo    | 162/438
        chen  | 34999999/100000000
        zhao  | 0.3899
        wu    |
        """,
    ) == {"lin": 60, "mo": 60, "chen": 0, "zhao": 80, "wu": None}


def test_a_line_is_straight_between_its_points_and_flat_beyond():
    line = "kind: linear, low: {figure: 20, points: 100}, high: {figure: 60, points: 0}"
    assert scored(
        line,
        """
        agent | avg_response_seconds
        lin   | 19
        mo    | 30
        chen  | 61/1
        """,
    ) == {"lin": 100, "mo": 75, "chen": 0}


def test_attainment_is_a_share_of_the_target_with_floor_and_cap():
    table = """
        agent | net_sales_amount
        lin   | 12000
        mo    | 9000
        chen  | 7999.99
        """
    assert scored("kind: attainment, target: 10000, floor: 80%", table) == {"lin": 100, "mo": 90, "chen": 0}
    assert scored("kind: attainment, target: 10000, cap: 110%", table, item="max_points: 50") == {"lin": 55, "mo": 45, "chen": 39.99995}
    assert scored("kind: attainment, target: 10000, cap: 110%", table, item="extra: {most: 50}")["lin"] == 50


def test_where_less_is_better_attainment_is_turned_round_and_nothing_at_all_takes_the_cap():
    table = """
        agent | slow_replies
        lin   | 0
        mo    | 10
        chen  | 5
        """
    assert scored("kind: attainment, target: 5", table) == {"lin": 100, "mo": 50, "chen": 100}
    bands = "kind: bands, on: attainment, target: 5, bands: [{below: 1, points: 10}, {at_least: 1, below: 2, points: 50}, {at_least: 2, points: 90}]"
    assert scored(bands, table) == {"lin": 90, "mo": 10, "chen": 50}


def test_targets_are_each_persons_own_and_a_target_of_nothing_is_none():
    targets = {("lin", "net_sales_amount"): 100.0, ("mo", "net_sales_amount"): 200.0, ("chen", "net_sales_amount"): 0.0}
    assert scored(
        "kind: attainment, target: targets",
        """
        agent | net_sales_amount
        lin   | 100
        mo    | 100
        chen  | 100
        zhao  | 100
        """,
        targets=targets,
    ) == {"lin": 100, "mo": 50, "chen": None, "zhao": None}


@pytest.mark.parametrize(
    ("scoring", "item", "wanted"),
    [
        ("points: -2", "extra: {least: -10}", [0, -1, -10]),
        ("points: -2", "weight: 100", [100, 99, 80]),
        ("points: -2, free: 1, each: 3", "weight: 100", [100, 100, 94]),
        ("points: -2, free: 1, each: 2, whole: true", "weight: 100", [100, 100, 92]),
        ("points: 60, start: 0", "max_points: 50", [0, 30, 50]),
    ],
)
def test_points_per_unit_begin_at_their_start_and_stay_within_bounds(scoring, item, wanted):
    table = """
        agent | slow_replies
        chen  | 0
        lin   | 0.5
        mo    | 10
        """
    assert scored(f"kind: per_unit, {scoring}", table, item=item) == dict(zip(("chen", "lin", "mo"), wanted, strict=True))


RANKED = """
    agent | reply_rate
    lin   | 9/10
    mo    | 90/100
    chen  | 0.8
    zhao  | 0.7
    wu    |
    """


def test_equals_share_a_place_and_the_next_counts_everybody_before():
    assert scored("kind: rank, points: [100, 80, 60], rest: 5", RANKED) == {"lin": 100, "mo": 100, "chen": 60, "zhao": 5, "wu": None}


def test_the_percentile_is_the_share_of_the_others_one_does_better_than_equals_counting_half():
    line = "kind: linear, on: percentile, low: {figure: 0, points: 0}, high: {figure: 1, points: 90}"
    assert scored(line, RANKED) == {"lin": 75, "mo": 75, "chen": 30, "zhao": 0, "wu": None}


def test_z_is_the_distance_from_the_mean_and_needs_three():
    line = "kind: linear, on: z, low: {figure: -2, points: 0}, high: {figure: 2, points: 40}"
    table = """
        agent | net_sales_amount
        lin   | 1
        mo    | 2
        chen  | 3
        """
    # The variance of 1, 2, 3 is 2/3, and 1 over its root 1.2247448…
    assert scored(line, table) == {"chen": 32.24745, "mo": 20, "lin": 7.75255}
    assert set(scored(line, "\n".join(table.splitlines()[:-2])).values()) == {None}


def test_change_and_difference_look_at_the_period_before():
    now = """
        agent | reply_rate
        lin   | 0.9
        mo    | 0.9
        chen  | 0.9
        """
    before = """
        agent | reply_rate
        lin   | 0.6
        mo    | 0
        """
    ends = "low: {figure: -1, points: 0}, high: {figure: 1, points: 100}"
    assert scored(f"kind: linear, on: change, {ends}", now, before=before) == {"lin": 75, "mo": None, "chen": None}
    assert scored(f"kind: linear, on: difference, {ends}", now, before=before) == {"mo": 95, "lin": 65, "chen": None}


def test_marks_by_hand_are_the_points_and_beyond_full_marks_refused():
    table = """
        agent | qa_score
        lin   | 79.995
        """
    assert scored("kind: as_is", table) == {"lin": 79.995}
    with pytest.raises(ValueError, match="qa_score"):
        scored("kind: as_is", table, item="max_points: 50")


# Figures


def test_a_composite_is_made_of_the_exact_figures():
    scheme = "items: [{composite: {kind: %s, metrics: [reply_rate, reply_rate_30s]}, better: higher, weight: 100, scoring: {kind: rank, points: [1]}}]"
    table = """
        agent | reply_rate | reply_rate_30s
        lin   | 1/3        | 1/2
        """
    wanted = {"ratio": Fraction(2, 3), "sum": Fraction(5, 6), "difference": Fraction(-1, 6), "mean": Fraction(5, 12)}
    assert {kind: judged(scheme % kind, table)["lin"].lines[0].value for kind in wanted} == wanted


def test_a_composite_has_no_value_over_nothing_or_of_nothing():
    scheme = "items: [{composite: {kind: ratio, metrics: [reply_rate, reply_rate_30s]}, better: higher, weight: 100, scoring: {kind: rank, points: [1]}}]"
    table = """
        agent | reply_rate | reply_rate_30s
        lin   | 1/3        | 0/2
        mo    |            | 1/2
        """
    assert {verdict.lines[0].value for verdict in judged(scheme, table).values()} == {None}


def test_figures_are_taken_from_where_the_item_says():
    given = [
        Row("lin", "reply_rate", None, None, 0.5),
        Row("lin", "reply_rate", None, None, 0.7, "reported"),
        Row("mo", "reply_rate", 0, 0, None),
    ]
    given.append(Row("mo", "reply_rate", None, None, 0.2, "reported"))
    wanted = {
        "computed": [Fraction(1, 2), None],
        "reported": [Fraction(7, 10), Fraction(1, 5)],
        "computed_first": [Fraction(1, 2), Fraction(1, 5)],
        "reported_first": [Fraction(7, 10), Fraction(1, 5)],
    }
    for figures, values in wanted.items():
        scheme = read(f"items: [{{metric: reply_rate, figures: {figures}, weight: 100, scoring: {{kind: rank, points: [1]}}}}]")
        found = {verdict.human.agent_id: verdict.lines[0].value for verdict in judge(scheme, given)}
        assert [found["lin"], found["mo"]] == values


# The total

THREE = """
ranking: {judged: 0}
items:
  - {metric: reply_rate, weight: 33.33, %s, scoring: {kind: linear, low: {figure: 0, points: 0}, high: {figure: 1, points: 100}}}
  - {metric: reply_rate_30s, weight: 33.33, scoring: {kind: linear, low: {figure: 0, points: 0}, high: {figure: 1, points: 100}}}
  - {metric: refund_rate, weight: 33.34, scoring: {kind: linear, low: {figure: 0, points: 100}, high: {figure: 1, points: 0}}}
"""


@pytest.mark.parametrize(
    ("missing", "lines", "total"),
    [
        ("skip", [None, "49.99", "25.01"], "75.00"),
        ("zero", ["0.00", "33.33", "16.67"], "50.00"),
        ("full", ["33.33", "33.33", "16.67"], "83.33"),
        ("block", [None, "33.33", "16.67"], None),
    ],
)
def test_what_a_missing_figure_does_is_said_by_the_item(missing, lines, total):
    table = """
        agent | reply_rate | reply_rate_30s | refund_rate
        lin   |            | 1              | 0.5
        """
    verdict = judged(THREE % f"missing: {missing}", table)["lin"]
    assert [None if line.points is None else str(line.points) for line in verdict.lines] == lines
    assert verdict.points == (None if total is None else Decimal(total))
    assert verdict.reasons == (["blocked"] if total is None else [])


def test_spread_weights_give_what_is_left_to_who_lost_most():
    # 50.0075 and 49.9925 would both round up and make 100.01: the second lost more, of equals the first.
    three = THREE.replace("33.33, scoring", "33.34, scoring").replace("weight: 33.33", "weight: 33.32")
    table = """
        agent | reply_rate | reply_rate_30s | refund_rate
        lin   | 1          | 1              |
        mo    |            | 1              | 0
        """
    found = judged(three % "missing: skip", table)
    assert [str(line.weight) for line in found["lin"].lines] == ["49.98", "50.02", "0.00"]
    assert [str(line.weight) for line in found["mo"].lines] == ["0.00", "50.00", "50.00"]
    assert {str(verdict.points) for verdict in found.values()} == {"100.00"}


@pytest.mark.parametrize(
    ("small", "status", "points"), [("count", "small_sample", "80.00"), ("full", "small_sample", "100.00"), ("skip", "small_sample", None)]
)
def test_a_small_sample_is_marked_and_treated_as_the_scheme_says(small, status, points):
    scheme = f"""
        small_sample: {small}
        items: [{{metric: reply_rate, weight: 100, minimum_sample: 20, scoring: {{kind: linear, low: {{figure: 0, points: 0}}, high: {{figure: 1, points: 100}}}}}}]
        """
    table = """
        agent | reply_rate
        lin   | 8/10
        mo    | 16/20
        """
    found = judged(scheme, table)
    assert (found["lin"].lines[0].status, None if found["lin"].points is None else str(found["lin"].points)) == (status, points)
    assert (found["mo"].lines[0].status, str(found["mo"].points)) == ("scored", "80.00")


def test_an_extra_without_a_figure_adds_and_takes_nothing():
    scheme = """
        missing: zero
        items:
          - {metric: qa_score, weight: 100, scoring: {kind: as_is}}
          - {metric: slow_replies, extra: {least: -10, most: 5}, scoring: {kind: bands, bands: [{below: 1, points: 5}, {at_least: 1, points: -7.5}]}}
        """
    table = """
        agent | qa_score | slow_replies
        lin   | 80       | 0
        mo    | 80       | 3
        chen  | 80       |
        """
    assert points(scheme, table) == {"lin": "85.00", "chen": "80.00", "mo": "72.50"}


def test_an_item_of_parts_is_the_mean_of_the_parts_that_were_judged():
    scheme = """
        items:
          - id: service
            max_points: 50
            parts:
              - {metric: qa_score, weight: 60, scoring: {kind: as_is}}
              - {metric: reply_rate, weight: 40, scoring: {kind: linear, low: {figure: 0, points: 0}, high: {figure: 1, points: 100}}}
        """
    table = """
        agent | qa_score | reply_rate
        lin   | 80       | 0.5
        mo    | 80       |
        chen  |          |
        """
    # (80 × 60 + 50 × 40) ÷ 100 = 68 of 100, of 50 points half of it.
    found = judged(scheme, table)
    assert {agent: verdict.points for agent, verdict in found.items()} == {"mo": Decimal(40), "lin": Decimal(34), "chen": None}
    assert [line.treatment for line in found["mo"].lines[0].parts] == ["count", "skip"]


def test_a_total_begins_at_its_start_and_is_cut_at_its_ends():
    scheme = (
        "total: {start: 60, floor: 0, cap: 100}\nitems: [{metric: net_sales_amount, extra: {least: -99, most: 99}, scoring: {kind: as_is}}]"
    )
    table = """
        agent | net_sales_amount
        lin   | 30.005
        mo    | 70
        chen  | -60.005
        """
    assert points(scheme, table) == {"mo": "100", "lin": "90.01", "chen": "0"}


def test_halves_are_rounded_away_from_nothing_once_at_the_line():
    scheme = (
        "items: [{metric: qa_score, weight: 50, scoring: {kind: as_is}}, {metric: net_sales_amount, weight: 50, scoring: {kind: as_is}}]"
    )
    table = """
        agent | qa_score | net_sales_amount
        lin   | 0.01     | 0.01
        """
    assert points(scheme, table) == {"lin": "0.02"}


# Places, gates, vetoes, grades


def test_places_and_the_reasons_for_none():
    scheme = """
        ranking: {minimum: {metric: served_buyers, at_least: 10}, judged: 60%}
        vetoes: [{metric: slow_replies, at_least: 5, effects: [no_place]}]
        items:
          - {metric: qa_score, weight: 50, scoring: {kind: as_is}}
          - {metric: reply_rate, weight: 50, scoring: {kind: linear, low: {figure: 0, points: 0}, high: {figure: 1, points: 100}}}
        """
    table = """
        agent | qa_score | reply_rate | served_buyers | slow_replies
        lin   | 80       | 0.8        | 10            | 0
        mo    | 90       | 0.7        | 10            |
        chen  | 60       | 0.5        | 10            | 4
        zhao  | 100      | 1          | 9             | 5
        wu    | 100      |            | 10            | 0
        sun   |          |            | 10            | 0
        """
    found = judged(scheme, table)
    assert [(agent, verdict.place, *verdict.reasons) for agent, verdict in found.items()] == [
        ("lin", 1),
        ("mo", 1),
        ("chen", 3),
        ("sun", None, "no_figures"),
        ("wu", None, "little_judged"),
        ("zhao", None, "below_minimum", "vetoed"),
    ]
    assert found["zhao"].points == 100
    assert found["wu"].points is None


GATED = """
gates: [{metric: reply_rate, at_least: 90%%, minimum_sample: 10, %s}]
items:
  - {metric: qa_score, weight: 50, scoring: {kind: as_is}}
  - {id: bonus, metric: qa_score, weight: 50, gated: true, missing: full, scoring: {kind: as_is}}
"""


@pytest.mark.parametrize(
    ("rule", "cell", "said", "total"),
    [
        ("missing: pass", "9/10", ("met", True), 80),
        ("missing: pass", "89/100", ("not_met", False), 40),
        ("missing: pass", "", ("missing", True), 80),
        ("missing: fail", "", ("missing", False), 40),
        ("missing: fail", "1/9", ("small_sample", True), 80),
        ("small_sample: fail", "9/9", ("small_sample", False), 40),
        ("small_sample: count", "1/9", ("small_sample", False), 40),
        ("small_sample: count", "9/9", ("small_sample", True), 80),
    ],
)
def test_a_closed_gate_takes_the_points_of_what_is_gated(rule, cell, said, total):
    verdict = judged(GATED % rule, f"agent | qa_score | reply_rate\nlin | 80 | {cell}")["lin"]
    assert (verdict.gates[0].status, verdict.gates[0].passed) == said
    assert verdict.points == total
    assert verdict.lines[1].treatment == ("count" if total == 80 else "gated")


def test_what_a_veto_does():
    scheme = """
        vetoes: [{metric: slow_replies, above: 2, effects: [%s]}]
        items: [{metric: qa_score, weight: 100, scoring: {kind: as_is}}]
        grades: {bands: [{below: 60, name: C, coefficient: 0.8}, {at_least: 60, name: A}]}
        """
    table = """
        agent | qa_score | slow_replies
        lin   | 80       | 2
        mo    | 90       | 3
        """
    found = {effect: judged(scheme % effect, table) for effect in ("zero_points", "lowest_grade", "no_place")}
    assert {effect: (mo["mo"].points, mo["mo"].grade, mo["mo"].place) for effect, mo in found.items()} == {
        "zero_points": (0, "C", 2),
        "lowest_grade": (90, "C", 1),
        "no_place": (90, "A", None),
    }
    assert all(verdicts["lin"].vetoes == [] and verdicts["lin"].grade == "A" for verdicts in found.values())


def test_grades_by_share_of_full_marks_and_by_place():
    scheme = """
        items: [{metric: qa_score, max_points: 40, scoring: {kind: linear, low: {figure: 0, points: 0}, high: {figure: 100, points: 40}}}]
        grades: {by: %s, bands: [{below: 50%%, name: one}, {at_least: 50%%, name: two}]}
        """
    table = """
        agent | qa_score
        lin   | 90
        mo    | 50
        chen  | 49
        zhao  | 40
        wu    |
        """
    by = {how: {agent: verdict.grade for agent, verdict in judged(scheme % how, table).items()} for how in ("share", "place")}
    assert by["share"] == {"lin": "two", "mo": "two", "chen": "one", "zhao": "one", "wu": None}
    # 1 of 4 is 25 %, 2 of 4 is 50 % already.
    assert by["place"] == {"lin": "one", "mo": "two", "chen": "two", "zhao": "two", "wu": None}


def test_who_ties_in_a_pk_shares_the_prizes_of_the_places_taken_up():
    scheme = "pk: [{metric: net_sales_amount, prizes: [300, 200, 100], ties: %s, minimum: {metric: served_buyers, at_least: 5}}]"
    table = """
        agent | net_sales_amount | served_buyers
        lin   | 100              | 5
        mo    | 100              | 5
        chen  | 50               | 5
        zhao  | 999              | 4
        wu    |                  | 5
        """
    for ties, prizes in (("share", [250, 250, 100, 0, 0]), ("each", [300, 300, 100, 0, 0])):
        found = judged(scheme % ties, table)
        assert [found[agent].podium["net_sales_amount"] for agent in ("lin", "mo", "chen", "zhao", "wu")] == [1, 1, 3, None, None]
        assert [found[agent].prizes["net_sales_amount"] for agent in ("lin", "mo", "chen", "zhao", "wu")] == prizes


# Who


def test_who_is_judged():
    people = [
        Human("lin", None, "一组", "presale", date(2026, 11, 1)),
        Human("mo", None, "二组", "presale", date(2026, 10, 31)),
        Human("chen", None, "一组", "lead"),
    ]
    table = """
        agent | qa_score
        zhao  | 80
        """

    def asked(said):
        return sorted(
            judged(f"applies_to: {{{said}}}\nitems: [{{metric: qa_score, weight: 100, scoring: {{kind: as_is}}}}]", table, people)
        )

    assert asked("") == ["chen", "lin", "mo", "zhao"]
    assert asked("roles: [presale]") == ["lin", "mo"]
    assert asked("groups: [一组]") == ["chen", "lin"]
    assert asked("joined_from: 2026-11-01") == ["lin"]
    assert asked("joined_before: 2026-11-01") == ["chen", "mo", "zhao"]


# Pay

ONE = "items: [{metric: qa_score, weight: 100, scoring: {kind: as_is}}]"


@pytest.mark.parametrize(
    ("line", "amount"),
    [
        ("kind: commission, on: {metric: net_sales_amount}, bands: [{below: 10000, rate: 1%}, {at_least: 10000, rate: 2%}]", "200.00"),
        (
            "kind: commission, on: {metric: net_sales_amount}, mode: whole, bands: [{below: 10000, rate: 1%}, {at_least: 10000, rate: 2%}]",
            "300.00",
        ),
        ("kind: commission, on: {metric: net_sales_amount}, rate: 1%, times: {share: total}", "120.00"),
        (
            "kind: commission, on: net_sales_amount, rate_by: {on: {points: total}, bands: [{below: 80, rate: 1%}, {at_least: 80, rate: 3%}]}",
            "450.00",
        ),
        ("kind: per_unit, on: {metric: slow_replies}, amount: -5, free: 1.5, whole: true", "-10.00"),
        ("kind: per_unit, on: {metric: slow_replies}, amount: -5, free: 9", "0.00"),
        ("kind: tier, by: {item: qa_score}, bands: [{below: 80, amount: 0}, {at_least: 80, amount: 100}]", "100.00"),
        ("kind: points, amount: 0.333", "26.64"),
        ("kind: place, prizes: [500]", "500.00"),
        ("kind: fixed, amount: 100, cap: 99.995", "100.00"),
        ("kind: commission, on: {metric: refund_rate}, rate: 1%", "0.00"),
    ],
)
def test_what_a_line_of_pay_comes_to(line, amount):
    table = """
        agent | qa_score | net_sales_amount | slow_replies
        lin   | 80       | 15000            | 4
        """
    (found,) = paid(f"{{{line}}}", table, rest=ONE)["lin"].values()
    assert found == amount


def test_seven_hundred_and_fifty_points_are_120_yuan_a_day():
    line = "{kind: day_rate, by: {points: total}, bands: [{below: 700, amount: 100}, {at_least: 700, amount: 120}]}"
    table = """
        agent | qa_score | days_worked
        lin   | 750      | 31.5
        """
    rest = "items: [{metric: qa_score, max_points: 1000, scoring: {kind: as_is}}]"
    assert paid(line, table, rest=rest) == {"lin": {"day_rate": "3780.00"}}


def test_a_debt_is_paid_back_at_the_rate_of_the_first_band():
    line = "{kind: commission, on: {metric: net_sales_amount}, bands: [{below: 10000, rate: 1%}, {at_least: 10000, rate: 2%}]}"
    table = """
        agent | qa_score | net_sales_amount
        lin   | 80       | -150
        """
    assert paid(line, table, rest=ONE) == {"lin": {"commission": "-1.50"}}


def test_pay_for_part_of_a_month_and_the_order_of_what_happens_to_an_amount():
    line = "{kind: fixed, amount: 3000, pro_rata: true}, {kind: fixed, amount: 100, coefficient: true, pro_rata: true, floor: 60}"
    rest = f"{ONE}\ngrades: {{bands: [{{name: B, coefficient: 0.5}}]}}"
    found = paid(line, "agent | qa_score\nlin | 80", rest=rest, people=[Human("lin", first=date(2026, 11, 14), last=date(2026, 11, 30))])
    assert found == {("lin", 14): {"fixed": "1700.00", "fixed_2": "60.00"}}


def test_a_section_is_paid_by_its_own_points_and_share():
    rest = """
        ranking: {judged: 0}
        items:
          - {metric: qa_score, weight: 40, section: bracket, scoring: {kind: as_is}}
          - {metric: reply_rate, weight: 60, scoring: {kind: linear, low: {figure: 0, points: 0}, high: {figure: 1, points: 100}}}
        """
    table = """
        agent | qa_score | reply_rate
        lin   | 80       | 1
        mo    | 80       |
        """
    lines = "{kind: points, amount: 1, of: {points: bracket}}, {kind: points, amount: 100, of: {share: bracket}}"
    assert paid(lines, table, rest=rest) == {
        "lin": {"points": "32.00", "points_2": "80.00"},
        "mo": {"points": "80.00", "points_2": "80.00"},
    }


def test_pay_is_the_sum_of_its_lines_with_a_line_where_it_is_cut():
    scheme = f"{ONE}\npay: {{lines: [{{kind: points, amount: -1}}, {{kind: fixed, amount: 50.005}}], cap: -40}}"
    verdict = judged(scheme.replace(", cap: -40", ""), "agent | qa_score\nlin | 80")["lin"]
    assert [(line.key, str(line.amount)) for line in verdict.pay_lines] == [("points", "-80.00"), ("fixed", "50.01"), ("floor", "29.99")]
    assert verdict.pay == 0


def test_without_days_there_is_no_pay_and_no_line_that_rounds_it_off():
    verdict = judged(
        f"{ONE}\npay: {{lines: [{{kind: day_rate, amount: 100}}, {{kind: fixed, amount: -5}}]}}", "agent | qa_score\nlin | 80"
    )["lin"]
    assert verdict.pay is None
    assert [(line.key, line.amount, line.missing) for line in verdict.pay_lines] == [("day_rate", 0, True), ("fixed", -5, False)]
