"""Who sees which uploads, who may do what with them, and whose rows go in."""

import pytest
from uploads import AGENTS, MORE, NO_SHOP, OTHERS, UNKNOWN, WRONG, brought_in, looked, sent, upload, worked, zipped

from kaohe_web.imports.models import Batch
from kaohe_web.imports.states import Found, State
from kaohe_web.imports.urls import urlpatterns
from kaohe_web.org.models import Grant
from kaohe_web.org.roles import Role

pytestmark = pytest.mark.django_db
ROLES = ("admin", "owner", "supervisor", "qa", "finance", "agent", "reader")
IMPORTERS = ("admin", "owner", "supervisor")
MAY_NOT, MAY = {role: 403 for role in ROLES if role not in IMPORTERS}, dict.fromkeys(IMPORTERS, 200)
STRANGERS = dict.fromkeys(ROLES, 404)

PAGES = {
    "": ("imports", "get", {**MAY_NOT, **MAY}),
    "upload/": ("imports_upload", "post", {**MAY_NOT, **dict.fromkeys(IMPORTERS, 422)}),
    "history/": ("imports_history", "get", {**MAY_NOT, **MAY}),
    "{batch}/": ("imports_batch", "get", {**STRANGERS, "admin": 200}),
    "{batch}/progress/": ("imports_progress", "get", {**STRANGERS, "admin": 200}),
    "{batch}/start/": ("imports_start", "post", {**STRANGERS, "admin": 302}),
    "{batch}/again/": ("imports_again", "post", {**STRANGERS, "admin": 302}),
    "{batch}/drop/": ("imports_drop", "post", {**STRANGERS, "admin": 302}),
    "{batch}/files/{file}/": ("imports_answer", "post", {**STRANGERS, "admin": 302}),
    "{batch}/files/{file}/leave/": ("imports_leave", "post", {**STRANGERS, "admin": 302}),
    "{batch}/files/{file}/remap/": ("imports_remap", "post", {**STRANGERS, "admin": 302}),
    "{batch}/files/{file}/map/": ("imports_map", "get", {**STRANGERS, "admin": 200}),
    "{batch}/files/{file}/refused/0/": ("imports_refused", "get", {**STRANGERS, "admin": 200}),
}
"""What each role meets at an upload of somebody else: only who may import everywhere sees it."""


@pytest.fixture
def strange(cast, site, client):
    """An upload of somebody without limits, waiting for its columns to be explained, with refused rows of an earlier one."""
    other = Grant.objects.create(user=cast["qa"], role=Role.ADMIN)
    client.force_login(cast["qa"], "django.contrib.auth.backends.ModelBackend")
    kept = brought_in(client, wrong=WRONG).files.get().quarantine
    batch = looked(client, unknown=UNKNOWN)
    batch.files.update(quarantine=kept)
    other.delete()
    return batch


@pytest.mark.parametrize("role", ROLES)
def test_every_role_meets_what_the_table_says(as_, strange, role):
    file, met = strange.files.get(), {}
    for page, (_, method, _) in PAGES.items():
        answer = getattr(as_(role), method)("/imports/" + page.format(batch=strange.pk, file=file.pk))
        answer.close()
        met[page] = answer.status_code
        Batch.objects.filter(pk=strange.pk).update(state=State.OPEN)
        strange.files.update(found=Found.MAPPING)
    assert met == {page: expected[role] for page, (_, _, expected) in PAGES.items()}


def test_every_address_has_a_row():
    assert {pattern.name for pattern in urlpatterns} == {name for name, *_ in PAGES.values()}


def test_who_is_not_logged_in_is_sent_to_the_login(client, db):
    for page, (_, method, _) in PAGES.items():
        assert getattr(client, method)("/imports/" + page.format(batch=1, file=1)).url.startswith("/login/")


@pytest.mark.parametrize("role", IMPORTERS)
def test_ones_own_upload_is_seen_and_handled(as_, site, role):
    client = as_(role)
    batch = looked(client, chats=OTHERS)
    assert client.get(f"/imports/{batch.pk}/").status_code == 200
    assert f"/imports/{batch.pk}/" in client.get("/imports/").content.decode()
    assert client.post(f"/imports/{batch.pk}/start/").status_code == 302
    assert worked(batch).state == State.DONE
    assert "chats.csv" in client.get("/imports/history/").content.decode()


def test_who_is_limited_sees_neither_others_uploads_nor_their_lines_in_the_history(as_, strange):
    owner = as_("owner")
    assert f"/imports/{strange.pk}/" not in owner.get("/imports/").content.decode()
    assert "wrong.csv" not in owner.get("/imports/history/").content.decode()
    assert "wrong.csv" not in owner.get("/imports/history/?format=csv").content.decode()
    assert "wrong.csv" in as_("admin").get("/imports/history/").content.decode()


