"""Chats in the platforms' own forms: who wrote, to whom, when."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import xlsxwriter

from kaohe.errors import Failure


@pytest.fixture
def messages(lake, imports):
    """Import, then the messages in order: buyer, sender, agent, text, and the local clock in China."""

    def run(*args, **options):
        imports(*args, **options)
        frame = lake.table("messages").sort("sent_at", "message_id", "sender")
        clock = frame["sent_at"].dt.convert_time_zone("Asia/Shanghai").dt.strftime("%m-%d %H:%M:%S")
        return list(zip(frame["buyer_id"], frame["sender"], frame["agent_id"], frame["text"], clock, strict=True))

    return run


def pdd(number: int, author: dict, content: str = "在吗", **more: object) -> dict:
    receiver = {"role": "mall_cs", "uid": "90001"} if author.get("role") == "user" else {"role": "user", "uid": "7"}
    message = {"msg_id": f"m{number}", "from": author, "to": receiver, "ts": str(1780807174 + number), "type": 0, "content": content}
    return {"response": "push", "message": {**message, **more}}


BUYER = {"role": "user", "uid": "7"}
LIN = {"role": "mall_cs", "uid": "90001", "cs_uid": "lin"}
ROBOT = {"role": "mall_cs", "uid": "90001"}


def write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def test_pdd_an_employee_has_a_cs_uid_and_the_robot_has_none(exports, messages):
    write_json(exports / "c.json", [pdd(0, BUYER), pdd(1, ROBOT, template_name="mall_robot_text_msg"), pdd(2, LIN), pdd(3, ROBOT)])
    assert [(sender, agent) for _, sender, agent, _, _ in messages("c.json")] == [
        ("buyer", None),
        ("bot", None),
        ("agent", "lin"),
        ("bot", None),
    ]


def test_pdd_answers_marked_automatic_are_the_robots(exports, messages):
    write_json(exports / "c.json", [pdd(0, LIN, is_aut=1), pdd(1, LIN, is_aut=0)])
    assert [sender for _, sender, *_ in messages("c.json")] == ["bot", "agent"]


def test_pdd_where_no_file_names_employees_the_shops_side_is_people(exports, messages):
    write_json(exports / "c.json", [pdd(0, BUYER), pdd(1, ROBOT), pdd(2, ROBOT, template_name="mall_robot_text_msg")])
    assert [sender for _, sender, *_ in messages("c.json")] == ["buyer", "agent", "bot"]


@pytest.mark.parametrize(
    "notice",
    [
        "您接待过此消费者，为避免插播、抢答，机器人已暂停接待，>>点此【立即恢复接待】<<",
        "[消费者已同意您发起的退款申请，请及时处理]",
        "退款成功",
    ],
)
def test_pdd_notices_in_the_buyers_name_are_no_questions(exports, messages, notice):
    write_json(exports / "c.json", [pdd(0, BUYER, notice), pdd(1, BUYER, "什么时候退款成功")])
    assert [(buyer, sender) for buyer, sender, *_ in messages("c.json")] == [("7", "system"), ("7", "buyer")]


def test_pdd_hints_transfers_and_recalls_are_the_systems(exports, messages):
    recall = pdd(3, BUYER, "", type=1002, info={"withdraw_hint": "对方撤回了一条消息"})
    write_json(exports / "c.json", [pdd(1, LIN, "提示", type=31), pdd(2, LIN, "转接", type=24), recall])
    found = messages("c.json")
    assert [sender for _, sender, *_ in found] == ["system"] * 3
    assert found[2][3] == "对方撤回了一条消息"


def test_pdd_kinds_of_messages(exports, lake, imports):
    some = [pdd(n, BUYER, type=kind) for n, kind in enumerate((0, 1, 5, 14, 64, 77))] + [pdd(9, BUYER, info={"goodsID": 1})]
    write_json(exports / "c.json", some)
    imports("c.json")
    found = lake.table("messages").sort("message_id")["kind"].to_list()
    assert found == ["text", "image", "emotion", "video", "goods", "other", "goods"]


def test_pdd_the_mall_is_the_shop(exports, lake, imports):
    write_json(exports / "c.json", {"result": {"messages": [pdd(0, BUYER)["message"], pdd(1, LIN)["message"]]}})
    report = imports("c.json")
    assert lake.table("shops").select("shop_id", "platform", "timezone").rows() == [("90001", "pdd", "Asia/Shanghai")]
    assert set(lake.table("messages")["shop_id"]) == {"90001"}
    assert [notice.code.name for notice in report.notices] == ["shop_added"]


def test_pdd_the_shop_option_wins_over_the_mall(exports, lake, imports):
    write_json(exports / "c.json", [pdd(0, BUYER)])
    imports("c.json", shop="north", timezone="UTC")
    assert lake.table("shops").select("shop_id", "timezone").rows() == [("north", "UTC")]
    assert lake.table("messages")["shop_id"].to_list() == ["north"]


def test_pdd_messages_one_per_line_and_a_broken_line(exports, imports):
    lines = [json.dumps(pdd(0, BUYER)), '{"message": {"from"', json.dumps(pdd(1, LIN))]
    (exports / "c.jsonl").write_text("\n".join(lines), encoding="utf-8")
    report = imports("c.jsonl")
    assert (report.read, report.new, report.refused) == (3, 2, 1)
    assert (report.problems[0].line, report.problems[0].code.name) == (2, "not_json")


def test_pdd_a_message_without_time_is_refused_with_its_line(exports, imports):
    good, bad = pdd(0, BUYER), pdd(1, BUYER)
    del bad["message"]["ts"]
    (exports / "c.json").write_text("[\n" + ",\n".join(map(json.dumps, (good, bad))) + "\n]", encoding="utf-8")
    report = imports("c.json")
    assert report.refused == 1
    assert (report.problems[0].line, report.problems[0].column, report.problems[0].code.name) == (3, "sent_at", "cell_empty")


SCRAPED = [
    {"time": "2026-06-07 12:00:00", "role": "用户", "name": "张**", "type": "text", "content": "在吗"},
    {"time": "2026-06-07 12:00:05", "role": "系统", "name": "未知", "type": "text", "content": "已转接"},
    {"time": "2026-06-07 12:00:20", "role": "客服", "name": "lin", "type": "image", "content": "http://x"},
]


def test_pdd_a_scraped_page_is_one_conversation(exports, messages):
    write_json(exports / "260607-123456789012345_chat.json", SCRAPED)
    buyer = "张**#260607-123456789012345"
    assert messages("260607-123456789012345_chat.json", shop="s") == [
        (buyer, "buyer", None, "在吗", "06-07 12:00:00"),
        (buyer, "system", None, "已转接", "06-07 12:00:05"),
        (buyer, "agent", "lin", "http://x", "06-07 12:00:20"),
    ]


def test_a_chat_that_names_no_shop_asks_for_one(exports, imports):
    write_json(exports / "c.json", SCRAPED)
    with pytest.raises(Failure) as trouble:
        imports("c.json")
    assert trouble.value.exit == 3
    assert "--shop" in trouble.value.text()


def test_the_folder_says_platform_and_shop(exports, lake, imports):
    folder = exports / "拼多多" / "north"
    folder.mkdir(parents=True)
    write_json(folder / "c.json", SCRAPED)
    imports()
    assert lake.table("shops").select("shop_id", "platform").rows() == [("north", "pdd")]


CHAT = """\
当前用户来自 商品详情页
tb8946567 2026-6-7 9:05:01
什么时候发货
https://item.taobao.com/item.htm?id=1
已读
得力专卖店:小迪2026-6-7 9:05:31
亲，今天发
第二行
未读
tb8946567 撤回了一条消息
由 服务助手 转交给 得力专卖店:小迪
原因：【离线留言自动分配】
得力专卖店:服务助手
2026-6-7 9:06:00
自动回复
tb1 --> 得力专卖店:小迪 2026-6-7 9:07:00
在吗
得力专卖店:小迪 --> tb1 2026-6-7 9:07:10
在的
[得力专卖店] 2026-06-07 09:08:10
主账号
"""


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_qianniu_text_in_all_its_ways_of_beginning(exports, messages, ending, encoding):
    (exports / "chat.txt").write_bytes(CHAT.replace("\n", ending).encode(encoding))
    assert messages("chat.txt") == [
        ("tb8946567", "buyer", None, "什么时候发货\nhttps://item.taobao.com/item.htm?id=1", "06-07 09:05:01"),
        ("tb8946567", "agent", "得力专卖店:小迪", "亲，今天发\n第二行", "06-07 09:05:31"),
        ("tb8946567", "system", None, "tb8946567 撤回了一条消息", "06-07 09:05:31"),
        ("tb8946567", "bot", "得力专卖店:服务助手", "自动回复", "06-07 09:06:00"),
        ("tb1", "buyer", "得力专卖店:小迪", "在吗", "06-07 09:07:00"),
        ("tb1", "agent", "得力专卖店:小迪", "在的", "06-07 09:07:10"),
        ("tb1", "agent", "得力专卖店", "主账号", "06-07 09:08:10"),
    ]


def test_qianniu_text_the_shop_stands_before_the_colon(exports, lake, imports):
    (exports / "chat.txt").write_text(CHAT, encoding="utf-8")
    imports("chat.txt")
    assert lake.table("shops").select("shop_id", "platform").rows() == [("得力专卖店", "taobao")]


def test_qianniu_text_a_shop_known_by_that_name_keeps_its_id(exports, lake, imports):
    (exports / "shops.csv").write_text("shop_id,platform,name,timezone\nt1,taobao,得力专卖店,\n", encoding="utf-8")
    (exports / "chat.txt").write_text(CHAT, encoding="utf-8")
    report = imports()
    assert set(lake.table("messages")["shop_id"]) == {"t1"}
    assert report.notices == []


def test_qianniu_text_a_time_there_is_not_and_words_without_beginning_are_refused(exports, imports):
    text = "没头没尾\ntb1 2026-6-7 9:05:01\n在吗\n店:林 2026-13-7 9:05:31\n在的\n"
    (exports / "chat.txt").write_text(text, encoding="utf-8")
    report = imports("chat.txt")
    assert (report.read, report.new, report.refused) == (3, 1 + 0, 2)
    assert [(problem.line, problem.code.name) for problem in report.problems] == [(1, "chat_without_beginning"), (4, "cell_not_a_time")]


def sheet(path: Path, *sheets: list[list[str]]) -> None:
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet("导出汇总").write_row(0, 0, ["客户", "条数"])
    for rows in sheets:
        page = book.add_worksheet()
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    book.close()


HEAD = ["客户名", "消息序号", "发送时间", "发送内容", "发送账号", "账号类型"]


def test_qianniu_sheets_take_the_day_from_the_line_above(exports, messages):
    sheet(
        exports / "千牛.xlsx",
        [
            HEAD,
            ["2026-06-07"],
            ["tb1", "1", "23:59:50", "在吗", "tb1", "客户"],
            ["2026年6月8日"],
            ["tb1", "2", "00:00:05", "在的", "北店:林", ""],
            ["tb1", "3", "00:00:06", "自动", "北店:店小蜜", "客服"],
        ],
        [HEAD, ["tb2", "1", "2026-06-09 10:00:00", "你好", "tb2", ""]],
    )
    assert messages("千牛.xlsx", shop="north") == [
        ("tb1", "buyer", None, "在吗", "06-07 23:59:50"),
        ("tb1", "agent", "北店:林", "在的", "06-08 00:00:05"),
        ("tb1", "bot", "北店:店小蜜", "自动", "06-08 00:00:06"),
        ("tb2", "buyer", None, "你好", "06-09 10:00:00"),
    ]


def test_qianniu_sheets_without_any_day_are_refused_row_by_row_unless_told_it(exports, imports):
    sheet(
        exports / "千牛.xlsx", [HEAD, ["tb1", "1", "23:59:50", "在吗", "tb1", "客户"], ["tb1", "2", "23:59:55", "在的", "北店:林", "客服"]]
    )
    with pytest.raises(Failure) as trouble:
        imports("千牛.xlsx")
    assert "发送时间" in trouble.value.text()
    report = imports("千牛.xlsx", day="2026-06-07")
    assert (report.new, report.refused) == (2, 0)


def test_a_corpus_of_chats_without_a_clock_is_refused_with_the_reason(exports, imports):
    rows = [f"s1\tUSER_{n}\t{n % 2}\t0\t0\tnan\t有什么问题我可以帮您处理" for n in range(6)]
    (exports / "corpus.tsv").write_text("\n".join(rows), encoding="utf-8")
    with pytest.raises(Failure, match="without any time"):
        imports("corpus.tsv")
