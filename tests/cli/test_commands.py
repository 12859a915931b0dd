"""Each command on a small shop: what it prints, what it writes, how it ends."""

import csv
import io
import os
import pty
import re
import shutil
import subprocess
import sys

import fastexcel
import polars as pl
import pytest
from rich.cells import cell_len

from kaohe.cli.progress import Bar
from kaohe.metrics.catalogue import CATALOGUE
from kaohe.reports.figures import FIGURE

SPAN = ("--from", "2026-11-02", "--to", "2026-11-03")


def value(rows, metric, **group):
    (row,) = [row for row in rows if row["metric"] == metric and all(row[name] == one for name, one in group.items())]
    return row["numerator"], row["denominator"], row["value"]


# metrics


def test_metrics_prints_the_exact_json_and_nothing_else(run, workspace):
    ended = run("metrics", "--workspace", workspace, *SPAN, "--by", "shop,agent", "--format", "json")
    assert (ended.code, ended.err) == (0, "")
    assert {tuple(row) for row in ended.json} == {("shop_id", "agent_id", *FIGURE)}
    assert value(ended.json, "reply_rate_30s", shop_id="s1", agent_id="lin") == (2, 2, 1)
    assert value(ended.json, "reply_rate_30s", shop_id="s1", agent_id="mo") == (0, 1, 0)
    assert value(ended.json, "reply_rate_30s", shop_id="s1", agent_id=None) == (0, 1, 0)
    assert value(ended.json, "avg_response_seconds", shop_id="s1", agent_id=None)[2] is None
    assert len(ended.json) == 3 * len(CATALOGUE)


def test_by_shop_has_no_agent(run, workspace):
    rows = run("metrics", "--workspace", workspace, *SPAN, "--by", "shop", "--format", "json").json
    assert {tuple(row) for row in rows} == {("shop_id", *FIGURE)}
    assert value(rows, "reply_rate_30s") == (2, 4, 0.5)


def test_both_days_are_included(run, workspace):
    one = run("metrics", "-w", workspace, "--from", "2026-11-03", "--to", "20261103", "--by", "shop", "-f", "json").json
    assert value(one, "reply_rate_30s") == (1, 1, 1)


def test_without_days_all_data_are_taken_and_said(run, workspace):
    ended = run("metrics", "-w", workspace, "--by", "shop", "-f", "json")
    assert value(ended.json, "reply_rate_30s") == (2, 4, 0.5)
    assert ended.err == "时间：2026-11-02 至 2026-11-03（全部数据）\n"
    half = run("metrics", "-w", workspace, "--from", "2026/11/3", "--by", "shop", "-f", "json")
    assert value(half.json, "reply_rate_30s") == (1, 1, 1)
    assert half.err == "时间：2026-11-03 至 2026-11-03\n"


def test_the_table_shows_agents_by_name_then_the_whole_shop(run, workspace):
    ended = run("metrics", "-w", workspace, *SPAN)
    rows = [line.split() for line in ended.out.splitlines() if line.startswith("甲店")]
    assert [row[1] for row in rows] == ["林", "莫", "未分配", "全店"]
    assert rows[0][2:] == ["2", "2", "※100.00", "%", "※15秒", "※15秒", "※100.00", "%", "※100.00", "%", "0"]
    assert rows[2][2:6] == ["1", "0", "※0.00", "%"]
    assert rows[2][6] == "–"
    assert "※ 样本少于 10，仅供参考。" in ended.out.splitlines()
    assert max(cell_len(line) for line in ended.out.splitlines()) <= 110


def test_metrics_can_be_chosen_by_id_or_name_and_many_make_several_tables(run, workspace):
    chosen = run("metrics", "-w", workspace, *SPAN, "--metric", "答问比", "-m", "reply_rate_30s", "-f", "json").json
    assert [row["metric"] for row in chosen][:2] == ["reply_rate_30s", "qa_ratio"]
    table = run("metrics", "-w", workspace, *SPAN, "--metric", "答问比,慢响应")
    assert "答问比" in table.out
    assert "咨询人数" not in table.out
    everything = run("metrics", "-w", workspace, *SPAN, "--all")
    assert everything.out.count("全店") >= 2
    flat = "".join(everything.out.split())
    assert all(name in flat for name in ("客服指标1", "客服指标2", "答问比"))


