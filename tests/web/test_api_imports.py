"""Uploading by the API: the same checks as on the page, nothing imported that nobody asked for, and no row outside of what the key is for."""

import pytest
from django.test import Client
from uploads import AGENTS, MORE, NO_SHOP, OTHERS, UNKNOWN, WRONG, sent, worked

from kaohe_web.api.actions import make_token
from kaohe_web.audit.models import Event
from kaohe_web.imports import storage
from kaohe_web.imports.actions import start as start_by_page
from kaohe_web.imports.models import Batch
from kaohe_web.imports.states import Found, State

pytestmark = pytest.mark.django_db
ROLES = ("admin", "owner", "supervisor", "qa", "finance", "agent", "reader")
IMPORTERS = ("admin", "owner", "supervisor")
ANY = {"qa": "see_results", "finance": "see_results", "agent": "own", "reader": "see_figures"}


@pytest.fixture
def key(cast):
    def made(role, writes=True, **limits):
        rights = [ANY.get(role, "import")]
        return make_token(by=cast[role], name="店铺后台", rights=rights, days=3, writes=writes, **limits)[1]

    return made


@pytest.fixture
def call(site):
    def called(key, method, path="", **given):
        return getattr(Client(enforce_csrf_checks=True), method)(
            f"/api/v1/imports{path}", headers={"Authorization": f"Bearer {key}"}, **given
        )

    return called


@pytest.fixture
def upload(call):
    """Upload files, names without their `.csv`; the answer, and the upload it made."""

    def uploaded(key, start=None, **files):
        before = set(Batch.objects.values_list("pk", flat=True))
        data = {"files": [sent(name if "." in name else f"{name}.csv", text) for name, text in files.items()]}
        answer = call(key, "post", data={**data, **({"start": start} if start is not None else {})})
        return answer, Batch.objects.exclude(pk__in=before).first()

    return uploaded


def said(answer):
    return answer.status_code, [one["code"] for one in answer.json()["problems"]]


