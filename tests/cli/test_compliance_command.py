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
    ended = run("compliance", "-w", pdd, "--rule", "effective-reply", "--from", "2026-11-02", "--to", "2026-11-02", "--buyers", "-f", "json")
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
