"""The dialogue of `kaohe import --map`, from the first question to the rows in the workspace."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import xlsxwriter
from typer.testing import CliRunner

import kaohe
from kaohe.cli.app import run
from kaohe.importing.profiles import profiles

CHAT = """在线客服 · 会话明细
流水号,访客编号,发言时间,发言方,坐席,发言内容
900017,V-3301,2026/10/07 09:00:12,访客,,这款还有现货吗
900018,V-3301,2026/10/07 09:00:13,智能助理,,您好，正在为您转接
900019,V-3301,2026/10/07 09:00:35,坐席,lin,有的，今天发
900020,V-3302,2026/10/07 09:04:00,访客,,怎么退货
900021,V-3302,2026/10/07 09:06:31,督导,,请尽快回复
总计,,,,,5
"""

ORDERS = "单据编号,会员名,拍下时间,付款完成,应收(元),备注\nA1,b1,2026-11-01 10:00:00,2026-11-01 10:01:00,99.50,\nA2,b2,坏的,,20.00,急\n"

FIGURES = "坐席姓名,咨询人数,平均人工响应,三分钟回复率\nlin,30,9秒,36.99%\nmo,10,12秒,50%\n"

TABLE, COLUMNS, WORDS = [""], [""] * 6, ["", "", ""]
"""Enter at the question for the table, at each of the chat's six headings, at its three words that can be guessed."""


@dataclass
class Ended:
    code: int
    out: str
    err: str


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "会话明细.csv").write_text(CHAT, "utf-8")
    (tmp_path / "订单.csv").write_text(ORDERS, "utf-8")
    (tmp_path / "客服数据.csv").write_text(FIGURES, "utf-8")
    return tmp_path


@pytest.fixture
def mapping(here):
    """Run `kaohe import --map` on files with these answers, one a line."""

    def command(*arguments: object, answers: list[str] | None = None) -> Ended:
        text = "".join(f"{answer}\n" for answer in answers or [])
        with CliRunner(env={"KAOHE_LANG": None, "KAOHE_WORKSPACE": None}).isolation(input=text) as (out, err, _):
            code = run(["import", "--map", *map(str, arguments), "--workspace", "w"])
            sys.stdout.flush()
            sys.stderr.flush()
            return Ended(code, out.getvalue().decode(), err.getvalue().decode())

    return command


def saved(name: str = "own_messages"):
    return profiles([Path("w/profiles")])[name]