def left():
    folder = storage.root()
    return sorted(path.name for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []


def test_files_are_uploaded_looked_at_and_imported(call, key, upload, site):
    held, before = key("admin"), site.lake.snapshot().number
    answer, batch = upload(held, messages=MORE, agents=AGENTS)
    found = answer.json()
    assert (answer.status_code, found["state"], found["working"], found["questions"]) == (202, "uploaded", True, [])
    assert answer.headers["Location"] == found["address"] == f"/api/v1/imports/batches/{batch.pk}"
    # Nothing begins before it is known what the files are.
    assert said(call(held, "post", f"/batches/{batch.pk}/start")) == (409, ["conflict"])
    worked(batch)
    found = call(held, "get", f"/batches/{batch.pk}").json()
    assert (found["state"], site.lake.snapshot().number) == ("recognised", before)
    assert [(file["name"], file["found"], file["tables"], file["new"], file["replaced"]) for file in found["files"]] == [
        ("messages.csv", "good", ["messages"], 3, 0),
        ("agents.csv", "good", ["agents"], 0, 1),
    ]
    begun = call(held, "post", f"/batches/{batch.pk}/start")
    assert (begun.status_code, begun.json()["state"]) == (202, "waiting")
    assert said(call(held, "post", f"/batches/{batch.pk}/start")) == (409, ["conflict"])
    worked(batch)
    found = call(held, "get", f"/batches/{batch.pk}").json()
    assert (found["state"], found["share"], found["numbers"]) == ("done", 1.0, [before + 1])
    acts = {event.action: (event.by, (event.after or {}).get("token", "")[:12]) for event in Event.objects.all()}
    assert {name: acts[name] for name in ("import.uploaded", "import.started")} == {
        "import.uploaded": ("admin", "店铺后台 (kaohe_"),
        "import.started": ("admin", "店铺后台 (kaohe_"),
    }


def test_what_is_known_is_imported_at_once_where_that_is_asked_for(call, key, upload, site):
    before = site.lake.snapshot().number
    _, batch = upload(key("admin"), start="true", messages=MORE)
    assert worked(batch).state == State.WAITING
    batch = worked(batch)
    assert (batch.state, batch.numbers) == (State.DONE, [before + 1])
    assert [event.action for event in Event.objects.exclude(action="token.made").order_by("number")] == [
        "import.uploaded",
        "import.started",
        "import.done",
    ]
    assert Event.objects.get(action="import.started").after["token"].startswith("店铺后台")


@pytest.mark.parametrize(
    ("files", "asked"),
    [
        ({"chats": NO_SHOP}, [("chats.csv", "shop")]),
        ({"chats": MORE, "odd": UNKNOWN}, [("odd.csv", "mapping")]),
    ],
)
def test_what_has_to_be_asked_is_not_imported_and_the_questions_are_told(call, key, upload, site, files, asked):
    held, before = key("admin"), site.lake.snapshot().number
    _, batch = upload(held, start="true", **files)
    assert worked(batch).state == State.OPEN
    found = call(held, "get", f"/batches/{batch.pk}").json()
    assert [(one["file"], one["asked"]) for one in found["questions"]] == asked
    refused = call(held, "post", f"/batches/{batch.pk}/start")
    assert (refused.status_code, [one["code"] for one in refused.json()["problems"]]) == (409, [what for _, what in asked])
    assert asked[0][0] in refused.json()["problems"][0]["text"]
    # Once somebody answered on the page, it waits for him to say go.
    batch.files.filter(found__in=("shop", "mapping")).update(found=Found.LEFT_OUT)
    assert site.lake.snapshot().number == before


def test_not_everything_known_is_not_begun_by_itself(key, upload, site):
    held = key("owner")
    _, batch = upload(held, start="true", mine=OTHERS, strange=MORE)
    assert worked(batch).state == State.RECOGNISED
    _, batch = upload(held, start="true", mine=OTHERS, twice=OTHERS)
    assert worked(batch).state == State.RECOGNISED


@pytest.mark.parametrize("role", ROLES)
def test_every_role_meets_what_the_table_says(call, key, upload, role, cast):
    _, strange = upload(key("admin"), chats=WRONG)
    worked(strange)
    held, importer = key(role), role in IMPORTERS
    everywhere = 200 if role == "admin" else 403
    others = 200 if role == "admin" else 404 if importer else 403
    address = f"/batches/{strange.pk}"
    met = {
        "imports": call(held, "get").status_code,
        "batches": call(held, "get", "/batches").status_code,
        "others": call(held, "get", address).status_code,
        "others_problems": call(held, "get", f"{address}/problems").status_code,
        "others_start": call(held, "post", f"{address}/start").status_code,
        "upload": upload(held, chats=OTHERS)[0].status_code,
    }
    assert met == {
        "imports": everywhere,
        "batches": 200 if importer else 403,
        "others": others,
        "others_problems": others,
        "others_start": 202 if role == "admin" else others,
        "upload": 202 if importer else 403,
    }


def test_ones_own_upload_is_seen_and_started(call, key, upload):
    held = key("owner")
    _, batch = upload(held, chats=OTHERS)
    worked(batch)
    assert [one["id"] for one in call(held, "get", "/batches").json()] == [batch.pk]
    assert call(held, "post", f"/batches/{batch.pk}/start").status_code == 202
    assert worked(batch).state == State.DONE


def test_a_key_that_only_reads_uploads_and_starts_nothing(call, key, upload, client, cast):
    held = key("admin", writes=False)
    answer, batch = upload(held, chats=MORE)
    assert (said(answer), batch, left()) == ((403, ["not_allowed"]), None, [])
    _, other = upload(key("admin"), chats=MORE)
    worked(other)
    assert call(held, "get", f"/batches/{other.pk}").status_code == 200
    assert call(held, "post", f"/batches/{other.pk}/start").status_code == 403


def test_without_a_key_nothing_is_read(client, cast, site):
    client.force_login(cast["admin"], "django.contrib.auth.backends.ModelBackend")
    answer = client.post("/api/v1/imports", {"files": sent("a.csv", MORE)})
    assert (said(answer), Batch.objects.count(), left()) == ((401, ["no_token"]), 0, [])


def test_a_key_for_one_shop_brings_in_that_shop_and_no_other(call, key, upload, site):
    held, before = key("admin", shops=["other"]), site.lake.snapshot().number
    _, batch = upload(held, mine=OTHERS, strange=MORE, agents=AGENTS)
    batch = worked(batch)
    assert {file.name: file.found for file in batch.files.all()} == {
        "mine.csv": Found.GOOD,
        "strange.csv": Found.REFUSED,
        "agents.csv": Found.REFUSED,
    }
    assert call(held, "post", f"/batches/{batch.pk}/start").status_code == 202
    assert worked(batch).shops == ["other"]
    after = site.lake.snapshot().number
    assert after == before + 1
    # Even were it to come so far: the rows are looked at again on their way into the lake, within the key's shops and not its owner's.
    _, batch = upload(held, strange=MORE)
    worked(batch)
    batch.files.update(found=Found.GOOD)
    Batch.objects.filter(pk=batch.pk).update(state=State.WAITING)
    assert (worked(batch).state, site.lake.snapshot().number) == (State.FAILED, after)


def test_a_key_for_one_shop_sees_what_it_uploaded_and_nothing_else_of_its_owners(call, key, upload, cast):
    _, strange = upload(key("admin"), chats=MORE)
    held = key("admin", shops=["other"])
    _, own = upload(held, chats=OTHERS)
    worked(strange)
    assert [one["id"] for one in call(held, "get", "/batches").json()] == [own.pk]
    assert call(held, "get", f"/batches/{strange.pk}").status_code == 404
    assert call(held, "post", f"/batches/{strange.pk}/start").status_code == 404
    assert call(held, "get").status_code == 403
    # Whoever goes on with it by himself does so within his own scope.
    worked(own)
    start_by_page(by=cast["admin"], batch=own)
    assert Batch.objects.get(pk=own.pk).limit is None


def test_problems_are_told_row_by_row_and_turned(call, key, upload):
    held = key("admin")
    _, batch = upload(held, chats=WRONG + "s1,b9,tomorrow,buyer,,n5,x\n")
    worked(batch)
    rows = call(held, "get", f"/batches/{batch.pk}/problems").json()
    assert (rows["count"], [(row["file"], row["line"], row["column"]) for row in rows["problems"]]) == (
        2,
        [("chats.csv", 5, "sent_at"), ("chats.csv", 6, "sent_at")],
    )
    assert "yesterday" in rows["problems"][0]["text"]
    second = call(held, "get", f"/batches/{batch.pk}/problems?per_page=1&page=2").json()
    assert [row["line"] for row in second["problems"]] == [6]
    assert call(held, "get", f"/batches/{batch.pk}/problems?page=0").status_code == 422


# What is not taken ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"), [("empty.csv", b""), ("photo.csv", b"\x89PNG\r\n\x1a\n" + bytes(200)), ("run.xlsx", b"MZ" + bytes(500))]
)
def test_what_is_no_data_by_its_content_is_not_taken(upload, key, name, content):
    answer, batch = upload(key("admin"), **{name: content})
    assert (said(answer), batch, left()) == ((422, ["not_taken"]), None, [])
    assert name in answer.json()["problems"][0]["text"]


