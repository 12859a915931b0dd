"""Saying what the columns of a file are that no profile knows."""

import pytest
from uploads import MORE, UNKNOWN, looked, upload, worked

from kaohe_web.audit.models import Event
from kaohe_web.imports.states import Found, State

pytestmark = pytest.mark.django_db
NAMES = ("门店", "会员名", "留言时刻", "身份", "接待人", "流水号", "留言内容")
COLUMNS = ("shop_id", "buyer_id", "sent_at", "sender", "agent_id", "message_id", "text")


def filled(**values):
    """The form with every column said; `w3-0` and so on say what the words of the fourth mean."""
    base = {"table": "messages", "sheet": "0", "name": "own_chats", **{f"c{place}": name for place, name in enumerate(COLUMNS)}}
    return {**base, **{f"was{place}": name for place, name in enumerate(COLUMNS)}, "w3-0": "buyer", "w3-1": "agent", **values}


def map_page(batch, file=None):
    return f"/imports/{batch.pk}/files/{(file or batch.files.first()).pk}/map/"


@pytest.fixture
def unknown(as_, site):
    return looked(as_("admin"), **{"留言20261106.csv": UNKNOWN})


def test_a_file_nobody_knows_is_shown_column_by_column_with_proposals(as_, unknown):
    assert (unknown.state, unknown.files.get().found) == (State.OPEN, Found.MAPPING)
    admin = as_("admin")
    assert map_page(unknown) in admin.get(f"/imports/{unknown.pk}/").content.decode()
    page = admin.get(map_page(unknown)).context["page"]
    assert [row.heading for row in page.columns] == list(NAMES)
    proposed = {row.heading: row.chosen for row in page.columns}
    assert (proposed["门店"], proposed["留言时刻"]) == ("shop_id", "sent_at")
    text = admin.get(map_page(unknown)).content.decode()
    assert "在吗请问这个什么时候发货" in text
    assert "“留言时刻”是哪一列" in text


def test_the_profile_is_tried_saved_in_the_workspace_and_knows_the_next_file(as_, unknown, site):
    admin = as_("admin")
    profile = site.root / "profiles" / "own_chats.yaml"
    answer = admin.post(map_page(unknown), filled(save="1"))
    assert answer.status_code == 302, answer.context["page"].errors
    assert not profile.exists()
    batch = worked(unknown)
    file = batch.files.get()
    assert (batch.state, file.profiles, file.new, file.refused) == (State.RECOGNISED, ["own_chats"], 3, 0)
    assert "留言时刻" in profile.read_text("utf-8")
    assert [event.about_id for event in Event.objects.filter(action="profile.saved")] == ["own_chats"]
    admin.post(f"/imports/{batch.pk}/start/")
    assert worked(batch).state == State.DONE
    next_day = looked(admin, **{"留言20261107.csv": UNKNOWN.replace("11-06", "11-07").replace(",q", ",r")})
    assert (next_day.state, next_day.files.get().profiles) == (State.RECOGNISED, ["own_chats"])


def test_what_is_missing_or_said_twice_or_not_explained_is_told_all_at_once(as_, unknown):
    answer = as_("admin").post(map_page(unknown), filled(save="1", c2="", c5="text", **{"w3-1": ""}))
    errors = "".join(answer.context["page"].errors)
    assert answer.status_code == 422
    assert "缺必填的列：发送时间 sent_at" in errors or "sent_at" in errors
    assert "“流水号”和“留言内容”都选了" in errors
    assert "“接线员”是什么意思" in errors
    unknown.refresh_from_db()
    assert unknown.state == State.OPEN


def test_looking_how_it_would_be_saves_nothing(as_, unknown, site):
    answer = as_("admin").post(map_page(unknown), filled(check="1", c3="", c5="sender"))
    assert answer.status_code == 200
    row = answer.context["page"].columns[5]
    assert (row.chosen, [word.word for word in row.words]) == ("sender", ["q1", "q2", "q3"])
    assert not (site.root / "profiles").exists()


def test_a_column_every_row_has_alike_is_said_once(as_, unknown):
    answer = as_("admin").post(map_page(unknown), filled(check="1", c3="", **{"k-sender": "buyer"}))
    assert {constant.name: constant.value for constant in answer.context["page"].constants} == {"sender": "buyer"}
    wrong = as_("admin").post(map_page(unknown), filled(save="1", c3="", **{"k-sender": "nobody"}))
    assert (wrong.status_code, "“nobody”不能作" in "".join(wrong.context["page"].errors)) == (422, True)


