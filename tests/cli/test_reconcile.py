"""`kaohe reported` and `kaohe reconcile` on a small shop with a report beside its chats."""

import csv
import io

import pytest

from kaohe.cli import main

REPORT = """日期,客服账号,咨询人数,需要人工回复的咨询人数,人工接待人数,3分钟人工回复率,30秒应答率,平均人工响应时长,最终成团人数
2026-11-02,lin,1,1,1,100.00%,100.00%,20秒,1
2026-11-02,mo,4,1,1,100.00%,0.00%,2分0秒,0
2026-11-03,lin,1,3,1,100.00%,100.00%,10秒,2
2026-11-03,总计,1,3,1,100.00%,100.00%,10秒,2
"""


@pytest.fixture(scope="module")
def reported(exports, tmp_path_factory):
    """A workspace of the small shop with its platform's report."""
    folder = tmp_path_factory.mktemp("reported")
    (folder / "客服绩效.csv").write_text(REPORT, "utf-8")
    made = folder / "workspace"
    assert main(["import", str(exports), "--workspace", str(made)]) == 0
    assert main(["import", str(folder / "客服绩效.csv"), "--shop", "s1", "--workspace", str(made)]) == 0
    return made


def test_reported_figures_are_combined_by_their_weights(run, reported):
    ended = run("reported", "-w", reported, "-f", "json", "--figure", "avg_response_seconds", "-m", "最终成团人数")
    assert ended.err == "时间：2026-11-02 至 2026-11-03（全部报表）\n"
    rows = {(row["agent_id"], row["figure"]): row for row in ended.json}
    assert rows["lin", "avg_response_seconds"]["value"] == (20 * 1 + 10 * 3) / 4
    assert rows["lin", "avg_response_seconds"]["denominator"] == 4
    assert rows["lin", "converted_inquiries"]["value"] == 3
    assert rows["mo", "avg_response_seconds"]["rows"] == 1


def test_reported_prints_a_table_with_names(run, reported):
    ended = run("reported", "-w", reported, "--by", "shop,agent,day", "--from", "2026-11-03")
    (line,) = [line for line in ended.out.splitlines() if line.startswith("甲店")]
    assert line.split()[:6] == ["甲店", "林", "2026-11-03", "1", "3", "1"]
    assert "总计" not in ended.out


def test_reconcile_lists_what_differs_and_says_how_much_was_compared(run, reported):
    ended = run("reconcile", "-w", reported)
    lines = [line.split() for line in ended.out.splitlines() if line.startswith("甲店")]
    assert [line[:7] for line in lines] == [["甲店", "2026-11-02", "莫", "咨询人数", "1", "4", "-3"]]
    assert "比较了 15 个数，1 个不相符；另有 0 个只有一边有" in ended.err
    assert "没有比较：最终成团人数" in ended.err


def test_reconcile_gives_exact_rows_for_machines(run, reported):
    rows = list(csv.DictReader(io.StringIO(run("reconcile", "-w", reported, "-f", "csv", "--all").out.lstrip("\ufeff"))))
    assert len(rows) == 18
    (row,) = [row for row in rows if row["agent_id"] == "mo" and row["figure"] == "consulting_buyers"]
    assert (row["computed"], row["reported"], row["difference"], row["within"]) == ("1.0", "4.0", "-3.0", "false")
    assert {row["cause"] for row in rows if row["figure"] == "converted_inquiries"} == {"no_data"}


def test_reconcile_takes_one_agent_by_name_one_shop_and_the_period(run, reported):
    ended = run("reconcile", "-w", reported, "--agent", "林", "--shop", "甲店", "--period", "--all", "-f", "json")
    assert {row["agent_id"] for row in ended.json} == {"lin"}
    assert "day" not in ended.json[0]
    (average,) = [row for row in ended.json if row["figure"] == "avg_response_seconds"]
    assert (average["computed"], average["reported"]) == (15, 12.5)
    assert run("reconcile", "-w", reported, "--shop", "乙店", "-f", "json").json == []


def test_the_workspace_says_how_far_figures_may_differ(run, reported):
    settings = reported / "kaohe.yaml"
    settings.write_text("tolerance:\n  count: 3\n", "utf-8")
    try:
        assert run("reconcile", "-w", reported, "-f", "json").json == []
        settings.write_text("tolerance:\n  consulting_buyer: 3\nminimum_sample:\n  default: 0\n", "utf-8")
        ended = run("reconcile", "-w", reported, "-f", "json")
        assert ended.code == 2
        assert "kaohe.yaml，第 2 行" in ended.err
        assert "consulting_buyers" in ended.err
        assert "kaohe.yaml，第 4 行" in ended.err
    finally:
        settings.unlink()


def test_without_reports_both_say_so_and_give_nothing(run, workspace):
    for command in ("reconcile", "reported"):
        ended = run(command, "-w", workspace, "-f", "json")
        assert (ended.code, ended.json) == (0, [])
        assert "还没有平台报表" in ended.err


def test_unknown_names_are_refused_with_the_nearest(run, reported):
    ended = run("reported", "-w", reported, "--figure", "served_buyer")
    assert ended.code == 2
    assert "served_buyers" in ended.err
    assert run("reported", "-w", reported, "--by", "hour").code == 2
    assert run("reconcile", "-w", reported, "--from", "2026-11-03", "--to", "2026-11-02").code == 2


def test_both_write_workbooks(run, reported, tmp_path):
    for command in ("reconcile", "reported"):
        path = tmp_path / f"{command}.xlsx"
        assert run(command, "-w", reported, "-o", path).code == 0
        assert path.read_bytes().startswith(b"PK")
