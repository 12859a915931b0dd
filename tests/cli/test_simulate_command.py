"""`kaohe simulate` on the small shop: Lin answers at once, Mo after two minutes."""

import csv
import io

import polars as pl
import pytest

from kaohe.cli import main
from kaohe.cli.simulate import variations

SCHEME = """name: {name}
title: {{zh: {title}, en: {name}}}
source: 店长
items:
  - {{id: fast, title: 快, metric: avg_response_seconds, weight: {fast}, scoring: {{kind: linear, low: {{figure: 20, points: 100}}, high: {{figure: 220, points: 0}}}}}}
  - {{id: busy, title: {{zh: 接待人数, en: buyers}}, metric: served_buyers, weight: {busy}, scoring: {{kind: bands, bands: [{{below: 3, points: 50}}, {{at_least: 3, points: 100}}]}}}}
{more}"""
PAY = "pay: {lines: [{id: base, kind: fixed, amount: 1000}, {id: points, kind: points, amount: 10}]}\n"


@pytest.fixture
def schemes(tmp_path):
    """Makes scheme files: what their items weigh, and more of the file."""

    def make(name: str, fast: int, title: str = "办法", more: str = PAY) -> str:
        path = tmp_path / f"{name}.yaml"
        path.write_text(SCHEME.format(name=name, title=title, fast=fast, busy=100 - fast, more=more), "utf-8")
        return str(path)

    return make


@pytest.fixture(scope="module")
def two_months(exports, tmp_path_factory):
    """The small shop with chats in October, too, answered after 1, 2, 3 and 4 minutes."""
    more = tmp_path_factory.mktemp("more")
    head = "shop_id,buyer_id,sent_at,sender,agent_id,message_id,text\n"
    october = "".join(
        f"s1,b{agent},2026-10-31 09:00:00,buyer,,q{agent},在吗\ns1,b{agent},2026-10-31 09:0{minute}:00,agent,{agent},a{agent},在的\n"
        for minute, agent in enumerate(("mo", "chen", "zhao", "wu"), start=1)
    )
    (more / "messages.csv").write_text(head + october, "utf-8")
    folder = tmp_path_factory.mktemp("work") / "workspace"
    assert main(["import", str(exports), str(more), "--workspace", str(folder)]) == 0
    return folder


def test_two_schemes_stand_beside_each_other_with_who_gains_and_who_loses(run, workspace, schemes):
    ended = run(
        "simulate",
        "-w",
        workspace,
        "--scheme",
        schemes("old", 80, "老办法"),
        "--scheme",
        schemes("new", 40, "新办法"),
        "--months",
        "2026-11",
    )
    assert ended.code == 0, ended.err
    assert [title for title in ("方案对比", "谁多谁少", "考核项", "考核项之间的相关", "各月成本") if title not in ended.out] == []
    (lin,) = [line.split() for line in ended.out.splitlines() if line.startswith("林 ")]
    (mo,) = [line.split() for line in ended.out.splitlines() if line.startswith("莫 ")]
    # Lin: fast 100, busy 50. Mo, after 120 s: fast 50, busy 50.
    assert lin[3:7] == ["1", "1,900.00", "1,700.00", "-200.00"]
    assert mo[3:7] == ["1", "1,500.00", "1,500.00", "0.00"]
    assert "old：老办法" in ended.out
    assert "大家的做法也会变" in ended.out
    assert "2026-11 的数据不满一个月" in ended.err


def test_the_same_in_english(run, workspace, schemes):
    ended = run("simulate", "-w", workspace, "--scheme", schemes("old", 80), "--scheme", schemes("new", 40), "--lang", "en")
    assert ended.code == 0
    assert "Who gains, who loses" in ended.out
    assert "buyers" in ended.out
    assert "Months: 2026-11 to 2026-11 (all data)" in ended.err


def test_a_weight_is_varied_of_the_last_scheme_and_each_is_a_scheme_of_its_own(run, workspace, schemes):
    ended = run(
        "simulate",
        "-w",
        workspace,
        "--scheme",
        schemes("old", 80),
        "--scheme",
        schemes("new", 40),
        "--vary",
        "fast=20,60%",
        "--part",
        "summary",
        "-f",
        "json",
    )
    assert [(row["scheme"], row["cost"]) for row in ended.json] == [
        ("old", 3400),
        ("new", 3200),
        ("new[fast=20]", 3100),
        ("new[fast=60]", 3300),
    ]


def test_what_can_not_be_varied_is_said(run, workspace, schemes):
    path = schemes("old", 80)
    ended = run("simulate", "-w", workspace, "--scheme", path, "--vary", "fats=20")
    assert (ended.code, "是否想写“fast”" in ended.err) == (2, True)
    for wrong in ("fast", "fast=", "=20", "fast=viel"):
        ended = run("simulate", "-w", workspace, "--scheme", path, "--vary", wrong)
        assert (ended.code, "考核项=权重" in ended.err) == (2, True), wrong
    assert run("simulate", "-w", workspace, "--scheme", path, "--vary", "fast=100").code == 2


def test_variations_are_read_as_people_write_them():
    assert [(item, str(weight)) for item, weight in variations("a=20，30％、40.5")] == [("a", "20"), ("a", "30"), ("a", "40.5")]
    assert [(item, str(weight)) for item, weight in variations("a＝20")] == [("a", "20")]


