"""The figures of boards are the library's, to the last digit: for any days, any grouping, any part of the site somebody may see."""

import shutil
from datetime import date, timedelta

import polars as pl
import pytest

import kaohe
from kaohe.metrics.catalogue import CATALOGUE
from kaohe.metrics.figures import BY
from kaohe_web.boards import answers, ready
from kaohe_web.boards.metrics import ADDING, BY_HOUR, ELSEWHERE, ON, SHOWN, TRAILING, WHOLE
from kaohe_web.boards.policies import Seen
from kaohe_web.org.policies import Scope
from kaohe_web.site import workspace

EVERYTHING = Seen((Scope(None, None),))
SPANS = [(date(2026, 11, 2), date(2026, 12, 2)), (date(2026, 11, 3), date(2026, 11, 3)), (date(2026, 11, 28), date(2026, 12, 1))]
GROUPINGS = [(), ("platform",), ("shop",), ("group",), ("agent",), ("day",), ("shop", "agent")]
SIDES = {"n": "numerator", "d": "denominator", "v": "value", "low": "low", "high": "high"}


def _more(first=date(2026, 11, 28), days=5):
    """Five more days over the end of a month, with mo moved to 一组 on the third: chats, orders, refunds, reviews, complaints, hours online, targets."""
    messages, orders, refunds, reviews, presence, complaints, ratings, traffic = ([] for _ in range(8))
    for n in range(days):
        day = first + timedelta(days=n)
        for shop, agents in (("s1", ("lin", "mo")), ("other", ("kai",))):
            for b, agent in enumerate(agents * 2):
                buyer, hour = f"x{(n * 3 + b) % 5}", 9 + b
                key = f"{shop}-{n}-{b}"
                messages.append(f"{shop},{buyer},{day} {hour:02}:00:00,buyer,,{key}q,在吗 {key}")
                messages.append(f"{shop},{buyer},{day} {hour:02}:{(n * 7 + b) % 3:02}:{(n * 13 + b * 7) % 60:02},agent,{agent},{key}a,在的")
                orders.append(f"{key},{shop},{buyer},{day} {hour:02}:10:00,{day} {hour:02}:12:00,{10 + n * 3 + b}.37,{1 + b}")
                presence.append(f"{shop},{agent},{day} 08:{b:02}:00,{day} 12:30:00")
                if (n + b) % 3 == 0:
                    stepped_in = "true" if b else "false"
                    refunds.append(
                        f"r{key},{shop},{key},{buyer},{day} 13:00:00,{day} 20:00:00,5.11,refund_only,success,{stepped_in},{stepped_in}"
                    )
                    reviews.append(f"v{key},{shop},{key},{buyer},{day} 21:00:00,{1 + (n + b) % 5}")
                    complaints.append(f"c{key},{shop},{buyer},{agent},{day} 22:00:00,true,attitude")
                    ratings.append(f"t{key},{shop},{buyer},{agent},{day} 12:40:00,{day} 12:50:00,{1 + (n + b) % 5}")
            traffic.append(f"{shop},{day},{100 + n},{7 + n}.50,{300 + n}.25")
    return {
        "messages": ("shop_id,buyer_id,sent_at,sender,agent_id,message_id,text", messages),
        "orders": ("order_id,shop_id,buyer_id,created_at,paid_at,amount,quantity", orders),
        "presence": ("shop_id,agent_id,online_at,offline_at", presence),
        "refunds": (
            "refund_id,shop_id,order_id,buyer_id,applied_at,completed_at,amount,type,status,platform_intervened,merchant_liable",
            refunds,
        ),
        "reviews": ("review_id,shop_id,order_id,buyer_id,reviewed_at,stars", reviews),
        "complaints": ("complaint_id,shop_id,buyer_id,agent_id,filed_at,upheld,kind", complaints),
        "ratings": ("rating_id,shop_id,buyer_id,agent_id,invited_at,rated_at,stars", ratings),
        "traffic": ("shop_id,day,visitors,ad_spend,ad_sales", traffic),
        "targets": ("month,shop_id,agent_id,metric,target", ["2026-11,s1,lin,sales_amount,500", "2026-12,s1,,sales_amount,900"]),
        "positions": ("agent_id,valid_from,group,role", [f"mo,{first + timedelta(days=2)},一组,presale"]),
    }


