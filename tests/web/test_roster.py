"""The roster on the site: who answers buyers, in which role and group since when, with which accounts."""

from datetime import date

import pytest

from kaohe_web.audit.models import Event
from kaohe_web.roster import actions, queries

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)


@pytest.fixture
def admin(site, as_):
    return as_("admin")


def test_only_who_manages_people_sees_it(site, as_):
    for role, expected in {"admin": 200, "owner": 403, "supervisor": 403, "qa": 403, "finance": 403, "agent": 403, "reader": 403}.items():
        assert [as_(role).get(path).status_code for path in ("/roster/", "/roster/lin/")] == [expected, expected]
        if role != "admin":
            assert as_(role).post("/roster/lin/move/", {"valid_from": "2026-11-03", "group": "三组"}).status_code == 403


def test_somebody_new_is_in_the_roster_and_an_id_is_taken_once(admin):
    assert admin.post("/roster/", {"agent_id": "hua", "name": "华", "role": "presale", "group": "一组"}).status_code == 302
    assert queries.agent("hua", TODAY).row["name"] == "华"
    again = admin.post("/roster/", {"agent_id": "hua", "name": "另一个"})
    assert (again.status_code, "已有这个编号" in again.content.decode()) == (422, True)
    assert queries.agent("hua", TODAY).row["name"] == "华"
    assert [entry.action for entry in Event.objects.all()] == ["agent.added"]


def test_a_move_leaves_the_days_before_as_they_were(admin, site):
    assert admin.post("/roster/lin/move/", {"valid_from": "2026-11-03", "group": "二组"}).status_code == 302
    assert queries.agent("lin", date(2026, 11, 2)).group == "一组"
    assert queries.agent("lin", TODAY).group == "二组"
    found = site.figures(date(2026, 11, 2), date(2026, 11, 3), by=("group", "day"), metrics=["served_buyers"])
    assert [row for row in found.select("group", "day", "value").rows() if row[0] == "一组"] == [("一组", date(2026, 11, 2), 1.0)]


def test_an_account_passes_on_from_a_day(admin, site):
    assert admin.post("/roster/lin/account/end/", {"shop_id": "s1", "account": "lin", "valid_to": "2026-11-02"}).status_code == 302
    given = {"shop_id": "s1", "account": "lin", "valid_from": "2026-11-03"}
    assert admin.post("/roster/mo/account/", given).status_code == 302
    found = site.figures(date(2026, 11, 3), date(2026, 11, 3), by=("agent",), metrics=["served_buyers"])
    assert dict(found.select("agent_id", "value").rows())["mo"] == 1.0
    taken = admin.post("/roster/kai/account/", given)
    assert (taken.status_code, "已经是 mo 的" in taken.content.decode()) == (422, True)


def test_who_left_stays_with_his_days(admin):
    page = admin.get("/roster/lin/").content.decode()
    was = page.split('name="was" value="')[1].split('"')[0].replace("&quot;", '"')
    left = {"was": was, "name": "林", "joined_on": "2026-10-01", "left_on": "2026-11-20"}
    assert admin.post("/roster/lin/", left).status_code == 302
    row = queries.agent("lin", TODAY).row
    assert (row["joined_on"], row["left_on"], row["group"]) == (date(2026, 10, 1), date(2026, 11, 20), "一组")
    # The page was read before that change.
    late = admin.post("/roster/lin/", {**left, "name": "林二"})
    assert (late.status_code, "别人刚改过" in late.content.decode()) == (422, True)
    assert queries.agent("lin", TODAY).row["name"] == "林"
    assert Event.objects.count() == 1


def test_days_in_the_wrong_order_and_odd_input_are_refused(admin):
    assert admin.post("/roster/lin/account/", {"shop_id": "moon", "account": "x"}).status_code == 422
    assert admin.post("/roster/lin/account/end/", {"shop_id": "s1", "account": "nobody", "valid_to": "2026-11-02"}).status_code == 422
    assert admin.post("/roster/lin/move/", {"valid_from": "2026-11-03"}).status_code == 422
    assert admin.post("/roster/lin/", {"was": "[]", "name": "林"}).status_code == 422
    assert admin.get("/roster/nobody/").status_code == 404
    assert Event.objects.count() == 0


def test_accounts_that_are_nobodys_are_shown(admin, site, cast):
    assert "没有主人" not in admin.get("/roster/").content.decode()
    actions.end_account(by=cast["admin"], shop_id="other", account="kai", valid_from=None, valid_to=date(2026, 11, 1))
    assert "没有主人" not in admin.get("/roster/").content.decode()
    actions.give_account(by=cast["admin"], shop_id="s1", account="kefu9", agent_id="kai")
    assert "kefu9" in admin.get("/roster/").content.decode()


def test_people_are_found_by_words_and_long_lists_are_turned(admin, monkeypatch):
    monkeypatch.setattr("kaohe_web.roster.views.PER_PAGE", 1)

    def listed(query=""):
        return [one.agent_id for one in admin.get(f"/roster/{query}").context["page"]]

    everybody = [one.agent_id for one in queries.agents(TODAY)]
    assert [listed(f"?page={number}") for number in range(1, len(everybody) + 1)] == [[one] for one in everybody]
    assert [listed("?q=MO"), listed("?q=nobody")] == [["mo"], []]
