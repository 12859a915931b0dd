"""`kaohe credit`."""

from decimal import Decimal

import fastexcel
import pytest

MESSAGES = """shop_id,buyer_id,sent_at,sender,agent_id,message_id,text
s1,c1,2026-11-02 09:00:00,buyer,,n1,有货吗
s1,c1,2026-11-02 09:00:10,agent,lin,n2,有的
s1,c1,2026-11-02 09:00:20,buyer,,n3,[red]=1+1
s1,c1,2026-11-02 09:00:30,agent,lin,n4,等于二
s1,c1,2026-11-02 09:05:00,agent,mo,n5,我来接着说
s1,c1,2026-11-02 09:10:01,agent,lin,n6,谢谢惠顾
s1,c2,2026-11-02 09:00:00,agent,,n7,您好
"""
ORDERS = """shop_id,order_id,buyer_id,agent_id,created_at,paid_at,amount
s1,o1,c1,,2026-11-02 09:04:00,2026-11-02 09:10:00,88.01
s1,o2,c2,,2026-11-02 09:04:00,2026-11-02 09:10:00,10.00
s1,o3,c3,,2026-11-02 09:04:00,2026-11-02 09:10:00,20.00
s1,o4,,,2026-11-02 09:04:00,2026-11-02 09:10:00,30.00
s1,o5,c3,mo,2026-11-03 09:04:00,2026-11-03 09:10:00,40.00
s1,o6,c1,,2026-11-02 09:06:00,,50.00
"""
EXEMPTIONS = "shop_id,first_day,covers,reason\ns1,2026-11-03,all,系统故障\n"


@pytest.fixture(scope="module")
def sold(exports, tmp_path_factory):
    """A workspace of the small shop with a few orders, that tests only read."""
    from kaohe.cli import main

    folder = tmp_path_factory.mktemp("sold")
    (folder / "messages.csv").write_text(MESSAGES, "utf-8")
    (folder / "orders.csv").write_text(ORDERS, "utf-8")
    assert main(["import", str(exports), str(folder), "-w", str(folder / "w")]) == 0
    return folder / "w"


def test_every_order_stands_with_its_owner_and_the_way_it_came_to_him(run, sold):
    ended = run("credit", "-w", sold)
    assert ended.code == 0
    assert "2026-11-02 至 2026-11-03（全部订单）" in ended.err
    rows = [line.split() for line in ended.out.splitlines() if line.startswith("2026-11")]
    assert rows[0] == ["2026-11-02", "甲店", "o1", "c1", "莫", "88.01", "聊天中的客服", "2026-11-02", "09:05:00"]
    assert rows[1][4:] == ["未分配", "10.00", "说话的客服没有写明", "2026-11-02", "09:00:00"]
    assert [row[2] for row in rows] == ["o1", "o2", "o3", "o4", "o5"]
    assert "静默：没有客服与买家聊过 1 单 20.00 元" in ended.out
    assert "导出里没有买家账号，无从查聊天 1 单 30.00 元" in ended.out


def test_one_agents_orders_and_nobodys(run, sold):
    days = ("--from", "2026-11-02", "--to", "2026-11-03")
    assert [row["order_id"] for row in run("credit", "-w", sold, *days, "--agent", "莫", "-f", "json").json] == ["o1", "o5"]
    nobody = run("credit", "-w", sold, *days, "--agent", "未分配", "-f", "json").json
    assert [(row["order_id"], row["how"]) for row in nobody] == [("o2", "unknown_speaker"), ("o3", "silent"), ("o4", "unknown_buyer")]
    ended = run("credit", "-w", sold, *days, "--agent", "chen", "--lang", "en")
    assert (ended.code, ended.err) == (0, "No orders were done in these days\n")


def test_only_the_days_asked_for(run, sold):
    ended = run("credit", "-w", sold, "--from", "2026-11-03", "-f", "json")
    assert [row["order_id"] for row in ended.json] == ["o5"]
    assert ended.err == "时间：2026-11-03 至 2026-11-03\n"
    assert run("credit", "-w", sold, "--from", "2026-11-03", "--to", "2026-11-02").code == 2
    assert run("credit", "-w", sold, "--to", "2026-11-01", "-f", "json").json == []


