"""`kaohe statement`: one agent's appraisal in words and as data."""

import json

SPAN = ("--from", "2026-11-02", "--to", "2026-11-02")


def test_a_statement_says_every_item_and_the_total_in_words(run, workspace):
    ended = run("statement", "林", "-w", workspace, *SPAN)
    assert ended.code == 0
    assert [part in ended.out for part in ("林", "30秒应答率：", "考核方案：响应表现")] == [True, True, True]
    assert run("statement", "lin", "-w", workspace, "--month", "2026-11", "--lang", "en").code == 0


def test_as_data_it_adds_up(run, workspace):
    (found,) = json.loads(run("statement", "lin", "-w", workspace, *SPAN, "--format", "json").out)["statements"]
    assert found["agent_id"] == "lin"
    assert {line["item"] for line in found["lines"]} >= {"reply_rate_30s", "served_buyers"}


def test_who_is_not_judged_is_answered_with_the_nearest_name(run, workspace):
    ended = run("statement", "linn", "-w", workspace, *SPAN)
    assert (ended.code, "没有评“linn”" in ended.err) == (2, True)
    assert run("statement", "lin", "-w", workspace, "--month", "2026-13").code == 2