@pytest.fixture(scope="module")
def busy(small_site, tmp_path_factory):
    """The folder of the small site with some days more; only its caches are written to."""
    folder, exports = tmp_path_factory.mktemp("busy"), tmp_path_factory.mktemp("more")
    for name, (head, rows) in _more().items():
        (exports / f"{name}.csv").write_text("\n".join([head, *rows, ""]), "utf-8")
    shutil.copytree(small_site, folder / "workspace")
    report = kaohe.open(folder / "workspace").import_exports([exports])
    assert {table.table for table in report.tables if table.new} >= set(_more()), report.problems
    return folder / "workspace"


@pytest.fixture
def month(settings, busy):
    """What is ready of it."""
    settings.WORKSPACE = busy
    return ready.refresh()


@pytest.fixture
def own_month(settings, busy, tmp_path):
    """What is ready of a copy of it, to be written to."""
    settings.WORKSPACE = tmp_path / "workspace"
    shutil.copytree(busy, settings.WORKSPACE)
    return ready.refresh()


def asked(of, by, days, metrics, seen=EVERYTHING, **narrow):
    return answers.answered(of, answers.Question(*days, by, metrics, seen, **narrow))


def assert_same(found, right, by, metrics):
    """Every figure of both is in the other, and the same."""
    keys = [BY[one] for one in by]
    right = right.with_columns(pl.col(key).cast(pl.String) for key in keys if key not in ("day", "hour"))
    for metric in metrics:
        own = found.select(*keys, *(f"{side}:{metric}" for side in SIDES), f"few:{metric}")
        theirs = right.filter(pl.col("metric") == metric).with_columns(
            few=(pl.col("value").is_not_null() & ~pl.col("enough")).fill_null(False)
        )
        # Where one has no line of a group, the other says that nothing happened.
        told = own.join(theirs, on=keys, how="inner", nulls_equal=True) if keys else pl.concat([own, theirs], how="horizontal")
        assert len(told) == len(theirs) == len(own), (metric, by)
        for side, column in SIDES.items():
            wrong = told.filter(~pl.col(f"{side}:{metric}").eq_missing(pl.col(column)))
            assert wrong.is_empty(), (metric, by, wrong.select(*keys, f"{side}:{metric}", column))
        assert told[f"few:{metric}"].to_list() == told["few"].to_list(), (metric, by)


@pytest.mark.parametrize("days", SPANS)
def test_every_figure_is_the_librarys(month, days):
    metrics = tuple(SHOWN)
    for by in GROUPINGS:
        found = asked(month, by, days, metrics)
        assert not found.waiting | found.apart
        assert_same(found.frame, workspace().figures(*days, by=by, metrics=metrics), by, metrics)


def test_hours_are_the_librarys(month):
    days, by = SPANS[0], ("day", "hour", "shop")
    metrics = tuple(one for one in SHOWN if one in BY_HOUR)
    assert_same(asked(month, by, days, metrics).frame, workspace().figures(*days, by=by, metrics=metrics), by, metrics)


def test_of_some_shops_nothing_of_the_others_is_in_a_figure(month):
    metrics = tuple(SHOWN)
    for seen, shops in ((Seen((Scope(frozenset({"s1"}), None),)), None), (EVERYTHING, frozenset({"s1"}))):
        for by in ((), ("group",), ("agent",)):
            found = asked(month, by, SPANS[0], metrics, seen, shops=shops)
            assert_same(found.frame, workspace().figures(*SPANS[0], by=by, metrics=metrics, shops=["s1"]), by, metrics)


def test_a_lead_sees_the_days_an_agent_was_in_his_group_and_no_others(month):
    seen, metrics = Seen((Scope(None, frozenset({"一组"})),)), tuple(SHOWN)
    found = asked(month, ("agent",), SPANS[0], metrics, seen).frame
    right = workspace().figures(*SPANS[0], by=("group", "agent"), metrics=metrics).filter(pl.col("group") == "一组")
    assert set(found["agent_id"]) == {"lin", "mo"}
    assert_same(found, right, ("agent",), metrics)
    everything = asked(month, ("agent",), SPANS[0], metrics).frame
    of_mo = [frame.filter(pl.col("agent_id") == "mo")["n:served_buyers"].item() for frame in (found, everything)]
    assert of_mo[0] < of_mo[1]


