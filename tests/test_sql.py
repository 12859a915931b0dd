"""SQL over a workspace: what can be read, in which types, at which snapshot, and what is refused."""

from __future__ import annotations

import os
import signal
import threading
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

import kaohe
from kaohe.model.tables import TABLES
from kaohe.sql import FIGURE_TABLES, FigureTable, engine, listed

CHAT = """shop_id,buyer_id,sent_at,sender,agent_id,message_id,text
s1,b1,2026-10-01 09:00:00,buyer,,1,在吗
s1,b1,2026-10-01 09:00:20,agent,lin,2,在的
s1,b2,2026-10-02 10:00:00,buyer,,3,多少钱
s1,b2,2026-10-02 10:02:00,agent,mo,4,十元
"""
MORE = """shop_id,buyer_id,sent_at,sender,agent_id,message_id,text
s1,b3,2026-10-02 11:00:00,buyer,,5,包邮吗
"""
ORDERS = """shop_id,order_id,buyer_id,created_at,paid_at,amount
s1,o1,b1,2026-10-01 09:30:00,2026-10-01 09:31:00,19.90
s1,o2,b2,2026-10-02 10:30:00,,0.10
"""
SHOPS = "shop_id,platform,name,timezone\ns1,generic,甲店,Asia/Shanghai\n"


def made(folder: Path, *texts: str) -> kaohe.Workspace:
    """A workspace with one import per text."""
    workspace = kaohe.create(folder / "workspace")
    for number, text in enumerate(texts):
        file = folder / f"{number}.csv"
        file.write_text(text, "utf-8")
        workspace.import_exports([file])
    return workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> kaohe.Workspace:
    """Shops, then two messages of lin and two of mo, then orders, then one more message; tests only read it."""
    return made(tmp_path_factory.mktemp("sql"), SHOPS, CHAT, ORDERS, MORE)


def refusal(workspace: kaohe.Workspace, query: str) -> tuple[str, str]:
    """The code of what a query is refused for, and its Chinese text."""
    with pytest.raises(kaohe.Failure) as caught:
        workspace.sql(query)
    (problem,) = caught.value.problems
    assert caught.value.exit == 2
    return problem.code.name, problem.text("zh")


# What can be read


@pytest.mark.parametrize("table", TABLES)
def test_every_canonical_table_reads_as_a_scan_of_it(workspace: kaohe.Workspace, table: str) -> None:
    scanned = workspace.scan(table).collect()
    read = workspace.sql(f"from {table}")
    assert read.schema == scanned.schema
    assert read.sort(pl.all()).equals(scanned.sort(pl.all()))


def test_figures_read_as_the_workspace_gives_them(workspace: kaohe.Workspace) -> None:
    assert workspace.sql("from figures").equals(workspace.figures(by=("shop", "agent", "day")))
    assert workspace.sql("from shop_figures").equals(workspace.figures(by=("shop", "day")))


def test_the_clock_stands_beside_each_message(workspace: kaohe.Workspace) -> None:
    found = workspace.sql("select buyer_id, wait / 1e6 as seconds, counted_for from messages where sender = 'buyer' order by buyer_id")
    assert found.rows() == [("b1", 20.0, "lin"), ("b2", 120.0, "mo"), ("b3", None, None)]


def test_tables_join_figures_in_one_query(workspace: kaohe.Workspace) -> None:
    query = """
        with asked as (select day, count(*) as messages from messages where sender = 'buyer' group by day)
        select day, messages, value as answered, lag(messages) over (order by day) as before
        from asked join shop_figures using (day) where metric = 'reply_rate' order by day
    """
    assert workspace.sql(query).rows() == [(date(2026, 10, 1), 1, 1.0, None), (date(2026, 10, 2), 2, 0.5, 1)]


def test_a_pivot_may_take_its_columns_from_the_data(workspace: kaohe.Workspace) -> None:
    found = workspace.sql("pivot (select day, sender from messages) on sender using count(*) order by day")
    assert found.columns == ["day", "agent", "buyer"]
    assert found.rows() == [(date(2026, 10, 1), 1, 1), (date(2026, 10, 2), 1, 2)]