def test_another_rule_gives_it_to_others(run, sold):
    for rule, owners in (("first", [("lin", 1, 88.01)]), ("last_before_order", [("lin", 1, 88.01)]), ("most_turns", [("lin", 1, 88.01)])):
        rows = run("credit", "-w", sold, "--rule", rule, "-f", "json").json
        assert [(row["agent_id"], row["share"], row["amount"]) for row in rows if row["order_id"] == "o1"] == owners
        assert {row["rule"] for row in rows} == {rule}
    rows = run("credit", "-w", sold, "--rule", "even", "-f", "json").json
    assert [(row["agent_id"], row["share"], row["amount"]) for row in rows[:2]] == [("lin", 0.5, 44), ("mo", 0.5, 44.01)]
    ended = run("credit", "-w", sold, "--rule", "evn")
    assert (ended.code, "even" in ended.err) == (2, True)


def test_a_limit_is_said_and_only_of_the_screen(run, sold, tmp_path):
    ended = run("credit", "-w", sold, "--limit", 2)
    assert ("o2" in ended.out, "o3" in ended.out) == (True, False)
    assert "还有 3 行没有显示" in ended.err
    assert "静默：没有客服与买家聊过 1 单" in ended.out
    run("credit", "-w", sold, "--limit", 2, "--output", tmp_path / "a.xlsx")
    assert fastexcel.read_excel(tmp_path / "a.xlsx").load_sheet(0).to_polars()["订单"].to_list()[:5] == ["o1", "o2", "o3", "o4", "o5"]


def test_one_order_is_told_message_by_message(run, sold):
    ended = run("credit", "-w", sold, "--order", "o1")
    assert (ended.code, ended.err) == (0, "")
    told = [line for line in ended.out.splitlines() if "2026-11-02 09:" in line and not line.startswith("口径")]
    assert [line.split()[0] for line in told[:7]] == ["·", "·", "2026-11-02", "✓", "2026-11-02", "2026-11-02", "莫"]
    assert "最后一条人工消息：订单归此人" in told[3]
    assert "付款" in told[4]
    assert "在规则看的时刻之后，不计" in told[5]
    assert tuple(told[6].split()[:2]) == ("莫", "归属")
    assert tuple(told[7].split()[:2]) == ("林", "协助")
    assert "口径的规则：付款前最后（last_before_pay），归属 3 天：2026-10-31 起、2026-11-02 09:10:00（含）之前的人工消息计入。" in ended.out


def test_the_lines_of_an_order_are_data_too(run, sold):
    rows = run("credit", "-w", sold, "--order", "o1", "--rule", "most_turns", "-f", "json").json
    assert [row["event"] for row in rows] == ["message", "message", "placed", "message", "paid", "message", "credited", "assisted"]
    assert [row["decides"] for row in rows if row["event"] == "message"] == [True, True, False, False]
    assert [row["reason"] for row in rows if row["event"] == "message"] == ["turn", "turn", "no_turn", "too_late"]
    assert [(row["agent_id"], row["turns"], row["amount"]) for row in rows[-2:]] == [("lin", 2, 88.01), ("mo", 0, None)]


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("o2", "最后一条人工消息，但没有写明是谁：归属不明"),
        ("o3", "静默：没有客服与买家聊过"),
        ("o4", "导出里没有买家账号，无从查聊天。"),
        ("o5", "没有聊天，订单上写明的客服"),
        ("o6", "还没有付款，所以没有归属"),
    ],
)
def test_what_is_nobodys_is_told_with_its_reason(run, sold, order, said):
    ended = run("credit", "-w", sold, "--order", order)
    assert ended.code == 0
    assert said in ended.out


def test_an_order_there_is_not_and_options_that_do_not_go_together(run, sold):
    ended = run("credit", "-w", sold, "--order", "o9", "--lang", "en")
    assert (ended.code, "no order 'o9'" in ended.err) == (2, True)
    ended = run("credit", "-w", sold, "--order", "o1", "--compare")
    assert (ended.code, ended.err) == (2, "--compare 不能和 --order 一起用\n")
    assert run("credit", "-w", sold, "--shop", "乙店").code == 2


