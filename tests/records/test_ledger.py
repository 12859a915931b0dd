"""Closed months never move, and what changes of them is a correction in the open month."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from kaohe.appraisal import appraise, parse
from kaohe.appraisal.gathering import Gathered
from kaohe.errors import Failure
from kaohe.packs import Packs, ShopPacks
from kaohe.records import close, corrections, diff, find, ledgers, listed, save
from kaohe.records.changes import said
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
PACKS = ShopPacks.of(Packs.load(), [("s1", "pdd", None)])
MONTHS = ("2026-10", "2026-11", "2026-12", "2027-01")


class Place:
    """Sales of agents by month, and the results made of them."""

    def __init__(self, folder):
        self.results, self.ledger = Path(folder) / "results", Path(folder) / "ledger"
        self.sales = {}

    def judge(self, scheme, first, last, packs=PACKS):
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
        return save(self.results, result, inputs(result, self.given, JOURNAL, PACKS), PACKS)

    def close(self, month):
        return close(self.ledger, month, [self.saved(month)], self.judge)


def why(correction):
    return [(one.of or one.what, said(one.before), said(one.after)) for one in correction.why]


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
    assert why(correction) == [("net_sales_amount", "15000", "13000")]
    place.close("2026-12")
    place.sales["2026-11", "lin"] = 12000
    assert [one.amount for one in corrections(ledgers(place.ledger), place.judge)] == [Decimal("-10.00")]
    place.close("2027-01")
    assert [one.amount for ledger in ledgers(place.ledger) for one in ledger.corrections] == [Decimal("-20.00"), Decimal("-10.00")]


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
    found = {(one.agent_id, one.what, one.of): (said(one.before), said(one.after)) for one in diff(old, place.saved("2026-10"))}
    assert found["lin", "pay", None] == ("3001.00", "3002.00")
    assert found["lin", "pay_line", "commission"] == ("1.00", "2.00")
    assert found["lin", "figure", "net_sales_amount"] == ("100", "200")
    assert ("mo", "left", None) in found
    assert ("wu", "came", None) in found


def test_a_month_has_its_own_days():
    assert days_of("2028-02") == (date(2028, 2, 1), date(2028, 2, 29))


BLOCKING = parse("""
name: sales
title: 销售
source: 店长
items:
  - {metric: orders, weight: 100, scoring: {kind: linear, low: {figure: 0, points: 0}, high: {figure: 10, points: 100}}}
pay:
  lines:
    - {id: base, kind: fixed, amount: 3000}
    - {id: commission, kind: commission, on: net_sales_amount, rate: 1%, missing: block}