def test_rows_come_in_the_order_the_query_asks_for(workspace: kaohe.Workspace) -> None:
    assert workspace.sql("select message_id from messages order by message_id desc")["message_id"].to_list() == ["5", "4", "3", "2", "1"]


def test_all_tables_are_shown_and_described_and_none_is_computed_for_that(
    workspace: kaohe.Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FIGURE_TABLES, "figures", broken("figures"))  # type: ignore[arg-type]
    shown = set(workspace.sql("show tables")["name"])
    assert shown == {*TABLES, "all_orders", "inquiries", "figures", "shop_figures"} == set(listed()["table"])
    for name, columns in listed().select("table", "columns").iter_rows():
        if name != "figures":
            assert workspace.sql(f"describe {name}")["column_name"].to_list() == columns


def broken(name: str) -> FigureTable:
    """A table whose rows can not be made."""

    def fail(_source: object) -> pl.DataFrame:
        raise ZeroDivisionError("rows were made")

    return FigureTable(name, "坏的", "broken", {"a": pl.Int64()}, fail)


def test_figures_are_computed_only_for_a_query_that_reads_them(workspace: kaohe.Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FIGURE_TABLES, "figures", broken("figures"))  # type: ignore[arg-type]
    assert workspace.sql("select count(*) from messages").item() == 5
    with pytest.raises(ZeroDivisionError, match="rows were made"):
        workspace.sql("select a from figures")