@pytest.mark.parametrize("by", ["group", "role", "day", "hour", "platform", "shop,day,agent", "day,hour"])
def test_every_grouping_makes_a_table_and_json(run, workspace, by):
    assert run("metrics", "-w", workspace, *SPAN, "--by", by).code == 0
    rows = run("metrics", "-w", workspace, *SPAN, "--by", by, "--format", "json").json
    assert list(rows[0])[: by.count(",") + 1] == [{"shop": "shop_id", "agent": "agent_id"}.get(one, one) for one in by.split(",")]


def test_metrics_in_every_file_format_say_the_same(run, workspace, tmp_path):
    raw = run("metrics", "-w", workspace, *SPAN, "-f", "json").json
    command = ("metrics", "-w", workspace, *SPAN)
    ended = run(*command, "--output", tmp_path / "a.parquet")
    assert (ended.code, ended.out, ended.err) == (0, "", f"已写入 {tmp_path / 'a.parquet'}\n")
    assert pl.read_parquet(tmp_path / "a.parquet").to_dicts() == raw
    assert run(*command, "-f", "json", "--output", tmp_path / "a.txt").out == ""
    assert pl.read_json(tmp_path / "a.txt").height == len(raw)
    assert run(*command, "--output", tmp_path / "a.csv").out == ""
    rows = list(csv.DictReader(io.StringIO((tmp_path / "a.csv").read_text("utf-8-sig"))))
    assert [row["metric"] for row in rows] == [row["metric"] for row in raw]
    assert run(*command, "--output", tmp_path / "a.xlsx").out == ""
    sheet = fastexcel.read_excel(tmp_path / "a.xlsx").load_sheet("客服指标").to_polars()
    assert sheet["客服"].to_list()[:4] == ["林", "莫", "未分配", "全店"]
    assert set(sheet.columns) >= {"30秒应答率", "平均响应时间（秒）", "答问比"}


def test_an_older_import_can_be_read_again(run, exports, tmp_path):
    folder = tmp_path / "w"
    run("import", exports, "-w", folder)
    (tmp_path / "messages_more.csv").write_text(
        "shop_id,buyer_id,sent_at,sender,agent_id,message_id,text\ns1,b9,2026-11-03 11:00:00,buyer,,m9,在吗\n", "utf-8"
    )
    assert run("import", tmp_path / "messages_more.csv", "-w", folder).code == 0
    command = ("metrics", "-w", folder, "--by", "shop", "-m", "reply_rate_30s", "-f", "json")
    assert value(run(*command).json, "reply_rate_30s")[1] == 5
    assert value(run(*command, "--at", "1").json, "reply_rate_30s")[1] == 4
    refused = run(*command, "--at", "9")
    assert (refused.code, refused.out) == (2, "")


def test_metrics_list_names_every_metric_with_its_meaning(run):
    rows = run("metrics", "list", "--format", "json").json
    assert [row["id"] for row in rows] == list(CATALOGUE)
    assert all(row["meaning"] and row["source"] for row in rows)
    assert "有效回复率" in run("metrics", "list").out
    assert "Effective reply rate" in run("metrics", "list", "--lang", "en").out


def test_an_empty_workspace_has_no_figures_and_says_so(run, tmp_path):
    assert run("init", tmp_path / "w").code == 0
    for command in (["metrics"], ["appraise"], ["explain", "reply_rate"]):
        ended = run(*command, "-w", tmp_path / "w", "--format", "json")
        assert (ended.code, ended.json) == (0, [])
        assert "还没有消息" in ended.err
    assert run("history", "-w", tmp_path / "w", "-f", "json").json == []


def test_the_smallest_sample_is_the_workspaces_own(run, exports, tmp_path):
    assert run("import", exports, "-w", tmp_path / "w").code == 0
    (tmp_path / "w" / "kaohe.yaml").write_text("minimum_sample: {default: 2, reply_rate_30s: 3}\n", "utf-8")
    ended = run("metrics", "-w", tmp_path / "w", *SPAN)
    lin = next(line.split() for line in ended.out.splitlines() if line.startswith("甲店") and "林" in line)
    assert lin[2:7] == ["2", "2", "※100.00", "%", "15秒"]
    assert "※ 样本少于 2–3，仅供参考。" in ended.out.splitlines()


