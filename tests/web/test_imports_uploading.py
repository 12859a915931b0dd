"""Uploading files: what is taken, what is refused and why, what each was recognised as, and importing it."""

import json

import pytest
from uploads import AGENTS, MORE, NO_SHOP, UNKNOWN, WRONG, brought_in, looked, sent, upload, worked, zipped

from kaohe_web.audit.models import Event
from kaohe_web.imports import storage
from kaohe_web.imports.models import Batch
from kaohe_web.imports.states import Found, State
from kaohe_web.notices.models import Notice
from kaohe_web.signals import imported

pytestmark = pytest.mark.django_db


def found(batch):
    return {file.name: file.found for file in batch.files.all()}


def left(batch):
    """What of an upload lies on disk."""
    return sorted(path.name for path in storage.folder(batch).rglob("*") if path.is_file())


def test_several_files_go_from_upload_to_figures(as_, site, django_capture_on_commit_callbacks):
    admin, heard = as_("admin"), []

    def listener(number, **_):
        heard.append(number)

    imported.connect(listener)
    try:
        answer, batch = upload(admin, messages=MORE, agents=AGENTS)
        assert (answer.status_code, answer.url, batch.state) == (302, f"/imports/{batch.pk}/", State.UPLOADED)
        batch = worked(batch)
        assert (batch.state, found(batch)) == (State.RECOGNISED, {"messages.csv": Found.GOOD, "agents.csv": Found.GOOD})
        page = admin.get(f"/imports/{batch.pk}/").content.decode()
        assert "messages" in page
        before = site.lake.snapshot().number
        assert admin.post(f"/imports/{batch.pk}/start/").status_code == 302
        with django_capture_on_commit_callbacks(execute=True):
            batch = worked(batch)
        assert (batch.state, batch.numbers, heard) == (State.DONE, [before + 1], [before + 1])
        assert site.figures(by=("shop",), metrics=["consulting_buyers"]).filter(shop_id="s1")["value"].to_list() == [6.0]
        assert [(file.new, file.replaced) for file in batch.files.all()] == [(3, 0), (0, 1)]
        assert left(batch) == []
    finally:
        imported.disconnect(listener)
    notice = Notice.objects.get()
    assert (notice.event, [person.username for person in notice.people.all()], "新增 3 行" in notice.body) == (
        "import_done",
        ["admin"],
        True,
    )
    assert [event.action for event in Event.objects.all()] == ["import.uploaded", "import.started", "import.done"]


def test_the_page_says_what_importing_would_do_before_anything_is_imported(as_, site):
    before = site.lake.snapshot().number
    batch = looked(as_("admin"), chats=WRONG)
    file = batch.files.get()
    assert (file.read, file.new, file.refused, file.profiles, file.tables, file.shops) == (4, 3, 1, ["messages"], ["messages"], ["s1"])
    assert site.lake.snapshot().number == before
    assert [(problem["line"], problem["column"]) for problem in file.problems] == [(5, "sent_at")]
    page = as_("admin").get(f"/imports/{batch.pk}/").content.decode()
    assert "yesterday" in page
    assert '<td class="number">5</td><td>sent_at</td>' in page


def test_refused_rows_are_downloaded_mended_and_uploaded_again(as_, site):
    admin = as_("admin")
    batch = brought_in(admin, chats=WRONG)
    file = batch.files.get()
    assert (batch.state, file.new, file.refused) == (State.DONE, 3, 1)
    answer = admin.get(f"/imports/{batch.pk}/files/{file.pk}/refused/0/")
    assert (answer.status_code, answer.headers["Content-Disposition"].startswith("attachment")) == (200, True)
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "'=1+1" in content
    assert admin.get(f"/imports/{batch.pk}/files/{file.pk}/refused/1/").status_code == 404
    mended = brought_in(admin, mended=content.replace("yesterday", "2026-11-04 11:00:00", 1))
    assert [(file.new, file.refused) for file in mended.files.all()] == [(1, 0)]
    assert "=1+1" in site.table("messages").filter(site.table("messages")["message_id"] == "n4")["text"].to_list()


