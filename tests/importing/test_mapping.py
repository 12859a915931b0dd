"""Mapping: what is proposed for a file nobody knows, and the profile that comes of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from kaohe.definitions import load
from kaohe.errors import Failure
from kaohe.importing import Options, import_exports
from kaohe.importing.files import find
from kaohe.importing.isolated import Isolated
from kaohe.importing.mapping import Draft, best_grid, check_name, proposed_name, surveyed, written
from kaohe.importing.profiles import Profile, choose, heading_key, match, profiles
from kaohe.importing.survey import grids

KNOWN = profiles()

CHAT = """在线客服 · 会话明细
流水号,访客编号,发言时间,发言方,坐席,发言内容
900017,V-3301,2026/10/07 09:00:12,访客,,这款还有现货吗
900018,V-3301,2026/10/07 09:00:13,智能助理,,您好，正在为您转接
900019,V-3301,2026/10/07 09:00:35,坐席,lin,有的，今天发
900020,V-3302,2026/10/07 09:04:00,访客,,怎么退货
900021,V-3302,2026/10/07 09:06:31,提示,,会话已转给 mo
总计,,,,,5
"""

ORDERS = """单据编号,会员名,拍下时间,付款完成,应收(分),件数,处理人,当前状态,备注
A1001,b1,2026-11-01 10:00:00,2026-11-01 10:01:00,9950,1,lin,已发货,
A1002,b2,2026-11-01 11:00:00,,2000,2,mo,待付款,急
"""

FIGURES = """坐席姓名,咨询人数,平均人工响应（秒）,三分钟回复率,客服销售额（元）
lin,30,9秒,36.99%,"1,200.50"
mo,10,1分12秒,50%,300
店内平均,20,40秒,43%,750
"""


@pytest.fixture
def drafts(tmp_path: Path) -> Iterator[Callable[..., Draft]]:
    """The draft for a file's text or bytes (written under that name), or for a file that is there."""
    room = tmp_path / "room"
    (room / "tables").mkdir(parents=True)
    with Isolated() as isolated:

        def draft(name: str, content: str | bytes | None = None, table: str | None = None) -> Draft:
            path = tmp_path / name
            if content is not None:
                path.write_bytes(content if isinstance(content, bytes) else content.encode())
            (source,) = find([path], room).sources
            found = grids(source, isolated, room / "tables")
            return Draft(surveyed(source, found, best_grid(found), KNOWN), KNOWN, table)

        yield draft


def named(draft: Draft) -> dict[str, str]:
    return {draft.survey.column(place).heading: column for place, column in draft.columns.items()}


# Layouts


def test_a_chat_with_odd_headings_below_a_title_is_recognised(drafts):
    draft = drafts("会话明细.csv", CHAT)
    assert (draft.table, draft.survey.row, draft.survey.rows) == ("messages", 2, 6)
    assert named(draft) == {
        "流水号": "message_id",
        "访客编号": "buyer_id",
        "发言时间": "sent_at",
        "发言方": "sender",
        "坐席": "agent_id",
        "发言内容": "text",
    }
    assert draft.words["sender"] == {"访客": "buyer", "智能助理": "bot", "坐席": "agent", "提示": "system"}
    assert draft.missing() == draft.open_words() == []
    assert draft.needs_shop


def test_an_order_sheet_is_recognised_and_fen_are_not_yuan(drafts):
    draft = drafts("export.csv", ORDERS)
    assert draft.table == "orders"
    assert named(draft) == {
        "单据编号": "order_id",
        "会员名": "buyer_id",
        "拍下时间": "created_at",
        "付款完成": "paid_at",
        "应收(分)": "amount",
        "件数": "quantity",
        "处理人": "agent_id",
        "当前状态": "status",
    }
    assert draft.units == {"amount": "fen"}


def test_an_agents_figures_are_recognised_with_their_units_and_their_sums(drafts):
    draft = drafts("客服数据_2026-11-01.csv", FIGURES)
    assert draft.table == "reported"
    assert named(draft) == {
        "坐席姓名": "agent_id",
        "咨询人数": "consulting_buyers",
        "平均人工响应（秒）": "avg_response_seconds",
        "三分钟回复率": "reply_rate_3min",
        "客服销售额（元）": "sales_amount",
    }
    assert draft.units == {"avg_response_seconds": "seconds"}
    assert draft.summary == ("店内平均",)
    assert not draft.needs_day
    assert drafts("客服数据.csv", FIGURES).needs_day