def test_days_left_out_are_said_under_the_figures_and_in_the_workbook(run, exports, tmp_path):
    folder = tmp_path / "exports"
    shutil.copytree(exports, folder)
    (folder / "exemptions.csv").write_text("shop_id,first_day,covers,reason\ns1,2026-11-03,response,双十一\n", "utf-8")
    (folder / "leaves.csv").write_text("agent_id,first_day,last_day,reason\nlin,2026-11-02,2026-11-03,年假\n", "utf-8")
    ended = run("run", folder, "-w", tmp_path / "w", *SPAN, "--output", tmp_path / "a.xlsx")
    assert ended.code == 0
    said = ["免考核：11月3日 双十一（回复类指标不计）甲店", "请假（按人看的回复与询单指标不计）：林 11月2日–11月3日（年假）"]
    assert all(line in ended.out.splitlines() for line in said)
    book = fastexcel.read_excel(tmp_path / "a.xlsx")
    for name in ("客服指标", "店铺指标"):
        assert said == [text for text in book.load_sheet(name).to_polars()["店铺"].to_list() if text and text.startswith(("免", "请"))]
    table = run("metrics", "-w", tmp_path / "w", *SPAN, "--lang", "en").out
    assert "Exempt: 2026-11-03 双十一 (figures of replies left out) 甲店" in table.splitlines()
    for more in ((), ("--lines",)):
        appraised = run("appraise", "-w", tmp_path / "w", *SPAN, *more).out
        assert all(line in appraised.splitlines() for line in said)
    assert value(run("metrics", "-w", tmp_path / "w", *SPAN, "--by", "shop", "-f", "json").json, "reply_rate_30s") == (1, 3, 1 / 3)
    one_day = run("metrics", "-w", tmp_path / "w", "--from", "2026-11-02", "--to", "2026-11-02").out
    assert "免考核" not in one_day
    assert "请假" in one_day


# explain


def test_explain_shows_the_figure_then_each_conversation_with_reasons(run, workspace):
    ended = run("explain", "reply_rate_30s", "-w", workspace, "--from", "2026-11-02", "--to", "2026-11-02")
    lines = ended.out.splitlines()
    assert lines[0] == "30秒应答率 reply_rate_30s：30秒内回复的考核消息数 1 ÷ 考核消息数 3 = 33.33 %（95 % 区间 6.15 % 至 79.23 %）"
    assert lines[2] == "计入：在时限内回复 1、回复超时 1、未回复 1"
    assert lines[3] == "不计入：人工回复 2、机器人消息，不停止计时 1"
    assert "b1 · 甲店 · 2026-11-02" in lines
    assert [line.split()[:3] for line in lines[5:] if line.startswith(("✓", "✗"))] == [
        ["✓", "09:00:00", "买家"],
        ["✗", "09:10:00", "买家"],
        ["✗", "10:00:00", "买家"],
    ]
    assert "[red]有人吗·[31m" in ended.out
    assert "\x1b" not in ended.out


def test_explain_says_how_much_a_limit_leaves_out(run, workspace):
    ended = run("explain", "reply_rate_30s", "-w", workspace, *SPAN, "--limit", "1")
    assert ended.out.count(" · 甲店 · ") == 1
    assert "还有 3 个会话、5 条消息没有显示" in ended.err
    assert run("explain", "reply_rate_30s", "-w", workspace, *SPAN, "--limit", "0").out.count(" · 甲店 · ") == 4


def test_explain_takes_a_shop_an_agent_or_nobody_by_name_or_id(run, workspace):
    command = ("explain", "30秒应答率", "-w", workspace, *SPAN)
    assert "2 ÷ 考核消息数 2" in run(*command, "--agent", "林").out
    assert run(*command, "--agent", "lin", "--shop", "甲店").out == run(*command, "--agent", "林", "--shop", "s1").out
    assert "0 ÷ 考核消息数 1" in run(*command, "--agent", "未分配").out
    assert run(*command, "--agent", "nobody-of-that-name").code == 2