def test_a_file_of_which_every_row_is_refused_fails_and_its_rows_can_be_had(as_, site):
    admin = as_("admin")
    bad = "\n".join([MORE.splitlines()[0], "s1,b9,yesterday,buyer,,n4,x", "s1,b9,soon,buyer,,n5,x"])
    batch = looked(admin, chats=bad)
    assert (batch.state, found(batch), batch.files.get().refused) == (State.FAILED, {"chats.csv": Found.REFUSED}, 2)
    assert Notice.objects.get().event == "import_failed"
    together = brought_in(admin, good=MORE, bad=bad.replace("n4", "n9"))
    assert (together.state, found(together)) == (State.DONE, {"good.csv": Found.IMPORTED, "bad.csv": Found.REFUSED})


def test_programs_pictures_and_unknown_bytes_are_not_even_taken(as_, site):
    admin = as_("admin")
    for name, content in {
        "报表.xlsx": b"MZ\x90\x00" + bytes(200),
        "tool.csv": b"\x7fELF" + bytes(200),
        "a.png": b"\x89PNG\r\n\x1a\n" + bytes(50),
        "x.csv": bytes(range(256)) * 4,
        "leer.csv": b"",
        "page.xls": b"<html><body><table></table></body></html>",
    }.items():
        answer, batch = upload(admin, **{name: content})
        assert (answer.status_code, batch) == (422, None), name
        assert "这些文件没有收" in answer.content.decode()
    assert Batch.objects.count() == 0
    assert list(storage.incoming().iterdir()) == []


def test_good_files_are_taken_and_the_others_named(as_, site):
    admin = as_("admin")
    _, batch = upload(admin, **{"chats.csv": MORE, "virus.csv": b"MZ" + bytes(90), "again.csv": MORE})
    assert [file.name for file in batch.files.all()] == ["chats.csv"]
    assert [one["name"] for one in batch.turned] == ["virus.csv", "again.csv"]
    page = admin.get(f"/imports/{batch.pk}/").content.decode()
    assert "virus.csv" in page
    assert "和 chats.csv 内容一样" in page


def test_a_name_leads_nowhere_and_is_shown_harmlessly(as_, site):
    admin = as_("admin")
    _, batch = upload(admin, **{"../../<b>x.csv": MORE, ".hidden.csv": NO_SHOP})
    assert [file.name for file in batch.files.all()] == ["_b_x.csv", "hidden.csv"]
    assert {storage.place(file).parent.parent for file in batch.files.all()} == {storage.folder(batch)}
    assert "<b>" not in admin.get(f"/imports/{batch.pk}/").content.decode()


def test_more_bytes_than_allowed_are_refused_before_they_are_read(as_, site, settings):
    settings.IMPORTS_BYTES = 2000
    admin = as_("admin")
    answer, batch = upload(admin, messages=MORE + "x" * 3000)
    assert (answer.status_code, batch) == (413, None)
    assert "一次最多上传" in answer.content.decode()
    # What the header does not say is counted while it comes.
    answer = admin.post("/imports/upload/", {"files": [sent("a.csv", MORE * 6), sent("b.csv", MORE * 6)]})
    assert answer.status_code == 413
    assert list(storage.incoming().iterdir()) == []
    assert upload(admin, messages=MORE)[0].status_code == 302


def test_too_big_by_the_header_alone_is_refused_without_reading(as_, site, settings):
    settings.IMPORTS_BYTES = 1000

    class Unread:
        def read(self, *_):
            raise AssertionError("the body was read")

        readline = read

    answer = as_("admin").generic(
        "POST",
        "/imports/upload/",
        b"",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(9 * 2**30),
        **{"wsgi.input": Unread()},
    )
    assert answer.status_code == 413


def test_what_does_not_fit_on_the_disk_is_refused_before_it_is_read(as_, site, monkeypatch):
    monkeypatch.setattr(storage, "SPARE", 2**60)
    answer, batch = upload(as_("admin"), messages=MORE)
    assert (answer.status_code, batch, "磁盘快满了" in answer.content.decode()) == (507, None, True)


def test_the_list_asks_the_database_as_often_for_many_uploads_as_for_one(as_, site, django_assert_max_num_queries):
    admin = as_("admin")
    for _ in range(4):
        looked(admin, a=WRONG, b=NO_SHOP)
    with django_assert_max_num_queries(12):
        admin.get("/imports/")
    with django_assert_max_num_queries(12):
        admin.get(f"/imports/{Batch.objects.first().pk}/")


