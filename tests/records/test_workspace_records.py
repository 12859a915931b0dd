"""What the site calls: results of schemes, of texts and of appraisals that were looked at; what a statement rests on."""

import datetime as dt
from collections import Counter
from decimal import Decimal

import pytest

import kaohe
from kaohe.appraisal import parse
from kaohe.appraisal.figures import Figure
from kaohe.errors import Failure
from kaohe.packs import Packs, ShopPacks
from kaohe.records import diff
from kaohe.records.changes import as_data, figures_of, from_data, traits
from kaohe.records.rulings import rule_changes
from kaohe.reports import records

HEAD = "shop_id,buyer_id,sent_at,sender,agent_id,message_id\n"
SCHEME = """
name: duel
title: 对决
source: 店长
pk:
  - {metric: served_buyers, prizes: [30, 20]}
pay:
  lines:
    - {id: pk, kind: pk}
"""
NOVEMBER = dt.date(2026, 11, 1), dt.date(2026, 11, 30)


def chats(agent, *buyers):
    return "".join(
        f"s1,{buyer},2026-11-03 09:00:00,buyer,,q{buyer}\ns1,{buyer},2026-11-03 09:00:10,agent,{agent},a{buyer}\n" for buyer in buyers
    )


@pytest.fixture
def workspace(tmp_path):
    found = kaohe.create(tmp_path / "ws")
    (tmp_path / "shops.csv").write_text("shop_id,platform\ns1,generic\n", "utf-8")
    (tmp_path / "agents.csv").write_text("agent_id,name,role,group,left_on\nlin,林,presale,一组,\nmo,莫,presale,一组,\n", "utf-8")
    add(found, tmp_path / "chats.csv", HEAD + chats("lin", "b1", "b2") + chats("mo", "b3"))
    found.import_exports([tmp_path / "shops.csv", tmp_path / "agents.csv"])
    return found


def add(workspace, path, text):
    path.write_text(text, "utf-8")
    workspace.import_exports([path])


def test_a_result_is_saved_of_a_scheme_of_its_text_and_of_an_appraisal(workspace, tmp_path):
    (tmp_path / "duel.yaml").write_text(SCHEME, "utf-8")
    _, of_file = workspace.save_result(tmp_path / "duel.yaml", *NOVEMBER)
    _, of_text = workspace.save_result(parse(SCHEME), *NOVEMBER)
    seen = workspace.appraise(parse(SCHEME), *NOVEMBER)
    result, of_seen = workspace.save_result(seen)
    assert result.to_dicts() == seen.to_dicts()
    assert of_file.path.read_bytes() == of_text.path.read_bytes() == of_seen.path.read_bytes()
    assert [run.name for run in workspace.results()] == [f"duel-2026-11-000{number}" for number in (1, 2, 3)]


def test_an_appraisal_is_not_saved_when_it_would_come_out_otherwise_by_now(workspace, tmp_path):
    seen = workspace.appraise(parse(SCHEME), *NOVEMBER)
    before = workspace.lake.snapshot(None).number
    add(workspace, tmp_path / "more.csv", HEAD + chats("mo", "b8", "b9"))
    with pytest.raises(Failure) as caught:
        workspace.save_result(seen)
    assert caught.value.problems[0].code.name == "appraisal_outdated"
    assert workspace.results() == []
    # As of the import it was made on, it still is what it was.
    assert workspace.save_result(seen, at=before)[1].statements == seen.to_dicts()


def test_a_change_of_a_pk_says_its_figures_and_places(workspace, tmp_path):
    _, old = workspace.save_result(parse(SCHEME), *NOVEMBER)
    add(workspace, tmp_path / "more.csv", HEAD + chats("mo", "b8", "b9"))
    _, new = workspace.save_result(parse(SCHEME), *NOVEMBER)
    found = {(one.agent_id, one.what, one.of): (one.before, one.after) for one in diff(old, new)}
    before, after = found["mo", "figure", "served_buyers"]
    assert (before.value, after.value) == (1, 3)
    assert found["mo", "podium", "served_buyers"] == ("2", "1")
    assert found["lin", "podium", "served_buyers"] == ("1", "2")
    assert ("lin", "figure", "served_buyers") not in found
    assert found["mo", "pay_line", "pk"] == ("20.00", "30.00")