def test_every_table_can_be_had_raw(run, workspace, schemes):
    both = ("--scheme", schemes("old", 80), "--scheme", schemes("new", 40))
    counts = {"summary": 2, "people": 4, "items": 4, "correlations": 2, "months": 2, "results": 4}
    for part, count in counts.items():
        assert len(run("simulate", "-w", workspace, *both, "--part", part, "-f", "json").json) == count, part
    people = run("simulate", "-w", workspace, *both, "-f", "csv").out
    assert [(row["scheme"], row["agent_id"], row["pay_change"]) for row in csv.DictReader(io.StringIO(people.removeprefix("\ufeff")))] == [
        ("old", "lin", "0.00"),
        ("old", "mo", "0.00"),
        ("new", "lin", "-200.00"),
        ("new", "mo", "0.00"),
    ]
    assert run("simulate", "-w", workspace, *both, "--part", "peopel").code == 2


def test_one_table_alone_can_be_read(run, workspace, schemes):
    ended = run("simulate", "-w", workspace, "--scheme", schemes("old", 80), "--part", "results")
    assert "每人每月" in ended.out
    assert "方案对比" not in ended.out


def test_a_workbook_has_all_tables(run, workspace, schemes, tmp_path):
    path = tmp_path / "试算.xlsx"
    assert run("simulate", "-w", workspace, "--scheme", schemes("old", 80), "--scheme", schemes("new", 40), "-o", path).code == 0
    sheets = pl.read_excel(path, sheet_id=0)
    assert list(sheets) == ["方案对比", "谁多谁少", "考核项", "考核项之间的相关", "各月成本", "每人每月"]
    assert sheets["每人每月"]["应发"].to_list()[:4] == [1900.0, 1500.0, 1700.0, 1500.0]


def test_one_scheme_alone_tells_of_its_items_and_its_cost(run, workspace, schemes):
    ended = run("simulate", "-w", workspace, "--scheme", schemes("old", 80))
    assert ended.code == 0
    assert "差额" not in ended.out
    assert "1,900.00" in ended.out
    assert run("simulate", "-w", workspace).code == 0


def test_a_scheme_without_pay_has_no_columns_of_it(run, workspace, schemes):
    ended = run("simulate", "-w", workspace, "--scheme", schemes("old", 80, more=""), "--scheme", schemes("new", 40, more=""))
    assert ended.code == 0
    assert "总成本" not in ended.out
    assert "名次升降" in ended.out


def test_the_screen_shows_whom_it_changes_most_and_says_how_many_more_there_are(run, two_months, schemes):
    both = ("--scheme", schemes("old", 80), "--scheme", schemes("new", 40), "--months", "2026-10", "--part", "people")
    ended = run("simulate", "-w", two_months, *both, "--limit", "1")
    # Wu, the slowest, gains most by speed counting less; Mo, the fastest, loses most.
    people = ("wu", "zhao", "chen", "莫", "林")
    assert [line.split()[0] for line in ended.out.splitlines() if line.startswith(people)] == ["wu", "莫"]
    assert "还有 3 行没有显示" in ended.err
    everybody = run("simulate", "-w", two_months, *both, "--limit", "0")
    assert "没有显示" not in everybody.err
    assert all(who in everybody.out for who in ("wu", "zhao", "chen", "莫", "林"))


def test_months_are_chosen_and_those_without_data_refused(run, two_months, schemes):
    path = schemes("old", 80)
    rows = run("simulate", "-w", two_months, "--scheme", path, "--part", "months", "-f", "json").json
    assert [(row["month"], row["judged"], row["ranked"]) for row in rows] == [("2026-10", 5, 4), ("2026-11", 2, 2)]
    rows = run("simulate", "-w", two_months, "--scheme", path, "--months", "2026-11", "--part", "months", "-f", "json").json
    assert [row["month"] for row in rows] == ["2026-11"]
    ended = run("simulate", "-w", two_months, "--scheme", path, "--months", "2026-09..2026-10")
    assert (ended.code, "2026-09 没有数据" in ended.err) == (2, True)
    assert run("simulate", "-w", two_months, "--scheme", path, "--months", "九月").code == 2


def test_a_scheme_not_yet_in_force_is_tried_and_that_is_said(run, workspace, schemes):
    coming = schemes("coming", 40, more=PAY + "effective_from: 2027-01-01\n")
    ended = run("simulate", "-w", workspace, "--scheme", schemes("old", 80), "--scheme", coming)
    assert ended.code == 0
    assert "coming 在这些月份并不生效，这里照样试算：2026-11" in ended.out


def test_a_workspace_without_data_is_said(run, tmp_path, schemes):
    assert run("init", tmp_path / "w").code == 0
    ended = run("simulate", "-w", tmp_path / "w", "--scheme", schemes("old", 80))
    assert (ended.code, "还没有聊天消息" in ended.err) == (2, True)


def test_the_simulation_is_what_appraise_says_of_that_month(run, two_months, schemes):
    path = schemes("old", 80)
    simulated = run("simulate", "-w", two_months, "--scheme", path, "--months", "2026-11", "--part", "results", "-f", "json").json
    appraised = run("appraise", "-w", two_months, "--scheme", path, "--from", "2026-11-01", "--to", "2026-11-30", "-f", "json").json
    assert sorted((row["agent_id"], row["points"], row["place"]) for row in simulated) == sorted(
        (row["agent_id"], row["points"], row["place"]) for row in appraised
    )