def test_an_owner_brings_in_his_shop_and_no_other(as_, site):
    before = site.lake.snapshot().number
    batch = looked(as_("owner"), mine=OTHERS, strange=MORE)
    assert {file.name: file.found for file in batch.files.all()} == {"mine.csv": Found.GOOD, "strange.csv": Found.REFUSED}
    assert "你只能导入自己店铺的：other" in as_("owner").get(f"/imports/{batch.pk}/").content.decode()
    as_("owner").post(f"/imports/{batch.pk}/start/")
    batch = worked(batch)
    assert (batch.state, batch.shops, batch.numbers) == (State.DONE, ["other"], [before + 1])
    assert site.table("messages").filter(site.table("messages")["message_id"] == "n1")["shop_id"].to_list() == ["other"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mixed.csv", OTHERS + "s1,b7,2026-11-04 09:00:00,buyer,,n9,在吗\n"),
        ("all.zip", zipped(**{"other/messages.csv": OTHERS, "s1/messages.csv": MORE})),
        ("shops.csv", "shop_id,platform,name,timezone\ns1,pdd,改了,Asia/Shanghai\n"),
        ("made_up.csv", OTHERS.replace("other,", "new,")),
        ("agents.csv", AGENTS),
        ("leaves.csv", "agent_id,first_day,last_day,reason\nlin,2026-11-02,2026-11-02,病假\n"),
        ("scores.csv", "shop_id,agent_id,metric,scored_on,score,by\n,lin,served_buyers,2026-11-02,5,wu\n"),
        ("orders.csv", "order_id,shop_id,buyer_id,created_at,paid_at,amount,quantity\no1,s1,b1,2026-11-02 09:01:00,,1.00,1\n"),
    ],
)
def test_nothing_of_another_shop_or_of_the_whole_site_goes_in(as_, site, name, content):
    before = site.lake.snapshot().number
    batch = looked(as_("owner"), **{name: content})
    assert (batch.state, batch.files.get().found) == (State.FAILED, Found.REFUSED)
    as_("owner").post(f"/imports/{batch.pk}/start/")
    # Even were it to come so far: the rows are looked at again on their way into the lake.
    batch.files.update(found=Found.GOOD)
    Batch.objects.filter(pk=batch.pk).update(state=State.WAITING)
    assert worked(batch).state == State.FAILED
    assert site.lake.snapshot().number == before


def test_a_lead_of_a_group_brings_in_shops_but_moves_nobody_between_groups(as_, site):
    batch = looked(as_("supervisor"), chats=MORE, agents=AGENTS)
    assert {file.name: file.found for file in batch.files.all()} == {"chats.csv": Found.GOOD, "agents.csv": Found.REFUSED}
    assert "名单、请假、更正" in as_("supervisor").get("/imports/").content.decode()


def test_only_ones_own_shops_can_be_named(as_, site):
    owner = as_("owner")
    batch = looked(owner, chats=NO_SHOP)
    file = batch.files.get()
    assert '<option value="s1"' not in owner.get(f"/imports/{batch.pk}/").content.decode()
    owner.post(f"/imports/{batch.pk}/files/{file.pk}/", {f"f{file.pk}-shop": "s1"})
    file.refresh_from_db()
    assert (file.shop, file.found) == ("", Found.SHOP)
    owner.post(f"/imports/{batch.pk}/files/{file.pk}/", {f"f{file.pk}-shop": "other"})
    assert worked(batch).shops == ["other"]


def test_who_loses_the_right_meanwhile_imports_nothing(as_, cast, site):
    before = site.lake.snapshot().number
    batch = looked(as_("owner"), chats=OTHERS)
    as_("owner").post(f"/imports/{batch.pk}/start/")
    cast["owner"].grants.all().delete()
    batch = worked(batch)
    assert (batch.state, batch.why[0]["code"], site.lake.snapshot().number) == (State.FAILED, "web_right_gone", before)


def test_who_may_import_everywhere_can_go_on_with_anybodys_upload(as_, site):
    batch = looked(as_("owner"), chats=OTHERS)
    as_("admin").post(f"/imports/{batch.pk}/start/")
    batch = worked(batch)
    assert (batch.state, batch.by.username, batch.uploaded_by.username) == (State.DONE, "admin", "zhao")


def test_a_file_of_another_upload_is_not_reached_through_ones_own(as_, strange):
    own, strange_file = looked(as_("owner"), chats=OTHERS), strange.files.get()
    for page in ("", "leave/", "remap/"):
        assert as_("owner").post(f"/imports/{own.pk}/files/{strange_file.pk}/{page}").status_code == 404
    assert as_("owner").get(f"/imports/{own.pk}/files/{strange_file.pk}/refused/0/").status_code == 404


def test_an_upload_without_the_right_is_refused_before_it_is_read(as_, site):
    from kaohe_web.imports import storage

    assert as_("reader").post("/imports/upload/", {"files": [sent("a.csv", MORE)]}).status_code == 403
    assert not (storage.root() / "incoming").exists() or not list(storage.incoming().iterdir())
    assert upload(as_("supervisor"), chats=MORE)[0].status_code == 302
