"""Schemes on the site: from a template to published, who may do what, and two people at once."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from schemes_data import SMALL

from kaohe.errors import Failure
from kaohe_web.audit.models import Event
from kaohe_web.org.models import Grant
from kaohe_web.org.policies import NotAllowed
from kaohe_web.schemes import actions, queries
from kaohe_web.schemes.models import SchemeVersion, State
from kaohe_web.schemes.states import TRANSITIONS, Conflict

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(site, cast):
    return actions.start(by=cast["admin"], name="售前", text=SMALL)


@pytest.fixture
def published(draft, cast):
    return actions.publish(by=cast["admin"], version=draft, revision=0)


@pytest.fixture
def admin(as_):
    return as_("admin")


def content(answer):
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", answer.content.decode()))


# From a template to published


def test_a_scheme_goes_from_a_template_to_published_and_on_to_the_next_version(admin, site):
    assert "presale" in content(admin.get("/schemes/"))
    assert "30秒应答率" in content(admin.get("/schemes/new/presale/"))
    begun = admin.post("/schemes/new/presale/", {"template": "presale", "name": "我们的", "title": "我们的售前"})
    draft = SchemeVersion.objects.get()
    assert begun.url == f"/schemes/{draft.pk}/edit/"
    assert (draft.title, draft.number, bool(draft.fingerprint)) == ("我们的售前", 1, True)

    weights = {f"worth-{at}": value for at, value in enumerate([30, 15, 15, 15, 10, 5, 10])}
    assert admin.post(begun.url, {"revision": 0, "do": "weights", **weights}).status_code == 302
    assert [str(item.weight) for item in queries.scheme_of(SchemeVersion.objects.get()).items] == ["30", "15", "15", "15", "10", "5", "10"]
    assert admin.post(begun.url, {"revision": 1, "do": "remove:vetoes:0"}).status_code == 302
    assert queries.scheme_of(SchemeVersion.objects.get()).vetoes == ()

    assert "第一版" in content(admin.get(f"/schemes/{draft.pk}/publish/"))
    assert admin.post(f"/schemes/{draft.pk}/publish/", {"revision": 2}).url == f"/schemes/{draft.pk}/"
    assert [one.pk for one in queries.published()] == [draft.pk]

    assert admin.post(f"/schemes/{draft.pk}/draft/").status_code == 302
    second = SchemeVersion.objects.get(number=2)
    assert admin.post(f"/schemes/{second.pk}/publish/", {"revision": 0}).status_code == 422
    assert admin.post(f"/schemes/{second.pk}/edit/", {"revision": 0, "do": "down:items:0"}).status_code == 302
    assert admin.post(f"/schemes/{second.pk}/edit/", {"revision": 1, "do": "weights", "worth-0": "20", "worth-1": "25"}).status_code == 302
    said = content(admin.get(f"/schemes/{second.pk}/publish/"))
    assert "与已发布的第 1 版相比" in said
    assert "30 %" in said
    assert "25 %" in said
    assert admin.post(f"/schemes/{second.pk}/publish/", {"revision": 2}).status_code == 302
    assert [one.number for one in queries.published()] == [2, 1]
    assert [entry.action for entry in Event.objects.all()] == [
        *("scheme.started", "scheme.saved", "scheme.saved", "scheme.published"),
        *("scheme.drafted", "scheme.saved", "scheme.saved", "scheme.published"),
    ]


def test_an_item_is_changed_in_its_form_and_its_comments_stay(admin, draft):
    page = f"/schemes/{draft.pk}/edit/items/0/"
    assert admin.get(page).status_code == 200
    sent = {
        "revision": 0, "metric": "reply_rate_30s", "figures": "computed", "worth_kind": "weight", "worth": "60", "kind": "bands", "on": "value",
        "rows-TOTAL_FORMS": 2, "rows-INITIAL_FORMS": 2, "rows-0-value": "0", "rows-1-low": "90%", "rows-1-value": "100",
    }  # fmt: skip
    # One more row, and one less: nothing is saved yet.
    more = admin.post(page, {**sent, "do": "row:add"}).content.decode()
    assert 'name="rows-2-low"' in more
    assert 'name="rows-2-low"' not in admin.post(page, {**sent, "rows-TOTAL_FORMS": 3, "do": "row:remove:2"}).content.decode()
    assert "low_figure" in admin.post(page, {**sent, "kind": "linear", "do": "kind"}).content.decode()
    assert SchemeVersion.objects.get().revision == 0
    # What it would be is checked before it is saved.
    assert "检查通过" in content(admin.post(page, {**sent, "do": "check"}))
    wrong = admin.post(page, {**sent, "rows-1-low": "八成", "do": "save"})
    assert (wrong.status_code, "请写数字" in content(wrong)) == (422, True)
    assert admin.post(page, {**sent, "do": "save"}).status_code == 302
    saved = SchemeVersion.objects.get()
    assert saved.text == SMALL.replace("80%", "90%")
    assert (saved.revision, saved.saved_by.username) == (1, "admin")


def test_a_draft_may_have_mistakes_and_is_not_published_with_them(admin, draft):
    wrong = SMALL.replace("at_least: 80%, ", "at_least: 85%, ").replace("avg_response_seconds", "avg_reponse_seconds")
    text = f"/schemes/{draft.pk}/text/"
    checked = content(admin.post(text, {"revision": 0, "text": wrong, "do": "check"}))
    assert "第 12 行" in checked
    assert "avg_response_seconds" in checked
    assert SchemeVersion.objects.get().revision == 0
    assert admin.post(text, {"revision": 0, "text": wrong.replace("\n", "\r\n")}).status_code == 302
    saved = SchemeVersion.objects.get()
    assert (saved.text, saved.fingerprint) == (wrong, "")
    assert f"/schemes/{draft.pk}/edit/items/1/" in admin.get(f"/schemes/{draft.pk}/edit/").content.decode()
    assert "有错要改" in content(admin.get("/schemes/"))
    refused = admin.post(f"/schemes/{draft.pk}/publish/", {"revision": 1})
    assert (refused.status_code, SchemeVersion.objects.get().state) == (422, State.DRAFT)
    with pytest.raises(Failure):
        queries.scheme_of(saved)


def test_a_text_that_is_no_yaml_is_kept_and_left_to_the_text(admin, draft):
    assert admin.post(f"/schemes/{draft.pk}/text/", {"revision": 0, "text": "name: [售前\n"}).status_code == 302
    for page in ("", "edit/", "text/", "preview/", "simulate/", "publish/", "differences/"):
        assert admin.get(f"/schemes/{draft.pk}/{page}").status_code == 200, page
    assert admin.get(f"/schemes/{draft.pk}/edit/items/").url == f"/schemes/{draft.pk}/text/"


def test_what_was_downloaded_can_be_uploaded_as_the_next_draft(admin, published):
    file = admin.get(f"/schemes/{published.pk}/download/")
    assert file.content.decode() == SMALL
    assert "v1.yaml" in file["Content-Disposition"]

    def uploaded(text):
        return admin.post("/schemes/upload/", {"file": SimpleUploadedFile("s.yaml", text)}, follow=True)

    uploaded(SMALL.replace("3500", "3600").encode())
    assert [(one.number, one.state, "3600" in one.text) for one in SchemeVersion.objects.all()] == [
        (2, "draft", True),
        (1, "published", False),
    ]
    assert "已经有一份草稿" in content(uploaded(SMALL.encode()))
    uploaded(SMALL.replace("name: 售前", "name: 另一个").encode())
    assert SchemeVersion.objects.filter(name="另一个").count() == 1
    assert "编号" in content(uploaded(SMALL.replace("name: 售前", "name: ../x").encode()))
    assert "UTF-8" in content(uploaded(SMALL.encode("gbk")))
    assert "编号" in content(uploaded(b"\x00\x01"))
    assert SchemeVersion.objects.count() == 3


def test_published_never_changes(admin, published, cast):
    for page in ("edit/", "edit/items/0/", "text/", "publish/"):
        assert admin.get(f"/schemes/{published.pk}/{page}").status_code == 404
        assert admin.post(f"/schemes/{published.pk}/{page}", {"revision": 0}).status_code == 404
    with pytest.raises(Conflict):
        actions.save(by=cast["admin"], version=published, text=SMALL.replace("60", "50"), revision=0)
    with pytest.raises(Conflict):
        actions.discard(by=cast["admin"], version=published, revision=0)
    assert SchemeVersion.objects.get().text == SMALL


def test_a_version_that_was_retired_is_no_more_to_choose_and_can_be_begun_from(admin, published):
    assert admin.post(f"/schemes/{published.pk}/retire/").status_code == 302
    assert list(queries.published()) == []
    assert admin.post(f"/schemes/{published.pk}/retire/", follow=True).status_code == 200
    assert admin.post(f"/schemes/{published.pk}/draft/").status_code == 302
    second = SchemeVersion.objects.get(number=2)
    assert admin.post(f"/schemes/{second.pk}/publish/", {"revision": 0}).status_code == 302
    assert [entry.action for entry in Event.objects.all()].count("scheme.retired") == 1


def test_a_draft_thrown_away_stays_in_the_log(admin, draft):
    assert admin.post(f"/schemes/{draft.pk}/discard/", {"revision": 0}).url == "/schemes/"
    assert SchemeVersion.objects.count() == 0
    assert Event.objects.get(action="scheme.discarded").before["text"] == SMALL


def test_the_last_step_can_be_undone_and_done_again(admin, draft):
    page = f"/schemes/{draft.pk}/edit/"
    assert admin.post(page, {"revision": 0, "do": "undo"}).status_code == 409
    assert admin.post(page, {"revision": 0, "do": "remove:pay:1"}).status_code == 302
    removed = SchemeVersion.objects.get().text
    assert admin.post(page, {"revision": 1, "do": "undo"}).status_code == 302
    assert SchemeVersion.objects.get().text == SMALL
    assert admin.post(page, {"revision": 2, "do": "undo"}).status_code == 302
    assert SchemeVersion.objects.get().text == removed
    assert admin.post(page, {"revision": 2, "do": "undo"}).status_code == 409
    assert admin.post(page, {"revision": 3, "do": "remove:pay:99"}).status_code == 422
    assert admin.post(page, {"revision": 3, "do": "nonsense"}).status_code == 422


def test_differences_are_told_in_words_and_line_by_line(admin, published, cast):
    second, _ = actions.draft_of(by=cast["admin"], version=published)
    actions.save(
        by=cast["admin"], version=second, text=SMALL.replace("weight: 60", "weight: 70").replace("weight: 40", "weight: 30"), revision=0
    )
    said = content(admin.get(f"/schemes/{second.pk}/differences/"))
    assert "60 %" in said
    assert "70 %" in said
    assert "− weight: 60" in said
    assert "+ weight: 70" in said
    assert admin.get(f"/schemes/{second.pk}/differences/?with=999").status_code == 404


def test_the_states_of_the_table_are_the_only_ways(draft):
    assert {(one.verb, one.source, one.target) for one in TRANSITIONS} == {
        ("publish", State.DRAFT, State.PUBLISHED),
        ("discard", State.DRAFT, None),
        ("retire", State.PUBLISHED, State.RETIRED),
    }


# Who may do what

NO = dict.fromkeys(("qa", "finance"), 404) | dict.fromkeys(("agent", "reader"), 404)
EDITORS = {"admin": 200, "owner": 200, "supervisor": 200}
READERS = {**EDITORS, "qa": 200, "finance": 200, "agent": 404, "reader": 404}
TABLE = [
    ("get", "", {**READERS, "agent": 403, "reader": 403}),
    ("get", "new/presale/", {**EDITORS, **dict.fromkeys(NO, 403)}),
    ("post", "new/presale/", {**dict.fromkeys(EDITORS, 422), **dict.fromkeys(NO, 403)}),
    ("post", "upload/", {**dict.fromkeys(EDITORS, 302), **dict.fromkeys(NO, 403)}),
    *(("get", f"{{draft}}/{page}", {**EDITORS, **NO}) for page in ("", "edit/", "edit/head/", "edit/items/0/", "text/", "download/")),
    *(("get", f"{{draft}}/{page}", {**EDITORS, **NO}) for page in ("differences/", "preview/", "simulate/?go=1&with=tpresale")),
    *(("post", f"{{draft}}/{page}", {**dict.fromkeys(EDITORS, 409), **NO}) for page in ("edit/?x", "edit/items/0/?x", "text/?x")),
    ("get", "{draft}/publish/", {**NO, "admin": 200, "owner": 403, "supervisor": 403}),
    ("post", "{draft}/publish/", {**NO, "admin": 409, "owner": 403, "supervisor": 403}),
    ("post", "{draft}/discard/", {**NO, "admin": 302, "owner": 403, "supervisor": 403}),
    *(("get", f"{{published}}/{page}", READERS) for page in ("", "differences/", "download/")),
    *(("get", f"{{published}}/{page}", {**READERS, "qa": 403, "finance": 403}) for page in ("preview/", "simulate/")),
    ("post", "{published}/draft/", {**READERS, **dict.fromkeys(EDITORS, 302), "qa": 403, "finance": 403}),
    ("post", "{published}/retire/", {**READERS, "admin": 302, **dict.fromkeys(("owner", "supervisor", "qa", "finance"), 403)}),
]
SENT = {
    "edit/?x": {"revision": 7, "do": "down:items:0"},
    "text/?x": {"revision": 7, "text": "a: 1"},
    "edit/items/0/?x": {
        "revision": 7,
        "metric": "reply_rate",
        "figures": "computed",
        "worth_kind": "weight",
        "worth": "60",
        "kind": "as_is",
    },
}


@pytest.mark.parametrize("role", READERS)
def test_every_role_meets_what_the_table_says(as_, draft, cast, role):
    other = actions.start(by=cast["admin"], name="另一个", text=SMALL)
    published = actions.publish(by=cast["admin"], version=other, revision=0)
    browser, wrong = as_(role), []
    for method, page, expected in TABLE:
        sent = next((values for end, values in SENT.items() if page.endswith(end)), {}) if method == "post" else {}
        got = getattr(browser, method)("/schemes/" + page.format(draft=draft.pk, published=published.pk), sent).status_code
        if got != expected[role]:
            wrong.append((method, page, got, expected[role]))
        if (
            SchemeVersion.objects.filter(pk=published.pk).update(state=State.PUBLISHED)
            and not SchemeVersion.objects.filter(pk=draft.pk).exists()
        ):
            draft.save(force_insert=True)
    assert wrong == []


def test_actions_ask_for_the_right_themselves(draft, cast):
    for role in ("qa", "finance", "agent", "reader"):
        for change in (
            lambda by: actions.start(by=by, name="x", text=SMALL),
            lambda by: actions.upload(by=by, text=SMALL),
            lambda by: actions.draft_of(by=by, version=draft),
            lambda by: actions.save(by=by, version=draft, text=SMALL, revision=0),
        ):
            with pytest.raises(NotAllowed):
                change(cast[role])
    for role in ("owner", "supervisor", "qa"):
        for change in (
            lambda by: actions.publish(by=by, version=draft, revision=0),
            lambda by: actions.retire(by=by, version=draft),
            lambda by: actions.discard(by=by, version=draft, revision=0),
        ):
            with pytest.raises(NotAllowed):
                change(cast[role])


def test_the_menu_leads_there_who_may_go(site, as_):
    for role, expected in {"admin": True, "supervisor": True, "finance": True, "agent": False, "reader": False}.items():
        assert ('href="/schemes/"' in as_(role).get("/").content.decode()) == expected, role


# Two people at once


def test_who_saves_an_older_draft_is_told_and_nothing_is_lost(as_, draft, cast):
    """Chen and the administrator open the same draft; the administrator saves first."""
    mine, theirs = SMALL.replace("3500", "3600"), SMALL.replace("3500", "4000")
    assert as_("admin").post(f"/schemes/{draft.pk}/text/", {"revision": 0, "text": theirs}).status_code == 302
    chen = as_("supervisor")
    late = chen.post(f"/schemes/{draft.pk}/text/", {"revision": 0, "text": mine})
    assert late.status_code == 409
    assert "Admin 又改过它" in content(late)
    assert "3600" in late.content.decode()
    assert chen.post(f"/schemes/{draft.pk}/edit/", {"revision": 0, "do": "remove:items:0"}).status_code == 409
    assert SchemeVersion.objects.get().text == theirs
    # What is published is what was seen.
    assert as_("admin").post(f"/schemes/{draft.pk}/publish/", {"revision": 0}).status_code == 409
    assert as_("admin").post(f"/schemes/{draft.pk}/discard/", {"revision": 0}, follow=True).status_code == 200
    assert SchemeVersion.objects.get().state == State.DRAFT


# On months that have passed


def test_a_preview_ranks_and_pays_a_month(admin, draft):
    page = content(admin.get(f"/schemes/{draft.pk}/preview/"))
    assert "2026-11" in page
    assert "评了 3 人，工资合计" in page
    assert "林" in page
    file = admin.get(f"/schemes/{draft.pk}/preview/?month=2026-11&format=csv")
    assert file.content.decode("utf-8-sig").count("\n") == 4
    assert admin.get(f"/schemes/{draft.pk}/preview/?month=2026-01").status_code == 404


def test_a_simulation_tells_who_gains_and_what_it_costs(admin, published, cast):
    second, _ = actions.draft_of(by=cast["admin"], version=published)
    actions.save(by=cast["admin"], version=second, text=SMALL.replace("3500", "3600"), revision=0)
    asked = f"/schemes/{second.pk}/simulate/?go=1&with=v{published.pk}&month=2026-11"
    page = content(admin.get(asked))
    assert "工资多了 3 人，少了 0 人，不变 0 人" in page
    assert "差 +300.00 元" in page
    assert admin.get(asked + "&format=xlsx").content[:2] == b"PK"
    rows = admin.get(asked + "&format=csv").content.decode("utf-8-sig").splitlines()
    assert len(rows) == 1 + 2 * 3
    assert admin.get(f"/schemes/{second.pk}/simulate/?go=1&with=v999").status_code == 404
    assert admin.get(f"/schemes/{second.pk}/simulate/?go=1&month=2020-01").status_code == 404


def test_who_leads_a_group_sees_what_his_own_would_earn(as_, draft):
    chen = as_("supervisor")
    page = content(chen.get(f"/schemes/{draft.pk}/preview/"))
    assert "评了 1 人" in page
    assert "林" in page
    assert "莫" not in page
    assert "凯" not in page
    for page in ("preview/?format=csv", "simulate/?go=1&with=tresponse-first", "simulate/?go=1&with=tresponse-first&format=csv"):
        told = chen.get(f"/schemes/{draft.pk}/{page}").content.decode()
        assert "lin" in told or "林" in told
        assert not any(name in told for name in ("莫", "凯", "kai"))


def test_who_runs_one_shop_sees_it_alone(as_, draft):
    zhao = as_("owner")
    page = content(zhao.get(f"/schemes/{draft.pk}/preview/"))
    assert "凯" in page
    assert "林" not in page
    told = zhao.get(f"/schemes/{draft.pk}/simulate/?go=1&with=tresponse-first").content.decode()
    assert "凯" in told
    assert "莫" not in told


def test_a_scheme_for_other_shops_shows_who_runs_one_shop_nobody(as_, draft, cast):
    text = SMALL.replace("items:\n", "applies_to: {shops: [s1]}\nitems:\n", 1)
    actions.save(by=cast["admin"], version=draft, text=text, revision=0)
    page = content(as_("owner").get(f"/schemes/{draft.pk}/preview/"))
    assert not any(name in page for name in ("林", "莫", "凯"))


def test_who_may_not_see_pay_has_no_trials(as_, draft, cast, monkeypatch):
    from kaohe_web.org import roles

    monkeypatch.setitem(roles.RIGHTS, "supervisor", roles.RIGHTS["supervisor"] - {"see_pay"})
    for page in ("preview/", "simulate/?go=1&with=tresponse-first"):
        assert as_("supervisor").get(f"/schemes/{draft.pk}/{page}").status_code == 403


def test_grants_of_several_kinds_never_show_more_than_one_of_them(cast):
    from kaohe_web.schemes.policies import seen_in_trials

    zhao = cast["owner"]
    Grant.objects.create(user=zhao, role="supervisor", shops=["s1"], groups=["一组"])
    seen = seen_in_trials(zhao)
    assert (seen.shops, seen.groups) == (frozenset({"other"}), None)
    Grant.objects.create(user=zhao, role="supervisor", groups=["二组"])
    seen = seen_in_trials(zhao)
    assert (seen.shops, seen.groups) == (None, frozenset({"二组"}))


def test_a_site_without_data_says_so(admin, draft, monkeypatch):
    from kaohe.workspace import Workspace

    monkeypatch.setattr(Workspace, "span", lambda self, at=None: None)
    for page in ("preview/", "simulate/?go=1&with=tresponse-first"):
        assert "还没有数据" in content(admin.get(f"/schemes/{draft.pk}/{page}"))


def test_every_page_shows_only_ways_that_are_open(as_, draft, cast):
    other = actions.start(by=cast["admin"], name="另一个", text=SMALL)
    published = actions.publish(by=cast["admin"], version=other, revision=0)
    for role in ("admin", "supervisor", "qa"):
        browser = as_(role)
        for version in (draft, published) if role != "qa" else (published,):
            links = re.findall(r'href="(/schemes/[^"#]*)', browser.get(f"/schemes/{version.pk}/").content.decode())
            assert {browser.get(link).status_code for link in links} == {200}, role


def test_what_his_group_would_earn_is_summed_up_over_his_group(as_, draft):
    foot = as_("supervisor").get(f"/schemes/{draft.pk}/preview/").content.decode().split("<tfoot>")[1].split("</tfoot>")[0]
    pay = re.search("工资合计 (?:<strong>)?([0-9,.]+)", as_("supervisor").get(f"/schemes/{draft.pk}/preview/").content.decode())[1]
    assert foot.count(f">{pay}<") == 1
    assert float(pay.replace(",", "")) < 2 * 3500


def test_the_workspace_s_own_files_are_templates_too_also_with_mistakes(admin, site):
    folder = site.root / "schemes"
    folder.mkdir(exist_ok=True)
    (folder / "ours.yaml").write_text(SMALL.replace("weight: 60", "weight: 61").replace("售前, en", "我们店, en"), "utf-8")
    assert "我们店 ours · 工作区里的文件" in content(admin.get("/schemes/"))
    assert "有错" in content(admin.get("/schemes/new/ours/"))
    assert admin.post("/schemes/new/ours/", {"template": "ours", "name": "ours", "title": "我们店"}).status_code == 302
    assert SchemeVersion.objects.get().fingerprint == ""
    taken = admin.post("/schemes/new/presale/", {"template": "presale", "name": "ours", "title": "x"})
    assert (taken.status_code, "已经有这个编号" in content(taken)) == (422, True)
    assert admin.get("/schemes/new/nosuch/").status_code == 404


def test_pages_speak_english_where_asked(admin, draft):
    admin.cookies["django_language"] = "en"
    for page in ("", "edit/", "edit/items/0/", "edit/pay/0/", "preview/", "simulate/?go=1&with=tpresale", "differences/", "publish/"):
        assert admin.get(f"/schemes/{draft.pk}/{page}").status_code == 200
    assert "Replies within 30" in content(admin.get(f"/schemes/{draft.pk}/")) or "30 s" in content(admin.get(f"/schemes/{draft.pk}/"))


def test_texts_of_people_are_shown_as_texts(admin, draft, cast):
    text = SMALL.replace("title: {zh: 售前, en: Pre-sale}", "title: <script>alert(1)</script>").replace("会议决定", "<b>会议</b>")
    text = text.replace("{id: base, kind", "{id: base, title: <i>底薪</i>, kind")
    actions.save(by=cast["admin"], version=draft, text=text, revision=0)
    for page in ("", "edit/", "edit/pay/0/", "text/", "preview/", "simulate/?go=1&with=tpresale", "publish/"):
        said = admin.get(f"/schemes/{draft.pk}/{page}").content.decode()
        assert not any(raw in said for raw in ("<script>alert", "<b>会议", "<i>底薪")), page
