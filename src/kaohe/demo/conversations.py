"""From contacts to messages: which lines are said, by whom, and when. The one engine under the demo and the benchmark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kaohe.demo.phrasebook import Phrasebook
from kaohe.demo.ragged import Flags, Floats, Ints, heads, ranges, running
from kaohe.demo.rhythm import DAY, rush
from kaohe.model.senders import SENDERS

BUYER, SYSTEM, BOT, ASSISTED, AGENT = (SENDERS.index(sender) for sender in ("buyer", "system", "bot", "assisted", "agent"))

ORDINARY, TRANSFER, WITHDRAW, BUYERS_NOTICE = range(4)
"""What a message is beside its sender. A `BUYERS_NOTICE` is a system notice that PDD exports under the buyer's uid."""

TALKATIVE = 1_000
"""A number of agent turns no contact reaches."""


@dataclass(slots=True)
class Contacts:
    """Contacts as arrays of one length. Times are seconds of local time since 1970-01-01 00:00 local.

    `seat` answers until its turn number `handover`, then `second` does (-1: nobody takes over). The agent falls silent after
    `turns` turns. Nobody answers before `open_at`. `parts` holds four script numbers: opening, topic, another topic, closing;
    between the topics lie `comeback` extra seconds. `pace` to `assist` say how the agent works, as in `people.Skill`;
    `assist` is the chance that a bot drafted an answer. `after` marks after-sale contacts.
    """

    shop: Ints
    variant: Ints
    arrival: Ints
    seat: Ints
    second: Ints
    handover: Ints
    turns: Ints
    open_at: Ints
    parts: Ints
    comeback: Ints
    greeted: Flags
    after: Flags
    refunding: Flags
    pace: Floats
    spread: Floats
    lapse: Floats
    curt: Floats
    assist: Floats

    def __len__(self) -> int:
        return len(self.shop)


@dataclass(slots=True)
class Messages:
    """Messages as arrays, in order of contact and time. `contact` is a row of `Contacts`, `sender` a rank of `SENDERS`,
    `seat` who wrote (or, on a buyer's row, who receives; -1 nobody), `text` a row of `Phrasebook.texts`."""

    contact: Ints
    at: Ints
    sender: Ints
    seat: Ints
    text: Ints
    kind: Ints
    event: Ints

    def __len__(self) -> int:
        return len(self.contact)

    def take(self, rows: Ints | Flags) -> Messages:
        return Messages(*(getattr(self, name)[rows] for name in self.__slots__))


def converse(rng: np.random.Generator, book: Phrasebook, contacts: Contacts) -> Messages:
    """All messages of the contacts. No contacts give no messages."""
    spoken = _spoken(rng, book, contacts)
    messages = _timed(rng, book, contacts, *spoken)
    return _joined([messages, *_asides(rng, book, contacts, messages)])


def _spoken(rng: np.random.Generator, book: Phrasebook, contacts: Contacts) -> tuple[Ints, Ints, Flags, Ints, Floats]:
    """The steps that are said: contact, step, whether the second topic begins there, the agent's turn so far, which way (0 to 1)."""
    lengths = book.length[contacts.parts]
    step = ranges(book.start[contacts.parts].ravel(), lengths.ravel())
    contact = np.repeat(np.arange(len(contacts)), lengths.sum(axis=1))
    part = np.repeat(np.tile(np.arange(lengths.shape[1]), len(contacts)), lengths.ravel())
    said = rng.random(len(step)) < book.chance[step]
    way = rng.random(len(step))
    # An answer that belongs to a question hangs on it; such a chain is followed link by link.
    for at in _links(book.linked[step]):
        said[at] &= said[at - 1]
        way[at] = way[at - 1]
    step, contact, part, way = step[said], contact[said], part[said], way[said]

    first = heads(contact)
    agent = book.by_agent[step]
    begins = agent.copy()
    begins[1:] &= first[1:] | ~agent[:-1]
    turn = running(begins.astype(np.int64), first)
    comes_back = np.zeros(len(step), dtype=np.bool_)
    comes_back[1:] = (part[1:] == 2) & (part[:-1] != 2) & ~first[1:]
    heard = turn <= contacts.turns[contact]
    return contact[heard], step[heard], comes_back[heard], turn[heard], way[heard]