def test_more_files_than_django_takes_and_no_file_at_all_are_said_in_words(as_, site):
    admin = as_("admin")
    answer = admin.post("/imports/upload/", {"files": [sent(f"{number}.csv", MORE) for number in range(101)]})
    assert (answer.status_code, "压成一个 zip" in answer.content.decode()) == (413, True)
    assert admin.post("/imports/upload/", {}).status_code == 422
    assert admin.post("/imports/upload/", b"--x\r\nnonsense", content_type="multipart/form-data; boundary=").status_code == 400
    assert list(storage.incoming().iterdir()) == []


def test_an_upload_needs_the_token_of_the_page(cast, site):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(cast["admin"], "django.contrib.auth.backends.ModelBackend")
    assert client.post("/imports/upload/", {"files": [sent("a.csv", MORE)]}).status_code == 403
    assert (Batch.objects.count(), list(storage.incoming().iterdir())) == (0, [])
    token = client.get("/imports/").context["csrf_token"]
    assert client.post("/imports/upload/", {"files": [sent("a.csv", MORE)], "csrfmiddlewaretoken": str(token)}).status_code == 302


def test_a_bomb_stays_small_and_is_refused(as_, site):
    import io
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("messages.csv", b"0" * (64 * 2**20))
    batch = looked(as_("admin"), **{"bomb.zip": out.getvalue()})
    assert (batch.state, found(batch)) == (State.FAILED, {"bomb.zip": Found.REFUSED})
    assert batch.files.get().problems[0]["code"] == "file_too_big"


def test_what_is_in_a_zip_is_shown_file_by_file(as_, site):
    admin = as_("admin")
    batch = looked(admin, **{"all.zip": zipped(**{"messages.csv": MORE, "readme.md": "你好", "other/tool.exe": "MZ" + "0" * 300})})
    file = batch.files.get()
    assert (batch.state, file.new) == (State.RECOGNISED, 3)
    assert {part["name"]: part["status"] for part in file.parts} == {
        "all.zip/messages.csv": "imported", "all.zip/readme.md": "ignored", "all.zip/other/tool.exe": "ignored"
    }  # fmt: skip
    assert "这是程序" in admin.get(f"/imports/{batch.pk}/").content.decode()


def test_a_file_that_does_not_say_its_shop_is_asked_about_and_then_imported(as_, site):
    admin = as_("admin")
    batch = looked(admin, chats=NO_SHOP, messages=MORE)
    file = batch.files.first()
    assert (batch.state, found(batch)) == (State.OPEN, {"chats.csv": Found.SHOP, "messages.csv": Found.GOOD})
    assert "等你补充" in admin.post(f"/imports/{batch.pk}/start/", follow=True).content.decode()
    assert 'list="f' in admin.get(f"/imports/{batch.pk}/").content.decode()
    admin.post(f"/imports/{batch.pk}/files/{file.pk}/", {f"f{file.pk}-shop": "other", f"f{file.pk}-platform": "", f"f{file.pk}-day": ""})
    batch = worked(batch)
    assert (batch.state, batch.files.first().shops) == (State.RECOGNISED, ["other"])
    admin.post(f"/imports/{batch.pk}/start/")
    batch = worked(batch)
    assert (batch.state, len(batch.numbers)) == (State.DONE, 2)
    assert set(site.table("messages").filter(site.table("messages")["message_id"] == "p1")["shop_id"]) == {"other"}
    assert json.loads(json.dumps(Event.objects.get(action="import.answered").after)) == {
        "files": ["chats.csv"], "shop": "other", "platform": "", "day": None
    }  # fmt: skip


def test_a_shop_is_said_once_for_all_files_that_do_not_say_it(as_, site):
    admin = as_("admin")
    days = {f"chats{day}.csv": NO_SHOP.replace("11-05", f"11-{day}").replace(",p", f",p{day}") for day in ("05", "06", "07")}
    batch = looked(admin, **days, **{"messages.csv": MORE})
    first = batch.files.first()
    assert "另外几个没写店铺的文件也是这家" in admin.get(f"/imports/{batch.pk}/").content.decode()
    admin.post(f"/imports/{batch.pk}/files/{first.pk}/", {f"f{first.pk}-shop": "other", f"f{first.pk}-others": "on"})
    batch = worked(batch)
    assert (batch.state, [file.shops for file in batch.files.all()]) == (State.RECOGNISED, [["other"]] * 3 + [["s1"]])
    assert Event.objects.get(action="import.answered").after["files"] == list(days)
    assert "另外几个没写店铺的文件也是这家" not in admin.get(f"/imports/{batch.pk}/").content.decode()