@pytest.mark.parametrize(
    ("heading", "cells", "unit"),
    [
        ("平均人工响应时长（分钟）", ["1.5", "2"], "minutes"),
        ("平均人工响应时长(分)", ["1.5", "2"], "minutes"),
        ("平均人工响应时长_ms", ["1500", "2000"], "milliseconds"),
        ("平均人工响应时长", ["9秒", "1分2秒"], None),
        ("30秒应答率(%)", ["0.9", "0.8"], "percent"),
        ("30秒应答率", ["90.5", "80"], "percent"),
        ("30秒应答率", ["90.5%", "80%"], None),
        ("30秒应答率", ["0.905", "0.8"], None),
        ("3分钟人工回复率", ["0.905", "1"], None),
    ],
)
def test_units_are_told_by_the_heading_and_a_percentage_by_its_cells(drafts, heading, cells, unit):
    rows = "\n".join(f"{agent},30,{cell},5" for agent, cell in zip(("lin", "mo"), cells, strict=True))
    draft = drafts("报表_20261101.csv", f"客服账号,咨询人数,{heading},询单人数\n{rows}\n", "reported")
    place = next(seen.place for seen in draft.survey.columns if seen.heading == heading)
    assert draft.units.get(draft.columns[place]) == unit


def test_a_figure_that_differs_by_a_word_is_not_taken_for_another(drafts):
    draft = drafts("报表.csv", "客服账号,询盘人数,人工接待人数\nlin,3,4\nmo,5,6\n", "reported")
    assert named(draft) == {"客服账号": "agent_id", "人工接待人数": "served_buyers"}


def test_cells_that_can_not_be_a_column_are_not_proposed_for_it(drafts):
    draft = drafts("a.csv", "买家昵称,内容,创建时间,发送方,接待客服\nb1,你好,张三,买家,lin\nb2,在,李四,客服,mo\n", "messages")
    assert "sent_at" not in draft.columns.values()
    assert draft.missing() == ["sent_at"]


def test_what_no_heading_says_may_be_told_by_the_cells(drafts):
    text = "甲,乙,丙,丁\nb1,2026-11-01 09:00:00,买家,请问这款有没有黑色的啊\nb1,2026-11-01 09:00:20,客服,有的亲，今天就能发货\n"
    draft = drafts("chat.csv", text)
    assert draft.table == "messages"
    assert named(draft) == {"乙": "sent_at", "丙": "sender"}
    assert {guess.why for guess in draft.guesses.values()} == {"cells"}
    assert draft.missing() == ["buyer_id"]


def test_words_of_stars_become_stars(drafts):
    draft = drafts(
        "评价.csv", "评论编号,评论时间,满意度\nr1,2026-11-01 09:00:00,好评\nr2,2026-11-01 09:00:00,3星\nr3,2026-11-02 09:00:00,差评\n"
    )
    assert draft.table == "reviews"
    assert draft.words["stars"] == {"好评": "5", "差评": "1"}
    assert draft.asked_words() == [("stars", "好评"), ("stars", "差评")]


def test_every_word_of_a_long_file_is_seen_not_only_the_first(drafts):
    rows = [f"b{n},2026-11-01 09:00:00,{'访客' if n < 2999 else '督导'},x{n}" for n in range(3000)]
    draft = drafts("chat.csv", "访客编号,发言时间,发言方,发言内容\n" + "\n".join(rows))
    assert draft.open_words() == [("sender", "督导")]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-16"])
def test_the_encoding_and_the_delimiter_do_not_matter(drafts, encoding):
    draft = drafts("会话.txt", CHAT.replace(",", "\t").encode(encoding))
    assert draft.table == "messages"
    assert len(draft.columns) == 6


def test_json_and_parquet_are_read_too(drafts, tmp_path):
    rows = [dict(zip(CHAT.splitlines()[1].split(","), line.split(","), strict=True)) for line in CHAT.splitlines()[2:7]]
    draft = drafts("a.json", json.dumps(rows, ensure_ascii=False))
    assert len(draft.columns) == 6
    pl.DataFrame(rows).write_parquet(tmp_path / "a.parquet")
    assert named(drafts("a.parquet")) == named(draft)


def test_of_a_workbook_the_sheet_with_the_table_is_taken_and_rows_of_units_are_passed_over(drafts, tmp_path):
    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        book.add_worksheet("说明").write_row(0, 0, ["导出说明", "请勿外传"])
        sheet = book.add_worksheet("明细")
        for number, row in enumerate(
            [
                ["访客编号", "发言时间", "发言方", "发言内容"],
                ["编号", "当地时间", "谁说的", "文字"],
                ["b1", "2026-11-01 09:00:00", "访客", "在吗"],
                ["b1", "2026-11-01 09:00:10", "坐席", "在的"],
                ["b2", "2026-11-01 09:01:00", "访客", "你好"],
            ]
        ):
            sheet.write_row(number, 0, row)
    draft = drafts("a.xlsx")
    assert (draft.survey.sheet, draft.survey.data_row, draft.survey.rows) == ("明细", 3, 3)
    assert draft.profile("own", "test").data_row == 3


# What a person changes


