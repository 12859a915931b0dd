"""Reported figures combined over days, accounts and shops: sums, weighted means, and no day twice."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counting import table
from kaohe.errors import Failure
from kaohe.facts import Facts
from kaohe.lake import Lake, SourceFile
from kaohe.metrics.reported import combined, left_out
from kaohe.metrics.source import Source
from kaohe.model.people import Roster
from kaohe.packs import Parameters

NOBODY = table("accounts"), table("agents")


def day(number: int) -> dt.date:
    return dt.date(2026, 4, number)


@pytest.fixture
def reports(tmp_path):
    """A source whose reports are the rows given: of the shop `north`, by default a report `r` of lin and of 1 April."""

    def made(*rows: dict, roster=NOBODY, platform: str = "generic", final_after: int = 0) -> Source:
        lake = Lake.create(tmp_path / "lake")
        filled = []
        for row in rows:
            whole = {"shop_id": "north", "report": "r", "agent_id": "lin", "first_day": day(1), **row}
            filled.append({"last_day": whole["first_day"], **whole})
        with lake.stage() as stage:
            stage.add("reported", table("reported", *filled), 0)
            stage.commit([SourceFile("r", "", "", len(filled), 0, 0)])
        chosen = Parameters(sales_final_after_days=final_after)
        shops = table("shops", *({"shop_id": shop, "platform": platform} for shop in ("north", "south")))
        return Source(Facts(lake, lake.snapshot(), lambda _shop, _day: chosen), Roster(*roster), shops, lambda _shop, _day: chosen)

    return made


def found(source: Source, figure: str, *by: str, **days) -> dict:
    """(numerator, denominator, value) by group."""
    rows = combined(source, by=by, figures=[figure], **days)
    return {
        row[: len(by)] if len(by) > 1 else row[0] if by else None: row[-3:]
        for row in rows.select(*(name for name in rows.columns[: len(by)]), "numerator", "denominator", "value").iter_rows()
    }


# Weights


def test_the_average_and_the_rates_of_one_row_times_its_weight(reports):
    source = reports({"need_human_buyers": 200, "avg_response_seconds": 12, "reply_rate_3min": 0.98, "reply_rate_30s": 0.875})
    assert found(source, "reply_rate_30s", "agent") == {"lin": (175, 200, 0.875)}
    assert found(source, "reply_rate_3min", "agent") == {"lin": (196, 200, 0.98)}
    assert found(source, "avg_response_seconds", "agent") == {"lin": (2400, 200, 12)}


def test_tmall_satisfaction_is_weighted_by_those_served(reports):
    source = reports(
        {"satisfaction_rate": 0.8, "effective_served_buyers": 10},
        {"satisfaction_rate": 1.0, "effective_served_buyers": 1, "first_day": day(2)},
    )
    assert found(source, "satisfaction_rate", "agent")["lin"][2] == pytest.approx(9 / 11)


def test_jd_satisfaction_is_good_ratings_over_good_and_bad_ones(reports):
    source = reports({"good_ratings": 1, "bad_ratings": 1}, {"good_ratings": 1, "bad_ratings": 0, "first_day": day(2)})
    assert found(source, "satisfaction_rate", "agent") == {"lin": (2, 3, pytest.approx(2 / 3))}


def test_where_all_ratings_are_told_they_are_the_denominator(reports):
    source = reports({"good_ratings": 4, "bad_ratings": 1, "ratings": 8})
    assert found(source, "satisfaction_rate", "agent") == {"lin": (4, 8, 0.5)}


def test_without_the_weight_one_row_keeps_its_value_and_two_have_none(reports):
    source = reports({"first_response_seconds": 5}, {"first_response_seconds": 15, "first_day": day(2)})
    assert found(source, "first_response_seconds", "agent") == {"lin": (None, None, None)}
    assert found(source, "first_response_seconds", "agent", last=day(1)) == {"lin": (None, None, 5)}


def test_one_row_without_the_weight_leaves_the_mean_unknown(reports):
    source = reports({"reply_rate_3min": 0.5, "need_human_buyers": 10}, {"reply_rate_3min": 1.0, "first_day": day(2)})
    assert found(source, "reply_rate_3min", "agent")["lin"][2] is None


def test_rows_are_combined_by_a_weight_they_share(reports):
    """PDD gives who needed a person, Douyin sessions; rows of one kind are not weighed by the other."""
    source = reports(
        {"reply_rate_3min": 0.5, "need_human_buyers": 10, "served_buyers": 30},
        {"reply_rate_3min": 1.0, "served_buyers": 10, "first_day": day(2)},
    )
    assert found(source, "reply_rate_3min", "agent") == {"lin": (25, 40, 0.625)}


def test_a_dash_adds_nothing_and_takes_nothing(reports):
    source = reports(
        {"reply_rate_3min": 0.5, "need_human_buyers": 10}, {"reply_rate_3min": None, "need_human_buyers": 90, "first_day": day(2)}
    )
    assert found(source, "reply_rate_3min", "agent") == {"lin": (5, 10, 0.5)}


def test_a_rate_over_nobody_is_none_whatever_the_export_prints(reports):
    source = reports({"reply_rate_3min": 0.0, "need_human_buyers": 0})
    assert found(source, "reply_rate_3min", "agent") == {"lin": (0, 0, None)}


def test_counts_and_money_add_up_over_days_and_agents(reports):
    source = reports(
        {"served_buyers": 3, "sales_amount": 10},
        {"served_buyers": 4, "sales_amount": 5, "first_day": day(2)},
        {"served_buyers": 5, "sales_amount": 1, "agent_id": "mo"},
    )
    assert found(source, "served_buyers", "agent") == {"lin": (7, None, 7), "mo": (5, None, 5)}
    assert found(source, "sales_amount", "shop") == {"north": (16, None, 16)}
    assert found(source, "served_buyers", "agent", "day") == {
        ("lin", day(1)): (3, None, 3),
        ("lin", day(2)): (4, None, 4),
        ("mo", day(1)): (5, None, 5),
    }


# Days


def test_a_row_of_several_days_stands_on_no_day_and_only_in_a_period_that_holds_it(reports):
    source = reports({"served_buyers": 30, "first_day": day(1), "last_day": day(7)}, {"served_buyers": 2, "first_day": day(8)})
    assert found(source, "served_buyers", "agent") == {"lin": (32, None, 32)}
    assert found(source, "served_buyers", "agent", first=day(2)) == {"lin": (2, None, 2)}
    assert found(source, "served_buyers", "agent", "day") == {("lin", day(8)): (2, None, 2)}
    assert left_out(source, by=("agent",), first=day(2)) == 1
    assert left_out(source, by=("agent", "day")) == 1
    assert left_out(source, by=("agent",)) == 0


def test_two_reports_of_one_day_never_add_up(reports):
    source = reports(
        {"report": "b", "served_buyers": 3, "exported_on": day(2)},
        {"report": "a", "served_buyers": 4, "exported_on": day(3)},
        {"report": "c", "served_buyers": 5, "good_ratings": 1, "ratings": 2},
    )
    assert found(source, "served_buyers", "agent") == {"lin": (4, None, 4)}
    assert found(source, "satisfaction_rate", "agent") == {"lin": (1, 2, 0.5)}


def test_of_reports_as_new_as_each_other_the_first_by_name_is_taken(reports):
    source = reports({"report": "b", "served_buyers": 3}, {"report": "a", "served_buyers": 4})
    assert found(source, "served_buyers", "agent") == {"lin": (4, None, 4)}


def test_a_month_and_its_days_are_not_both_counted(reports):
    source = reports(
        {"report": "month", "served_buyers": 100, "last_day": day(30)},
        {"report": "daily", "served_buyers": 3},
        {"report": "daily", "served_buyers": 4, "first_day": day(2)},
        {"report": "daily", "served_buyers": 5, "agent_id": "mo"},
    )
    assert found(source, "served_buyers", "agent") == {"lin": (100, None, 100), "mo": (5, None, 5)}
    assert found(source, "served_buyers", "agent", last=day(2)) == {"lin": (7, None, 7), "mo": (5, None, 5)}


def test_spans_that_overlap_in_part_are_taken_once(reports):
    source = reports(
        {"report": "a", "served_buyers": 70, "first_day": day(1), "last_day": day(7)},
        {"report": "b", "served_buyers": 30, "first_day": day(7), "last_day": day(9)},
        {"report": "b", "served_buyers": 10, "first_day": day(10)},
    )
    assert found(source, "served_buyers", "agent") == {"lin": (80, None, 80)}


# The shop's own rows


def test_a_shops_own_row_stands_for_the_shop_and_its_agents_are_not_added_to_it(reports):
    source = reports(
        {"agent_id": None, "report": "shop", "consulting_buyers": 9, "first_day": day(1)},
        {"consulting_buyers": 6, "inquiries": 2},
        {"consulting_buyers": 5, "inquiries": 3, "agent_id": "mo"},
    )
    rows = combined(source, by=("shop",), figures=["consulting_buyers", "inquiries"])
    assert rows.select("figure", "value", "rows", "whole").rows() == [("consulting_buyers", 9, 1, True), ("inquiries", 5, 2, False)]
    assert found(source, "consulting_buyers", "agent") == {"lin": (6, None, 6), "mo": (5, None, 5)}


def test_shops_are_kept_apart_unless_asked_for_together(reports):
    source = reports({"served_buyers": 3}, {"served_buyers": 4, "shop_id": "south"})
    assert found(source, "served_buyers", "shop") == {"north": (3, None, 3), "south": (4, None, 4)}
    assert found(source, "served_buyers", "platform") == {"generic": (7, None, 7)}


# People


def test_accounts_count_for_their_owner_of_the_day(reports):
    accounts = table(
        "accounts",
        {"shop_id": "north", "account": "甲店:01", "agent_id": "lin", "valid_to": day(1)},
        {"shop_id": "north", "account": "甲店:01", "agent_id": "mo", "valid_from": day(2)},
    )
    agents = table("agents", {"agent_id": "lin", "group": "一组"}, {"agent_id": "mo", "group": "二组"})
    source = reports(
        {"agent_id": "甲店:01", "served_buyers": 3},
        {"agent_id": "甲店:01", "served_buyers": 4, "first_day": day(2)},
        {"agent_id": "甲店:01", "served_buyers": 50, "first_day": day(1), "last_day": day(2), "report": "both"},
        roster=(accounts, agents),
    )
    assert found(source, "served_buyers", "agent", "day") == {("lin", day(1)): (3, None, 3), ("mo", day(2)): (4, None, 4)}
    assert found(source, "served_buyers", "group", last=day(1)) == {"一组": (3, None, 3)}
    # A row over the day of the change can not be split: it is nobody's, and not lost.
    assert found(source, "served_buyers", "agent") == {None: (50, None, 50)}


# Final or not


def test_sales_are_provisional_when_exported_too_soon_and_services_never_are(reports):
    rows = [{"inquiries": 5, "served_buyers": 5, "first_day": day(number), "exported_on": day(20)} for number in (16, 17, 18)]
    source = reports(*rows, final_after=3)
    by_day = combined(source, by=("day",), figures=["inquiries", "served_buyers"])
    marked = {(row["day"].day, row["figure"]) for row in by_day.iter_rows(named=True) if row["provisional"]}
    assert marked == {(18, "inquiries")}
    assert combined(source, by=("agent",), figures=["inquiries"])["provisional"].to_list() == [True]


def test_without_a_day_of_export_it_is_the_day_after_the_reports_last(reports):
    rows = [{"inquiries": 5, "first_day": day(number)} for number in (1, 2, 3, 4)]
    source = reports(*rows, {"inquiries": 9, "first_day": day(1), "report": "other", "agent_id": "mo"}, final_after=3)
    marked = combined(source, by=("agent", "day"), figures=["inquiries"]).filter("provisional")
    assert marked.select("agent_id", "day").rows() == [("lin", day(3)), ("lin", day(4)), ("mo", day(1))]


def test_with_no_days_to_wait_nothing_is_provisional(reports):
    assert not combined(reports({"inquiries": 5, "exported_on": day(2)}))["provisional"].any()


# Edges


def test_nothing_reported_gives_no_rows_in_the_usual_columns(reports):
    empty = combined(reports(), by=("shop", "agent", "day"))
    assert empty.is_empty()
    assert empty.columns == ["shop_id", "agent_id", "day", "figure", "numerator", "denominator", "value", "rows", "provisional", "whole"]
    assert empty.schema["day"] == pl.Date()


@pytest.mark.parametrize(
    ("asked", "code"), [({"figures": ["served_buyer"]}, "unknown_reported_figure"), ({"by": ("hour",)}, "reported_not_by")]
)
def test_unknown_names_are_refused_with_the_nearest(reports, asked, code):
    with pytest.raises(Failure) as failed:
        combined(reports({"served_buyers": 1}), **asked)
    assert failed.value.problems[0].code.name == code
    assert code != "unknown_reported_figure" or "served_buyers" in failed.value.text("en")


# The slow judge

ROW = st.fixed_dictionaries(
    {
        "agent_id": st.sampled_from(["lin", "mo"]),
        "report": st.sampled_from(["a", "b"]),
        "start": st.integers(1, 5),
        "length": st.integers(0, 3),
        "exported_on": st.sampled_from([None, day(20), day(21)]),
        "served_buyers": st.sampled_from([None, 0, 3, 8]),
        "need_human_buyers": st.sampled_from([None, 0, 2, 5]),
        "reply_rate_3min": st.sampled_from([None, 0.0, 0.25, 1.0]),
    }
)


def judged(rows: list[dict], figure: str, first: int, last: int) -> dict[str, float | None]:
    """What the rules say of each agent, row by row."""
    found: dict[str, float | None] = {}
    for agent in ("lin", "mo"):
        mine = [row for row in rows if row["agent_id"] == agent and row[figure] is not None]
        mine = [row for row in mine if first <= row["start"] and row["start"] + row["length"] <= last]
        mine.sort(key=lambda row: (-row["length"], -(row["exported_on"] or dt.date.min).toordinal(), row["report"], row["start"]))
        taken: list[dict] = []
        for row in mine:
            days = set(range(row["start"], row["start"] + row["length"] + 1))
            if all(days.isdisjoint(range(other["start"], other["start"] + other["length"] + 1)) for other in taken):
                taken.append(row)
        if not taken:
            continue
        if figure == "served_buyers":
            found[agent] = sum(row[figure] for row in taken)
            continue
        weights = ("need_human_buyers", "served_buyers")
        weight = next((name for name in weights if all(row[name] is not None for row in taken)), None)
        if weight is None:
            found[agent] = taken[0][figure] if len(taken) == 1 else None
        else:
            under = sum(row[weight] for row in taken)
            found[agent] = sum(row[figure] * row[weight] for row in taken) / under if under else None
    return found


@settings(max_examples=150, deadline=None)
@given(st.lists(ROW, max_size=8), st.integers(1, 4), st.integers(4, 8))
def test_any_reports_are_combined_as_a_slow_judge_combines_them(rows, first, last):
    # Of rows with one key the lake keeps one.
    rows = list({(row["agent_id"], row["report"], row["start"], row["length"]): row for row in rows}.values())
    made = [
        {
            "shop_id": "north",
            "first_day": day(row["start"]),
            "last_day": day(row["start"] + row["length"]),
            **{name: value for name, value in row.items() if name not in ("start", "length")},
        }
        for row in rows
    ]
    facts = SimpleNamespace(table=lambda _name: table("reported", *made))
    source = Source(facts, Roster(*NOBODY), table("shops", {"shop_id": "north", "platform": "generic"}), lambda _shop, _day: Parameters())
    for figure in ("served_buyers", "reply_rate_3min"):
        assert found_by_agent(source, figure, first, last) == pytest.approx(judged(rows, figure, first, last), nan_ok=True)


def found_by_agent(source: Source, figure: str, first: int, last: int) -> dict[str, float | None]:
    rows = combined(source, by=("agent",), figures=[figure], first=day(first), last=day(last))
    return dict(rows.select("agent_id", "value").iter_rows())