def test_explain_as_data_holds_every_message_and_only_that(run, workspace):
    ended = run("explain", "reply_rate_30s", "-w", workspace, *SPAN, "--format", "json")
    assert len(ended.json) == 8
    assert [row["message_id"] for row in ended.json if row["counted"] and row["met"]] == ["m1", "m7"]
    assert "= 50.00 %" in ended.err


@pytest.mark.parametrize("metric", list(CATALOGUE))
def test_every_metric_can_be_explained_in_both_languages(run, trading, metric):
    for lang in ("zh", "en"):
        ended = run("explain", metric, "-w", trading, *SPAN, "--lang", lang)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out.startswith((CATALOGUE[metric].zh if lang == "zh" else CATALOGUE[metric].en) + " " + metric)


def test_a_figure_of_orders_is_explained_order_by_order(run, trading, workspace, tmp_path):
    ended = run("explain", "成交额", "-w", trading, *SPAN)
    assert ended.out.splitlines()[0] == "成交额 sales_amount：140.40"
    rows = [line.split()[:4] for line in ended.out.splitlines()[5:] if line.startswith("✓")]
    assert [(row[2], row[3]) for row in rows] == [("09:00:30", "o4"), ("09:05:00", "o1"), ("09:30:00", "o3"), ("12:01:00", "o2")]
    mine = run("explain", "sales_amount", "-w", trading, *SPAN, "--agent", "林", "-f", "json").json
    assert [(row["subject"], row["amount"], row["reason"]) for row in mine] == [
        ("o4", 9.9, "chat"),
        ("o1", 88.0, "chat"),
        ("o3", 30.0, "chat"),
    ]
    assert run("explain", "sales_amount", "-w", trading, *SPAN, "-o", tmp_path / "a.xlsx").code == 0
    none = run("explain", "sales_amount", "-w", workspace, *SPAN)
    assert none.code == 2
    assert "先导入" in none.err


def test_explain_in_a_spreadsheet_keeps_a_buyers_formula_as_text(run, workspace, tmp_path):
    assert run("explain", "reply_rate_30s", "-w", workspace, *SPAN, "--output", tmp_path / "a.xlsx").code == 0
    assert "=1+1" in fastexcel.read_excel(tmp_path / "a.xlsx").load_sheet(0).to_polars()["内容"].to_list()
    assert '"\'=1+1"' in run("explain", "reply_rate_30s", "-w", workspace, *SPAN, "-f", "csv").out


# appraise


def test_appraise_ranks_and_shows_the_working(run, workspace, tmp_path):
    table = run("appraise", "-w", workspace, *SPAN)
    assert table.code == 0
    assert "排名" in table.out
    assert "林" in table.out
    ranking = run("appraise", "-w", workspace, *SPAN, "-f", "json").json
    assert {row["agent_id"] for row in ranking} == {"lin", "mo"}
    lines = run("appraise", "-w", workspace, *SPAN, "--lines", "-f", "json").json
    assert {row["agent_id"] for row in lines} == {"lin", "mo"}
    assert all(row["working"] for row in lines)
    assert "计算过程" in run("appraise", "-w", workspace, *SPAN, "--lines").out
    assert run("appraise", "-w", workspace, *SPAN, "--output", tmp_path / "a.xlsx").code == 0
    assert fastexcel.read_excel(tmp_path / "a.xlsx").sheet_names == ["排名", "图表", "得分明细"]


def test_a_scheme_there_is_not_is_said_before_anything_is_imported(run, exports, tmp_path):
    ended = run("run", exports, "-w", tmp_path / "w", "--scheme", "respnse-first")
    assert (ended.code, ended.out) == (2, "")
    assert "response-first" in ended.err
    assert not (tmp_path / "w").exists()


# import, history, init


def test_an_import_reports_every_row_and_makes_the_workspace(run, exports, tmp_path):
    ended = run("import", exports, "-w", tmp_path / "w", "--format", "json")
    assert ended.code == 0
    assert f"已新建工作区：{tmp_path / 'w'}" in ended.err
    rows = {row["file"].rsplit("/", 1)[-1]: row for row in ended.json}
    assert (rows["messages.csv"]["read"], rows["messages.csv"]["new"], rows["messages.csv"]["refused"]) == (8, 8, 0)
    again = run("import", exports, "-w", tmp_path / "w", "--format", "json")
    assert {row["file"].rsplit("/", 1)[-1]: row["same"] for row in again.json}["messages.csv"] == 8
    assert "已新建" not in again.err


