"""Who sees what of a cycle: supervisors their groups, finance the pay, agents themselves and of the ranking what the shop shows."""

import html
import re
import shutil
from urllib.parse import parse_qs, urlsplit

import pytest
from appraisals_data import SCHEME, begun, do, in_review, month, person, published, staff
from django.utils import translation

from kaohe_web.appraisals import appeals
from kaohe_web.appraisals.models import Appeal, Cycle, Judged
from kaohe_web.boards import tasks
from kaohe_web.org.policies import NotAllowed
from kaohe_web.org.roles import Role

pytestmark = pytest.mark.django_db
MARKS = {"lin": 80, "mo": 90, "kai": 70}


@pytest.fixture(scope="module")
def october(tmp_path_factory):
    return month(tmp_path_factory.mktemp("october") / "workspace").root


@pytest.fixture
def place(settings, october, tmp_path, cast):
    settings.WORKSPACE = tmp_path / "workspace"
    shutil.copytree(october, settings.WORKSPACE)
    return {**cast, **staff()}


@pytest.fixture
def review(place):
    return in_review(place["admin"], published(place["admin"]), place["qa"], MARKS)


def text(client, user, address, status=200):
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    found = client.get(address)
    assert found.status_code == status, address
    return found.content.decode()


def statement(cycle, agent):
    return Judged.objects.get(result=cycle.newest(), agent_id=agent)


def test_a_supervisor_sees_his_group_and_finance_the_pay_of_all(client, place, review):
    address = f"/appraisals/{review.pk}/result/{review.newest().pk}/"
    seen = {who: text(client, place[who], address) for who in ("supervisor", "other_supervisor", "qa", "finance")}
    names = {who: [name for name in ("林", "莫", "凯") if f">{name}</a>" in page] for who, page in seen.items()}
    assert names == {"supervisor": ["莫", "林"][::-1], "other_supervisor": ["凯"], "qa": ["林", "莫", "凯"], "finance": ["林", "莫", "凯"]}
    assert {who: "3,680.00" in page for who, page in seen.items()} == {
        "supervisor": True,
        "other_supervisor": False,
        "qa": False,
        "finance": True,
    }
    own = f"/appraisals/{review.pk}/statement/{statement(review, 'lin').pk}/"
    assert "3,680.00" not in text(client, place["qa"], own)
    assert "按分计酬" not in text(client, place["qa"], own)
    assert "3,680.00" in text(client, place["finance"], own)
    text(client, place["other_supervisor"], own, 404)
    # A statement is of its own cycle's address only.
    text(client, place["admin"], f"/appraisals/{review.pk + 1}/statement/{statement(review, 'lin').pk}/", 404)


def test_the_table_holds_what_the_page_holds_and_no_formula(client, place, review):
    Judged.objects.filter(agent_id="lin").update(name="=1+1")
    address = f"/appraisals/{review.pk}/result/{review.newest().pk}/?form=csv"
    finance, qa = text(client, place["finance"], address), text(client, place["qa"], address)
    assert "3680.00" in finance
    assert "3680.00" not in qa
    assert "'=1+1" in finance
    assert ",=1+1" not in finance


