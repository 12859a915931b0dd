"""How the demo's people talk: who answers how fast, when they come, and that the lines belong together."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from kaohe.demo import people, phrasebook, ragged, rhythm
from kaohe.demo.catalogue import SHOPS, VARIANTS
from kaohe.demo.conversations import AGENT, ASSISTED, BUYER, TALKATIVE, Contacts, Messages, converse, outcomes
from kaohe.demo.orders import ordered
from kaohe.demo.streams import stream
from kaohe.demo.visits import midnight, presale

DAY = dt.date(2026, 10, 14)


def talk(count: int = 4_000, **changes: object) -> tuple[Contacts, Messages]:
    """Contacts of the first shop on an ordinary day, with some of their columns set."""
    rng = stream("presale", 7, 0, DAY)
    book = phrasebook.phrasebook()
    contacts, _ = presale(rng, book, people.desk(people.roster(31), 0, 13, DAY), 0, DAY, count, 100.0)
    for name, value in changes.items():
        getattr(contacts, name)[:] = value
    return contacts, converse(rng, book, contacts)


def test_ranges_lay_runs_end_to_end_and_skip_empty_ones() -> None:
    assert ragged.ranges(np.array([5, 9, 0]), np.array([2, 0, 3])).tolist() == [5, 6, 0, 1, 2]
    assert ragged.ranges(np.array([], dtype=np.int64), np.array([], dtype=np.int64)).tolist() == []


def test_running_sums_start_again_with_every_run() -> None:
    run = np.array([0, 0, 1, 1, 1])
    assert ragged.running(np.array([1, 2, 3, 4, 5]), ragged.heads(run)).tolist() == [1, 3, 3, 7, 12]


def test_pick_never_takes_what_has_no_weight() -> None:
    weights = np.tile([0.0, 1.0, 0.0, 3.0], (2_000, 1))
    weights[0] = 0
    drawn = ragged.pick(stream("fleet", 1), weights)
    assert drawn[0] == -1
    assert set(drawn[1:].tolist()) == {1, 3}
    assert 0.7 < (drawn[1:] == 3).mean() < 0.8


def test_streams_differ_by_purpose_shop_and_day() -> None:
    first = [
        stream(*key).random() for key in (("presale", 1, 0, DAY), ("orders", 1, 0, DAY), ("presale", 1, 1, DAY), ("presale", 2, 0, DAY))
    ]
    assert len({*first, stream("presale", 1, 0, DAY + dt.timedelta(days=1)).random()}) == 5
    with pytest.raises(ValueError, match="not in"):
        stream("weather", 1)


def test_buyers_come_most_around_eleven_fifteen_and_twenty_one_oclock() -> None:
    hours = np.bincount(rhythm.seconds(stream("volume", 1), 50_000) // 3600, minlength=24)
    assert min(hours[[10, 11, 15, 20, 21]]) > max(hours[[8, 12, 18, 22]])
    assert 0 < hours[3] < hours[10] / 10


def test_every_text_fits_gbk_and_has_no_blank_left() -> None:
    texts = phrasebook.phrasebook().texts.to_list()
    assert all(text.encode("gbk") for text in texts)
    assert not any("{" in text or "|" in text for text in texts)


def test_all_scripts_mention_goods_of_the_shop_only() -> None:
    book = phrasebook.phrasebook()
    for shop, about in enumerate(SHOPS):
        size = book.text_start[book.full[book.start[book.scripts["card"]], 0], shop]
        names = {product.name for product in about.products}
        assert {book.texts[int(size) + variant] for variant in range(VARIANTS)} == names


def test_a_contact_is_one_run_in_order_of_time() -> None:
    contacts, messages = talk()
    assert (np.diff(messages.contact) >= 0).all()
    within = np.diff(messages.contact) == 0
    assert (np.diff(messages.at)[within] >= 0).all()
    assert (messages.at[ragged.heads(messages.contact)] == contacts.arrival).all()


def test_strong_agents_answer_faster_than_weak_ones() -> None:
    waits = []
    for skill in (people.STRONG, people.MIDDLING, people.WEAK):
        contacts, messages = talk(pace=skill.pace, spread=skill.spread, lapse=skill.lapse, turns=TALKATIVE, open_at=0)
        went = outcomes(contacts, messages)
        waits.append(float(np.median(went.first_wait[went.first_wait >= 0])))
    assert waits == sorted(waits)
    assert waits[2] > 5 * waits[0]


def test_an_agent_who_falls_silent_at_once_never_answers() -> None:
    contacts, messages = talk(turns=0)
    assert not (messages.sender >= ASSISTED).any()
    assert (outcomes(contacts, messages).first_wait == -1).all()
    assert (messages.sender == BUYER).any()


def test_nobody_answers_before_the_morning() -> None:
    _, messages = talk(open_at=midnight(DAY) + 5 * 86_400, turns=TALKATIVE)
    people_said = messages.at[messages.sender >= ASSISTED]
    assert len(people_said)
    assert people_said.min() >= midnight(DAY) + 5 * 86_400


def test_after_a_hand_over_the_second_agent_writes() -> None:
    _, messages = talk(second=5, seat=1, handover=2, turns=TALKATIVE, open_at=0)
    seats = messages.seat[messages.sender == AGENT]
    assert set(seats.tolist()) == {1, 5}
    human = np.flatnonzero(messages.sender >= ASSISTED)
    goes_back = (messages.seat[human][1:] == 1) & (messages.seat[human][:-1] == 5)
    assert not (goes_back & (messages.contact[human][1:] == messages.contact[human][:-1])).any()


def test_a_linked_answer_follows_its_question_in_the_same_way() -> None:
    book = phrasebook.phrasebook()
    _, messages = talk(turns=TALKATIVE, open_at=0, curt=0.0, greeted=False, second=-1, lapse=0.0, pace=5.0)
    asked, answered = "能不能发顺丰", "顺丰需要补12元运费的亲"
    text = book.texts.gather(messages.text).to_list()
    questions = [row for row, said in enumerate(text[:-1]) if said == asked]
    assert len(questions) > 20
    follows = [text[row + 1] == answered for row in questions if messages.sender[row + 1] >= ASSISTED]
    assert sum(follows) >= 0.95 * len(follows)


def test_better_sellers_and_faster_answers_bring_more_orders() -> None:
    contacts, messages = talk(count=6_000)
    went, sits = outcomes(contacts, messages), people.desk(people.roster(31), 0, 13, DAY)
    seats = {owner.agent.agent_id: place for place, owner in enumerate(sits.owners) if owner.agent}
    buyers = np.arange(len(contacts))

    def sold(agent: str, wait: int) -> float:
        contacts.seat[:] = seats[agent]
        went.first_wait[:] = wait
        orders = ordered(stream("orders", 1, 0, DAY), sits, 0, DAY, contacts, buyers, went)
        return float((orders.buyer < len(contacts)).sum()) / len(contacts)

    assert sold("lin", 10) > 1.3 * sold("xu", 10)
    assert sold("lin", 10) > 1.4 * sold("lin", 600)
    assert sold("lin", 600) > 1.5 * sold("lin", -1)


def test_a_desk_is_never_empty_in_the_daytime() -> None:
    staff = people.roster(31)
    for shop in range(len(SHOPS)):
        for number in range(31):
            sits = people.desk(staff, shop, number, dt.date(2026, 10, 1) + dt.timedelta(days=number))
            for second in range(rhythm.OPENS, rhythm.CLOSES, 1_800):
                there = sits.on_duty & (sits.hours[:, 0] <= second) & (second < sits.hours[:, 1])
                assert there.any(), (shop, number, second)
