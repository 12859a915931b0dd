"""Who stood where on which day: joiners, leavers, changes of role and group."""

from datetime import date

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from kaohe.model.people import Roster
from kaohe.model.tables import TABLES

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)


def rows(name, *given_rows):
    return pl.DataFrame(list(given_rows), schema=TABLES[name].schema)


def roster(agents, positions=()):
    return Roster(rows("accounts"), rows("agents", *agents), rows("positions", *positions))


def stints(people):
    return [
        tuple(row[name] for name in ("agent_id", "role", "group", "first", "last"))
        for row in people.stints(FIRST, LAST).iter_rows(named=True)
    ]


LIN = {"agent_id": "lin", "role": "presale", "group": "一组"}


def day(number):
    return date(2026, 11, number)


def test_without_changes_the_whole_period_is_one_stretch():
    assert stints(roster([LIN])) == [("lin", "presale", "一组", FIRST, LAST)]


def test_joiners_and_leavers_have_the_days_they_were_there():
    assert stints(roster([{**LIN, "joined_on": day(14)}])) == [("lin", "presale", "一组", day(14), LAST)]
    assert stints(roster([{**LIN, "left_on": day(14)}])) == [("lin", "presale", "一组", FIRST, day(14))]
    assert stints(roster([{**LIN, "left_on": date(2026, 10, 31)}])) == []


def test_a_change_begins_on_its_day_and_what_it_leaves_empty_stays():
    found = stints(roster([LIN], [{"agent_id": "lin", "valid_from": day(11), "role": "aftersale"}]))
    assert found == [("lin", "presale", "一组", FIRST, day(10)), ("lin", "aftersale", "一组", day(11), LAST)]


def test_a_change_before_the_period_holds_throughout_and_one_after_it_not_at_all():
    positions = [
        {"agent_id": "lin", "valid_from": date(2026, 9, 1), "role": "mixed"},
        {"agent_id": "lin", "valid_from": date(2026, 12, 1), "role": "qa"},
    ]
    assert stints(roster([LIN], positions)) == [("lin", "mixed", "一组", FIRST, LAST)]


def test_a_row_that_says_what_held_already_is_no_new_stretch():
    assert stints(roster([LIN], [{"agent_id": "lin", "valid_from": day(11), "role": "presale"}])) == [
        ("lin", "presale", "一组", FIRST, LAST)
    ]


def test_going_away_and_coming_back_are_two_stretches_of_the_same_role():
    positions = [
        {"agent_id": "lin", "valid_from": day(5), "role": "aftersale"},
        {"agent_id": "lin", "valid_from": day(9), "role": "presale"},
    ]
    assert [role for _, role, *_ in stints(roster([LIN], positions))] == ["presale", "aftersale", "presale"]


@given(
    st.dictionaries(st.integers(1, 30), st.sampled_from(("presale", "aftersale", "mixed")), max_size=5),
    st.integers(1, 30),
    st.integers(1, 30),
)
def test_stretches_cover_every_day_of_employment_once_with_the_role_of_that_day(changes, joined, left):
    people = roster(
        [{**LIN, "joined_on": day(min(joined, left)), "left_on": day(max(joined, left))}],
        [{"agent_id": "lin", "valid_from": day(number), "role": role} for number, role in changes.items()],
    )
    found = [(number, role) for _, role, _, begin, end in stints(people) for number in range(begin.day, end.day + 1)]

    def role_on(number):
        return next((changes[change] for change in sorted(changes, reverse=True) if change <= number), "presale")

    assert found == [(number, role_on(number)) for number in range(min(joined, left), max(joined, left) + 1)]
    days = pl.DataFrame(
        {"agent_id": ["lin"] * len(found), "day": [day(number) for number, _ in found]}, schema={"agent_id": pl.String, "day": pl.Date}
    )
    assert people.standing(days, ["role"], "day")["role"].to_list() == [role for _, role in found]
