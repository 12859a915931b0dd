"""Profiles: chosen by headings, checked when read."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from kaohe.errors import Failure
from kaohe.importing.isolated import Isolated
from kaohe.importing.profiles import PLATFORMS, choose, heading_key, profiles
from kaohe.model.tables import TABLES

KNOWN = profiles()


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
@pytest.mark.parametrize("words", ["names", "labels"])
def test_every_canonical_table_is_known_by_its_names_and_by_its_labels(table, words):
    headings = [column.name if words == "names" else column.zh for column in table.columns]
    found = choose(KNOWN.values(), headings, "export")
    assert found is not None
    assert found.profile.name == table.name
    assert list(found.places) == [column.name for column in table.columns]


@pytest.mark.parametrize("profile", KNOWN.values(), ids=lambda profile: profile.name)
def test_every_shipped_profile_has_a_source_and_no_heading_twice(profile):
    assert profile.source
    keys = [heading_key(heading) for names in profile.headings.values() for heading in dict.fromkeys(names)]
    assert len(keys) == len(set(keys))


def test_every_choice_has_its_words():
    assert KNOWN["messages"].words("sender")["客服"] == "agent"
    assert KNOWN["qianniu_sheet"].words("sender")["客户"] == "buyer"
    assert PLATFORMS["天猫"] == "taobao"


@pytest.mark.parametrize(
    "headings",
    ["客服,接待量,售前接待人数,促成下单人数", "订单编号,总金额,买家实际支付金额", "a,b,c", "日期,咨询人数,询单人数"],
)
def test_one_heading_in_common_makes_no_table_known(headings):
    assert choose(KNOWN.values(), headings.split(","), "export") is None


def test_brackets_blanks_and_case_do_not_make_another_heading():
    assert heading_key("平均响应时长（秒) \t") == heading_key("平均响应时长(秒)")
    assert heading_key("\ufeffShop_ID ") == "shop_id"


def mistakes(tmp_path: Path, text: str) -> str:
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Failure) as trouble:
        profiles([path])
    assert trouble.value.exit == 2
    return trouble.value.text("en")


BASE = "name: own\nzh: 自制\ntable: traffic\nsource: 测试\n"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("headings: {visitor: [访客]}\n", "visitors"),
        ("heading: {visitors: [访客]}\n", "headings"),
        ("units: {visitors: 个}\n", "minutes"),
        ("from_file_name: {column: day, pattern: '('}\n", "from_file_name"),
        ("from_file_name: {column: day, pattern: 'x'}\n", "group"),
        ("chat: {notices: ['(']}\n", "chat.notices"),
    ],
)
def test_a_mistake_in_a_profile_is_said_with_what_was_meant(tmp_path, more, said):
    text = mistakes(tmp_path, BASE + more)
    assert said in text
    assert "own.yaml" in text


def test_a_value_must_mean_a_canonical_word(tmp_path):
    assert "owner" in mistakes(tmp_path, "name: own\nzh: x\ntable: messages\nsource: x\nvalues: {sender: {店长: owner}}\n")


def test_a_users_profile_may_replace_a_shipped_one_but_not_another_of_his(tmp_path):
    (tmp_path / "a.yaml").write_text(BASE.replace("own", "traffic"), encoding="utf-8")
    assert profiles([tmp_path])["traffic"].zh == "自制"
    (tmp_path / "b.yaml").write_text(BASE.replace("own", "traffic"), encoding="utf-8")
    with pytest.raises(Failure, match="two profiles"):
        profiles([tmp_path])


def test_a_file_that_takes_for_ever_is_given_up_and_the_next_one_is_read(tmp_path):
    path = tmp_path / "m.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet().write(0, 0, "x")
    rooms = [tmp_path / "a", tmp_path / "b"]
    for room in rooms:
        room.mkdir()
    with Isolated(patience=0.0) as isolated:
        with pytest.raises(Failure, match="was not read within"):
            isolated.tables("spreadsheet", path, "m.xlsx", rooms[0])
        isolated._patience = 60.0
        tables, _ = isolated.tables("spreadsheet", path, "m.xlsx", rooms[1])
    assert [table.rows for table in tables] == [1]
