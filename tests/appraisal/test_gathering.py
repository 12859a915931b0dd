"""What a scheme is judged on, from imported files: stretches, corrections, targets, reports, shops, the period before."""

from datetime import date
from decimal import Decimal

import pytest

import kaohe
from kaohe.appraisal import parse
from kaohe.appraisal.gathering import period_before
from kaohe.errors import Failure

NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))
HEAD = "name: mine\ntitle: 我的方案\nsource: 店长\n"
COUNT = "{kind: linear, low: {figure: 0, points: 0}, high: {figure: 100, points: 100}}"


def write(folder, name, text):
    (folder / f"{name}.csv").write_text("\n".join(line.strip() for line in text.strip().splitlines()) + "\n", encoding="utf-8")


def messages(*rows):
    """Each row: shop, buyer, agent, day and hour of a question; answered after 10 s."""
    lines = ["shop_id,buyer_id,sent_at,sender,agent_id,message_id"]
    for at, (shop, buyer, agent, when) in enumerate(rows):
        lines.append(f"{shop},{buyer},{when}:00:00+08:00,buyer,,q{at}")
        lines.append(f"{shop},{buyer},{when}:00:10+08:00,agent,{agent},a{at}")
    return "\n".join(lines)


@pytest.fixture
def place(tmp_path):
    """A folder of canonical files and the workspace they go into."""
    (tmp_path / "files").mkdir()
    write(tmp_path / "files", "shops", "shop_id,platform\nhz,generic\nny,generic")

    def imported(**tables):
        for name, text in tables.items():
            write(tmp_path / "files", name, text)
        workspace = kaohe.create(tmp_path / "ws")
        workspace.import_exports([tmp_path / "files"])
        return workspace

    return imported


def judged(workspace, items, period=NOVEMBER, **more):
    keys = "".join(f"{key}: {value}\n" for key, value in more.items())
    return workspace.appraise(parse(HEAD + keys + "items:\n" + items), *period)


SERVED = f"  - {{metric: served_buyers, weight: 100, scoring: {COUNT}}}\n"
AGENTS = (
    "agent_id,name,role,group,joined_on,left_on\nlin,林,presale,一组,,\nmo,莫,presale,一组,2026-11-16,\nchen,陈,aftersale,二组,,2026-10-31"
)


def test_who_changed_role_is_judged_for_each_stretch_by_the_figures_of_its_days(place):
    workspace = place(
        messages=messages(("hz", "b1", "lin", "2026-11-03 10"), ("hz", "b2", "lin", "2026-11-04 10"), ("hz", "b3", "lin", "2026-11-20 10")),
        agents=AGENTS,
        positions="agent_id,valid_from,role\nlin,2026-11-11,aftersale",
    )
    base = "{lines: [{kind: fixed, amount: 3000, pro_rata: true}]}"
    presale = judged(workspace, SERVED, applies_to="{roles: [presale]}", pay=base)
    aftersale = judged(workspace, SERVED, applies_to="{roles: [aftersale]}", pay=base)
    assert {one.agent_id: (one.points, one.pay) for one in presale.statements} == {
        "lin": (Decimal("2.00"), Decimal("1000.00")),
        "mo": (None, Decimal("1500.00")),
    }
    assert [(one.agent_id, one.points, one.pay, one.first) for one in aftersale.statements] == [
        ("lin", Decimal("1.00"), Decimal("2000.00"), date(2026, 11, 11))
    ]


def test_an_accepted_correction_counts_when_judged_and_nowhere_else(place):
    workspace = place(
        messages=messages(("hz", "b1", "lin", "2026-11-03 10")),
        adjustments="agent_id,metric,day,numerator,reason\nlin,served_buyers,2026-11-05,4,申诉成立",
    )
    found = judged(workspace, SERVED).statement("lin")
    assert (found.points, found.line("served_buyers").figure.changed) == (Decimal("5.00"), (4.0, 0.0))
    assert workspace.figures(by=("agent",), metrics=["served_buyers"])["value"].to_list() == [1.0]
    assert judged(workspace, SERVED, (date(2026, 11, 1), date(2026, 11, 4))).statement("lin").points == Decimal("1.00")