def test_an_agent_sees_himself_and_nobody_else(client, place, review):
    own = f"/appraisals/mine/{review.pk}/"
    page = text(client, place["agent"], own)
    assert "3,680.00" in page
    # 莫 and 凯 are ranked beside him; nothing on the page says so.
    for hidden in ("莫", "凯", "3,960.00", "3,880.00", "<td>mo</td>"):
        assert hidden not in page
    assert "3 / 3" in page
    for address in (
        f"/appraisals/{review.pk}/result/{review.newest().pk}/",
        f"/appraisals/{review.pk}/statement/{statement(review, 'lin').pk}/",
        f"/appraisals/{review.pk}/statement/{statement(review, 'mo').pk}/",
        f"/appraisals/{review.pk}/appeals/",
        f"/appraisals/{review.pk}/marks/",
    ):
        text(client, place["agent"], address, 404)
    text(client, place["agent"], f"/appraisals/{review.pk}/", 302)
    # Nor the appeal of somebody of his own group.
    given = {"about": "item", "item": "qa_score", "subject": "", "reason": "莫的理由", "evidence": ""}
    one = appeals.file(by=place["mo"], cycle=review, **given)
    text(client, place["agent"], f"/appraisals/appeal/{one.pk}/", 404)
    assert client.post(f"/appraisals/mine/appeal/{one.pk}/withdraw/").status_code == 404
    assert "莫的理由" not in text(client, place["agent"], own)
    assert "莫的理由" not in text(client, place["agent"], "/appraisals/mine/")
    text(client, place["other_supervisor"], f"/appraisals/appeal/{one.pk}/", 404)


def test_an_agent_looks_into_his_own_figures_down_to_the_messages(client, place, review):
    page = text(client, place["agent"], f"/appraisals/mine/{review.pk}/")
    assert f"/appraisals/mine/{review.pk}/evidence/reply_rate_30s/" in page
    found = text(client, place["agent"], f"/appraisals/mine/{review.pk}/evidence/reply_rate_30s/")
    assert [f">lin{at}<" in found for at in range(10)] == [True] * 10
    assert "7 ÷" in found
    for hidden in (">mo0<", ">kai0<", "莫", ">mo<"):
        assert hidden not in found
    day = text(client, place["agent"], f"/appraisals/mine/{review.pk}/evidence/reply_rate_30s/?day=2026-10-05")
    assert (">lin0<" in day, ">lin1<" in day) == (True, False)
    text(client, place["agent"], f"/appraisals/mine/{review.pk}/evidence/qa_score/", 404)


def test_an_agent_appeals_against_one_contact_and_who_decides_reads_its_chat(client, place, review):
    evidence = f"/appraisals/mine/{review.pk}/evidence/reply_rate_30s/?day=2026-10-05"
    found = text(client, place["agent"], evidence)
    ways = [html.unescape(way) for way in re.findall(r'href="([^"]+#appeal)"', found)]
    assert [parse_qs(urlsplit(way).query) for way in ways] == [
        {"item": ["reply_rate_30s"], "about": ["contact"], "subject": ["s1 · lin0 · 2026-10-05"]}
    ]
    page = text(client, place["agent"], ways[0].partition("#")[0])
    assert re.search(r'<option value="contact" selected>', page)
    assert 'value="s1 · lin0 · 2026-10-05"' in page
    filed = {"about": "contact", "item": "reply_rate_30s", "subject": "s1 · lin0 · 2026-10-05", "reason": "那会儿断网"}
    assert client.post(f"/appraisals/mine/{review.pk}/appeal/", filed).status_code == 302
    tasks.prepare.call()
    appeal = text(client, place["admin"], f"/appraisals/appeal/{Appeal.objects.get().pk}/")
    chat = html.unescape(re.search(r'href="(/boards/chat/[^"]+)"', appeal)[1])
    assert "在吗" in text(client, place["admin"], chat)
    assert "/boards/chat/" not in text(client, person("pay", Role.FINANCE), f"/appraisals/appeal/{Appeal.objects.get().pk}/")
    Cycle.objects.update(state="confirmed")
    assert "#appeal" not in text(client, place["agent"], evidence)


@pytest.mark.parametrize(("ranks", "place_shown", "names"), [("names", True, True), ("place", True, False), ("nothing", False, False)])
def test_agents_see_the_ranking_as_the_shop_chose(client, place, review, ranks, place_shown, names):
    Cycle.objects.update(ranks=ranks)
    page = text(client, place["agent"], f"/appraisals/mine/{review.pk}/")
    assert ("3 / 3" in page, "莫" in page) == (place_shown, names)
    assert "第 3 名" not in page


