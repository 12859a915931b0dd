"""What a scheme is judged on, from imported files: stretches, corrections, targets, reports, shops, the period before."""

from datetime import date
from decimal import Decimal

import pytest

import kaohe
from kaohe.appraisal import parse
from kaohe.appraisal.gathering import period_before

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