def test_targets_are_each_ones_own(place):
    workspace = place(
        messages=messages(("hz", "b1", "lin", "2026-11-03 10"), ("hz", "b2", "mo", "2026-11-20 10")),
        targets="month,shop_id,agent_id,metric,target\n2026-11,,lin,served_buyers,2\n2026-11,,mo,served_buyers,4\n2026-12,,mo,served_buyers,1",
    )
    found = judged(workspace, "  - {metric: served_buyers, weight: 100, scoring: {kind: attainment, target: targets}}\n")
    assert {one.agent_id: str(one.points) for one in found.statements} == {"lin": "50.00", "mo": "25.00"}


def test_the_period_before_a_month_is_the_month_before(place):
    workspace = place(
        messages=messages(*(("hz", f"b{at}", "lin", f"2026-10-{at:02} 10") for at in range(1, 5)), ("hz", "b1", "lin", "2026-11-03 10"))
    )
    item = "  - {metric: served_buyers, weight: 100, scoring: {kind: linear, on: change, low: {figure: -1, points: 0}, high: {figure: 0, points: 100}}}\n"
    assert str(judged(workspace, item).statement("lin").points) == "25.00"


@pytest.mark.parametrize(
    ("period", "before"),
    [
        (NOVEMBER, (date(2026, 10, 1), date(2026, 10, 31))),
        ((date(2026, 1, 1), date(2026, 3, 31)), (date(2025, 10, 1), date(2025, 12, 31))),
        ((date(2026, 3, 1), date(2026, 3, 31)), (date(2026, 2, 1), date(2026, 2, 28))),
        ((date(2026, 11, 9), date(2026, 11, 15)), (date(2026, 11, 2), date(2026, 11, 8))),
        ((date(2026, 11, 1), date(2026, 11, 1)), (date(2026, 10, 31), date(2026, 10, 31))),
    ],
)
def test_the_period_before_is_as_long_and_adjoining_and_months_before_months(period, before):
    assert period_before(*period) == before


def test_a_scheme_for_some_shops_looks_at_those_alone(place):
    workspace = place(
        messages=messages(("hz", "b1", "lin", "2026-11-03 10"), ("ny", "b2", "lin", "2026-11-03 11"), ("ny", "b3", "mo", "2026-11-20 10")),
        agents=AGENTS,
        accounts="shop_id,account,agent_id,valid_from\nhz,lin,lin,\nny,lin,lin,\nny,mo,mo,",
        attendance="agent_id,day,days\nlin,2026-11-03,1",
    )
    days = "  - {metric: days_worked, max_points: 31, scoring: {kind: as_is}}\n"
    served = SERVED.replace("weight", "max_points")
    found = judged(workspace, served + days, applies_to="{shops: [hz]}")
    assert {one.agent_id: [str(line.points) for line in one.lines] for one in found.statements} == {"lin": ["1.00", "1.00"]}
    both = judged(workspace, served, applies_to="{shops: [hz, ny]}")
    assert {one.agent_id: str(one.points) for one in both.statements} == {"lin": "2.00", "mo": "1.00"}


def test_figures_of_shops_are_those_of_the_shops_an_agent_has_accounts_in(place):
    workspace = place(
        messages=messages(("hz", "b1", "lin", "2026-11-03 10"), ("ny", "b2", "mo", "2026-11-20 10")),
        traffic="shop_id,day,visitors,ad_spend,ad_sales\nhz,2026-11-03,10,100,300\nny,2026-11-03,10,100,700",
        agents=AGENTS,
        accounts="shop_id,account,agent_id,valid_from\nhz,lin,lin,\nny,lin,lin,\nny,mo,mo,",
    )
    item = "  - {metric: ad_roi, figures: shops, weight: 100, scoring: {kind: linear, low: {figure: 0, points: 0}, high: {figure: 10, points: 100}}}\n"
    found = judged(workspace, item)
    assert {one.agent_id: str(one.points) for one in found.statements if one.points is not None} == {"lin": "50.00", "mo": "70.00"}