def test_a_long_ranking_opens_where_one_is_and_can_be_turned(client, place, review, monkeypatch):
    monkeypatch.setattr("kaohe_web.appraisals.own_views.PER_PAGE", 2)
    Cycle.objects.update(ranks="names")
    mine = f"/appraisals/mine/{review.pk}/"
    assert ("莫" in text(client, place["agent"], mine), "莫" in text(client, place["agent"], f"{mine}?page=1")) == (False, True)


def test_long_results_are_found_by_words_and_turned(client, place, review, monkeypatch):
    monkeypatch.setattr("kaohe_web.appraisals.views.PER_PAGE", 2)
    address = f"/appraisals/{review.pk}/result/{review.newest().pk}/"
    names = {"": "莫凯", "?page=2": "林", "?q=一组": "莫林", "?q=LIN": "林", "?q=一组 mo": "莫", "?q=谁": ""}
    for query, expected in names.items():
        page = text(client, place["admin"], address + query)
        assert [name for name in "莫凯林" if f">{name}</a>" in page] == [name for name in "莫凯林" if name in expected], query
    assert len(text(client, place["admin"], f"{address}?form=csv&q=谁").splitlines()) == 4


def test_who_is_in_no_cycle_and_has_no_right_gets_nothing(client, place, review):
    stranger = person("nobody", Role.AGENT, agent_id="hua")
    text(client, stranger, f"/appraisals/mine/{review.pk}/", 404)
    text(client, stranger, f"/appraisals/{review.pk}/", 404)
    text(client, place["reader"], f"/appraisals/{review.pk}/", 404)
    text(client, place["reader"], "/appraisals/", 403)
    # The owner of another shop: the scheme is for all shops.
    text(client, place["owner"], f"/appraisals/{review.pk}/", 404)
    assert "十月考核" not in text(client, place["owner"], "/appraisals/")
    # Who lost his role sees no more of himself either.
    place["agent"].grants.all().delete()
    text(client, place["agent"], f"/appraisals/mine/{review.pk}/", 404)


def test_a_draft_is_for_who_runs_it_and_agents_see_a_cycle_once_it_is_announced(client, place):
    cycle = begun(place["admin"], published(place["admin"]))
    for who in ("supervisor", "qa", "finance", "owner"):
        text(client, place[who], f"/appraisals/{cycle.pk}/", 404)
    text(client, place["agent"], f"/appraisals/mine/{cycle.pk}/", 404)
    do("announce", place["admin"], cycle)
    assert "30秒应答率" in text(client, place["agent"], f"/appraisals/mine/{cycle.pk}/")


def test_a_supervisor_runs_cycles_of_his_own_groups_and_moves_no_others(client, place, review):
    mine = published(place["admin"], SCHEME.replace("月考", "一组的") + "applies_to: {groups: [一组]}\n")
    cycle = begun(place["supervisor"], mine)
    assert do("announce", place["supervisor"], cycle).participants.count() == 2
    with pytest.raises(NotAllowed):
        do("announce", place["other_supervisor"], cycle)
    text(client, place["other_supervisor"], f"/appraisals/{cycle.pk}/", 404)
    with pytest.raises(NotAllowed):
        begun(place["other_supervisor"], mine)
    page = text(client, place["supervisor"], f"/appraisals/{review.pk}/")
    assert "step/rescore" not in page
    client.force_login(place["supervisor"], "django.contrib.auth.backends.ModelBackend")
    assert client.post(f"/appraisals/{review.pk}/step/rescore/", {"revision": review.revision}).status_code == 403
    # The form offers schemes of his groups alone.
    page = text(client, place["supervisor"], "/appraisals/new/")
    assert ("一组的 v1" in page, "月考 v1" in page) == (True, False)


def test_words_are_kept_in_both_languages(client, place, review):
    with translation.override("en"):
        client.cookies["django_language"] = "en"
        page = text(client, place["agent"], f"/appraisals/mine/{review.pk}/")
    assert "answered within 30 s" in page or "30 s" in page
    assert "60 % to under 90 %" in page
