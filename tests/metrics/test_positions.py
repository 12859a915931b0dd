"""Figures by role and group of who moved in the middle of a month: each thing where he stood on its day."""

from datetime import UTC, date, datetime

import pytest
from test_event_agreement import imported, source

from kaohe.metrics.figures import figures
from reference import Message
from reference_events import Account, Agent, Order, Position, Rules, World

MONTH = {"first": date(2026, 11, 1), "last": date(2026, 11, 30)}
LIN = Agent("lin", "一组", "presale")
MO = Agent("mo", "二组", "presale")
MOVED = Position("lin", date(2026, 11, 11), "aftersale", "二组")


def at(day, hour=2):
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def asked(buyer, day, agent="lin"):
    """A question and its answer after ten seconds."""
    moment = at(day)
    return [
        Message("hz", buyer, moment, "buyer", None),
        Message("hz", buyer, moment.replace(second=10), "agent", agent),
    ]


def bought(order, buyer, day, amount=100):
    return Order("hz", order, buyer, None, at(day, 3), at(day, 3), None, amount, None, 1)


@pytest.fixture
def counted(tmp_path):
    """The figures of a metric by group, of a world of chats, orders and positions."""

    def made(metric, by, messages, orders=(), positions=(MOVED,), agents=(LIN, MO), **more):
        world = World(list(messages), list(orders), agents=list(agents), positions=list(positions), accounts=more.get("accounts", []))
        found = figures(source(imported(tmp_path, world), Rules()), by=by, metrics=[metric], **MONTH)
        return {tuple(row[:-8]) if len(by) > 1 else row[0]: (row[-7], row[-6]) for row in found.rows()}

    return made


def test_replies_count_for_the_role_of_their_day(counted):
    found = counted("reply_rate", ["role"], [*asked("b1", 3), *asked("b2", 10), *asked("b3", 11)])
    assert found == {"aftersale": (1, 1), "presale": (2, 2)}


def test_who_is_in_no_roster_has_no_role(counted):
    found = counted("reply_rate", ["role"], asked("b1", 12, "zhao"), positions=[Position("zhao", date(2026, 11, 1), "aftersale")])
    assert found == {None: (1, 1)}


def test_an_order_counts_for_the_group_of_the_day_it_was_done(counted):
    found = counted("sales_amount", ["group"], [*asked("b1", 10), *asked("b2", 20)], [bought("o1", "b1", 11), bought("o2", "b2", 20, 50)])
    assert {group: over for group, (over, _) in found.items() if over} == {"二组": 150}


def test_a_contact_that_bought_after_the_move_is_converted_for_the_group_of_its_own_day(counted):
    messages = [*asked("b1", 10), *asked("b2", 10), *asked("b3", 12)]
    found = counted("inquiry_conversion", ["group"], messages, [bought("o1", "b1", 11), bought("o2", "b3", 12)])
    assert found == {"一组": (1, 2), "二组": (1, 1)}


def test_a_colleague_of_the_same_group_converts_for_it(counted):
    messages = [*asked("b1", 12), *asked("b1", 13, "mo")]
    found = counted("inquiry_conversion", ["group"], messages, [bought("o1", "b1", 13)])
    assert found == {"二组": (2, 2)}
    assert counted("inquiry_conversion", ["agent"], messages, [bought("o1", "b1", 13)]) == {"lin": (0, 1), "mo": (1, 1)}


def test_what_a_change_does_not_say_stays(counted):
    found = counted(
        "served_buyers", ["role"], [*asked("b1", 3), *asked("b2", 12)], positions=[Position("lin", date(2026, 11, 11), None, "二组")]
    )
    assert {role: over for role, (over, _) in found.items()} == {"presale": 2}


def test_an_account_that_passes_on_is_of_the_role_of_its_owner_of_the_day(counted):
    accounts = [Account("hz", "客服01", "lin"), Account("hz", "客服01", "mo", date(2026, 11, 20))]
    found = counted("served_buyers", ["role"], [*asked("b1", 12, "客服01"), *asked("b2", 21, "客服01")], accounts=accounts)
    assert {role: over for role, (over, _) in found.items()} == {"aftersale": 1, "presale": 1}