def test_a_heading_that_takes_a_column_leaves_none_for_the_one_that_had_it(drafts):
    draft = drafts("a.csv", ORDERS)
    place = {seen.heading: seen.place for seen in draft.survey.columns}
    assert draft.put(place["备注"], "status") == place["当前状态"]
    assert named(draft)["备注"] == "status"
    assert "当前状态" not in named(draft)
    assert draft.put(place["备注"], None) is None
    assert draft.place_of("status") is None


def test_rows_with_a_word_that_means_nothing_are_left_out_where_the_column_is_required(drafts):
    draft = drafts("会话.csv", CHAT)
    draft.say("sender", "提示", None)
    profile = draft.profile("own", "test")
    assert profile.leave_out == {"发言方": ("提示",)}
    assert "提示" not in profile.values["sender"]
    draft.say("sender", "提示", "system")
    assert draft.profile("own", "test").leave_out == {}


def test_what_is_left_to_decide_is_all_said_at_once(drafts):
    draft = drafts("chat.csv", "访客编号,发言方,发言内容\nb1,张三,你好\nb2,访客,在\nb3,客服,在的\nb3,李四,嗯\n", "messages")
    draft.put(1, "sender")
    with pytest.raises(Failure) as trouble:
        draft.check()
    said = trouble.value.text("zh")
    assert trouble.value.exit == 2
    assert "必填的列“发送时间”（sent_at）" in said
    assert "“张三”" in said
    assert "“李四”" in said
    assert "“访客”" not in said


def test_a_constant_fills_a_required_column_and_must_fit_it(drafts):
    draft = drafts("a.csv", "访客编号,发言时间,发言内容\nb1,2026-11-01 09:00:00,你好\nb2,2026-11-01 09:00:01,在\n", "messages")
    assert draft.missing() == ["sender"]
    assert draft.accepts("sender", "客服")
    assert not draft.accepts("sender", "店长")
    draft.constants["sender"] = "buyer"
    assert draft.missing() == []
    assert draft.lacking == ["sender"]
    assert draft.profile("own", "test").constants == {"sender": "buyer"}


# The profile


@pytest.mark.parametrize(("name", "content"), [("会话.csv", CHAT), ("订单.csv", ORDERS), ("客服数据_20261101.csv", FIGURES)])
def test_the_profile_is_chosen_by_the_headings_of_its_file_and_reads_back_the_same(drafts, name, content):
    draft = drafts(name, content)
    profile = draft.profile("own", "test")
    assert load(Profile, written(profile), "own.yaml") == profile
    found = choose([*KNOWN.values(), profile], draft.survey.headings, "export")
    assert found is not None
    assert found.profile.name == "own"


@pytest.mark.parametrize("other", [profile for profile in KNOWN.values() if profile.headings], ids=lambda profile: profile.name)
@pytest.mark.parametrize("content", [CHAT, ORDERS, FIGURES], ids=["chat", "orders", "figures"])
def test_a_new_profile_takes_no_file_of_another_layout(drafts, other, content):
    profile = drafts("a.csv", content).profile("own", "test")
    headings = [names[0] for names in other.headings.values()]
    found = choose([other, profile], headings, "export")
    assert found is None or found.profile.name == other.name


def test_the_chat_goes_into_the_lake_as_it_was_proposed(drafts, lake, tmp_path):
    draft = drafts("会话明细.csv", CHAT.encode("gb18030"))
    (tmp_path / "own.yaml").write_text(written(draft.profile("own", "test")), "utf-8")
    options = Options(shop="s1", profiles=(tmp_path / "own.yaml",))
    report = import_exports(lake, [tmp_path / "会话明细.csv"], options)
    assert (report.read, report.new, report.refused, report.skipped) == (6, 5, 0, 1)
    rows = lake.table("messages").sort("sent_at", "message_id").select("buyer_id", "sender", "agent_id", "text").rows()
    assert rows == [
        ("V-3301", "buyer", None, "这款还有现货吗"),
        ("V-3301", "bot", None, "您好，正在为您转接"),
        ("V-3301", "agent", "lin", "有的，今天发"),
        ("V-3302", "buyer", None, "怎么退货"),
        ("V-3302", "system", None, "会话已转给 mo"),
    ]


def test_figures_go_into_the_lake_in_their_own_units(drafts, lake, tmp_path):
    draft = drafts("客服数据_2026-11-01.csv", FIGURES)
    (tmp_path / "own.yaml").write_text(written(draft.profile("own", "test")), "utf-8")
    report = import_exports(lake, [tmp_path / "客服数据_2026-11-01.csv"], Options(shop="s1", profiles=(tmp_path / "own.yaml",)))
    assert (report.new, report.refused, report.skipped) == (2, 0, 1)
    columns = ["agent_id", "report", "consulting_buyers", "avg_response_seconds", "reply_rate_3min", "sales_amount"]
    rows = lake.table("reported").sort("agent_id").select(*columns, pl.col("first_day").cast(pl.String)).rows()
    assert [[str(cell) for cell in row] for row in rows] == [
        ["lin", "own", "30.0", "9.0", "0.3699", "1200.50", "2026-11-01"],
        ["mo", "own", "10.0", "72.0", "0.5", "300.00", "2026-11-01"],
    ]