""")


class Blocking(Place):
    """The same, where nobody is paid whose sales are not known; `unknown` are those of whom only orders are."""

    def __init__(self, folder):
        super().__init__(folder)
        self.unknown = set()

    def judge(self, scheme, first, last, packs=PACKS):
        month = f"{first:%Y-%m}"
        rows = [(agent, "net_sales_amount", float(v), None, float(v)) for (at, agent), v in self.sales.items() if at == month]
        rows = [row for row in rows if row[0] not in self.unknown]
        rows += [(agent, "orders", 1.0, None, 1.0) for at, agent in self.sales if at == month]
        figures = pl.DataFrame(rows, schema=SCHEMA, orient="row")
        self.given = Gathered((first, last), figures, None, None, None, pl.DataFrame())
        return appraise(BLOCKING, figures, period=(first, last))


def refused(call):
    with pytest.raises(Failure) as caught:
        call()
    return caught.value.problems[0].code.name


def test_what_was_paid_stands_while_pay_can_not_be_said(tmp_path):
    place = Blocking(tmp_path)
    place.sales |= {("2026-11", "lin"): 15000, ("2026-11", "mo"): 100}
    place.close("2026-11")
    place.unknown = {"lin"}
    place.sales["2026-11", "mo"] = 200
    open_ = corrections(ledgers(place.ledger), place.judge)
    assert [(one.agent_id, one.line, one.amount) for one in open_] == [("mo", "commission", Decimal("1.00"))]
    place.unknown = set()
    place.sales["2026-11", "lin"] = 14000
    open_ = corrections(ledgers(place.ledger), place.judge)
    assert [(one.agent_id, one.amount) for one in open_] == [("lin", Decimal("-10.00")), ("mo", Decimal("1.00"))]


def test_a_month_is_not_closed_while_somebody_has_no_pay_unless_asked_to_and_he_gets_it_later(tmp_path):
    place = Blocking(tmp_path)
    place.sales["2026-11", "lin"] = 15000
    place.unknown = {"lin"}
    run = place.saved("2026-11")
    assert refused(lambda: close(place.ledger, "2026-11", [run], place.judge)) == "month_unpaid"
    assert ledgers(place.ledger) == []
    assert close(place.ledger, "2026-11", [run], place.judge, unpaid=True).lines == {}
    place.unknown = set()
    open_ = corrections(ledgers(place.ledger), place.judge)
    assert [(one.line, one.amount) for one in open_] == [("base", Decimal("3000.00")), ("commission", Decimal("150.00"))]


def test_a_correction_tells_what_changed_since_the_last_one(place):
    place.sales["2026-11", "lin"] = 15000
    place.close("2026-11")
    place.sales["2026-11", "lin"] = 13000
    place.close("2026-12")
    place.sales["2026-11", "lin"] = 12000
    (correction,) = corrections(ledgers(place.ledger), place.judge)
    assert why(correction) == [("net_sales_amount", "13000", "12000")]


def test_a_ledger_that_lost_a_month_or_had_one_replaced_is_refused(place, tmp_path):
    for month in MONTHS[:3]:
        place.sales[month, "lin"] = 100
        place.close(month)
    middle, other = place.ledger / f"{MONTHS[1]}.json", Place(tmp_path / "other")
    kept = middle.read_bytes()
    middle.unlink()
    assert refused(lambda: ledgers(place.ledger)) == "ledger_broken"
    other.sales[MONTHS[1], "lin"] = 99999
    other.close(MONTHS[1])
    middle.write_bytes((other.ledger / middle.name).read_bytes())
    assert refused(lambda: ledgers(place.ledger)) == "ledger_broken"
    middle.write_bytes(kept)
    assert len(ledgers(place.ledger)) == 3


def test_schemes_that_say_the_same_give_the_same_bytes_however_their_numbers_are_written(place):
    place.sales["2026-10", "lin"] = 5
    runs = []
    for number in ("100", "100.0"):
        scheme = parse(f"name: s\ntitle: 销售\nsource: 店长\nitems: [{{metric: orders, weight: {number}, {LINEAR}}}]")
        result = place.judge(scheme, *days_of("2026-10"))
        runs.append(save(place.results, result, inputs(result, place.given, JOURNAL, PACKS), PACKS))
    assert runs[0].fingerprint == runs[1].fingerprint
    assert runs[0].path.read_bytes() == runs[1].path.read_bytes()


LINEAR = "scoring: {kind: linear, low: {figure: 0, points: 0}, high: {figure: 10, points: 100}}"


def test_names_of_files_are_no_part_of_the_data(place):
    place.sales["2026-10", "lin"] = 5
    result = place.judge(SCHEME, *days_of("2026-10"))

    def data(*names):
        rows = [JOURNAL.with_columns(file=pl.lit(name), sha256=pl.lit(digest)) for name, digest in zip(names, "01", strict=True)]
        return inputs(result, place.given, pl.concat(rows), PACKS)["data"]

    assert data("a.csv", "b.csv") == data("b.csv", "a.csv")


def test_a_scheme_may_be_called_what_no_file_can_be_and_its_results_are_found(place):
    place.sales["2026-10", "lin"] = 5
    scheme = parse(f"name: 售前/一组\ntitle: 销售\nsource: 店长\nitems: [{{metric: orders, weight: 100, {LINEAR}}}]")
    result = place.judge(scheme, *days_of("2026-10"))
    run = save(place.results, result, inputs(result, place.given, JOURNAL, PACKS), PACKS)
    assert [one.name for one in listed(place.results)] == [run.name] == ["售前_一组-2026-10-0001"]
