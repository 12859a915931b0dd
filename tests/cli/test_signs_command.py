"""`kaohe signs`."""

import fastexcel
import pytest

MESSAGES = """shop_id,buyer_id,sent_at,sender,agent_id,message_id,text
s1,b4,2026-11-04 09:00:00,buyer,,m20,什么时候发货
s1,b4,2026-11-04 09:00:20,agent,lin,m21,在的亲
s1,b4,2026-11-04 09:04:00,agent,lin,m22,=今天下午
s1,b5,2026-11-04 09:00:00,buyer,,m23,多少钱
s1,b5,2026-11-04 09:00:20,agent,mo,m24,小暖在呢
s1,b5,2026-11-04 09:04:00,agent,mo,m25,九块九
"""
DAY = ("--from", "2026-11-04", "--to", "2026-11-04")
FILLER = ("--kind", "empty_first_reply")


@pytest.fixture(scope="module")
def talked(exports, tmp_path_factory):
    """A workspace of the small shop with a filler first and the answer later, that tests only read."""
    from kaohe.cli import main

    folder = tmp_path_factory.mktemp("talked")
    (folder / "more.csv").write_text(MESSAGES, "utf-8")
    assert main(["import", str(exports), str(folder / "more.csv"), "-w", str(folder / "w")]) == 0
    return folder / "w"


def test_a_supervisor_sees_counts_then_the_messages_and_that_it_is_no_verdict(run, talked):
    ended = run("signs", "-w", talked, *DAY, *FILLER)
    assert (ended.code, ended.err) == (0, "")
    lines = [line.split() for line in ended.out.splitlines()]
    assert lines[0] == ["空话抢首响"]
    assert lines[3][:7] == ["甲店", "林", "1", "1", "1", "100.00", "%"]
    assert "从不自动扣分" in ended.out
    assert "等了 20秒 收到空话，等了 4分00秒 才有答复；不算空话就超过 30秒、3分00秒" in ended.out
    assert ["▶", "09:00:20", "客服", "林", "在的亲"] in lines
    assert "莫" not in ended.out


def test_in_english_too(run, talked):
    ended = run("signs", "-w", talked, *DAY, "--lang", "en")
    assert ended.out.startswith("Empty first reply\n")
    assert "never a deduction by themselves" in ended.out
    assert "a filler after 20s, the answer after 4m00s; without the filler later than 30s, 3m00s" in ended.out
    assert "no presence of this shop" in ended.out


def test_one_message_a_row_for_programs_and_the_counts_on_request(run, talked):
    rows = run("signs", "-w", talked, *DAY, *FILLER, "--format", "json").json
    assert [(row["case"], row["message_id"], row["marked"]) for row in rows] == [(1, "m20", False), (1, "m21", True), (1, "m22", False)]
    assert {(row["sign"], row["agent_id"], row["later_seconds"]) for row in rows} == {("empty_first_reply", "lin", 240)}
    counts = run("signs", "-w", talked, *DAY, *FILLER, "--summary", "--format", "json").json
    assert {row["agent_id"]: (row["count"], row["base"], row["turned"]) for row in counts} == {"lin": (1, 1, 1), "mo": (0, 1, 0)}
    alone = run("signs", "-w", talked, *DAY, *FILLER, "--agent", "莫", "--summary", "--format", "json").json
    assert [(row["agent_id"], row["colleagues_count"]) for row in alone] == [("mo", 1)]


def test_the_workbook_has_the_evidence_as_text(run, talked, tmp_path):
    assert run("signs", "-w", talked, *DAY, "--output", tmp_path / "a.xlsx").code == 0
    book = fastexcel.read_excel(tmp_path / "a.xlsx")
    assert book.sheet_names == ["空话抢首响", "临超时转接", "高峰离线", "答而无物", "夸后才邀评", "迹象证据"]
    row = book.load_sheet("迹象证据").to_polars().row(0, named=True)
    assert (row["客服"], row["买家"]) == ("林", "b4")
    assert row["聊天原文"] == "09:00:00 买家：什么时候发货\n▶09:00:20 客服 林：在的亲\n09:04:00 客服 林：=今天下午"


def test_a_limit_says_how_much_it_left_out(run, talked, tmp_path):
    # The workspace's own phrases are fillers too.
    (talked / "kaohe.yaml").write_text("fillers: [小暖]\n", "utf-8")
    try:
        ended = run("signs", "-w", talked, *DAY, *FILLER, "--limit", "1")
        assert "还有 1 例没有显示" in ended.err
        assert run("signs", "-w", talked, *DAY, *FILLER, "--limit", "0").err == ""
        assert "小暖在呢" in run("signs", "-w", talked, *DAY, *FILLER, "--limit", "0").out
        (talked / "kaohe.yaml").write_text("fillers: 3\n", "utf-8")
        refused = run("signs", "-w", talked, *DAY)
        assert refused.code == 2
        assert "kaohe.yaml" in refused.err
    finally:
        (talked / "kaohe.yaml").unlink()


def test_a_kind_or_shop_there_is_not_and_an_empty_workspace(run, talked, tmp_path):
    wrong = run("signs", "-w", talked, *DAY, "--kind", "empty_first_replies")
    assert (wrong.code, "empty_first_reply" in wrong.err) == (2, True)
    assert run("signs", "-w", talked, *DAY, "--shop", "乙店").code == 2
    assert run("signs", "-w", talked, *DAY, "--kind", "空话抢首响").code == 0
    assert run("init", tmp_path / "w").code == 0
    assert run("signs", "-w", tmp_path / "w", "-f", "json").json == []