def _links(linked: Flags) -> Iterator[Ints]:
    """The linked rows: first those whose row before is free, then those that hang on them, and so on."""
    at = np.flatnonzero(linked)
    at = at[~linked[at - 1]]
    while len(at):
        yield at
        after = at[at + 1 < len(linked)] + 1
        at = after[linked[after]]


def _timed(
    rng: np.random.Generator, book: Phrasebook, contacts: Contacts, contact: Ints, step: Ints, comes_back: Flags, turn: Ints, way: Floats
) -> Messages:
    """The steps as messages with sender, text and time."""
    first = heads(contact)
    agent = book.by_agent[step]
    after_agent = np.zeros(len(step), dtype=np.bool_)
    after_agent[1:] = agent[:-1] & ~first[1:]
    answers = agent & ~after_agent

    # A buyer types on after 6 s and thinks 26 s before he answers; an agent types on after 8 s.
    median = np.where(agent, 8.0, np.where(after_agent, 26.0, 6.0))
    sigma = np.where(agent | ~after_agent, 0.6, 0.9)
    busy = rush(contacts.arrival % DAY)
    median[answers] = (contacts.pace * busy)[contact[answers]]
    sigma[answers] = contacts.spread[contact[answers]]
    gap = np.maximum(median * np.exp(sigma * rng.standard_normal(len(step))), 1.0)
    forgot = answers & (rng.random(len(step)) < contacts.lapse[contact])
    gap[forgot] = rng.uniform(900, 9_000, int(forgot.sum()))
    gap[comes_back] += contacts.comeback[contact[comes_back]]
    gap[first] = 0
    at = contacts.arrival[contact] + running(gap.astype(np.int64), first)

    # In the night everything from the first answer on waits for the morning.
    opening = np.flatnonzero(answers & (turn == 1))
    delay = np.zeros(len(contacts), dtype=np.int64)
    ready = contacts.open_at[contact[opening]] + (rng.exponential(700.0, len(opening))).astype(np.int64)
    shut = contacts.open_at[contact[opening]] > at[opening]
    delay[contact[opening]] = np.where(shut, ready - at[opening], 0)
    at += np.where(turn >= 1, delay[contact], 0)

    careless = agent & (rng.random(len(step)) < contacts.curt[contact]) & (book.curt[step, 1] > 0)
    ways = np.where(careless[:, None], book.curt[step], book.full[step])
    template = ways[:, 0] + (way * ways[:, 1]).astype(np.int64)
    text = book.text(template, contacts.shop[contact], contacts.variant[contact])

    taken_over = (contacts.second[contact] >= 0) & (turn >= contacts.handover[contact])
    seat = np.where(taken_over, contacts.second[contact], contacts.seat[contact])
    # Nobody is named as receiver while nobody is there.
    seat[~agent & (at < contacts.open_at[contact])] = -1
    assisted = agent & (rng.random(len(step)) < contacts.assist[contact])
    sender = np.where(agent, np.where(assisted, ASSISTED, AGENT), BUYER)
    return Messages(contact, at, sender, seat, text, book.kind[step], np.zeros(len(step), dtype=np.int64))