def test_the_import_table_adds_up(run, exports, tmp_path):
    lines = run("import", exports, "-w", tmp_path / "w").out.splitlines()
    (total,) = [line.split() for line in lines if line.startswith("合计")]
    assert total[1:] == ["11", "11", "0", "0", "0", "0"]


def test_a_dry_run_writes_nothing_at_all(run, exports, tmp_path):
    ended = run("import", exports, "-w", tmp_path / "w", "--dry-run", "--format", "json")
    assert ended.code == 0
    assert sum(row["new"] for row in ended.json) == 11
    assert "没有写入" in ended.err
    assert not (tmp_path / "w").exists()


def bad_messages(folder):
    folder.mkdir()
    text = "shop_id,buyer_id,sent_at,sender,agent_id,message_id,text\ns1,b1,昨天,buyer,,x1,a\ns1,b1,2026-11-02 09:00:00,buyer,,x2,b\n"
    (folder / "messages.csv").write_text(text, "utf-8")
    return folder


def test_refused_rows_are_told_with_their_place_and_are_an_error_only_when_strict(run, tmp_path):
    folder = bad_messages(tmp_path / "bad")
    ended = run("import", folder, "-w", tmp_path / "w")
    assert ended.code == 0
    assert "messages.csv，第 2 行，列“sent_at”" in ended.err
    assert "被拒绝的行在" in ended.err
    assert run("import", folder, "-w", tmp_path / "v", "--strict").code == 4
    assert run("run", folder, "-w", tmp_path / "u", "--strict").code == 4


def test_refused_data_is_exit_3(run, tmp_path):
    (tmp_path / "messages.csv").write_text("shop_id,buyer_id,sent_at,sender\ns1,b1,昨天,buyer\n", "utf-8")
    ended = run("import", tmp_path / "messages.csv", "-w", tmp_path / "w")
    assert (ended.code, ended.out) == (3, "")
    assert "第 2 行" in ended.err or "全部被拒绝" in ended.err


def test_history_lists_imports_with_their_numbers(run, workspace):
    rows = run("history", "-w", workspace, "-f", "json").json
    assert {row["number"] for row in rows} == {1}
    assert {"messages.csv", "shops.csv", "agents.csv"} == {row["file"].rsplit("/", 1)[-1] for row in rows}
    assert all(len(row["sha256"]) == 64 for row in rows)
    assert "校验码" in run("history", "-w", workspace).out


def test_init_makes_a_workspace_where_it_is_told(run, tmp_path):
    assert run("init", tmp_path / "a").code == 0
    assert run("init", "--workspace", tmp_path / "b").code == 0
    for name in ("a", "b"):
        assert run("history", "-w", tmp_path / name).code == 0
    (tmp_path / "file").touch()
    assert run("init", tmp_path / "file").code == 2


def test_the_workspace_can_be_named_in_the_environment(run, workspace, monkeypatch):
    monkeypatch.setenv("KAOHE_WORKSPACE", str(workspace))
    assert run("history", "-f", "json").json != []


# run, demo, bench


def test_run_does_it_all_and_writes_the_workbook(run, exports, tmp_path):
    ended = run("run", exports, "-w", tmp_path / "w", "--output", tmp_path / "result.xlsx")
    assert ended.code == 0
    for title in ("导入情况", "客服指标", "排名"):
        assert title in ended.out
    assert f"已写入 {tmp_path / 'result.xlsx'}" in ended.err
    book = fastexcel.read_excel(tmp_path / "result.xlsx")
    assert book.sheet_names == ["汇总", "图表", "排名", "得分明细", "客服指标", "店铺指标", "导入情况", "口径说明"]
    assert book.load_sheet("店铺指标").to_polars()["30秒应答率"].to_list()[0] in (0.5, "0.5")
    assert book.load_sheet("口径说明").to_polars()["编号"].to_list() == list(CATALOGUE)