# Hostile headings


def test_headings_that_can_not_be_named_are_left_alone_and_it_is_said_why(drafts):
    long = "长" * 300
    text = f"访客编号,发言时间,,发言方,发言方,{long},发言内容\nb1,2026-11-01 09:00:00,x,访客,客服,y,你好\nb2,2026-11-01 09:00:01,x,访客,客服,y,在\n"
    draft = drafts("a.csv", text)
    assert [seen.useless for seen in draft.survey.columns] == [None, None, "empty", None, "twice", "long", None]
    assert named(draft) == {"访客编号": "buyer_id", "发言时间": "sent_at", "发言方": "sender", "发言内容": "text"}
    profile = draft.profile("own", "test")
    assert profile.headings["sender"] == ("发言方",)
    assert match(profile, draft.survey.headings).places["sender"] == 3


NASTY = [
    "=cmd|'/c calc'!A1",
    "a: b # c",
    "- [x]",
    "{y: 1}",
    "*z",
    "&z",
    "!!python/object:os.system",
    "null",
    "yes",
    "2026-11-01",
    "1e3",
    "'quoted'",
    '"double"',
    "back\\slash",
    "两\n行",
    "😀表",
    "% @ `",
    "\u2028分隔",
    "\x07铃",
    "a\u0085b",
    "<<",
    "~",
    "|",
    ">",
]


@pytest.mark.parametrize("heading", NASTY)
def test_a_heading_that_means_something_in_yaml_is_saved_as_it_is_and_finds_its_column(drafts, lake, tmp_path, heading):
    cell = '"' + heading.replace('"', '""') + '"'
    text = f"访客编号,发言时间,发言方,{cell}\nb1,2026-11-01 09:00:00,访客,你好\nb2,2026-11-01 09:00:01,坐席,在的\n"
    draft = drafts("a.csv", text)
    draft.put(3, "text")
    profile = draft.profile("own", f"来源 {heading}")
    assert load(Profile, written(profile), "own.yaml") == profile
    (tmp_path / "own.yaml").write_text(written(profile), "utf-8")
    assert import_exports(lake, [tmp_path / "a.csv"], Options(shop="s1", profiles=(tmp_path / "own.yaml",))).new == 2
    assert lake.table("messages").sort("sent_at")["text"].to_list() == ["你好", "在的"]


@settings(max_examples=150, deadline=None)
@given(
    heading=st.text(min_size=1, max_size=60).filter(heading_key),
    word=st.text(min_size=1, max_size=30),
    source=st.text(max_size=200),
)
def test_whatever_stands_in_a_profile_is_read_back_the_same(heading, word, source):
    profile = Profile(
        name="own",
        zh=heading,
        table="messages",
        source=source,
        headings={"sent_at": (heading,), "sender": (heading, word)},
        values={"sender": {word: "bot"}, "agent_id": {heading: ""}},
        leave_out={heading: (word,)},
    )
    assert load(Profile, written(profile), "own.yaml") == profile


# Names


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("会话明细", "own_messages"),
        ("Live Chat-2026-10-01", "live_chat"),
        ("export_20261001_20261031", "export"),
        ("123", "own_messages"),
        ("con", "own_con"),
        ("messages", "messages_2"),
        ("a" * 200, "a" * 56),
        ("../../etc/passwd", "etc_passwd"),
    ],
)
def test_the_name_comes_of_the_files_and_is_never_that_of_another_profile(stem, name):
    assert proposed_name(stem, "messages", KNOWN) == name
    assert check_name(name, KNOWN) == name


def test_a_name_that_is_taken_gets_a_number():
    assert proposed_name("会话", "messages", [*KNOWN, "own_messages"]) == "own_messages_2"


@pytest.mark.parametrize("name", ["", "a/b", "..", "A", "a b", "1a", "会话", "nul", "none", "a" * 61, "messages", "pdd_chat"])
def test_a_name_no_file_may_have_or_that_would_replace_a_shipped_profile_is_refused(name):
    with pytest.raises(Failure) as trouble:
        check_name(name, KNOWN)
    assert trouble.value.exit == 2


def test_a_file_without_headings_is_refused_with_a_remedy(drafts):
    with pytest.raises(Failure, match="no row of headings") as trouble:
        drafts("a.csv", "1,2,3\n4,5,6\n7,8,9\n")
    assert trouble.value.exit == 3