def test_a_lead_of_two_groups_has_to_choose_one_before_they_are_added_up(month):
    seen = Seen((Scope(None, frozenset({"一组", "二组"})),))
    with pytest.raises(answers.Mixed):
        asked(month, ("day",), SPANS[0], ("served_buyers",), seen)
    found = asked(month, ("day",), SPANS[0], ("served_buyers",), seen, group="二组").frame
    right = workspace().figures(*SPANS[0], by=("day", "group"), metrics=["served_buyers"]).filter(pl.col("group") == "二组")
    # Days on which others of the shops only sold something have lines, too.
    assert [count for count in found["n:served_buyers"] if count] == right["numerator"].to_list()


def test_what_can_not_be_added_over_two_scopes_is_left_open(month):
    seen = Seen((Scope(frozenset({"s1"}), None), Scope(frozenset({"other"}), frozenset({"三组"}))))
    found = asked(month, ("agent",), SPANS[0], ("served_buyers", "median_response_seconds"), seen)
    assert found.apart == {"median_response_seconds"}
    assert found.frame["v:median_response_seconds"].null_count() == len(found.frame)
    assert set(found.frame["agent_id"]) >= {"lin", "mo", "kai"}


def test_what_was_not_imported_is_no_zero(site):
    found = asked(ready.refresh(), ("shop",), (date(2026, 11, 2), date(2026, 11, 3)), ("complaint_rate", "orders")).frame
    assert found["v:complaint_rate"].to_list() == [None, None]
    assert found["v:orders"].to_list() == [0.0, 1.0]


def test_what_is_too_much_is_counted_in_the_background_and_never_guessed(month, monkeypatch):
    monkeypatch.setattr(ready, "SMALL", 0)
    sent, days = [], (date(2026, 11, 30), date(2026, 12, 1))

    def ask():
        question = answers.Question(*days, ("agent",), ("served_buyers", "median_response_seconds"), EVERYTHING)
        return answers.answered(month, question, lambda *asked: sent.append(asked))

    first = ask()
    assert first.waiting == {"median_response_seconds"}
    assert first.frame["v:median_response_seconds"].null_count() == len(first.frame)
    assert first.frame["n:served_buyers"].sum() > 0
    ask()
    assert len(sent) == 1
    answers.count(*sent[0])
    assert ask().waiting == frozenset()
    assert ask().frame["v:median_response_seconds"].null_count() < len(first.frame)


def test_an_import_of_other_days_leaves_the_files_of_replies(own_month, tmp_path):
    month = own_month
    before = month.files["2026-11"]
    file = tmp_path / "messages.csv"
    rows = ["s1,z1,2026-12-20 09:00:00,buyer,,n1,在吗", "s1,z1,2026-12-20 09:00:09,agent,lin,n2,在的"]
    file.write_text("\n".join(["shop_id,buyer_id,sent_at,sender,agent_id,message_id,text", *rows, ""]), "utf-8")
    workspace().import_exports([file])
    after = ready.refresh()
    replies = [name for name in before if name.startswith("replies")]
    assert [after.files["2026-11"][name] for name in replies] == [before[name] for name in replies]
    assert after.files["2026-12"]["replies-shop"] != month.files["2026-12"]["replies-shop"]
    assert (after.number, after.last) == (month.number + 1, date(2026, 12, 20))
    found = asked(after, ("day",), (date(2026, 12, 20), date(2026, 12, 20)), ("served_buyers",)).frame
    assert found["n:served_buyers"].to_list() == [1.0]


def test_every_metric_stands_on_one_tab_or_elsewhere():
    assert sorted([*SHOWN, *ELSEWHERE]) == sorted(CATALOGUE)
    assert len(SHOWN) == len(set(SHOWN)) == len(ADDING) + len(TRAILING) + len(WHOLE)
    assert not ADDING & TRAILING
    assert set(ON) == {"response", "conversion", "sales", "aftersale"}


def test_quantiles_and_different_people_are_never_added_up():
    assert {"median_response_seconds", "p90_response_seconds", "buyers", "average_order_value", "items_per_buyer", "online_hours"} <= WHOLE
