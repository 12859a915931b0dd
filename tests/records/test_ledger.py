"""Closed months never move; the ledger and its corrections together are always the recomputed truth."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaohe.appraisal import appraise, parse
from kaohe.appraisal.gathering import Gathered
from kaohe.errors import Failure
from kaohe.records import close, corrections, diff, find, ledgers, listed, save
from kaohe.records.ledger import days_of
from kaohe.records.runs import inputs

SCHEME = parse("""
name: sales
title: 销售
source: 店长
items:
  - {metric: orders, weight: 100, scoring: {kind: linear, low: {figure: 0, points: 0}, high: {figure: 10, points: 100}}}
pay:
  floor: null
  lines:
    - {id: base, kind: fixed, amount: 3000}
    - {id: commission, kind: commission, on: net_sales_amount, rate: 1%}
""")
SCHEMA = {"agent_id": pl.String, "metric": pl.String, "numerator": pl.Float64, "denominator": pl.Float64, "value": pl.Float64}
JOURNAL = pl.DataFrame(
    {
        "number": [1],
        "file": ["a.csv"],
        "sha256": ["0"],
        "profile": ["orders"],
        "code_version": ["1"],
        **{name: [1] for name in ("read", "new", "same", "replaced", "refused", "skipped")},
    }
)
MONTHS = ("2026-10", "2026-11", "2026-12", "2027-01")


class Place:
    """Sales of agents by month, and the results made of them."""

    def __init__(self, folder):
        self.results, self.ledger = Path(folder) / "results", Path(folder) / "ledger"
        self.sales = {}

    def judge(self, scheme, first, last):
        rows = [
            (agent, metric, float(value), None, float(value))
            for (month, agent), value in self.sales.items()
            if month == f"{first:%Y-%m}"
            for metric in ("net_sales_amount", "orders")
        ]
        figures = pl.DataFrame(rows, schema=SCHEMA, orient="row")
        self.given = Gathered((first, last), figures, None, None, None, pl.DataFrame())
        return appraise(scheme, figures, period=(first, last))

    def saved(self, month):
        result = self.judge(SCHEME, *days_of(month))
        return save(self.results, result, inputs(result, self.given, JOURNAL, "packs"))

    def close(self, month):
        return close(self.ledger, month, [self.saved(month)], self.judge)

    def booked(self, month):
        """What the ledger says of a month by now, corrections included."""
        total = {}
        for ledger in ledgers(self.ledger):
            if ledger.month == month:
                for key, amount in ledger.lines.items():
                    total[key] = total.get(key, Decimal(0)) + amount
            for one in ledger.corrections:
                if one.month == month:
                    key = (one.scheme, one.agent_id, one.first, one.line)
                    total[key] = total.get(key, Decimal(0)) + one.amount
        return {key: amount for key, amount in total.items() if amount}

    def truth(self, month):
        found = self.judge(SCHEME, *days_of(month))
        return {("sales", one.agent_id, None, line.key): line.amount for one in found.statements for line in one.pay_lines if line.amount}


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def test_the_example_of_the_page_a_late_refund_is_a_line_of_the_next_month_at_the_rate_of_then(place):
    place.sales["2026-11", "lin"] = 15000
    assert place.close("2026-11").lines["sales", "lin", None, "commission"] == Decimal("150.00")
    place.sales["2026-11", "lin"] = 13000
    place.sales["2026-12", "lin"] = 1000
    (correction,) = corrections(ledgers(place.ledger), place.judge)
    assert (correction.month, correction.agent_id, correction.line, correction.amount) == (
        "2026-11",
        "lin",
        "commission",
        Decimal("-20.00"),
    )
    assert "net_sales_amount 15000 → 13000" in correction.why
    place.close("2026-12")
    place.sales["2026-11", "lin"] = 12000
    assert [one.amount for one in corrections(ledgers(place.ledger), place.judge)] == [Decimal("-10.00")]
    place.close("2027-01")
    assert place.booked("2026-11")["sales", "lin", None, "commission"] == Decimal("120.00")


def test_a_closed_month_is_not_closed_again_and_months_are_closed_in_order(place):
    place.sales["2026-10", "lin"] = 100
    place.close("2026-10")
    before = (place.ledger / "2026-10.json").read_bytes()
    for month, code in (("2026-10", "month_closed"), ("2026-12", "month_out_of_order"), ("2026-13", "not_a_month")):
        with pytest.raises(Failure) as caught:
            place.close(month)
        assert caught.value.problems[0].code.name == code
    assert (place.ledger / "2026-10.json").read_bytes() == before


def test_a_result_of_other_days_can_not_close_a_month(place):
    run = place.saved("2026-10")
    with pytest.raises(Failure) as caught:
        close(place.ledger, "2026-11", [run], place.judge)
    assert caught.value.problems[0].code.name == "result_of_other_period"


def test_the_same_fingerprint_is_the_same_bytes_and_a_rerun_another_result(place):
    place.sales["2026-10", "lin"] = 100
    one, two = place.saved("2026-10"), place.saved("2026-10")
    assert (one.name, two.name) == ("sales-2026-10-0001", "sales-2026-10-0002")
    assert one.fingerprint == two.fingerprint
    assert one.path.read_bytes() == two.path.read_bytes()
    place.sales["2026-10", "lin"] = 101
    assert place.saved("2026-10").fingerprint != one.fingerprint
    assert [run.name for run in listed(place.results)] == ["sales-2026-10-0001", "sales-2026-10-0002", "sales-2026-10-0003"]
    assert find(place.results, one.name).scheme.fingerprint() == SCHEME.fingerprint()


def test_an_altered_file_is_refused(place):
    place.sales["2026-10", "lin"] = 100
    run = place.saved("2026-10")
    content = json.loads(run.path.read_text("utf-8"))
    content["statements"][0]["pay"] = "9999.00"
    run.path.write_text(json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1) + "\n", "utf-8")
    for look in (lambda: listed(place.results), lambda: find(place.results, run.name)):
        with pytest.raises(Failure) as caught:
            look()
        assert caught.value.problems[0].code.name == "record_altered"


def test_a_difference_names_who_changed_what_and_the_figures_behind_it(place):
    place.sales |= {("2026-10", "lin"): 100, ("2026-10", "mo"): 100}
    old = place.saved("2026-10")
    place.sales["2026-10", "lin"] = 200
    del place.sales["2026-10", "mo"]
    place.sales["2026-10", "wu"] = 1
    found = {(one.agent_id, one.what, one.of): (one.before, one.after) for one in diff(old, place.saved("2026-10"))}
    assert found["lin", "pay", None] == ("3001.00", "3002.00")
    assert found["lin", "pay_line", "commission"] == ("1.00", "2.00")
    assert found["lin", "figure", "net_sales_amount"] == ("100", "200")
    assert ("mo", "left", None) in found
    assert ("wu", "came", None) in found


events = st.lists(
    st.tuples(
        st.sampled_from(MONTHS),
        st.sampled_from(("lin", "mo")),
        st.integers(-3000, 99999).map(lambda fen: Decimal(fen).scaleb(-2)) | st.none(),
    ),
    max_size=6,
)


@settings(max_examples=40)
@given(st.lists(events, min_size=len(MONTHS), max_size=len(MONTHS)), events)
def test_ledger_and_corrections_are_the_recomputed_truth_whatever_changes_between_closings(rounds, late):
    with TemporaryDirectory() as folder:
        place = Place(folder)
        for month, changes in zip(MONTHS, rounds, strict=True):
            change(place, changes)
            place.close(month)
            for closed in MONTHS[: MONTHS.index(month)]:
                assert place.booked(closed) == place.truth(closed)
            assert place.booked(month) == place.truth(month)
        change(place, late)
        for closed in MONTHS:
            open_ = {
                (one.scheme, one.agent_id, one.first, one.line): one.amount
                for one in corrections(ledgers(place.ledger), place.judge)
                if one.month == closed
            }
            booked = place.booked(closed)
            both = {key: booked.get(key, Decimal(0)) + open_.get(key, Decimal(0)) for key in {*booked, *open_}}
            assert {key: amount for key, amount in both.items() if amount} == place.truth(closed)


def change(place, changes):
    for month, agent, value in changes:
        if value is None:
            place.sales.pop((month, agent), None)
        else:
            place.sales[month, agent] = value


def test_a_month_has_its_own_days():
    assert days_of("2028-02") == (date(2028, 2, 1), date(2028, 2, 29))