def test_another_kind_of_table_can_be_chosen(as_, unknown):
    page = as_("admin").get(map_page(unknown) + "?table=reviews").context["page"]
    assert page.draft.table == "reviews"
    assert as_("admin").get(map_page(unknown) + "?table=nonsense&sheet=99").status_code == 200


def test_rows_with_a_word_can_be_left_out(as_, unknown):
    assert as_("admin").post(map_page(unknown), filled(save="1", **{"w3-1": "-"})).status_code == 302
    file = worked(unknown).files.get()
    assert (file.new, file.skipped) == (2, 1)


def test_a_profile_that_reads_no_row_is_not_saved(as_, unknown, site):
    # Times that are texts: every row would be refused.
    data = filled(save="1", c2="text", c6="sent_at")
    assert as_("admin").post(map_page(unknown), data).status_code == 302
    batch = worked(unknown)
    file = batch.files.get()
    assert (batch.state, file.found, file.problems[0]["code"]) == (State.OPEN, Found.MAPPING, "web_mapping_reads_nothing")
    assert not (site.root / "profiles" / "own_chats.yaml").exists()
    assert "上次为什么没认出来" in as_("admin").get(map_page(batch)).content.decode()


@pytest.mark.parametrize("name", ["pdd_orders", "../evil", "Own", "con", ""])
def test_a_profile_can_not_be_called_so(as_, unknown, site, name):
    answer = as_("admin").post(map_page(unknown), filled(save="1", name=name))
    assert answer.status_code == 422
    assert not (site.root / "profiles").exists()


def test_a_profile_of_the_workspace_is_not_written_over_by_another_file(as_, unknown, site):
    folder = site.root / "profiles"
    folder.mkdir()
    (folder / "own_chats.yaml").write_text("name: own_chats\nzh: 别的\ntable: messages\nsource: 别人\n", "utf-8")
    answer = as_("admin").post(map_page(unknown), filled(save="1"))
    assert (answer.status_code, "已有名为 own_chats 的格式" in "".join(answer.context["page"].errors)) == (422, True)


def test_a_profile_just_made_can_be_made_anew_and_a_known_file_mapped(as_, unknown):
    admin = as_("admin")
    admin.post(map_page(unknown), filled(save="1", c4=""))
    batch = worked(unknown)
    file = batch.files.get()
    admin.post(f"/imports/{batch.pk}/files/{file.pk}/remap/")
    batch = worked(batch)
    assert (batch.state, admin.get(map_page(batch)).context["form"].initial["name"]) == (State.OPEN, "own_chats")
    admin.post(map_page(batch), filled(save="1"))
    assert worked(batch).state == State.RECOGNISED
    known = looked(admin, chats=MORE)
    admin.post(f"/imports/{known.pk}/files/{known.files.get().pk}/remap/")
    known = worked(known)
    assert known.files.get().found == Found.MAPPING
    # Whoever asked in vain goes back by having it recognised again.
    key = known.files.get().pk
    admin.post(f"/imports/{known.pk}/files/{key}/", {f"f{key}-shop": "", f"f{key}-platform": ""})
    assert worked(known).state == State.RECOGNISED


def test_a_workbook_is_mapped_by_its_sheet_and_files_alike_are_known_together(as_, site):
    import io

    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet("说明").write_row(0, 0, ["这是说明"])
        sheet = book.add_worksheet("留言")
        for number, line in enumerate(UNKNOWN.splitlines()):
            sheet.write_row(number, 0, line.split(","))
    admin = as_("admin")
    batch = looked(admin, **{"a.xlsx": out.getvalue(), "b.csv": UNKNOWN.replace(",q", ",z")})
    assert batch.state == State.OPEN
    assert admin.get(map_page(batch)).context["page"].draft.survey.sheet == "留言"
    admin.post(map_page(batch), filled(save="1"))
    batch = worked(batch)
    assert [(file.found, file.profiles) for file in batch.files.all()] == [(Found.GOOD, ["own_chats"])] * 2


def test_two_who_map_one_file_at_once_do_not_overwrite_each_other(as_, unknown):
    admin = as_("admin")
    assert admin.post(map_page(unknown), filled(save="1")).status_code == 302
    assert admin.post(map_page(unknown), filled(save="1", name="other_name")).status_code == 404
    assert unknown.files.get().profile == "own_chats"


def test_what_was_never_surveyed_has_no_page_of_columns(as_, site):
    batch = looked(as_("admin"), chats=MORE)
    assert as_("admin").get(map_page(batch)).status_code == 404
    assert upload(as_("admin"), more=UNKNOWN)[1].state == State.UPLOADED