def test_nothing_entered_is_not_no_day_worked(place):
    workspace = place(
        messages=messages(("hz", "b1", "lin", "2026-11-03 10"), ("hz", "b2", "mo", "2026-11-20 10")),
        attendance="agent_id,day,days\nlin,2026-11-30,22.5",
    )
    found = judged(workspace, SERVED, pay="{lines: [{kind: day_rate, amount: 100}]}")
    assert {one.agent_id: one.pay for one in found.statements} == {"lin": Decimal("2250.00"), "mo": None}


def test_a_scheme_for_two_shops_has_their_median_and_counts_hours_in_both_at_once_once(place):
    workspace = place(
        messages=messages(("hz", "b1", "lin", "2026-11-03 10"), ("ny", "b2", "lin", "2026-11-03 11"), ("sh", "b3", "lin", "2026-11-03 12")),
        agents=AGENTS,
        accounts="shop_id,account,agent_id\nhz,lin,lin\nny,lin,lin\nsh,lin,lin",
        shops="shop_id,platform\nhz,generic\nny,generic\nsh,generic",
        presence="shop_id,agent_id,online_at,offline_at\n"
        "hz,lin,2026-11-03T08:00:00+08:00,2026-11-03T12:00:00+08:00\n"
        "ny,lin,2026-11-03T10:00:00+08:00,2026-11-03T13:00:00+08:00\n"
        "sh,lin,2026-11-03T08:00:00+08:00,2026-11-03T20:00:00+08:00",
    )
    median = "  - {metric: median_response_seconds, max_points: 20, scoring: {kind: as_is}}\n"
    hours = "  - {metric: online_hours, max_points: 20, scoring: {kind: as_is}}\n"
    peak = "  - {metric: peak_concurrency, better: any, max_points: 20, scoring: {kind: as_is}}\n"
    found = judged(workspace, median + hours + peak, applies_to="{shops: [hz, ny]}")
    assert [str(line.points) for line in found.statement("lin").lines] == ["10.00", "5.00", "1.00"]


def test_a_scheme_for_a_shop_that_is_not_there_is_refused(place):
    workspace = place(
        messages=messages(("hz", "b1", "lin", "2026-11-03 10")), agents=AGENTS, accounts="shop_id,account,agent_id\nhz,lin,lin"
    )
    with pytest.raises(Failure, match="hz2"):
        judged(workspace, SERVED, applies_to="{shops: [hz2]}")


def test_who_has_no_record_of_being_online_has_no_figure_of_it(place):
    workspace = place(
        messages=messages(("hz", "b1", "lin", "2026-11-03 10"), ("hz", "b2", "mo", "2026-11-20 10")),
        presence="shop_id,agent_id,online_at,offline_at\nhz,lin,2026-11-03T08:00:00+08:00,2026-11-03T18:00:00+08:00",
    )
    hours = "  - {metric: online_hours, max_points: 100, missing: block, scoring: {kind: as_is}}\n" + SERVED.replace("weight", "max_points")
    gates = "[{metric: online_hours, at_least: 20}]"
    found = judged(workspace, hours, gates=gates, pay="{lines: [{kind: fixed, amount: 100, gated: true}]}")
    assert {one.agent_id: (one.gates[0].status, one.points, one.pay) for one in found.statements} == {
        "lin": ("not_met", Decimal("11.00"), Decimal("0.00")),
        "mo": ("missing", None, Decimal("100.00")),
    }


def test_a_target_may_name_an_account_as_in_the_figures(place):
    workspace = place(
        messages=messages(("hz", "b1", "旗舰店:小林", "2026-11-03 10")),
        agents=AGENTS,
        accounts="shop_id,account,agent_id\nhz,旗舰店:小林,lin",
        targets="month,shop_id,agent_id,metric,target\n2026-11,hz,旗舰店:小林,served_buyers,2",
    )
    found = judged(workspace, "  - {metric: served_buyers, weight: 100, scoring: {kind: attainment, target: targets}}\n")
    assert str(found.statement("lin").points) == "50.00"


