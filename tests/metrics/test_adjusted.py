"""The adjusted comparison: direct standardisation by hand, what is pooled, what is not shown, and that strata add up to the raw figure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import reduce
from itertools import count
from operator import add
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_event_agreement import imported
from test_event_agreement import source as source_of

import event_strategies as strategies
from counting import source, table
from kaohe.errors import Failure
from kaohe.metrics.adjusted import COMPARISON, adjusted
from kaohe.metrics.cases import BUNDLES, BY_UNIT, OF_FAMILY, STRATA, cells, strata_of
from kaohe.metrics.catalogue import CATALOGUE, FAMILIES
from kaohe.metrics.figures import figures
from kaohe.metrics.intervals import interval
from kaohe.metrics.responses import METRICS
from kaohe.metrics.source import Ask, Source
from kaohe.metrics.standard import Stratum, Sums, pooled, standard, standardised


@dataclass(frozen=True)
class Talk:
    """A contact: messages 20 minutes apart from the full hour on, each answered by the agent after so many seconds; None: never, which only the last one is."""

    agent: str
    hour: int
    waits: tuple[int | None, ...]
    shop: str = "s1"
    aftersale: bool = False

    @property
    def stratum(self) -> tuple[str, bool, int]:
        return self.shop, not self.aftersale, self.hour


def written(talks: Iterable[Talk]) -> str:
    """The talks as tables. Every shop has an order, so that inquiries are known; who comes after a sale paid the day before."""
    said, orders = ["shop | buyer | sender | agent | sent_at"], ["shop | order | buyer | created_at | paid_at | amount"]
    talks = list(talks)
    for number, talk in enumerate(talks):
        for place, wait in enumerate(talk.waits):
            asked = talk.hour * 3600 + place * 1200
            said.append(f"{talk.shop} | b{number} | buyer | {talk.agent} | {clock(asked)}")
            if wait is not None:
                said.append(f"{talk.shop} | b{number} | agent | {talk.agent} | {clock(asked + wait)}")
        if talk.aftersale:
            orders.append(f"{talk.shop} | o{number} | b{number} | 2026-09-30 09:00:00 | 2026-09-30 09:00:00 | 10.00")
    orders += [
        f"{shop} | o-{shop} | stranger | 2026-09-30 09:00:00 | 2026-09-30 09:00:00 | 10.00" for shop in {talk.shop for talk in talks}
    ]
    return "\n".join(said) + "\norders:\n" + "\n".join(orders)


def clock(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


def talks(agent: str, hour: int, quick: int, of: int, **more: Any) -> list[Talk]:
    """`of` contacts of one message each, of which `quick` answered within 30 s."""
    return [Talk(agent, hour, (10 if number < quick else 100,), **more) for number in range(of)]


Compare = Callable[..., dict[str, dict[str, Any]]]


@pytest.fixture
def compare(tmp_path: Path) -> Compare:
    """`compare(talks or text, metric, ...)`: the rows of the comparison by agent."""
    folders = (tmp_path / str(number) for number in count())

    def comparing(given: Sequence[Talk] | str, metric: str = "reply_rate_30s", /, **more: Any) -> dict[str, dict[str, Any]]:
        shops = {name: more.pop(name) for name in ("accounts", "zone_of") if name in more}
        made = source(next(folders), given if isinstance(given, str) else written(given), **shops)
        return by_agent(adjusted(made, metric, **more))

    return comparing


def by_agent(frame: pl.DataFrame) -> dict[str, dict[str, Any]]:
    assert dict(frame.schema) == COMPARISON
    return {row["agent_id"]: row for row in frame.iter_rows(named=True)}


SHIFTS = [*talks("lin", 9, 36, 40), *talks("lin", 20, 6, 10), *talks("mo", 9, 9, 10), *talks("mo", 20, 28, 40)]
"""The example of docs/reference/adjusted.md."""


def near(*ends: float) -> Any:
    return pytest.approx(ends, abs=0.00005)


def strata(made: Source, metric: str) -> dict[str, dict[int | None, tuple[Fraction, Fraction]]]:
    """What is divided, by agent and hour."""
    found = cells(made, CATALOGUE[metric], Ask(None, None, ("agent_id",)), ("hour",))
    return {agent: {stratum.hour: (sums.over, sums.under) for stratum, sums in own.items()} for agent, own in found.items()}


def test_who_works_evenings_is_set_right(compare: Compare) -> None:
    """早上两人一样，晚上莫更好；莫的原数低，只是因为晚上接得多。"""
    found = compare(SHIFTS)
    lin, mo = found["lin"], found["mo"]
    assert (lin["numerator"], lin["denominator"], lin["value"], lin["place"]) == (42, 50, 0.84, 1)
    assert (mo["numerator"], mo["denominator"], mo["value"], mo["place"]) == (37, 50, 0.74, 2)
    assert (lin["adjusted"], lin["adjusted_place"], lin["comparable_place"]) == (0.75, 2, 1)
    assert (mo["adjusted"], mo["adjusted_place"], mo["comparable_place"]) == (0.8, 1, 2)
    assert (lin["low"], lin["high"]) == near(0.7149, 0.9166)
    assert (mo["low"], mo["high"]) == near(0.6045, 0.8413)
    assert (lin["adjusted_low"], lin["adjusted_high"]) == near(0.5684, 0.8724)
    assert (mo["adjusted_low"], mo["adjusted_high"]) == near(0.6330, 0.9027)
    assert [row["alike"] for row in (lin, mo)] == [1, 1]
    assert [row["covered"] for row in (lin, mo)] == [1.0, 1.0]
    assert [row["strata"] for row in (lin, mo)] == ["hour+shop+inquiry"] * 2


def test_aftersale_contacts_are_told_from_inquiries(compare: Compare) -> None:
    both = [
        *talks("lin", 9, 30, 30),
        *talks("lin", 9, 5, 10, aftersale=True),
        *talks("mo", 9, 10, 10),
        *talks("mo", 9, 15, 30, aftersale=True),
    ]
    found = compare(both)
    assert (found["lin"]["value"], found["mo"]["value"]) == (35 / 40, 25 / 40)
    assert (found["lin"]["adjusted"], found["mo"]["adjusted"]) == (0.75, 0.75)
    without = compare(both, strata=("hour", "shop"))
    assert without["mo"]["adjusted"] == without["mo"]["value"]
    assert without["mo"]["strata"] == "hour+shop"


def test_where_no_orders_were_imported_nobody_can_tell_inquiries(compare: Compare) -> None:
    text = written([*talks("lin", 9, 10, 12), *talks("lin", 9, 0, 10)]).split("orders:")[0]
    found = compare(text)["lin"]
    assert (found["adjusted"], found["covered"]) == (found["value"], 1.0)


def test_one_stratum_gives_the_raw_figure_and_its_interval(compare: Compare) -> None:
    found = compare([*talks("lin", 9, 9, 12), *talks("mo", 9, 3, 12)])
    for row in found.values():
        assert row["adjusted"] == row["value"]
        assert (row["adjusted_low"], row["adjusted_high"]) == pytest.approx((row["low"], row["high"]), abs=1e-12)


def test_ten_of_ten_in_each_stratum_is_no_certainty(compare: Compare) -> None:
    found = compare([*talks("lin", 9, 10, 10), *talks("lin", 20, 10, 10), *talks("mo", 9, 5, 10), *talks("mo", 20, 5, 10)])["lin"]
    assert found["adjusted"] == 1
    assert (found["adjusted_low"], found["adjusted_high"]) == pytest.approx(interval(20, 20), abs=1e-12)


def test_who_never_works_evenings_gets_no_adjusted_figure(compare: Compare) -> None:
    """覆盖正好 80 % 的给，不到的不给；名次只在有校正值的人之间排。"""
    team = [*talks("mo", 9, 30, 30), *talks("mo", 20, 5, 20), *talks("lin", 9, 20, 50)]
    found = compare(team)
    assert (found["lin"]["covered"], found["lin"]["comparable"], found["lin"]["adjusted"]) == (0.8, True, 0.4)
    fewer = compare([*team, *talks("mo", 20, 0, 1)])
    assert (fewer["lin"]["comparable"], fewer["lin"]["adjusted_place"], fewer["lin"]["comparable_place"]) == (False, None, None)
    assert fewer["lin"]["place"] == 2
    assert fewer["lin"]["covered"] == pytest.approx(80 / 101)
    assert (fewer["mo"]["adjusted_place"], fewer["mo"]["comparable_place"], fewer["mo"]["place"]) == (1, 1, 1)


def test_a_figure_that_hangs_on_few_cases_is_not_shown(compare: Compare) -> None:
    """林晚上只有 10 条，却要代表全队九成的量：校正后的区间比原数的宽出 2 倍以上，不给。"""
    found = compare([*talks("lin", 9, 180, 200), *talks("lin", 20, 5, 10), *talks("mo", 20, 1000, 1900), *talks("mo", 9, 10, 12)])["lin"]
    assert found["covered"] == 1
    assert found["adjusted_high"] - found["adjusted_low"] > 2 * (found["high"] - found["low"])
    assert (found["comparable"], found["adjusted_place"]) == (False, None)


def test_a_small_sample_has_no_place_no_group_and_nothing_adjusted(compare: Compare) -> None:
    found = compare([*talks("lin", 9, 9, 9), *talks("mo", 9, 5, 10)])
    assert [found["lin"][name] for name in ("enough", "place", "alike", "comparable", "adjusted_place")] == [False, None, None, False, None]
    assert [found["mo"][name] for name in ("enough", "place", "alike", "comparable", "adjusted_place")] == [True, 1, 1, True, 1]
    assert list(found) == ["mo", "lin"]
    assert compare([*talks("lin", 9, 9, 9), *talks("mo", 9, 5, 10)], minimum=9)["lin"]["place"] == 1


def test_one_message_is_no_stratum_of_its_own(compare: Compare) -> None:
    """林晚上只有一条，没答好；全队一半的量在晚上。这一条不代表林的晚上：当作没有。"""
    found = compare([*talks("lin", 9, 50, 50), *talks("lin", 20, 0, 1), *talks("mo", 9, 1, 10), *talks("mo", 20, 30, 60)])["lin"]
    assert found["adjusted"] == 1
    assert found["covered"] == pytest.approx(60 / 121)


def test_small_hours_are_put_together_within_their_part_of_the_day(compare: Compare) -> None:
    """9 点 4 条、10 点 6 条合成上午一层；13 点 3 条、20 点 3 条合起来仍不足 10，不算；15 点够 10 条，单独一层。"""
    lin = [*talks("lin", 9, 4, 4), *talks("lin", 10, 1, 6), *talks("lin", 13, 3, 3), *talks("lin", 15, 5, 10), *talks("lin", 20, 3, 3)]
    mo = [*talks("mo", 9, 10, 20), *talks("mo", 10, 10, 20), *talks("mo", 15, 10, 20)]
    found = compare([*lin, *mo])["lin"]
    # The morning's weight is that of both hours: (24 + 26) of 86; that of 15 o'clock 30 of 86.
    assert found["covered"] == pytest.approx(80 / 86)
    assert found["adjusted"] == pytest.approx((50 * 5 / 10 + 30 * 5 / 10) / 80)
    more = compare([*lin, *talks("lin", 21, 0, 4), *mo])["lin"]
    # 3 + 3 + 4 left over of the whole day make a stratum of ten, six of them quick.
    assert more["covered"] == 1
    assert more["adjusted"] == pytest.approx((50 * 5 / 10 + 30 * 5 / 10 + 10 * 6 / 10) / 90)


def test_strata_are_never_pooled_across_shops_or_kinds_of_contacts() -> None:
    cases = {
        Stratum("s1", True, 9): shares(5, 5),
        Stratum("s2", True, 9): shares(5, 5),
        Stratum("s1", False, 9): shares(5, 5),
        Stratum("s1", None, 9): shares(5, 5),
    }
    assert pooled(cases, 6) == []
    assert len(pooled(cases, 5)) == 4


def test_a_contact_over_two_hours_is_one_case_at_its_first_hour(tmp_path: Path) -> None:
    """跨两个小时的接待只是一个个案，算在第一条考核消息的小时；各层加起来是原数。"""
    text = """
        buyer | sender | agent | sent_at
        ------+--------+-------+---------
        b1    | buyer  |       | 09:59:00
        b1    | agent  | lin   | 09:59:10
        b1    | buyer  |       | 10:01:00
        b1    | agent  | lin   | 12:01:00
        """
    assert strata(source(tmp_path, text), "effective_reply_rate") == {"lin": {9: (0, 1)}}


def test_messages_of_nobody_are_no_part_of_the_team(compare: Compare) -> None:
    text = written([*talks("lin", 9, 10, 20)]).replace(
        "\norders:", "\n" + "\n".join(f"s1 | x{number} | buyer | | 20:00:00" for number in range(20)) + "\norders:"
    )
    found = compare(text)
    assert set(found) == {"lin"}
    assert (found["lin"]["adjusted"], found["lin"]["covered"]) == (0.5, 1)


def test_one_shop_may_be_compared_alone(compare: Compare) -> None:
    both = [*talks("lin", 9, 10, 20), *talks("lin", 9, 20, 20, shop="s2"), *talks("mo", 9, 15, 20)]
    apart = compare(both, shop="s1")
    assert apart == compare([talk for talk in both if talk.shop == "s1"])
    together = compare(both)
    assert (together["lin"]["value"], together["mo"]["comparable"]) == (0.75, False)
    assert together["lin"]["adjusted"] == pytest.approx((10 / 20 * 40 + 20) / 60)


def test_a_mean_has_the_interval_of_its_bundles(compare: Compare) -> None:
    """三捆：10 秒；20、30 秒；60 秒。平均 30 秒，残差 −20、−10、30，方差 1400 ÷ 4² × 3/2。"""
    found = compare([Talk("lin", 9, (10,)), Talk("lin", 9, (20, 30)), Talk("lin", 9, (60,))], "avg_response_seconds", minimum=4)["lin"]
    assert (found["numerator"], found["denominator"], found["value"], found["adjusted"]) == (120, 4, 30, 30)
    spread = 1.959963984540054 * math.sqrt(1400 / 16 * 1.5)
    assert (found["low"], found["high"]) == pytest.approx((30 - spread, 30 + spread))
    assert (found["adjusted_low"], found["adjusted_high"]) == pytest.approx((30 - spread, 30 + spread))
    assert found["comparable"]


def test_a_mean_of_one_bundle_has_no_interval_and_is_not_shown(compare: Compare) -> None:
    found = compare([Talk("lin", 9, (10, 20, 30))], "avg_response_seconds", minimum=3)["lin"]
    assert [found[name] for name in ("low", "high", "adjusted_low", "adjusted_high", "comparable")] == [None] * 4 + [False]
    assert found["place"] == 1


def test_where_less_is_better_the_quickest_is_first(compare: Compare) -> None:
    found = compare([*talks("lin", 9, 0, 20), *talks("mo", 9, 20, 20)], "avg_response_seconds")
    assert [(agent, row["place"], row["alike"], row["adjusted_place"]) for agent, row in found.items()] == [
        ("mo", 1, 1, 1),
        ("lin", 2, 2, 2),
    ]


def test_a_metric_without_a_direction_has_groups_but_no_places(compare: Compare) -> None:
    found = compare(SHIFTS, "avg_reply_chars", minimum=1)
    assert {row["place"] for row in found.values()} <= {None}
    assert {row["adjusted_place"] for row in found.values()} <= {None}


def test_days_off_are_left_out_of_the_strata_as_of_the_figure(compare: Compare) -> None:
    text = written([*talks("lin", 9, 10, 20), *talks("mo", 9, 10, 20)])
    away = text + "\nleaves:\nagent | first_day | reason\nmo | 2026-10-01 | 年假\n"
    assert set(compare(away)) == {"lin"}
    off = text + "\nexemptions:\nshop | first_day | covers | reason\ns1 | 2026-10-01 | response | 国庆\n"
    assert compare(off) == {}


def test_an_agent_of_two_accounts_is_one_person(compare: Compare) -> None:
    accounts = table(
        "accounts",
        {"shop_id": "s1", "account": "lin", "agent_id": "林"},
        {"shop_id": "s1", "account": "mo", "agent_id": "林"},
    )
    found = compare(SHIFTS, accounts=accounts)
    assert list(found) == ["林"]
    assert (found["林"]["denominator"], found["林"]["adjusted"], found["林"]["covered"]) == (100, found["林"]["value"], 1)


def test_hours_are_those_of_the_shop(compare: Compare) -> None:
    zones = {"s1": "Asia/Shanghai", "s2": "America/New_York"}
    both = [*talks("lin", 9, 10, 20), *talks("lin", 9, 20, 20, shop="s2"), *talks("mo", 9, 15, 20), *talks("mo", 9, 10, 20, shop="s2")]
    found = compare(both, zone_of=zones, strata=("hour",))
    assert [row["adjusted"] for row in found.values()] == [row["value"] for row in found.values()]


def test_satisfaction_is_told_apart_by_the_contact_it_is_about(compare: Compare) -> None:
    """林 30 位询单、10 位售后，莫反过来；询单都满意，售后都不满意：两人一样。"""
    said = [Talk(agent, 9, (10,), aftersale=number % 40 >= of) for agent, of in (("lin", 30), ("mo", 10)) for number in range(40)]
    rated = [
        f"s1 | r{number} | b{number} | {talk.agent} | 2026-10-01 10:00:00 | {1 if talk.aftersale else 5}"
        for number, talk in enumerate(said)
    ]
    text = written(said) + "\nratings:\nshop | rating | buyer | agent | rated_at | stars\n" + "\n".join(rated)
    found = compare(text, "satisfaction_rate")
    assert [(row["value"], row["adjusted"]) for row in found.values()] == [(0.75, 0.5), (0.25, 0.5)]
    assert [row["adjusted_place"] for row in found.values()] == [1, 1]


def test_thirds_of_orders_are_exact(tmp_path: Path) -> None:
    """一单由三人平分：每人三分之一，浮点误差不影响名次。"""
    said = [
        f"s1 | b{number} | {sender} | {agent} | 09:00:{second}"
        for number in range(10)
        for sender, agent, second in (("buyer", "", "00"), ("agent", "lin", "10"), ("agent", "mo", "20"), ("agent", "chen", "30"))
    ]
    orders = [f"s1 | o{number} | b{number} | 2026-10-01 10:00:00 | 2026-10-01 10:00:00 | 9.00" for number in range(10)]
    refunds = [
        f"s1 | r{number} | o{number} | 2026-10-01 11:00:00 | 2026-10-01 12:00:00 | 9.00 | refund_only | success" for number in range(7)
    ]
    text = "\n".join(
        [
            "shop | buyer | sender | agent | sent_at",
            *said,
            "orders:",
            "shop | order | buyer | created_at | paid_at | amount",
            *orders,
            "refunds:",
            "shop | refund | order | applied_at | completed_at | amount | type | status",
            *refunds,
        ]
    )
    thirds = {10: (Fraction(7, 3), Fraction(10, 3))}
    assert strata(source(tmp_path, text, credit="even"), "refund_rate") == {"lin": thirds, "mo": thirds, "chen": thirds}


def test_what_is_no_quotient_of_the_same_cases_is_not_adjusted(compare: Compare) -> None:
    orders = "orders:\nshop | order | buyer | created_at | paid_at | amount\n"
    text = (
        written(talks("lin", 9, 3, 3)).split("orders:")[0]
        + orders
        + "\n".join(f"s1 | o{number} | b{number} | 2026-10-01 10:00:00 | 2026-10-01 10:00:00 | 10.00" for number in range(3))
    )
    found = compare(text, "average_order_value", minimum=1)["lin"]
    assert (found["value"], found["place"], found["alike"]) == (10, 1, 1)
    assert [found[name] for name in ("strata", "covered", "adjusted", "comparable", "adjusted_place")] == [None] * 5


@pytest.mark.parametrize("metric", ["served_buyers", "sales_amount", "median_response_seconds", "ad_roi"])
def test_counts_amounts_and_figures_of_shops_can_not_be_compared(compare: Compare, metric: str) -> None:
    with pytest.raises(Failure) as raised:
        compare(SHIFTS[:1], metric)
    assert [problem.code.name for problem in raised.value.problems] == ["not_comparable"]


def test_an_unknown_metric_or_stratum_is_said(compare: Compare) -> None:
    with pytest.raises(Failure, match="reply_rate_30s"):
        compare(SHIFTS[:1], "reply_rate_30")
    with pytest.raises(Failure, match="hour, shop, inquiry"):
        compare(SHIFTS[:1], strata=("hour", "weekday"))


def test_no_data_give_no_rows(compare: Compare) -> None:
    assert compare("sender | sent_at") == {}
    assert compare(SHIFTS[:2], first=date(2026, 10, 2), last=date(2026, 10, 3)) == {}
    assert compare(SHIFTS[:2], shop="s9") == {}


def test_every_ratio_of_replies_knows_its_cases() -> None:
    ratios = {metric.id for metric in METRICS if metric.over is not None and metric.under is not None}
    assert {*BUNDLES, BY_UNIT} == ratios
    assert set(OF_FAMILY) <= {family.id for family in FAMILIES}


# The plain judge


def shares(met: int, of: int) -> Sums:
    """So many cases of a share, each its own bundle."""
    return Sums(Fraction(met), Fraction(of), of, Fraction(met), Fraction(met), Fraction(of))


Case = tuple[str, tuple[Any, ...], float]
"""Agent, stratum of shop, inquiry and hour, and what the case adds to the numerator."""


def judged(given: Sequence[Case], minimum: int) -> dict[str, tuple[float, float | None]]:
    """Covered and adjusted of every agent, once more in plain Python."""
    found: dict[str, tuple[float, float | None]] = {}
    for agent in {agent for agent, _, _ in given}:
        own: dict[tuple[Any, ...], list[float]] = {}
        for who, stratum, met in given:
            if who == agent:
                own.setdefault(stratum, []).append(met)
        home: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        for stratum, mine in own.items():
            small = [one for one in own if one[:2] == stratum[:2] and len(own[one]) < minimum]
            part = [one for one in small if one[2] // 6 == stratum[2] // 6]
            parts_enough = {quarter for quarter in range(4) if sum(len(own[one]) for one in small if one[2] // 6 == quarter) >= minimum}
            rest = [one for one in small if one[2] // 6 not in parts_enough]
            if len(mine) >= minimum:
                home[stratum] = (stratum,)
            elif sum(len(own[one]) for one in part) >= minimum:
                home[stratum] = tuple(sorted(part))
            elif sum(len(own[one]) for one in rest) >= minimum:
                home[stratum] = tuple(sorted(rest))
        weight = {stratum: sum(other == stratum for _, other, _ in given) / len(given) for stratum in home}
        covered = sum(weight.values())
        rate = {stratum: mean([met for one in together for met in own[one]]) for stratum, together in home.items()}
        found[agent] = covered, sum(weight[one] * rate[one] for one in home) / covered if home else None
    return found


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


AGENTS = ("lin", "mo", "chen")
SMALL = settings(max_examples=7, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@st.composite
def teams(draw: st.DrawFn) -> list[Talk]:
    """Some talks of few agents at few hours. Only the last message of a talk may stay unanswered."""
    found = []
    for _ in range(draw(st.integers(1, 14))):
        waits: list[int | None] = draw(st.lists(st.sampled_from([10, 30, 31, 200]), max_size=2))
        found.append(
            Talk(
                draw(st.sampled_from(AGENTS)),
                draw(st.sampled_from([9, 10, 14, 20])),
                (*waits, draw(st.sampled_from([10, 40, None]))),
                draw(st.sampled_from(["s1", "s1", "s2"])),
                draw(st.booleans()),
            )
        )
    return found


@SMALL
@given(teams(), st.integers(1, 5))
def test_the_adjusted_figure_of_messages_and_contacts_equals_the_judges(team: list[Talk], minimum: int) -> None:
    with TemporaryDirectory() as folder:
        made = source(Path(folder), written(team))
        of_messages = by_agent(adjusted(made, "reply_rate_30s", minimum=minimum))
        of_waits = by_agent(adjusted(made, "avg_response_seconds", minimum=minimum))
        of_contacts = by_agent(adjusted(made, "reply_rate_3min", minimum=minimum))
    messages = [(talk.agent, talk.stratum, float(wait is not None and wait <= 30)) for talk in team for wait in talk.waits]
    waits = [(talk.agent, talk.stratum, float(wait)) for talk in team for wait in talk.waits if wait is not None]
    contacts = [(talk.agent, talk.stratum, float(all(wait is not None and wait <= 180 for wait in talk.waits))) for talk in team]
    for found, cases in ((of_messages, messages), (of_waits, waits), (of_contacts, contacts)):
        expected = judged(cases, minimum)
        assert {agent for agent, row in found.items() if row["denominator"]} == set(expected)
        for agent, (covered, ratio) in expected.items():
            assert found[agent]["covered"] == pytest.approx(covered)
            assert found[agent]["adjusted"] == (None if ratio is None else pytest.approx(ratio))


COUNTS = st.integers(0, 12).flatmap(lambda of: st.integers(0, of).map(lambda met: shares(met, of)))
STRATUM = st.builds(Stratum, st.sampled_from(["s1", "s2"]), st.sampled_from([True, False, None]), st.sampled_from([*range(24), None]))
PEOPLE = st.dictionaries(st.sampled_from(AGENTS), st.dictionaries(STRATUM, COUNTS, max_size=8), min_size=1)


@given(PEOPLE, st.integers(1, 20))
def test_laws_of_the_standard(people: dict[str, dict[Stratum, Sums]], minimum: int) -> None:
    weights = standard(people.values())
    for own in people.values():
        mine = standardised(own, weights, minimum, share=True)
        kept = pooled(own, minimum)
        assert all(sums.under >= minimum for _, sums in kept)
        assert sum(len(strata) for strata, _ in kept) == len(frozenset().union(*(strata for strata, _ in kept)))
        backwards = standardised(dict(reversed(own.items())), dict(reversed(weights.items())), minimum, share=True)
        assert mine == backwards
        if mine is None:
            assert not kept
            continue
        ratios = [sums.ratio for _, sums in kept]
        assert 0 < mine.covered <= 1
        assert min(ratios) <= mine.ratio <= max(ratios)
        assert mine.variance is not None
        assert mine.variance >= 0
        assert mine.cases is not None
        assert minimum <= mine.cases <= sum(sums.under for _, sums in kept)


@given(st.dictionaries(STRATUM, st.tuples(st.integers(1, 5), st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=6))
def test_who_has_the_teams_own_mix_keeps_the_raw_figure(mix: dict[Stratum, tuple[int, int, int]]) -> None:
    people = {
        "lin": {stratum: shares(min(met, 10 * size), 10 * size) for stratum, (size, met, _) in mix.items()},
        "mo": {stratum: shares(min(met, 20 * size), 20 * size) for stratum, (size, _, met) in mix.items()},
    }
    weights = standard(people.values())
    for own in people.values():
        found = standardised(own, weights, 10, share=True)
        whole = reduce(add, own.values())
        assert found is not None
        assert (found.ratio, found.covered) == (whole.ratio, 1)


@settings(SMALL, max_examples=5)
@given(st.data())
def test_the_strata_of_every_metric_add_up_to_its_figure(data: st.DataObject) -> None:
    world, rules = data.draw(strategies.worlds()), data.draw(strategies.packs())
    first, last = data.draw(strategies.periods(world))
    with TemporaryDirectory() as folder:
        made = source_of(imported(Path(folder), world), rules)
        raw = figures(made, by=("agent",), first=first, last=last).filter(pl.col("agent_id").is_not_null())
        for metric in CATALOGUE.values():
            if strata_of(metric):
                assert_adds_up(made, metric.id, raw, Ask(first, last, ("agent_id",)))


@settings(SMALL, max_examples=5)
@given(teams(), st.sampled_from(["message", "turn", "contact", "session"]))
def test_in_every_unit_of_a_pack_strata_add_up(team: list[Talk], unit: str) -> None:
    with TemporaryDirectory() as folder:
        made = source(Path(folder), written(team), unit=unit)
        raw = figures(made, by=("agent",), metrics=[BY_UNIT])
        assert_adds_up(made, BY_UNIT, raw, Ask(None, None, ("agent_id",)))


def assert_adds_up(made: Source, metric: str, raw: pl.DataFrame, ask: Ask) -> None:
    one = CATALOGUE[metric]
    of_agents = cells(made, one, ask, strata_of(one, STRATA))
    for agent, over, under in raw.filter(pl.col("metric") == metric).select("agent_id", "numerator", "denominator").iter_rows():
        sums = of_agents.get(agent, {}).values()
        assert float(sum(part.over for part in sums) / one.per) == pytest.approx(over or 0), (metric, agent)
        assert float(sum(part.under for part in sums) / one.per_under) == pytest.approx(under or 0), (metric, agent)