def test_some_files_taken_and_some_not(upload, key):
    answer, batch = upload(key("admin"), **{"empty.csv": b"", "chats": MORE})
    assert (answer.status_code, [one["name"] for one in answer.json()["turned"]]) == (202, ["empty.csv"])
    assert [file.name for file in batch.files.all()] == ["chats.csv"]


def test_no_file_at_all_and_no_such_word(call, key, upload):
    held = key("admin")
    assert said(call(held, "post", data={})) == (422, ["not_received"])
    assert said(call(held, "post", data={"files": 3}, content_type="application/json")) == (422, ["not_received"])
    answer, batch = upload(held, start="yes", chats=MORE)
    assert (said(answer), batch, left()) == ((422, ["invalid"]), None, [])


def test_a_body_that_breaks_off_is_not_taken(call, key):
    answer = call(key("admin"), "post", data=b"--x\r\nContent-Dis", content_type="multipart/form-data; boundary=")
    assert said(answer) == (400, ["not_received"])


def test_more_bytes_than_may_be_uploaded_are_refused(settings, upload, key):
    settings.IMPORTS_BYTES = 100
    answer, batch = upload(key("admin"), chats=MORE)
    assert (said(answer), batch, left()) == ((413, ["not_received"]), None, [])
    settings.IMPORTS_BYTES = 2**20
    answer, batch = upload(key("admin"), chats=bytes(3 * 2**20))
    assert (said(answer), batch, left()) == ((413, ["not_received"]), None, [])


def test_too_many_files_are_refused(upload, key):
    answer, batch = upload(key("admin"), **{f"f{number}": MORE for number in range(101)})
    assert (said(answer), batch, left()) == ((413, ["not_received"]), None, [])


def test_a_full_disk_is_told(upload, key, monkeypatch):
    monkeypatch.setattr(storage, "has_room", lambda count: False)
    assert said(upload(key("admin"), chats=MORE)[0]) == (507, ["not_received"])
