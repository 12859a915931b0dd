"""Whatever happens between closings, the ledger and its corrections are what would be paid knowing what is known today.

Two schemes with floors, caps, prizes by place and grades; people who come, leave and change places; sales taken back; packs mended, with and without a
decision to judge by them.
"""

from collections import Counter
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from kaohe.appraisal import appraise, parse
from kaohe.appraisal.gathering import Gathered
from kaohe.packs import Packs, ShopPacks
from kaohe.records import close, corrections, ledgers, save
from kaohe.records.ledger import days_of
from kaohe.records.runs import inputs

SALES = """
name: sales
title: 销售
source: 店长
missing: zero
items:
  - {metric: net_sales_amount, weight: 100, scoring: {kind: linear, low: {figure: 0, points: 0}, high: {figure: 1000, points: 100}}}
grades: {bands: [{below: 50, name: C, coefficient: 0.5}, {at_least: 50, name: A, coefficient: 1.5}]}
pay:
  floor: 5
  cap: 40
  lines:
    - {id: commission, kind: commission, on: net_sales_amount, rate: 1%, coefficient: true}
    - {id: prize, kind: place, prizes: [20, 10]}
"""
CARE = """
name: care
title: 服务
source: 店长
applies_to: {groups: [a]}
items:
  - {metric: served_buyers, weight: 100, scoring: {kind: linear, low: {figure: 0, points: 0}, high: {figure: 10, points: 100}}}
pay:
  floor: null
  lines:
    - {id: each, kind: per_unit, on: served_buyers, amount: 0.5}
    - {id: mistakes, kind: per_unit, on: upheld_complaints, amount: -3}
"""
WAGES = (parse(SALES), parse(CARE)), (parse(SALES.replace("rate: 1%", "rate: 2%")), parse(CARE.replace("0.5", "0.75")))
MONTHS = ("2026-10", "2026-11", "2026-12")
AGENTS = ("lin", "mo", "zhao")
NOTHING = pl.DataFrame(
    schema={"number": pl.Int64, **dict.fromkeys(("sha256", "profile", "code_version"), pl.String())}
    | dict.fromkeys(("read", "new", "same", "replaced", "refused", "skipped"), pl.Int64())
)


@cache
def packs(days):
    """Packs that say `days` about credit: sales are so many times as much here."""
    shipped = Packs.load().of_platform("generic")
    version = shipped.versions[0].model_copy(update={"parameters": shipped.versions[0].parameters.model_copy(update={"credit_days": days})})
    pack = shipped.model_copy(update={"versions": (version,)})
    return ShopPacks({"s1": pack}, pack)