def test_a_new_shop_is_made_on_the_platform_that_was_said(as_, site):
    admin = as_("admin")
    batch = looked(admin, chats=NO_SHOP)
    file = batch.files.get()
    admin.post(f"/imports/{batch.pk}/files/{file.pk}/", {f"f{file.pk}-shop": "新店", f"f{file.pk}-platform": "pdd"})
    batch = worked(batch)
    assert "按平台 pdd" in batch.files.get().notices[0]["zh"]
    admin.post(f"/imports/{batch.pk}/start/")
    assert worked(batch).shops == ["新店"]
    assert dict(site.table("shops").select("shop_id", "platform").iter_rows())["新店"] == "pdd"
    wrong = admin.post(f"/imports/{batch.pk}/files/{file.pk}/", {f"f{file.pk}-platform": "nowhere"}, follow=True)
    assert "nowhere" in wrong.content.decode()


def test_a_shop_that_another_file_of_the_upload_describes_is_not_called_new(as_, site):
    new = NO_SHOP.replace("buyer_id", "shop_id,buyer_id", 1).replace("b7,", "new,b7,")
    shops = "shop_id,platform,name,timezone\nnew,pdd,新店,Asia/Shanghai\n"
    alone = looked(as_("admin"), chats=new)
    assert "没有登记过" in as_("admin").get(f"/imports/{alone.pk}/").content.decode()
    both = looked(as_("admin"), chats=new, shops=shops)
    assert "没有登记过" not in as_("admin").get(f"/imports/{both.pk}/").content.decode()
    as_("admin").post(f"/imports/{both.pk}/start/")
    assert worked(both).files.get(name="chats.csv").notices == []
    assert dict(site.table("shops").select("shop_id", "platform").iter_rows())["new"] == "pdd"


def test_while_another_import_holds_the_lake_no_file_is_blamed(as_, site, monkeypatch):
    from kaohe.errors import failure
    from kaohe.lake.lake import BUSY
    from kaohe_web.imports.fence import Fenced

    def held(*_, **__):
        raise failure(BUSY, seconds=600)

    batch = upload(as_("admin"), chats=MORE)[1]
    with monkeypatch.context() as busy:
        busy.setattr(Fenced, "import_exports", held)
        batch = worked(batch)
    assert (batch.state, batch.why[0]["code"], found(batch)) == (State.FAILED, "lake_busy", {"chats.csv": Found.WAITING})
    as_("admin").post(f"/imports/{batch.pk}/again/")
    assert worked(batch).state == State.RECOGNISED


def test_a_file_can_be_left_out_and_taken_in_after_all(as_, site):
    admin = as_("admin")
    batch = looked(admin, chats=NO_SHOP, messages=MORE)
    page = f"/imports/{batch.pk}/files/{batch.files.first().pk}/leave/"
    admin.post(page, {"out": "1"})
    batch.refresh_from_db()
    assert (batch.state, found(batch)) == (State.RECOGNISED, {"chats.csv": Found.LEFT_OUT, "messages.csv": Found.GOOD})
    admin.post(page, {"out": "0"})
    assert (worked(batch).state, found(batch)) == (State.OPEN, {"chats.csv": Found.SHOP, "messages.csv": Found.GOOD})
    admin.post(page, {"out": "1"})
    admin.post(f"/imports/{batch.pk}/start/")
    batch = worked(batch)
    assert (batch.state, found(batch)) == (State.DONE, {"chats.csv": Found.LEFT_OUT, "messages.csv": Found.IMPORTED})


def test_what_is_dropped_is_removed_and_does_not_come_back(as_, site, django_capture_on_commit_callbacks):
    admin = as_("admin")
    batch = looked(admin, chats=NO_SHOP)
    assert left(batch) == ["chats.csv"]
    with django_capture_on_commit_callbacks(execute=True):
        admin.post(f"/imports/{batch.pk}/drop/")
    batch.refresh_from_db()
    assert (batch.state, left(batch)) == (State.DROPPED, [])
    for step in ("start", "again", "drop"):
        assert "不能这样做" in admin.post(f"/imports/{batch.pk}/{step}/", follow=True).content.decode()