def test_a_scheme_for_some_shops_takes_their_targets_and_no_others(place):
    workspace = place(
        messages=messages(("hz", "b1", "lin", "2026-11-03 10"), ("hz", "b2", "mo", "2026-11-20 10")),
        agents="agent_id,name,role,group\nlin,林,presale,一组\nmo,莫,presale,一组",
        accounts="shop_id,account,agent_id\nhz,lin,lin\nny,lin,lin\nhz,mo,mo",
        targets="month,shop_id,agent_id,metric,target\n"
        "2026-11,,lin,served_buyers,50\n2026-11,hz,lin,served_buyers,2\n2026-11,ny,lin,served_buyers,48\n2026-11,,mo,served_buyers,4",
    )
    item = "  - {metric: served_buyers, weight: 100, scoring: {kind: attainment, target: targets}}\n"
    found = judged(workspace, item, applies_to="{shops: [hz]}")
    assert {one.agent_id: str(one.points) for one in found.statements} == {"lin": "50.00", "mo": "25.00"}


def test_who_joined_late_is_asked_for_his_days_of_a_gate_and_a_target(place):
    workspace = place(
        messages=messages(*(("hz", f"b{at}", "mo", f"2026-11-20 {at}") for at in range(10, 15))),
        agents=AGENTS,
    )
    item = "  - {metric: served_buyers, weight: 100, gated: true, scoring: {kind: attainment, target: 20}}\n"
    found = judged(workspace, item, gates="[{metric: served_buyers, at_least: 10}]").statement("mo")
    assert (found.gates[0].limit, found.gates[0].passed, str(found.points)) == (5, True, "50.00")
    whole = item.replace("target: 20", "target: 20, pro_rata: false")
    found = judged(workspace, whole, gates="[{metric: served_buyers, at_least: 10, pro_rata: false}]").statement("mo")
    assert (found.gates[0].limit, found.gates[0].passed, str(found.points)) == (10, False, "0.00")


def test_who_changed_role_shares_his_own_target_between_his_stretches(place):
    workspace = place(
        messages=messages(*(("hz", f"b{at}", "lin", f"2026-11-{at:02} 10") for at in (3, 4, 20))),
        agents=AGENTS,
        positions="agent_id,valid_from,role\nlin,2026-11-11,aftersale",
        targets="month,shop_id,agent_id,metric,target\n2026-11,,lin,served_buyers,6\n2026-11,,mo,served_buyers,4",
    )
    item = "  - {metric: served_buyers, weight: 100, scoring: {kind: attainment, target: targets}}\n"
    found = judged(workspace, item)
    assert [(one.agent_id, one.first, one.lines[0].target, str(one.points)) for one in found.statements if one.agent_id == "lin"] == [
        ("lin", date(2026, 11, 1), 2, "100.00"),
        ("lin", date(2026, 11, 11), 4, "25.00"),
    ]
    mo = found.statement("mo", date(2026, 11, 16))
    assert mo.lines[0].target == 4


def test_who_changed_role_shares_the_months_sales_target_between_his_stretches(place):
    workspace = place(
        messages=messages(("hz", "b1", "lin", "2026-11-03 10"), ("hz", "b2", "lin", "2026-11-20 10")),
        orders="shop_id,order_id,buyer_id,created_at,paid_at,amount,quantity\n"
        "hz,o1,b1,2026-11-03T11:00:00+08:00,2026-11-03T11:00:00+08:00,100,1\nhz,o2,b2,2026-11-20T11:00:00+08:00,2026-11-20T11:00:00+08:00,100,1",
        agents="agent_id,name,role,group\nlin,林,presale,一组",
        positions="agent_id,valid_from,role\nlin,2026-11-11,aftersale",
        targets="month,shop_id,agent_id,metric,target\n2026-11,,lin,sales_amount,300",
    )
    item = "  - {metric: target_completion, weight: 100, scoring: {kind: linear, low: {figure: 0, points: 0}, high: {figure: 1, points: 100}}}\n"
    found = judged(workspace, item)
    assert [
        (one.figure.numerator, one.figure.denominator, str(one.points)) for statement in found.statements for one in statement.lines
    ] == [
        (100, 100, "100.00"),
        (100, 200, "50.00"),
    ]
    assert workspace.figures(by=("agent",), metrics=["target_completion"], first=NOVEMBER[0], last=NOVEMBER[1])[
        "denominator"
    ].to_list() == [300]