def test_run_prints_and_writes_pay_when_the_scheme_pays_and_says_how_to_open_the_site(run, exports, tmp_path):
    book, page = tmp_path / "result.xlsx", tmp_path / "result.html"
    more = ("--month", "2026-11", "--scheme", "all-round", "--output", book, "--output", page)
    ended = run("run", exports, "-w", tmp_path / "w", *more)
    assert ended.code == 0
    assert [title for title in ("导入情况", "客服指标", "排名", "工资表") if title in ended.out.splitlines()] == [
        "导入情况",
        "客服指标",
        "排名",
        "工资表",
    ]
    total = [line.split()[-1] for line in ended.out.splitlines() if line.strip().startswith("合计")][-1]
    assert total == "7,000.00"
    sheets = fastexcel.read_excel(book).sheet_names
    assert [name for name in ("排名", "工资表", "得分明细", "工资明细") if name in sheets] == ["排名", "工资表", "得分明细", "工资明细"]
    assert total in fastexcel.read_excel(book).load_sheet("汇总").to_polars()["内容"].to_list()
    assert total in page.read_text("utf-8")
    assert ended.err.splitlines()[-3:] == [f"已写入 {book}", f"已写入 {page}", f"在网页上看：kaohe serve --workspace {tmp_path / 'w'}"]


def test_run_of_a_pk_prints_the_podiums(run, exports, tmp_path):
    out = run("run", exports, "-w", tmp_path / "w", "--scheme", "pk").out.splitlines()
    assert [title for title in ("排名", "PK", "工资表") if title in out] == ["PK", "工资表"]


def test_run_says_a_wrong_month_before_it_imports(run, exports, tmp_path):
    ended = run("run", exports, "-w", tmp_path / "w", "--month", "2026-13")
    assert (ended.code, (tmp_path / "w").exists()) == (2, False)


def test_run_as_json_prints_the_figures_only(run, exports, tmp_path):
    ended = run("run", exports, "-w", tmp_path / "w", "-f", "json")
    assert value(ended.json, "reply_rate_30s", agent_id="lin") == (2, 2, 1)


def test_demo_writes_exports_that_run_reads(run, tmp_path):
    ended = run("demo", tmp_path / "demo", "--days", "1", "--scale", "0.05")
    assert (ended.code, ended.out) == (0, "")
    assert "kaohe run" in ended.err
    assert run("run", tmp_path / "demo", "-w", tmp_path / "w").code == 0


def test_bench_hands_over_what_it_was_asked(run, monkeypatch, tmp_path):
    import kaohe.bench

    asked = {}
    monkeypatch.setattr(kaohe.bench, "run", lambda **more: asked.update(more))
    assert run("bench", "--messages", "1000", "-o", tmp_path / "b.md").code == 0
    assert asked == {"messages": 1000, "output": tmp_path / "b.md"}


# The terminal


class Recorded:
    """Stands for a rich progress and takes down what it was told."""

    def __init__(self) -> None:
        self.told: list[dict[str, object]] = []

    def add_task(self, description: str, total: float | None) -> int:
        return 0

    def update(self, task: int, **what: object) -> None:
        self.told.append(what)


def test_the_bar_follows_reading_then_writing():
    recorded = Recorded()
    bar = Bar(recorded, "导入")
    bar.start(100)
    bar.advance(40, "a/很长的\x1b名字.csv")
    bar.writing(0.5)
    bar.done()
    assert recorded.told == [
        {"total": 100},
        {"advance": 40, "description": "导入 a/很长的·名字.csv"},
        {"total": 1.0, "completed": 0.5, "description": "导入"},
        {"total": 1.0, "completed": 1.0, "description": "导入"},
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_on_a_narrow_terminal_the_table_fits(workspace):
    leader, follower = pty.openpty()
    environment = {**os.environ, "COLUMNS": "60", "TERM": "xterm"}
    command = [sys.executable, "-m", "kaohe.cli", "metrics", "-w", str(workspace), *SPAN, "-m", "reply_rate_30s"]
    with subprocess.Popen(command, stdout=follower, stderr=follower, stdin=follower, env=environment) as running:
        os.close(follower)
        shown = b""
        while True:
            try:
                part = os.read(leader, 65536)
            except OSError:
                break
            if not part:
                break
            shown += part
        assert running.wait(timeout=60) == 0
    os.close(leader)
    lines = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line) for line in shown.decode().splitlines()]
    assert any("100.00 %" in line for line in lines)
    assert max(cell_len(line) for line in lines if "甲店" in line or "─" in line) <= 60