class World:
    """What is true of every month: amounts by month and agent, who is in which group (None: not there), and the packs of today."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.sales, self.served, self.complaints, self.groups = {}, {}, {}, {}
        self.packs, self.wages = packs(1), WAGES[0]
        self.packs_then, self.wages_then = {}, {}
        self.judged = {}

    def judge(self, scheme, first, last, packs):
        month, times = f"{first:%Y-%m}", packs("s1", first).credit_days
        groups = [(agent, self.groups.get((month, agent), "a")) for agent in AGENTS]
        people = tuple((agent, group) for agent, group in groups if group is not None)
        rows = tuple(
            (agent, metric, float(amounts[month, agent] * many))
            for agent, _ in people
            for metric, amounts, many in (
                ("net_sales_amount", self.sales, times),
                ("served_buyers", self.served, 1),
                ("upheld_complaints", self.complaints, 1),
            )
            if amounts.get((month, agent)) is not None
        )
        key = (scheme.fingerprint(), first, people, rows)
        if key not in self.judged:
            figures = pl.DataFrame(rows, schema={"agent_id": pl.String, "metric": pl.String, "value": pl.Float64}, orient="row")
            figures = figures.with_columns(numerator="value", denominator=pl.lit(None, pl.Float64))
            listed = pl.DataFrame(people, schema={"agent_id": pl.String, "group": pl.String}, orient="row")
            given = Gathered((first, last), figures, listed, None, None, pl.DataFrame())
            self.judged[key] = given, appraise(scheme, figures, listed, period=(first, last))
        self.given, found = self.judged[key]
        return found

    def close(self, month, *, mended):
        runs = []
        for scheme in self.wages:
            result = self.judge(scheme, *days_of(month), self.packs)
            runs.append(save(self.folder / "results", result, inputs(result, self.given, NOTHING, self.packs), self.packs))
        close(self.folder / "ledger", month, runs, self.judge, mended=self.packs if mended else None)
        if mended:
            self.packs_then = dict.fromkeys(self.packs_then, self.packs)
        self.packs_then[month], self.wages_then[month] = self.packs, self.wages

    def booked(self):
        """Yuan by month, scheme, person and line as the ledger says, corrections included."""
        found = Counter()
        for ledger in ledgers(self.folder / "ledger"):
            found.update({(ledger.month, *key): amount for key, amount in ledger.lines.items()})
            found.update(by_line(ledger.corrections))
        return found

    def truth(self, packs_now=None):
        """The same, judged anew: by the schemes and packs of then, or by other packs."""
        found = Counter()
        for month, schemes in self.wages_then.items():
            for scheme in schemes:
                for one in self.judge(scheme, *days_of(month), packs_now or self.packs_then[month]).statements:
                    found.update({(month, scheme.name, one.agent_id, None, line.key): line.amount for line in one.pay_lines})
        return found

    def open(self, mended=None):
        return by_line(corrections(ledgers(self.folder / "ledger"), self.judge, mended=mended))


def by_line(found):
    return Counter({(one.month, one.scheme, one.agent_id, one.first, one.line): one.amount for one in found})


def known(amounts):
    return {key: amount for key, amount in amounts.items() if amount}


def both(one, other):
    return known({key: one[key] + other[key] for key in {*one, *other}})


fen = st.integers(-2000, 300_000).map(lambda count: Decimal(count).scaleb(-2))
where = st.tuples(st.sampled_from(MONTHS), st.sampled_from(AGENTS))
events = st.lists(
    st.one_of(
        st.tuples(st.just("sales"), where, st.none() | fen),
        st.tuples(st.just("served"), where, st.integers(0, 30)),
        st.tuples(st.just("complaints"), where, st.integers(0, 9)),
        st.tuples(st.just("groups"), where, st.sampled_from(("a", "b", None))),
        st.tuples(st.just("packs"), st.just(None), st.sampled_from((1, 2, 3))),
        st.tuples(st.just("wages"), st.just(None), st.sampled_from((0, 1))),
    ),
    max_size=5,
)


def happen(world, events):
    for what, at, value in events:
        if what == "packs":
            world.packs = packs(value)
        elif what == "wages":
            world.wages = WAGES[value]
        else:
            getattr(world, what)[at] = value


@settings(max_examples=20)
@given(st.lists(st.tuples(events, st.booleans()), min_size=len(MONTHS), max_size=len(MONTHS)), events)
def test_ledger_and_corrections_are_the_truth_by_the_schemes_and_packs_of_then(rounds, late):
    with TemporaryDirectory() as folder:
        world = World(folder)
        for month, (changes, mended) in zip(MONTHS, rounds, strict=True):
            happen(world, changes)
            world.close(month, mended=mended)
            assert known(world.booked()) == known(world.truth())
            assert world.open() == {}
        frozen = {path: path.read_bytes() for path in sorted(Path(folder).rglob("*.json"))}
        happen(world, late)
        booked = world.booked()
        assert both(booked, world.open()) == known(world.truth())
        assert both(booked, world.open(mended=world.packs)) == known(world.truth(world.packs))
        assert {path: path.read_bytes() for path in frozen} == frozen


def test_these_laws_have_seen_what_they_speak_of(tmp_path):
    """Caps, floors, prizes that move to another, negative corrections, people who left, and packs that change sales."""
    world = World(tmp_path)
    world.sales = {("2026-10", "lin"): Decimal(3000), ("2026-10", "mo"): Decimal(500)}
    world.served["2026-10", "mo"] = 4
    world.close("2026-10", mended=False)
    first = world.booked()
    assert first["2026-10", "sales", "lin", None, "cap"] == Decimal("-25.00")
    assert first["2026-10", "sales", "lin", None, "prize"] == Decimal("20.00")
    happen(world, [("sales", ("2026-10", "lin"), Decimal("-10.00")), ("groups", ("2026-10", "mo"), "b")])
    found = world.open()
    assert found["2026-10", "sales", "lin", None, "commission"] == Decimal("-45.05")
    assert found["2026-10", "sales", "lin", None, "prize"] == Decimal("-10.00")
    assert found["2026-10", "sales", "mo", None, "prize"] == Decimal("10.00")
    assert found["2026-10", "care", "mo", None, "each"] == Decimal("-2.00")
    world.packs = packs(3)
    assert world.open() == found
    assert world.open(mended=world.packs) != found
    world.close("2026-11", mended=True)
    world.packs = packs(1)
    assert world.open() == {}
