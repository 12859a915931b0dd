"""`kaohe appraise --save`, `results`, `diff`, `close`, `ledger`: from a result to a closed month and its corrections."""

import json

SCHEME = """\
name: sales
title: 销售
source: 店长
items:
  - {metric: served_buyers, weight: 100, scoring: {kind: linear, low: {figure: 0, points: 0}, high: {figure: 10, points: 100}}}
pay:
  lines:
    - {id: each, title: {zh: 每位买家, en: Each buyer}, kind: per_unit, on: served_buyers, amount: 10}
"""
HEAD = "shop_id,buyer_id,sent_at,sender,agent_id,message_id\n"


def chats(*buyers):
    return HEAD + "".join(
        f"s1,{buyer},2026-11-{day:02} 09:00:00,buyer,,q{buyer}{day}\ns1,{buyer},2026-11-{day:02} 09:00:10,agent,lin,a{buyer}{day}\n"
        for buyer, day in buyers
    )


def month(run, tmp_path):
    (tmp_path / "shops.csv").write_text("shop_id,platform\ns1,generic\n", "utf-8")
    (tmp_path / "chats.csv").write_text(chats(("b1", 3), ("b2", 4)), "utf-8")
    (tmp_path / "sales.yaml").write_text(SCHEME, "utf-8")
    workspace = tmp_path / "ws"
    assert run("import", tmp_path / "shops.csv", tmp_path / "chats.csv", "-w", workspace).code == 0
    return workspace


def saved(run, tmp_path, workspace, first="2026-11-01", last="2026-11-30"):
    return run("appraise", "-w", workspace, "--scheme", tmp_path / "sales.yaml", "--from", first, "--to", last, "--save")


def test_a_month_is_judged_saved_closed_and_corrected_later(run, tmp_path):
    workspace = month(run, tmp_path)
    assert "sales-2026-11-0001" in saved(run, tmp_path, workspace).err
    (listed,) = json.loads(run("results", "-w", workspace, "-f", "json").out)
    assert (listed["name"], listed["pay"]) == ("sales-2026-11-0001", 20)
    closed = run("close", "2026-11", "--result", "sales-2026-11-0001", "-w", workspace)
    assert (closed.code, "2026-11 已关账：1 行工资，0 行更正" in closed.err) == (0, True)
    assert json.loads(run("ledger", "-w", workspace, "-f", "json").out) == []

    (tmp_path / "late.csv").write_text(chats(("b3", 5)), "utf-8")
    assert run("import", tmp_path / "late.csv", "-w", workspace).code == 0
    (correction,) = json.loads(run("ledger", "-w", workspace, "-f", "json").out)
    assert (correction["month"], correction["agent"], correction["amount"], correction["why"]) == (
        "2026-11",
        "lin",
        10,
        "served_buyers 2 → 3",
    )
    assert "每位买家" in run("ledger", "2026-11", "-w", workspace).out

    saved(run, tmp_path, workspace)
    changed = json.loads(run("diff", "sales-2026-11-0001", "sales-2026-11-0002", "-w", workspace, "-f", "json").out)
    assert {(row["what"], row["before"], row["after"]) for row in changed} >= {("应发", "20.00", "30.00"), ("指标", "2", "3")}
    assert "导入的文件" in run("diff", "sales-2026-11-0001", "sales-2026-11-0002", "-w", workspace).out


def test_what_can_not_be_closed_is_answered_with_what_to_do(run, tmp_path):
    workspace = month(run, tmp_path)
    saved(run, tmp_path, workspace, "2026-11-01", "2026-11-15")
    for arguments, part in (
        (("2026-11",), "--result"),
        (("2026-13", "--result", "sales-2026-11-0001"), "不是月份"),
        (("2026-11", "--result", "sales-2026-11-0001"), "2026-11-15"),
        (("2026-11", "--result", "sales-2026-11-0009"), "sales-2026-11-0001"),
    ):
        ended = run("close", *arguments, "-w", workspace)
        assert (ended.code, part in ended.err) == (2, True), ended.err
    assert run("ledger", "2026-11", "-w", workspace).code == 2