def test_who_changes_his_role_or_leaves_within_the_period_is_told_as_such(workspace, tmp_path):
    _, old = workspace.save_result(parse(SCHEME), *NOVEMBER)
    add(workspace, tmp_path / "left.csv", "agent_id,name,role,group,left_on\nlin,林,presale,一组,2026-11-20\nmo,莫,aftersale,二组,\n")
    add(workspace, tmp_path / "positions.csv", "agent_id,valid_from,role,group\nlin,2026-11-10,lead,一组\n")
    _, new = workspace.save_result(parse(SCHEME), *NOVEMBER)
    found = {(one.agent_id, one.what): (one.before, one.after) for one in diff(old, new)}
    assert found["mo", "role"] == ("presale", "aftersale")
    assert found["mo", "group"] == ("一组", "二组")
    assert found["lin", "stretches"] == ("–", "2026-11-01..2026-11-09, 2026-11-10..2026-11-20")
    (back,) = [one for one in diff(new, old) if one.agent_id == "lin" and one.what == "stretches"]
    assert back.after == "–"


def paid(workspace, month):
    """Yuan by person of a month: what its ledger says and every correction of it since, booked or open."""
    found = Counter()
    for ledger in workspace.ledgers():
        found.update({key[1]: 0 for key in ledger.lines})
        for key, amount in ledger.lines.items() if ledger.month == month else ():
            found[key[1]] += amount
        for one in ledger.corrections:
            found[one.agent_id] += one.amount if one.month == month else 0
    for one in workspace.corrections():
        found[one.agent_id] += one.amount
    return {agent: str(amount) for agent, amount in found.items() if amount}


def test_a_month_that_turns_out_to_be_in_two_stretches_is_corrected_to_what_these_come_to(workspace, tmp_path):
    scheme = parse(SCHEME.replace("{id: pk, kind: pk}", "{id: base, kind: fixed, amount: 3000, pro_rata: true}"))
    workspace.close("2026-11", [workspace.save_result(scheme, *NOVEMBER)[1].name])
    assert paid(workspace, "2026-11") == {"lin": "3000.00", "mo": "3000.00"}
    add(workspace, tmp_path / "left.csv", "agent_id,name,role,group,left_on\nlin,林,presale,一组,2026-11-20\nmo,莫,presale,一组,\n")
    add(workspace, tmp_path / "positions.csv", "agent_id,valid_from,role,group\nlin,2026-11-10,lead,一组\n")
    (gone, *come) = workspace.corrections()
    assert [(one.first, str(one.amount), one.why[0].what) for one in (gone, *come)] == [
        (None, "-3000.00", "stretches"),
        ("2026-11-01", "900.00", "stretches"),
        ("2026-11-10", "1100.00", "stretches"),
    ]
    assert (gone.why[0].before, gone.why[0].after) == ("–", "2026-11-01..2026-11-09, 2026-11-10..2026-11-20")
    assert paid(workspace, "2026-11") == {"lin": "2000.00", "mo": "3000.00"}
    december = workspace.save_result(scheme, dt.date(2026, 12, 1), dt.date(2026, 12, 31))[1]
    closed = workspace.close("2026-12", [december.name])
    assert workspace.corrections() == []
    # Lin is no longer there in December: what he has to give back is a line all the same.
    pay, every = records.ledger(closed, workspace.ledgers(), {"lin": "林", "mo": "莫"}, "zh")
    assert pay.data.select("agent", "paid", "corrected", "total").rows() == [
        ("林", Decimal("0.00"), Decimal("-1000.00"), Decimal("-1000.00")),
        ("莫", Decimal("3000.00"), Decimal("0.00"), Decimal("3000.00")),
    ]
    assert pay.total["total"] == Decimal("2000.00")
    assert every.data["why"].to_list()[0] == "分段 整个考核期 → 2026-11-01..2026-11-09, 2026-11-10..2026-11-20"