def test_a_table_is_added_by_naming_it(workspace: kaohe.Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def days(source: object) -> pl.LazyFrame:
        return pl.LazyFrame({"day": source.facts.days, "more": 1})  # type: ignore[attr-defined]

    monkeypatch.setitem(FIGURE_TABLES, "days", FigureTable("days", "日", "days", {"day": pl.Date()}, days))  # type: ignore[arg-type]
    assert workspace.sql("from days").to_dict(as_series=False) == {"day": [date(2026, 10, 1), date(2026, 10, 2)]}


def test_a_filter_on_the_day_leaves_the_files_of_other_days_unread(tmp_path: Path) -> None:
    workspace = made(tmp_path, CHAT)
    (gone,) = (file for file in workspace.lake.files("messages") if file.partition[0] == "2026-10-02")
    path = workspace.lake.folder("messages").root / gone.name
    content = path.read_bytes()
    footer = int.from_bytes(content[-8:-4], "little") + 8
    path.write_bytes(content[:4] + bytes(len(content) - footer - 4) + content[-footer:])
    assert workspace.sql("select text from messages where day = '2026-10-01' order by sent_at")["text"].to_list() == ["在吗", "在的"]
    assert refusal(workspace, "select text from messages")[0] == "sql_refused"


def test_a_workspace_without_data_has_all_tables_empty(tmp_path: Path) -> None:
    workspace = kaohe.create(tmp_path / "empty")
    assert workspace.sql("select count(*) as n from messages join figures using (day)")["n"].to_list() == [0]
    assert workspace.sql("from orders").schema == workspace.scan("orders").collect_schema()


def test_files_of_an_older_version_have_nothing_in_the_columns_they_lack(tmp_path: Path) -> None:
    workspace = made(tmp_path, CHAT)
    folder = workspace.lake.folder("messages")
    for number, file in enumerate(workspace.lake.files("messages")):
        path = folder.root / file.name
        lost = ["kind", "session_id"][: number + 1]
        pl.read_parquet(path, hive_partitioning=False, glob=False).drop(lost).with_columns(text=pl.lit("x")).write_parquet(path)
    assert workspace.sql("from messages").sort(pl.all()).equals(workspace.scan("messages").collect().sort(pl.all()))
    assert workspace.sql("select count(session_id), count(kind), count(text) from messages").row(0) == (0, 0, 4)


@pytest.mark.parametrize("name", ["我的 店铺 [1]", "a=b", "day=5", "Day=2026-01-01", "it's", "50% #1", "x*y?"])
def test_a_workspace_may_have_any_name(tmp_path: Path, name: str) -> None:
    if os.name == "nt" and "?" in name:
        pytest.skip("no such names there")
    (tmp_path / name).mkdir()
    workspace = made(tmp_path / name, CHAT)
    assert workspace.sql("select day, count(*) as n from messages group by day order by day").rows() == [
        (date(2026, 10, 1), 2),
        (date(2026, 10, 2), 2),
    ]


# Snapshots


def test_an_older_import_can_be_asked(workspace: kaohe.Workspace) -> None:
    query = "select (select count(*) from messages) as messages, (select count(*) from orders) as orders"
    assert [workspace.sql(query, at=number).row(0) for number in (1, 2, 3, 4)] == [(0, 0), (4, 0), (4, 2), (5, 2)]


def test_messages_and_figures_of_one_query_are_of_the_same_import(workspace: kaohe.Workspace) -> None:
    query = """
        select (select count(distinct (buyer_id, day)) from messages),
               (select sum(value) from shop_figures where metric = 'consulting_buyers')
    """
    assert [workspace.sql(query, at=number).row(0) for number in (2, 4)] == [(2, 2.0), (3, 3.0)]


def test_an_import_that_ends_during_a_query_is_not_seen_by_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = made(tmp_path, CHAT)

    def imports_meanwhile(source: object) -> pl.DataFrame:
        (tmp_path / "more.csv").write_text(MORE, "utf-8")
        workspace.import_exports([tmp_path / "more.csv"])
        return pl.DataFrame({"rows": [source.facts.table("messages").height]})  # type: ignore[attr-defined]

    table = FigureTable("meanwhile", "其间", "meanwhile", {"rows": pl.Int64()}, imports_meanwhile)
    monkeypatch.setitem(FIGURE_TABLES, "meanwhile", table)  # type: ignore[arg-type]
    assert workspace.sql("select rows, (select count(*) from messages) as n from meanwhile").row(0) == (4, 4)
    assert workspace.sql("select count(*) from messages").item() == 5


# Types


def test_instants_come_back_in_utc(workspace: kaohe.Workspace) -> None:
    found = workspace.sql("select min(sent_at) as first, min(sent_at at time zone 'Asia/Shanghai') as local from messages")
    assert found.row(0) == (datetime(2026, 10, 1, 1, tzinfo=UTC), datetime(2026, 10, 1, 9))
    assert found.schema["first"] == pl.Datetime("us", "UTC")


def test_money_stays_decimal(workspace: kaohe.Workspace) -> None:
    found = workspace.sql("select sum(amount) as total, max(amount) as most from orders")
    assert found.row(0) == (Decimal("20.00"), Decimal("19.90"))
    assert found.schema == {"total": pl.Decimal(38, 2), "most": pl.Decimal(18, 2)}


def test_whole_numbers_are_int64_where_they_fit_and_exact_where_they_do_not(workspace: kaohe.Workspace) -> None:
    found = workspace.sql(
        "select sum(x) as small, sum(x) * 10::hugeint ** 1 as other, 10000000000000000000::hugeint as big from range(4) t(x)"
    )
    assert found.schema["small"] == pl.Int64
    assert found["small"].item() == 6
    assert found["big"].item() == Decimal(10**19)
    assert refusal(workspace, "select 170141183460469231731687303715884105727::hugeint as x")[0] == "sql_refused"


def test_a_span_of_time_is_a_duration(workspace: kaohe.Workspace) -> None:
    query = "select sent_at - lag(sent_at) over (order by sent_at) as gap from messages order by sent_at"
    day = timedelta(days=1)
    expected = [None, timedelta(seconds=20), day + timedelta(minutes=59, seconds=40), timedelta(minutes=2), timedelta(minutes=58)]
    assert workspace.sql(query)["gap"].to_list() == expected
    assert refusal(workspace, "select interval 1 month as m")[0] == "sql_span_of_months"


def test_a_zero_denominator_gives_no_value(workspace: kaohe.Workspace) -> None:
    assert workspace.sql("select 1 / 0, 1 // 0, 1.0 / 0, 0::double / 0, 1 % 0").row(0) == (None,) * 5


def test_types_that_polars_has_not_come_back_as_text(workspace: kaohe.Workspace) -> None:
    found = workspace.sql("select * exclude (interval, hugeint, uhugeint) from test_all_types()")
    assert found.height == 3
    text = {"bignum", "blob", "bit", "uuid", "small_enum", "union", "map", "time_tz", "fixed_int_array", "geometry"}
    assert {name for name in text if found.schema[name] != pl.String} == set()
    assert found["small_enum"][0] == "DUCK_DUCK_ENUM"


# What is refused


@pytest.mark.parametrize(
    "query",
    [
        "copy messages to '{folder}/out.csv'",
        "copy (select 1) to '{folder}/out.csv'",
        "export database '{folder}/out'",
        "attach '{folder}/other.db'",
        "detach memory",
        "install httpfs",
        "load httpfs",
        "create table t (a int)",
        "create or replace view messages as select 1 as a",
        "create table t as pivot (from messages) on sender using count(*)",
        "create secret s (type s3)",
        "insert into messages select * from messages",
        "update messages set text = ''",
        "delete from messages",
        "drop view messages",
        "set memory_limit = '1TB'",
        "set variable a = 1",
        "reset threads",
        "pragma enable_profiling",
        "call pragma_version()",
        "begin",
        "checkpoint",
        "use memory",
        "prepare q as select 1",
        "explain analyze select 1",
        "import database '{folder}'",
        "vacuum",
    ],
)
def test_anything_but_a_query_is_refused(workspace: kaohe.Workspace, tmp_path: Path, query: str) -> None:
    found, text = refusal(workspace, query.format(folder=tmp_path.as_posix()))
    assert (found, query.split()[0].upper() in text) == ("sql_queries_only", True)
    assert list(tmp_path.iterdir()) == []
    assert workspace.sql("select count(*) from messages").item() == 5


@pytest.mark.parametrize(
    "query",
    [
        "from read_csv('{file}')",
        "from read_text('{file}')",
        "from read_blob('{file}')",
        "from read_json('{file}')",
        "from read_parquet('{file}')",
        "from parquet_metadata('{file}')",
        "from sniff_csv('{file}')",
        "from glob('{folder}/*')",
        "from '{file}'",
        "from '{folder}/*.parquet'",
        "from '~/.bashrc'",
        "select (select content from read_text('{file}')) as a",
        "from query('from read_text(''{file}'')')",
        "from read_csv('https://example.com/a.csv')",
        "from 's3://bucket/a.parquet'",
        "from enable_logging(storage = 'file', storage_config = {{'path': '{folder}/log'}})",
        "from enable_profiling(save_location = '{folder}/profile.json')",
        "from duckdb_secrets()",
        "with a as (from read_text('{file}')) pivot a on filename using count(*)",
    ],
)
def test_what_lies_outside_the_lake_can_not_be_reached(workspace: kaohe.Workspace, tmp_path: Path, query: str) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\nsecret\n", "utf-8")
    found, text = refusal(workspace, query.format(file=secret.as_posix(), folder=tmp_path.as_posix()))
    assert found == "sql_outside"
    assert "kaohe import" in text
    assert list(tmp_path.iterdir()) == [secret]


def test_not_even_the_rest_of_the_workspace_can_be_read(workspace: kaohe.Workspace) -> None:
    assert refusal(workspace, f"from read_text('{(workspace.root / 'lake' / 'lake.json').as_posix()}')")[0] == "sql_outside"


def test_variables_of_the_program_are_no_tables(workspace: kaohe.Workspace) -> None:
    hidden = pl.DataFrame({"a": [1]})
    assert hidden.height == 1
    assert refusal(workspace, "from hidden")[0] == "sql_no_such_table"


@pytest.mark.parametrize("query", ["", "  ;\n", "-- select 1", "/* nothing */"])
def test_no_query_is_refused(workspace: kaohe.Workspace, query: str) -> None:
    assert refusal(workspace, query)[0] == "sql_nothing_asked"


def test_two_queries_are_refused_and_none_is_run(workspace: kaohe.Workspace) -> None:
    assert refusal(workspace, "select 1; select 2") == ("sql_one_at_a_time", "一次只能运行一条查询，这里有 2 条。请分开运行")
    assert workspace.sql("/* one */ select 1 as a; -- and no more")["a"].item() == 1


@pytest.mark.parametrize(
    "query", ["from mesages", "describe mesages", "select (select 1 from messsages) as a", "from messages join mesages using (day)"]
)
def test_an_unknown_table_is_named_with_the_nearest(workspace: kaohe.Workspace, query: str) -> None:
    found, text = refusal(workspace, query)
    assert found == "sql_no_such_table"
    assert "是否想写“messages”？" in text
    assert "sages”这张表" in text


def test_an_unknown_column_is_named_with_its_line_and_the_nearest(workspace: kaohe.Workspace) -> None:
    found, text = refusal(workspace, "select '买家',\n  count(*)\nfrom messages\nwhere buyer = 'b1'")
    assert found == "sql_no_such_column"
    assert text == "第 4 行：没有“buyer”这一列。是否想写“buyer_id”？用 describe 表名 查看一张表的列"
    assert refusal(workspace, "select m.sendr from messages as m")[1].startswith("第 1 行：没有“sendr”这一列。是否想写“sender”？")
    assert refusal(workspace, "from messages join orders using (shop)")[1].startswith("没有“shop”这一列。")


def test_a_mistake_in_writing_is_shown_with_line_and_character(workspace: kaohe.Workspace) -> None:
    found, text = refusal(workspace, "select '中文',\n  买家 = = 1\nfrom messages")
    assert found == "sql_not_understood"
    assert text == '第 2 行：第 8 个字符处读不懂：syntax error at or near "="'


def test_what_else_the_engine_refuses_is_said_with_its_line(workspace: kaohe.Workspace) -> None:
    found, text = refusal(workspace, "select day,\n count(*) from messages")
    assert found == "sql_refused"
    assert text.startswith('第 1 行：查询没有成功：column "day" must appear in the GROUP BY clause')
    assert refusal(workspace, "select cast(text as int) as a from messages")[0] == "sql_refused"
    assert refusal(workspace, "select $1 as a")[0] == "sql_refused"


def test_two_columns_of_one_name_are_refused(workspace: kaohe.Workspace) -> None:
    found, text = refusal(workspace, "select m.shop_id, o.shop_id from messages m, orders o")
    assert (found, "“shop_id”" in text) == ("sql_same_name_twice", True)


def test_a_query_that_needs_too_much_memory_is_ended(workspace: kaohe.Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(engine._SETTINGS, "memory_limit", "40MB")  # type: ignore[arg-type]
    found, text = refusal(workspace, "select list(x) as all_of_them from range(20_000_000) t(x)")
    assert (found, "where day" in text) == ("sql_too_large", True)


def test_sorting_more_than_fits_in_memory_goes_on_in_files(workspace: kaohe.Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(engine._SETTINGS, "memory_limit", "60MB")  # type: ignore[arg-type]
    query = "select count(*) as n from (select distinct x, md5(x::varchar) as d from range(1_000_000) t(x))"
    assert workspace.sql(query)["n"].item() == 1_000_000


def test_ctrl_c_stops_a_query_at_once(workspace: kaohe.Workspace) -> None:
    threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        workspace.sql("select count(*) from range(1_000_000) a(x), range(1_000_000) b(y) where xor(hash(x), hash(y)) = 7")
    assert 0.9 < time.monotonic() - began < 20


def test_asking_for_help_does_not_load_the_engine() -> None:
    import subprocess
    import sys

    script = "import sys; from kaohe.cli import main; main(['sql', '--help']); main(['sql', '--tables']); print('duckdb' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, encoding="utf-8")
    assert done.stdout.splitlines()[-1] == "False"
