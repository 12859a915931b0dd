"""`kaohe compliance` on a small PDD shop judged as the articles of 2023 state it."""

import pytest

from kaohe.cli import main

SHOPS = "shop_id,platform,name,pack\np1,pdd,甲店,pdd-2023\n"


def talk() -> str:
    """100 buyers on one day, 49 of them answered, and one message the day after."""
    lines = ["shop_id,buyer_id,sent_at,sender,agent_id,message_id,text"]
    for number in range(100):
        lines.append(f"p1,b{number:03},2026-11-02 09:00:00,buyer,,q{number},在吗")
        if number < 49:
            lines.append(f"p1,b{number:03},2026-11-02 09:00:20,agent,lin,a{number},在的")
    return "\n".join([*lines, "p1,b000,2026-11-03 09:00:00,buyer,,z,在吗"]) + "\n"


@pytest.fixture(scope="module")
def pdd(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pdd")
    (folder / "shops.csv").write_text(SHOPS, "utf-8")
    (folder / "messages.csv").write_text(talk(), "utf-8")
    made = tmp_path_factory.mktemp("work") / "workspace"
    assert main(["import", str(folder), "--workspace", str(made)]) == 0
    return made


def test_a_miss_says_by_how_much_what_follows_and_where_the_rule_is_from(run, pdd):
    ended = run("compliance", "-w", pdd, "--rule", "effective-reply", "--from", "2026-11-02", "--to", "2026-11-02")
    assert ended.code == 0
    assert "甲店" in ended.out
    (line,) = [line for line in ended.out.splitlines() if "2026-11-02" in line]
    assert "未达标" in line
    assert "49.00 %（49/100）" in line
    assert "再有 1 位买家及时得到回复就达标" in line
    assert "影响活动报名" in ended.out.replace("\n", "")
    assert "A1" in ended.out


def test_the_next_day_has_too_few_buyers_and_is_not_judged(run, pdd):
    ended = run("compliance", "-w", pdd, "--rule", "effective-reply", "-f", "json")
    assert [(row["day"], row["verdict"], row["why"]) for row in ended.json] == [
        ("2026-11-02", "fail", None),
        ("2026-11-03", "not_applicable", "small_sample"),
    ]


def test_whom_it_was_about_can_be_listed(run, pdd):
    ended = run(
        "compliance", "-w", pdd, "--rule", "effective-reply", "--from", "2026-11-02", "--to", "2026-11-02", "--buyers", "-f", "json"
    )
    assert len(ended.json) == 51
    assert {row["reason"] for row in ended.json} == {"unanswered"}
    told = run("compliance", "-w", pdd, "--rule", "effective-reply", "--from", "2026-11-02", "--to", "2026-11-02", "--buyers")
    assert "b099" in told.out
    assert "未回复" in told.out


def test_a_script_can_ask_for_an_exit_code(run, pdd):
    assert run("compliance", "-w", pdd, "--rule", "effective-reply", "--fail").code == 1
    assert run("compliance", "-w", pdd, "--rule", "effective-reply", "--from", "2026-11-03", "--fail").code == 0


def test_an_unknown_rule_or_shop_is_said_with_the_nearest(run, pdd):
    ended = run("compliance", "-w", pdd, "--rule", "effective-replay")
    assert ended.code == 2
    assert "effective-reply" in ended.err
    assert run("compliance", "-w", pdd, "--shop", "乙店").code == 2


def test_the_tables_can_be_a_workbook(run, pdd, tmp_path):
    ended = run("compliance", "-w", pdd, "--all", "--buyers", "-o", tmp_path / "规则.xlsx", "--lang", "en")
    assert ended.code == 0
    assert (tmp_path / "规则.xlsx").stat().st_size > 5000


OWN = """name: pdd-2023
title: 自己的门槛
platform: pdd
versions:
  - source: 店长
    certainty: D
    rules: [{{id: effective-reply, title: 有效回复率, metric: effective_reply_rate, threshold: {old}, consequence: 扣分, source: 店长, certainty: D}}]
  - effective_from: 2026-11-03
    source: 店长 2026-11-03 通知
    certainty: D
    rules: [{{id: effective-reply, title: 有效回复率, metric: effective_reply_rate, threshold: {new}, consequence: 扣分, source: 店长, certainty: D}}]
"""


@pytest.fixture
def own_pack(pdd):
    """Puts a pack of two versions, the second from 3 November on, in place of the shipped one."""
    folder = pdd / "packs"
    folder.mkdir()

    def put(old: str, new: str) -> None:
        (folder / "pdd-2023.yaml").write_text(OWN.format(old=old, new=new), "utf-8")

    yield put
    (folder / "pdd-2023.yaml").unlink()
    folder.rmdir()


def test_a_shop_may_put_its_own_threshold_and_each_day_has_its_own_version(run, pdd, own_pack):
    own_pack("49%", "0.01")
    rows = run("compliance", "-w", pdd, "-f", "json").json
    assert [(row["day"], row["rule"], row["threshold"], row["verdict"], row["cases"]) for row in rows] == [
        ("2026-11-02", "effective-reply", 0.49, "pass", 0),
        ("2026-11-03", "effective-reply", 0.01, "fail", 1),
    ]
    assert "≥ 49.00 % → 1.00 %" in run("compliance", "-w", pdd).out
    own_pack("49.01%", "0")
    assert [row["verdict"] for row in run("compliance", "-w", pdd, "-f", "json").json] == ["fail", "pass"]


def test_a_threshold_in_per_cent_without_the_sign_is_refused_with_its_line(run, pdd, own_pack):
    own_pack("0.5", "85")
    ended = run("compliance", "-w", pdd)
    assert ended.code == 2
    assert "packs/pdd-2023.yaml，第 11 行" in ended.err
    assert "0.85" in ended.err


def test_only_misses_may_be_asked_for(run, pdd):
    rows = run("compliance", "-w", pdd, "--rule", "effective-reply", "--failing", "-f", "json").json
    assert [(row["day"], row["verdict"]) for row in rows] == [("2026-11-02", "fail")]


def test_with_all_the_buyers_of_days_that_passed_are_listed_too(run, pdd, own_pack):
    own_pack("0.4", "0")
    assert run("compliance", "-w", pdd, "--buyers", "-f", "json").json == []
    listed = run("compliance", "-w", pdd, "--buyers", "--all", "-f", "json").json
    assert len(listed) == 52
    assert listed[-1] == {
        "shop_id": "p1",
        "rule": "effective-reply",
        "day": "2026-11-03",
        "buyer_id": "b000",
        "at": "2026-11-03T09:00:00",
        "wait_seconds": None,
        "counted_for": None,
        "subject": None,
        "reason": "unanswered",
    }


def test_a_workspace_without_messages_or_a_pack_without_rules_is_said(run, workspace, tmp_path):
    ended = run("compliance", "-w", workspace, "-f", "json")
    assert (ended.code, ended.json) == (0, [])
    assert "没有可检查的规则" in ended.err
    assert run("init", tmp_path / "w").code == 0
    assert run("compliance", "-w", tmp_path / "w", "-f", "json").json == []
