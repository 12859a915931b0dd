"""`kaohe sql`: forms of a result, the list of tables, and how mistakes end."""

import io

import fastexcel
import polars as pl
import pytest

from kaohe.model.tables import TABLES

BY_DAY = "select day, sender, count(*) as n, min(sent_at) as first, avg(wait) / 1e6 as seconds from messages group by all order by all"


def test_a_result_is_shown_under_the_querys_own_names_with_instants_in_utc(run, workspace):
    ended = run("sql", BY_DAY, "-w", workspace)
    assert (ended.code, ended.err) == (0, "")
    lines = [line.split() for line in ended.out.splitlines()]
    assert ["day", "sender", "n", "first", "(UTC)", "seconds"] in lines
    assert ["2026-11-02", "buyer", "3", "2026-11-02", "01:00:00", "70"] in lines
    assert ["2026-11-02", "bot", "1", "2026-11-02", "01:00:05", "–"] in lines
    assert lines[-2] == ["共", "5", "行"]


def test_numbers_are_shown_as_they_are(run, workspace):
    ended = run("sql", "select 2026 as y, 2 / 3 as two_thirds, 19.90::decimal(9,2) as yuan, 1e-9 as tiny, 28800 as s", "-w", workspace)
    assert ended.out.splitlines()[3].split() == ["2026", "0.666667", "19.90", "1e-09", "28800"]


def test_text_of_buyers_can_not_repaint_the_terminal(run, workspace):
    ended = run("sql", "select text from messages where message_id = 'm6'", "-w", workspace)
    assert "[red]有人吗·[31m" in ended.out
    assert "\x1b" not in ended.out


def test_json_and_csv_hold_raw_values(run, workspace):
    query = "select message_id, sent_at, wait * interval 1 microsecond as waited, text from messages where message_id in ('m1', 'm2') order by 1"
    assert run("sql", query, "-w", workspace, "--format", "json").json == [
        {"message_id": "m1", "sent_at": "2026-11-02T01:00:00+00:00", "waited": 20.0, "text": "=1+1"},
        {"message_id": "m2", "sent_at": "2026-11-02T01:00:05+00:00", "waited": None, "text": "欢迎光临"},
    ]
    csv = run("sql", query, "-w", workspace, "--format", "csv").out
    assert csv.splitlines()[1] == '"m1","2026-11-02 01:00:00+00:00",20.0,"\'=1+1"'


def test_parquet_and_xlsx_are_written_to_files(run, workspace, tmp_path):
    ended = run("sql", BY_DAY, "-w", workspace, "-o", tmp_path / "a.parquet")
    assert (ended.code, ended.out) == (0, "")
    frame = pl.read_parquet(tmp_path / "a.parquet")
    assert frame.schema["first"] == pl.Datetime("us", "UTC")
    assert frame["n"].sum() == 8
    assert run("sql", BY_DAY, "-w", workspace, "-o", tmp_path / "a.xlsx").code == 0
    sheet = fastexcel.read_excel(tmp_path / "a.xlsx").load_sheet(0, header_row=None).to_polars()
    assert "first (UTC)" in {cell for row in sheet.rows() for cell in row}


def test_a_query_can_come_from_stdin(run, workspace, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("select count(*) as n\nfrom messages;\n"))
    assert run("sql", "-", "-w", workspace, "-f", "json").json == [{"n": 8}]


def test_an_older_import_can_be_asked(run, workspace):
    assert run("sql", "select count(*) as n from messages", "-w", workspace, "--at", "1", "-f", "json").json == [{"n": 8}]
    ended = run("sql", "select 1", "-w", workspace, "--at", "7")
    assert (ended.code, ended.err) == (2, "没有第 7 次导入。共有 1 次，用 kaohe history 查看\n")


def test_tables_are_listed_with_their_columns(run):
    listed = {row["table"]: row for row in run("sql", "--tables", "-f", "json").json}
    assert set(listed) == {*TABLES, "all_orders", "inquiries", "figures", "shop_figures"}
    assert listed["figures"]["columns"][:7] == ["shop_id", "agent_id", "day", "metric", "numerator", "denominator", "value"]
    assert (listed["figures"]["computed"], listed["orders"]["computed"]) == (True, False)
    assert {"day", "wait", "counted_for"} < set(listed["messages"]["columns"])
    assert "用到时才计算" in run("sql", "--tables").out
    assert "computed when read" in run("sql", "--tables", "--lang", "en").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "缺少 SQL"),
        (["selekt 1"], "第 1 行：第 1 个字符处读不懂"),
        (["from mesages"], "是否想写“messages”？"),
        (["copy messages to 'out.csv'"], "不能运行 COPY"),
        (["select 1", "--format", "exe"], "--format 不能是“exe”"),
        (["select 1", "--format", "xlsx"], "请加 --output 文件名.xlsx"),
    ],
)
def test_a_mistake_ends_with_two_and_is_said_in_chinese(run, workspace, arguments, said):
    ended = run("sql", *arguments, "-w", workspace)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


def test_a_mistake_is_said_in_english_too(run, workspace):
    ended = run("sql", "select buyer from messages", "-w", workspace, "--lang", "en")
    assert (ended.code, ended.err) == (
        2,
        "line 1: no column 'buyer'. Did you mean 'buyer_id'? See a table's columns with 'describe TABLE'\n",
    )


def test_without_a_workspace_nothing_is_asked(run, tmp_path):
    ended = run("sql", "select 1", "-w", tmp_path / "none")
    assert (ended.code, "不是 kaohe 工作区" in ended.err) == (2, True)