def test_figures_of_two_origins_are_told_apart_and_read_back_as_written():
    def figure(metric, origin, value):
        return {
            "metric": metric,
            "origin": origin,
            "numerator": value,
            "denominator": None,
            "value": value,
            "low": None,
            "high": 1.0,
            "changed": [1, 0],
        }

    nothing = {"lines": [], "gates": [], "vetoes": [], "pk": []}
    looked = [{"figures": [figure("sales_amount", "reported", 5.0), figure("sales_amount", "computed", 4.0)]}]
    found = figures_of({**nothing, "pay_lines": [{"looked": looked}]})
    assert {key: one.value for key, one in found.items()} == {"sales_amount": 4.0, "sales_amount:reported": 5.0}
    assert [from_data(as_data(one)) for one in found.values()] == list(found.values())
    assert found["sales_amount"] == Figure("sales_amount", 4.0, None, 4.0, changed=(1, 0))


def test_every_statement_rests_on_figures_that_its_traits_tell(workspace):
    (lin, mo) = workspace.appraise(parse(SCHEME), *NOVEMBER).to_dicts()
    assert traits(lin)["figure", "served_buyers"].value == 2
    assert traits(mo)["podium", "served_buyers"] == "2"


def test_packs_are_kept_whole_and_read_back_as_they_were():
    packs = Packs.load()
    shops = ShopPacks.of(packs, [(pack.name, pack.platform, pack.name) for pack in packs])
    again = ShopPacks.read(shops.content())
    assert again.digest() == shops.digest()
    day = dt.date(2026, 11, 1)
    assert all(again(pack.name, day) == pack.on(day).parameters for pack in packs)
    assert again("nowhere", day) == packs.of_platform("generic").on(day).parameters
    assert rule_changes(shops, again) == []


def other(pack, **parameters):
    first, *rest = pack.versions
    return pack.model_copy(
        update={"versions": (first.model_copy(update={"parameters": first.parameters.model_copy(update=parameters)}), *rest)}
    )


def test_two_packs_of_one_name_are_kept_apart():
    generic = Packs.load().of_platform("generic")
    old, new = (
        ShopPacks({"s1": generic}, generic),
        ShopPacks({"s1": other(generic, credit_days=9), "s2": other(generic, credit_days=9)}, generic),
    )
    mixed = old.beside(new)
    day = dt.date(2026, 11, 1)
    assert (mixed("s1", day).credit_days, mixed("s2", day).credit_days) == (3, 9)
    again = ShopPacks.read(mixed.content())
    assert (again("s1", day).credit_days, again("s2", day).credit_days) == (3, 9)
    assert len({old.digest(), new.digest(), mixed.digest()}) == 3


def test_what_changed_in_packs_is_told_once_with_the_day_it_begins():
    generic = Packs.load().of_platform("generic")
    later = generic.versions[0].model_copy(
        update={
            "effective_from": dt.date(2026, 12, 1),
            "parameters": generic.versions[0].parameters.model_copy(update={"slow_seconds": 99}),
        }
    )
    dated = generic.model_copy(update={"versions": (*other(generic, credit_days=9).versions, later)})
    found = rule_changes(ShopPacks({"s1": generic, "s2": generic}, generic), ShopPacks({"s1": dated, "s2": dated, "s3": dated}, generic))
    assert [(one.shops, one.since, one.what, one.before, one.after) for one in found] == [
        (("s1", "s2"), None, "credit_days", "3", "9"),
        (("s1", "s2"), dt.date(2026, 12, 1), "slow_seconds", "180", "99"),
        (("s1", "s2"), dt.date(2026, 12, 1), "credit_days", "3", "3"),
    ]
    assert rule_changes(ShopPacks({"s1": generic}, generic), ShopPacks({"s2": dated}, dated)) == []