def everything(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


# All the way


def test_all_proposals_accepted_the_profile_is_saved_and_the_rows_are_in(mapping):
    ended = mapping("会话明细.csv", "--shop", "s1", answers=[*TABLE, *COLUMNS, *WORDS, "system", "", ""])
    assert ended.code == 0, ended.err
    assert "试读：6 行，可导入 5，拒绝 0，跳过 1" in ended.err
    assert "会话明细.csv   已导入   own_messages      6      5" in ended.out
    assert saved().values["sender"] == {"访客": "buyer", "智能助理": "bot", "坐席": "agent", "督导": "system"}
    rows = kaohe.open("w").table("messages").sort("sent_at")
    assert rows["sender"].to_list() == ["buyer", "bot", "agent", "buyer", "system"]
    assert rows["agent_id"].to_list() == [None, None, "lin", None, None]


def test_the_next_file_of_the_kind_is_known(mapping, here):
    mapping("会话明细.csv", "--shop", "s1", answers=[".", "system", ""])
    (here / "十一月.csv").write_text(CHAT.replace("9000", "9100"), "utf-8")
    ended = mapping("十一月.csv", "--shop", "s1")
    assert ended.code == 0
    assert "十一月.csv：格式 own_messages（会话明细）认得它" in ended.err
    assert kaohe.open("w").table("messages").height == 10


def test_a_column_is_corrected_by_name_by_label_and_by_number(mapping):
    answers = [*TABLE, "-", "", "", "", "message_id", "内容", *WORDS, "5", "", ""]
    ended = mapping("会话明细.csv", "--shop", "s1", answers=answers)
    assert ended.code == 0, ended.err
    profile = saved()
    assert profile.headings["message_id"] == ("坐席",)
    assert "agent_id" not in profile.headings
    assert profile.values["sender"]["督导"] == "agent"


def test_a_column_that_another_heading_had_is_taken_from_it_and_that_is_said(mapping):
    ended = mapping("会话明细.csv", "--shop", "s1", answers=[*TABLE, "", "", "", "", "7", *["q"]])
    assert "“发言内容”不再作这一列" in ended.err


def test_a_unit_stands_behind_the_column(mapping):
    answers = ["", "", "", "avg_response_seconds minutes", "", "2026-11-01", "", ""]
    ended = mapping("客服数据.csv", "--shop", "s1", answers=answers)
    assert ended.code == 0, ended.err
    assert saved("own_reported").units == {"avg_response_seconds": "minutes"}
    row = kaohe.open("w").table("reported").sort("agent_id").row(0, named=True)
    assert (row["agent_id"], row["avg_response_seconds"], str(row["first_day"])) == ("lin", 9.0, "2026-11-01")


def test_going_back_asks_the_question_before_again_and_the_new_answer_counts(mapping):
    answers = [*TABLE, "-", "<", "message_id", *COLUMNS[1:], *WORDS, "bot", "<", "<", "assisted", "buyer", "", ""]
    ended = mapping("会话明细.csv", "--shop", "s1", answers=answers)
    assert ended.code == 0, ended.err
    assert ended.err.count("1/6  流水号") == 2
    assert saved().headings["message_id"] == ("流水号",)
    assert saved().values["sender"]["坐席"] == "assisted"
    assert saved().values["sender"]["督导"] == "buyer"


def test_another_table_brings_other_proposals(mapping):
    ended = mapping("会话明细.csv", "--shop", "s1", answers=["在线", "", "", "q"])
    assert "→ online_at 上线时间" in ended.err
    assert "presence" not in ended.out


def test_rows_of_a_word_that_is_left_out_are_skipped_and_said(mapping):
    ended = mapping("会话明细.csv", "--shop", "s1", answers=[".", "-", ""])
    assert ended.code == 0, ended.err
    assert saved().leave_out == {"发言方": ("督导",)}
    assert "1 行没有导入：“督导”的行不计" in ended.err
    assert kaohe.open("w").table("messages").height == 4


def test_bad_rows_are_shown_with_their_reasons_before_anything_is_saved(mapping, here):
    ended = mapping("订单.csv", "--shop", "s1", answers=[".", "q"])
    assert "试读：2 行，可导入 1，拒绝 1，跳过 0" in ended.err
    assert "订单.csv，第 3 行，列“拍下时间”：应为时间" in ended.err
    assert "注意：50% 的内容不是这一列要的（时间）" in ended.err
    assert not (here / "w").exists()


def test_a_file_none_of_whose_rows_go_in_is_not_saved_by_mistake(mapping, here):
    (here / "订单.csv").write_text(ORDERS.replace("2026-11-01 10:00:00", "昨天"), "utf-8")
    ended = mapping("订单.csv", "--shop", "s1", answers=["orders", "", "", "created_at", "", "", "", "", "", "y", "q"])
    assert ended.code == 130, ended.err
    assert "试读：2 行，可导入 0，拒绝 2，跳过 0" in ended.err
    assert ended.err.count("没有一行能导入") == 3
    assert not (here / "w").exists()


def test_it_can_be_saved_without_importing(mapping):
    ended = mapping("会话明细.csv", "--shop", "s1", answers=[".", "system", "s"])
    assert (ended.code, ended.out) == (0, "")
    assert saved().table == "messages"
    assert kaohe.open("w").table("messages").is_empty()


# What is asked besides


def test_a_required_column_without_a_heading_is_named_and_may_be_a_constant(mapping, here):
    (here / "a.csv").write_text("访客编号,发言时间,发言内容\nb1,2026-11-01 09:00:00,你好\nb2,2026-11-01 09:00:01,在吗\n", "utf-8")
    ended = mapping("a.csv", "--shop", "s1", answers=["messages", ".", "", "店长", "客服", ""])
    assert ended.code == 0, ended.err
    assert "没有表头是“发送方”（sender），它是必填的" in ended.err
    assert "“店长”不是固定的几个词" in ended.err
    assert kaohe.open("w").table("messages")["sender"].to_list() == ["agent", "agent"]


def test_the_shop_is_asked_where_nothing_says_it_and_the_only_one_is_proposed(mapping, here):
    mapping("会话明细.csv", answers=[".", "system", "岚记", ""])
    assert kaohe.open("w").table("messages")["shop_id"].unique().to_list() == ["岚记"]
    (here / "b.csv").write_text(ORDERS, "utf-8")
    ended = mapping("b.csv", answers=[".", ""])
    assert ended.code == 0, ended.err
    assert kaohe.open("w").table("orders")["shop_id"].to_list() == ["岚记"]


def test_a_word_nobody_can_guess_is_not_decided_by_enter(mapping):
    ended = mapping("会话明细.csv", "--shop", "s1", answers=[".", "", "督导员", "system", ""])
    assert ended.code == 0, ended.err
    assert "这个词要选一个" in ended.err
    assert "没有“督导员”" in ended.err


def test_an_answer_nobody_understands_names_the_nearest(mapping):
    ended = mapping("会话明细.csv", answers=["mesages", "", "mesage_id", "99", "sent_at minutes", "?", "q"])
    assert ended.code == 130
    assert "没有“mesages”。是否想写 messages？" in ended.err
    assert "没有“mesage_id”。是否想写 message_id？" in ended.err
    assert "没有“99”" in ended.err
    assert "sent_at 没有单位可选" in ended.err
    assert "* sent_at" in ended.err


def test_of_several_sheets_one_is_chosen_and_those_like_it_are_read_with_it(mapping, here):
    head, *rows = CHAT.splitlines()[1:7]
    with xlsxwriter.Workbook(str(here / "a.xlsx")) as book:
        for name, lines in (("一月", [head, *rows[:2]]), ("二月", [head, *rows[2:]]), ("指标", FIGURES.splitlines())):
            sheet = book.add_worksheet(name)
            for number, line in enumerate(lines):
                sheet.write_row(number, 0, line.split(","))
    ended = mapping("a.xlsx", "--shop", "s1", answers=["指表", "一月", ".", "system", ""])
    assert ended.code == 0, ended.err
    assert "有 3 张工作表" in ended.err
    assert "  3  指标（4 列）" in ended.err
    assert "试读：5 行，可导入 5" in ended.err
    assert kaohe.open("w").table("messages").height == 5


def test_a_name_that_can_not_be_is_refused_and_one_that_exists_is_not_overwritten_unasked(mapping, here):
    mapping("会话明细.csv", "--shop", "s1", answers=[".", "system", ""])
    before = (here / "w/profiles/own_messages.yaml").read_text("utf-8")
    answers = [*TABLE, *COLUMNS, *WORDS, "bot", "../x", "messages", "own_messages", "", "own_messages", "y", "s"]
    ended = mapping("会话明细.csv", "--shop", "s1", "--profile", "none", answers=answers)
    assert ended.code == 0, ended.err
    assert "“../x”不能作格式名" in ended.err
    assert "“messages”是自带的格式" in ended.err
    assert ended.err.count("own_messages.yaml 已经有了") == 2
    after = (here / "w/profiles/own_messages.yaml").read_text("utf-8")
    assert after == before.replace("督导: system", "督导: bot")


def test_a_file_that_a_profile_knows_is_mapped_anew_only_when_asked_and_then_read_by_the_new_one(mapping, here):
    text = "shop_id,buyer_id,sent_at,sender,text\ns1,b1,2026-11-01 09:00:00,buyer,你好\ns1,b2,2026-11-01 09:00:01,buyer,在吗\n"
    (here / "messages.csv").write_text(text, "utf-8")
    known = mapping("messages.csv")
    assert known.code == 0
    assert "格式 messages（标准表：消息）认得它" in known.err
    ended = mapping("messages.csv", "--profile", "none", answers=[""] * 6 + ["mine", ""])
    assert ended.code == 0, ended.err
    assert "mine" in ended.out
    assert "以后请加 --profile mine" in ended.err


def test_several_files_are_agreed_on_first_and_a_skipped_one_is_not_imported(mapping, here):
    (here / "shops.csv").write_text("shop_id,platform,timezone\ns1,generic,Asia/Tokyo\n", "utf-8")
    answers = [".", "system", "", "-"]
    ended = mapping("会话明细.csv", "订单.csv", "shops.csv", "--shop", "s1", answers=answers)
    assert ended.code == 0, ended.err
    assert "会话明细.csv" in ended.out
    assert "shops.csv" in ended.out
    assert "订单.csv" not in ended.out
    # The shops came first: the chat's times are those of Tokyo.
    assert str(kaohe.open("w").table("messages")["sent_at"].min()) == "2026-10-07 00:00:12+00:00"


def test_a_folder_says_whose_rows_they_are(mapping, here):
    (here / "导出" / "甲店").mkdir(parents=True)
    (here / "会话明细.csv").rename(here / "导出" / "甲店" / "会话明细.csv")
    ended = mapping("导出", answers=[".", "system", ""])
    assert ended.code == 0, ended.err
    assert kaohe.open("w").table("messages")["shop_id"].unique().to_list() == ["甲店"]


# Leaving


@pytest.mark.parametrize("answers", [["q"], [*TABLE, *COLUMNS, "q"], [".", "system", "q"], [".", "q"]])
def test_quitting_writes_nothing_at_all(mapping, here, answers):
    before = everything(here)
    ended = mapping("会话明细.csv", "--shop", "s1", answers=answers)
    assert (ended.code, ended.out) == (130, "")
    assert "什么也没有写入" in ended.err
    assert everything(here) == before


def test_quitting_at_the_second_file_does_not_save_the_first(mapping, here):
    before = everything(here)
    assert mapping("会话明细.csv", "订单.csv", "--shop", "s1", answers=[".", "system", "", "q"]).code == 130
    assert everything(here) == before


def test_answers_that_end_too_soon_write_nothing_and_say_at_which_question(mapping, here):
    before = everything(here)
    ended = mapping("会话明细.csv", answers=[*TABLE, ""])
    assert ended.code == 2
    assert "回答到第 3 个问题就没有了" in ended.err
    assert everything(here) == before


def read(terminal: int) -> bytes:
    """What a terminal shows; nothing when nobody writes to it any more."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def test_on_a_terminal_an_interrupt_writes_nothing(here):
    main, child = pty.openpty()
    command = [sys.executable, "-m", "kaohe.cli", "import", "--map", "会话明细.csv", "-w", "w"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KAOHE_")}
    with subprocess.Popen(command, stdin=child, stdout=child, stderr=child, env=environment, start_new_session=True) as running:
        os.close(child)
        seen, until = b"", time.monotonic() + 60
        while time.monotonic() < until and running.poll() is None:
            if select.select([main], [], [], 0.5)[0]:
                seen += read(main)
            elif b"[messages] > " in seen:
                running.send_signal(signal.SIGINT)
        running.kill()
        seen += read(main)
        assert running.wait() == 130
    os.close(main)
    assert "什么也没有写入" in seen.decode()
    assert b"Traceback" not in seen
    assert not (here / "w").exists()


# Without questions


def test_yes_takes_all_proposals(mapping, here):
    (here / "a.csv").write_bytes(CHAT.replace("督导", "系统").encode("gb18030"))
    ended = mapping("a.csv", "--shop", "s1", "--yes")
    assert ended.code == 0, ended.err
    assert kaohe.open("w").table("messages").height == 5


def test_yes_says_what_a_person_would_have_to_decide(mapping, here):
    ended = mapping("会话明细.csv", "--yes")
    assert (ended.code, ended.out) == (2, "")
    assert "会话明细.csv，列“发言方”：不知道“督导”是什么意思" in ended.err
    assert not (here / "w").exists()


def test_yes_without_a_shop_saves_no_profile(mapping, here):
    ended = mapping("订单.csv", "--yes")
    assert ended.code == 3
    assert "--shop" in ended.err
    assert not (here / "w").exists()


def test_yes_does_not_overwrite_a_profile(mapping, here):
    (here / "w").mkdir()
    mapping("会话明细.csv", "--shop", "s1", answers=[".", "system", ""])
    before = (here / "w/profiles/own_messages.yaml").read_text("utf-8")
    (here / "b.csv").write_text(
        "访客编号,发言时刻,发言方,发言内容\nb1,2026-11-01 09:00:00,访客,你好\nb2,2026-11-01 09:01:00,坐席,在的\n", "utf-8"
    )
    ended = mapping("b.csv", "--shop", "s1", "--yes")
    assert ended.code == 0, ended.err
    assert (here / "w/profiles/own_messages.yaml").read_text("utf-8") == before
    assert saved("own_messages_2").headings["sent_at"] == ("发言时刻",)


def test_a_dry_run_prints_the_profile_and_writes_nothing(mapping, here):
    before = everything(here)
    ended = mapping("会话明细.csv", "--dry-run")
    assert ended.code == 0
    assert "“督导”（sender）还没有意思" in ended.err
    assert everything(here) == before
    (here / "p.yaml").write_text(ended.out, "utf-8")
    assert profiles([here / "p.yaml"])["own_messages"].headings["sender"] == ("发言方",)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--profile", "messages"], "--profile none"), (["--profile", "nobody"], "--profile none")],
)
def test_map_and_a_profile_exclude_each_other(mapping, arguments, said):
    ended = mapping("会话明细.csv", *arguments)
    assert ended.code == 2
    assert said in ended.err


def test_yes_goes_only_with_map(here):
    with CliRunner().isolation() as (_, err, _):
        assert run(["import", "订单.csv", "--yes", "-w", "w"]) == 2
        sys.stderr.flush()
        assert "--yes 只和 --map 一起用" in err.getvalue().decode()


def test_a_file_that_is_no_table_is_refused_as_ever(mapping, here):
    (here / "a.pdf").write_bytes(b"%PDF-1.7 \x00")
    ended = mapping("a.pdf")
    assert ended.code == 3
    assert "PDF" in ended.err


def test_the_dialogue_is_there_in_english(mapping):
    ended = mapping("会话明细.csv", "--shop", "s1", "--lang", "en", answers=[*TABLE, "?", *COLUMNS, *WORDS, "system", "", ""])
    assert ended.code == 0, ended.err
    assert "Tried: 6 rows, 5 to import, 0 refused, 1 skipped" in ended.err
    assert "→ sent_at (its heading has '发言时间')" in ended.err
    assert not any(word in ended.err for word in ("回车", "例：", "单位", "必填"))


def test_escape_sequences_of_a_file_do_not_reach_the_terminal(mapping, here):
    (here / "a.csv").write_text(
        "访客编号,发言时间,发言方\x1b[31m,发言内容\nb1,2026-11-01 09:00:00,访客,\x1b]0;x\x07\nb2,2026-11-01 09:00:01,客服,y\n", "utf-8"
    )
    ended = mapping("a.csv", "--shop", "s1", answers=["messages", *[""] * 4, "q"])
    assert "\x1b" not in ended.err
    assert "·[31m" in ended.err