def _asides(rng: np.random.Generator, book: Phrasebook, contacts: Contacts, said: Messages) -> list[Messages]:
    """Everything that is not in a script: bots, transfers, recalls, notices, and buyers who lose patience."""
    first = heads(said.contact)
    starts = np.flatnonzero(first)
    ends = np.append(starts[1:], len(said)) - 1
    shown = said.contact[starts]
    opens_with_buyer = said.sender[starts] == BUYER
    agent = said.sender >= ASSISTED
    asides: list[Messages] = []

    def add(name: str, rows: Ints, at: Ints, sender: int, seat: Ints | int = -1, event: int = ORDINARY) -> None:
        """Put in one message of the phrase `name` beside each of those rows of what was said."""
        contact = said.contact[rows]
        size = len(rows)
        asides.append(
            Messages(
                contact,
                at,
                np.full(size, sender, dtype=np.int64),
                np.broadcast_to(np.asarray(seat, dtype=np.int64), (size,)),
                book.phrase(rng, name, contacts.shop[contact], contacts.variant[contact]),
                np.zeros(size, dtype=np.int64),
                np.full(size, event, dtype=np.int64),
            )
        )

    greeted = starts[contacts.greeted[shown] & opens_with_buyer]
    add("welcome", greeted, said.at[greeted] + rng.integers(0, 2, len(greeted)), BOT)
    for after, name in ((False, "presale bot"), (True, "aftersale bot")):
        answered = starts[contacts.greeted[shown] & opens_with_buyer & (contacts.after[shown] == after) & (rng.random(len(shown)) < 0.3)]
        add(name, answered, said.at[answered] + 2 + rng.integers(0, 3, len(answered)), BOT)

    # A hand-over shows as a notice, then the new agent presents himself.
    changes = np.flatnonzero(agent & ~first)
    changes = changes[agent[changes] & (said.seat[changes] == contacts.second[said.contact[changes]])]
    changes = changes[heads(said.contact[changes])]
    before = np.maximum(said.at[changes - 1], said.at[changes] - 12)
    add("transfer", changes, before, SYSTEM, event=TRANSFER)
    add("handover", changes, np.maximum(before, said.at[changes] - 4), AGENT, said.seat[changes])

    recalled = np.flatnonzero(agent & (rng.random(len(said)) < 0.003))
    add("withdraw", recalled, said.at[recalled] + rng.integers(2, 6, len(recalled)), SYSTEM, said.seat[recalled], WITHDRAW)

    spoken_to = np.flatnonzero(agent & ~first)
    spoken_to = spoken_to[heads(said.contact[spoken_to])]
    paused = spoken_to[contacts.greeted[said.contact[spoken_to]] & (rng.random(len(spoken_to)) < 0.25)]
    add("paused", paused, said.at[paused] + 1, SYSTEM, event=BUYERS_NOTICE)
    refunds = ends[contacts.refunding[shown] & (rng.random(len(shown)) < 0.7)]
    add("agreed", refunds, said.at[refunds] + rng.integers(30, 300, len(refunds)), SYSTEM, event=BUYERS_NOTICE)
    add("refunded", refunds, said.at[refunds] + rng.integers(400, 4_000, len(refunds)), SYSTEM, event=BUYERS_NOTICE)

    # Who waits long asks again; who is left alone asks once more and goes.
    answers = np.flatnonzero(agent[1:] & ~agent[:-1] & ~first[1:]) + 1
    wait = said.at[answers] - said.at[answers - 1]
    impatient = answers[(wait > 150) & (rng.random(len(answers)) < 0.35)]
    middle = said.at[impatient - 1] + ((said.at[impatient] - said.at[impatient - 1]) * rng.uniform(0.3, 0.8, len(impatient))).astype(
        np.int64
    )
    add("nag", impatient, middle, BUYER, said.seat[impatient - 1])
    alone = ends[(contacts.turns[shown] < TALKATIVE) & (rng.random(len(shown)) < 0.45)]
    add("nag", alone, said.at[alone] + rng.integers(60, 900, len(alone)), BUYER, said.seat[alone])
    return asides


def _joined(blocks: list[Messages]) -> Messages:
    """All blocks in one, by contact and time; within one second in the order of the blocks."""
    everything = Messages(*(np.concatenate([getattr(block, name) for block in blocks]) for name in Messages.__slots__))
    if not len(everything):
        return everything
    # One key, because sorting by two is slow; 24 bits hold 194 days of seconds.
    key = (everything.contact << 24) + (everything.at - everything.at.min())
    return everything.take(np.argsort(key, kind="stable"))


@dataclass(slots=True)
class Outcomes:
    """How each contact went: first answer and last word of a person (-1 none), end, and waits in seconds (-1 unanswered)."""

    first_wait: Ints
    last_human: Ints
    last_seat: Ints
    end: Ints


def outcomes(contacts: Contacts, messages: Messages) -> Outcomes:
    """How each contact went. Contacts without any message ended when they began."""
    n = len(contacts)
    human = messages.sender >= ASSISTED
    first_human = np.full(n, -1, dtype=np.int64)
    last_human = np.full(n, -1, dtype=np.int64)
    last_seat = np.full(n, -1, dtype=np.int64)
    end = contacts.arrival.copy()
    rows = np.flatnonzero(human)
    # Assigning in order leaves the last one standing; in reverse, the first.
    last_human[messages.contact[rows]] = messages.at[rows]
    last_seat[messages.contact[rows]] = messages.seat[rows]
    first_human[messages.contact[rows[::-1]]] = messages.at[rows[::-1]]
    end[messages.contact] = messages.at
    wait = np.where(first_human >= 0, first_human - contacts.arrival, -1)
    return Outcomes(wait, last_human, last_seat, end)