def test_what_nobody_wants_for_a_week_is_dropped_by_the_next_upload(as_, site, django_capture_on_commit_callbacks):
    from datetime import timedelta

    from django.utils import timezone

    admin = as_("admin")
    old, fresh = looked(admin, chats=NO_SHOP), looked(admin, chats=UNKNOWN)
    Batch.objects.filter(pk=old.pk).update(changed_at=timezone.now() - timedelta(days=8))
    with django_capture_on_commit_callbacks(execute=True):
        upload(admin, messages=MORE)
    assert {batch.pk: batch.state for batch in Batch.objects.filter(pk__in=[old.pk, fresh.pk])} == {old.pk: "dropped", fresh.pk: "open"}
    assert left(old) == []
    assert Event.objects.get(action="import.dropped").by == ""


def test_what_somebody_goes_on_with_in_that_moment_is_not_dropped(as_, cast, site, monkeypatch):
    from datetime import timedelta

    from kaohe_web.imports import actions

    batch = looked(as_("admin"), chats=MORE)
    monkeypatch.setattr(actions, "KEPT", timedelta(seconds=-5))
    locked = actions._locked_batch

    def late(by, batch):
        Batch.objects.filter(pk=batch.pk).update(state=State.WAITING)
        return locked(by, batch)

    monkeypatch.setattr(actions, "_locked_batch", late)
    actions.drop_old()
    assert not Event.objects.filter(action="import.dropped").exists()
    assert left(batch) == ["chats.csv"]


def test_a_failed_import_can_be_tried_again(as_, site, monkeypatch):
    from kaohe_web.imports.fence import Fenced

    admin = as_("admin")
    batch = looked(admin, chats=MORE)
    admin.post(f"/imports/{batch.pk}/start/")
    with monkeypatch.context() as broken:
        broken.setattr(Fenced, "import_exports", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(OSError, match="space"):
            worked(batch)
    batch.refresh_from_db()
    assert (batch.state, batch.why[0]["code"]) == (State.FAILED, "web_import_broke")
    assert "再试一次" in admin.get(f"/imports/{batch.pk}/").content.decode()
    admin.post(f"/imports/{batch.pk}/again/")
    batch = worked(batch)
    assert batch.state == State.RECOGNISED, batch.why
    admin.post(f"/imports/{batch.pk}/start/")
    assert worked(batch).state == State.DONE


def test_importing_the_same_files_twice_changes_nothing(as_, site):
    admin = as_("admin")
    brought_in(admin, chats=MORE)
    before = site.table("messages").sort("message_id")
    again = brought_in(admin, renamed=MORE)
    assert [(file.new, file.same) for file in again.files.all()] == [(0, 3)]
    assert site.table("messages").sort("message_id").equals(before)


def test_the_history_tells_who_uploaded_what_and_is_safe_as_a_table(as_, site):
    admin = as_("admin")
    batch = brought_in(admin, **{"=cmd.csv": MORE})
    page = admin.get("/imports/history/").content.decode()
    assert "Admin" in page
    assert "messages.csv" in page
    table = admin.get("/imports/history/?format=csv").content.decode("utf-8-sig")
    assert '"\'=cmd.csv"' in table
    assert str(batch.numbers[0]) in table


def test_progress_is_a_piece_of_the_page_that_survives_a_reload(as_, site):
    admin = as_("admin")
    _, batch = upload(admin, chats=MORE)
    Batch.objects.filter(pk=batch.pk).update(state=State.RUNNING, share=0.42, doing="chats.csv")
    piece = admin.get(f"/imports/{batch.pk}/progress/").content.decode()
    assert ('value="42"' in piece, 'data-working="1"' in piece, "<html" in piece) == (True, True, False)
    assert "42 %" in admin.get(f"/imports/{batch.pk}/").content.decode()
    Batch.objects.filter(pk=batch.pk).update(state=State.DONE)
    assert 'data-working="0"' in admin.get(f"/imports/{batch.pk}/progress/").content.decode()