def test_the_rules_stand_side_by_side_with_one_total(run, sold):
    rows = run("credit", "-w", sold, "--compare", "-f", "json").json
    by_rule = {}
    for row in rows:
        by_rule.setdefault(row["rule"], []).append(Decimal(str(row["amount"])))
    assert list(by_rule) == ["pack", "last_before_pay", "last_before_order", "most_turns", "first", "even"]
    assert {sum(amounts) for amounts in by_rule.values()} == {Decimal("188.01")}
    assert {sum(Decimal(str(row["amount_difference"])) for row in rows if row["rule"] == rule) for rule in by_rule} == {Decimal(0)}
    found = {(row["agent_id"], row["kind"], row["rule"]): (row["orders"], row["amount"], row["amount_difference"]) for row in rows}
    assert found["lin", "agent", "even"] == (0.5, 44, 44)
    assert found["mo", "agent", "even"] == (1.5, 84.01, -44)
    assert found[None, "silent", "even"] == (1, 20, 0)
    assert found[None, "unknown", "pack"] == (2, 40, 0)


def test_who_gains_and_who_loses_is_sorted(run, sold):
    ended = run("credit", "-w", sold, "--compare", "--rule", "even")
    amounts, orders, changes = ended.out.split("\n\n")[:3]
    assert [line.split() for line in amounts.splitlines() if line.startswith(("莫", "林", "静默", "归属不明", "合计"))] == [
        ["莫", "128.01", "84.01"],
        ["林", "0.00", "44.00"],
        ["静默", "20.00", "20.00"],
        ["归属不明", "40.00", "40.00"],
        ["合计", "188.01", "188.01"],
    ]
    assert "合计相同，一分不差" in amounts
    assert [line.split() for line in orders.splitlines() if line.startswith("合计")] == [["合计", "5.00", "5.00"]]
    assert [line.split() for line in changes.splitlines() if line.startswith("平分")] == [
        ["平分", "林", "0.50", "44.00", "0.50", "44.00"],
        ["平分", "莫", "-0.50", "-44.00", "1.50", "84.01"],
    ]


def test_a_comparison_of_one_agent_has_no_total(run, sold, tmp_path):
    ended = run("credit", "-w", sold, "--compare", "--agent", "林", "--lang", "en")
    assert ("total" in ended.out, "莫" in ended.out) == (False, False)
    assert run("credit", "-w", sold, "--compare", "-o", tmp_path / "a.xlsx").code == 0
    assert fastexcel.read_excel(tmp_path / "a.xlsx").sheet_names == ["各规则下的成交额", "各规则下的订单数", "谁多谁少"]


def test_days_left_out_of_sales_are_left_out_here_and_said(run, sold, exports, tmp_path):
    (tmp_path / "exemptions.csv").write_text(EXEMPTIONS, "utf-8")
    (tmp_path / "orders.csv").write_text(ORDERS, "utf-8")
    assert run("import", exports, tmp_path / "exemptions.csv", tmp_path / "orders.csv", "-w", tmp_path / "w").code == 0
    ended = run("credit", "-w", tmp_path / "w", "--lang", "en")
    assert ("o4" in ended.out, "o5" in ended.out) == (True, False)
    assert "系统故障" in ended.out
    sales = run("metrics", "-w", tmp_path / "w", "--by", "shop", "--metric", "sales_amount", "-f", "json").json
    assert sum(row["amount"] for row in run("credit", "-w", tmp_path / "w", "-f", "json").json) == pytest.approx(sales[0]["value"])


def test_a_workspace_without_orders_says_so(run, workspace):
    ended = run("credit", "-w", workspace, "-f", "json")
    assert (ended.json, ended.err) == ([], "工作区里还没有订单。先用 kaohe import 导入\n")
    assert run("credit", "-w", workspace, "--from", "2026-11-01", "--to", "2026-11-30", "--compare").code == 0
