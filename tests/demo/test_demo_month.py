"""The demo: what it promises is in the files, and the same seed writes the same bytes."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import fastexcel
import polars as pl
import pytest

from kaohe.demo import DemoSummary, write_demo
from kaohe.demo.rows import message_number
from kaohe.model.tables import TABLES

FIRST = dt.date(2026, 10, 1)
STAMP = re.compile(r"^(?P<who>.+?) ?(?P<at>\d{4}-\d{1,2}-\d{1,2} \d{1,2}:\d{2}:\d{2})$")


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> DemoSummary:
    return write_demo(tmp_path_factory.mktemp("month"))


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> DemoSummary:
    return write_demo(tmp_path_factory.mktemp("week"), days=6, scale=0.3)


def table(summary: DemoSummary, name: str) -> pl.DataFrame:
    text = (summary.folder / f"{name}.csv").read_bytes().decode("utf-8-sig")
    return pl.read_csv(io.StringIO(text), infer_schema=False)


def digests(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def pdd_messages(summary: DemoSummary, *, again: bool = False) -> list[dict]:
    found = []
    for path in sorted((summary.folder / "pdd").rglob("*.json*")):
        if ("再次导出" in path.name) != again:
            continue
        text = path.read_text(encoding="utf-8")
        rows = json.loads(text) if path.suffix == ".json" else [json.loads(line) for line in text.splitlines()]
        found += [row["message"] for row in rows]
    return found


def csv_messages(summary: DemoSummary, platform: str, encoding: str, *, again: bool = False) -> list[dict[str, str]]:
    found = []
    for path in sorted((summary.folder / platform).rglob("messages_*.csv")):
        if ("补导" in path.name) == again:
            found += list(csv.DictReader(io.StringIO(path.read_bytes().decode(encoding), newline="")))
    return found


def text_messages(summary: DemoSummary) -> list[tuple[str, str]]:
    found = []
    for path in sorted((summary.folder / "taobao").rglob("*.txt")):
        for line in path.read_bytes().decode("utf-8").split("\r\n"):
            if match := STAMP.match(line):
                found.append((match["who"], match["at"]))
    return found


def workbook_rows(summary: DemoSummary) -> pl.DataFrame:
    sheets = []
    for path in sorted((summary.folder / "taobao").rglob("千牛聊天记录_*.xlsx")):
        book = fastexcel.read_excel(path)
        sheets += [book.load_sheet(name, dtypes="string").to_polars() for name in book.sheet_names if name != "导出汇总"]
    return pl.concat(sheets)


def is_time(text: str) -> bool:
    try:
        dt.datetime.strptime(text.strip(), "%Y-%m-%d %H:%M:%S")
    except ValueError:
        return False
    return True


def test_a_month_has_the_shops_agents_and_volume_promised(month: DemoSummary) -> None:
    assert (month.shops, month.agents, month.days) == (5, 30, 31)
    assert 200 <= month.contacts / 31 <= 400
    assert 60_000 <= month.messages <= 100_000
    assert sorted(table(month, "shops")["platform"]) == ["douyin", "jd", "pdd", "pdd", "taobao"]
    assert table(month, "agents").height == 30
    assert set(table(month, "agents")["role"]) == {"presale", "aftersale", "mixed"}


def test_the_same_seed_writes_the_same_bytes_and_another_seed_others(week: DemoSummary, tmp_path: Path) -> None:
    write_demo(tmp_path / "again", days=6, scale=0.3)
    assert digests(tmp_path / "again") == digests(week.folder)
    write_demo(tmp_path / "other", days=6, scale=0.3, seed=2)
    other = digests(tmp_path / "other")
    assert all(
        other[name] != digest
        for name, digest in digests(week.folder).items()
        if name not in ("shops.csv", "agents.csv", "accounts.csv", "targets.csv", "leaves.csv", "attendance.csv")
    )


def test_a_day_does_not_depend_on_how_many_days_are_made(week: DemoSummary, tmp_path: Path) -> None:
    write_demo(tmp_path, days=2, scale=0.3)
    whole = digests(week.folder)
    days = {name: digest for name, digest in digests(tmp_path).items() if name.endswith((".jsonl", ".txt")) and "2026" in name}
    assert len(days) == 4
    assert {name: whole[name] for name in days} == days


def test_another_first_day_makes_the_same_day_again(week: DemoSummary, tmp_path: Path) -> None:
    shorter = write_demo(tmp_path, days=3, scale=0.3, first=FIRST + dt.timedelta(days=2))
    number = str(message_number(1, FIRST + dt.timedelta(days=3)))[:4]
    mine, theirs = ([row for row in pdd_messages(summary) if row["msg_id"].startswith(number)] for summary in (week, shorter))
    assert mine
    assert mine == theirs


def test_twice_the_scale_is_about_twice_the_messages(tmp_path: Path) -> None:
    small, large = (write_demo(tmp_path / str(scale), days=3, scale=scale) for scale in (0.25, 0.5))
    assert 1.7 < large.messages / small.messages < 2.3


def test_a_single_day_at_a_tiny_scale_still_has_every_shop(tmp_path: Path) -> None:
    summary = write_demo(tmp_path, days=1, scale=0.001)
    assert summary.contacts >= 5
    assert {path.parent.name for path in tmp_path.rglob("*") if path.is_file()} >= set(table(summary, "shops")["shop_id"])


@pytest.mark.parametrize("wrong", [{"days": 0}, {"scale": 0.0}, {"scale": float("nan")}, {"seed": -1}])
def test_a_demo_of_nothing_is_refused(tmp_path: Path, wrong: dict) -> None:
    with pytest.raises(ValueError, match="need days"):
        write_demo(tmp_path, **wrong)


def test_progress_is_told_of_every_day(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    write_demo(tmp_path, days=3, scale=0.02, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_tables_have_exactly_the_canonical_columns_and_words(month: DemoSummary) -> None:
    for name, count in month.tables.items():
        rows = table(month, name)
        assert rows.columns == [column.name for column in TABLES[name].columns]
        assert rows.height == count
        for column in TABLES[name].columns:
            if column.required:
                assert rows[column.name].null_count() == 0, (name, column.name)
            if column.choices:
                assert set(rows[column.name].drop_nulls()) <= set(column.choices), (name, column.name)
            if column.kind == "instant":
                assert all(is_time(text) for text in rows[column.name].drop_nulls()), (name, column.name)
        key = [column for column in TABLES[name].key if column in rows.columns]
        assert rows.select(key).is_duplicated().sum() == 0, name
    # What the platforms export themselves stands in no canonical file; nobody changed his role, and no appeal was decided.
    assert set(month.tables) == set(TABLES) - {"messages", "orders", "order_lines", "payments", "reported", "positions", "adjustments"}


def test_the_sound_rows_of_all_files_add_up_to_the_messages_of_the_summary(month: DemoSummary) -> None:
    pdd = pdd_messages(month)
    jd, douyin = csv_messages(month, "jd", "gbk"), csv_messages(month, "douyin", "utf-8-sig")
    tables = [row for row in jd + douyin if row["shop_id"].strip() != "总计"]
    lines, sheets = text_messages(month), workbook_rows(month)
    assert len(pdd) + len(tables) + len(lines) + sheets.height == month.messages + month.refused_rows
    reports = [path for path in month.folder.rglob("*.xlsx") if path.name.startswith(("客服绩效_2", "自制报表", "店铺数据", "客服表现"))]
    marked = [row[0] for path in reports for row in fastexcel.read_excel(path).load_sheet(0, header_row=None).to_polars().rows()]
    sums = sum(any(word in str(first) for word in ("汇总", "平均", "合计", "同行")) for first in marked)
    assert len(jd) + len(douyin) - len(tables) + sums + 2 == month.summary_rows


def test_every_dirty_row_is_counted_and_they_are_few(month: DemoSummary) -> None:
    found: Counter[str] = Counter()
    for message in pdd_messages(month):
        roles = {message["from"]["role"], message["to"]["role"]}
        found["unreadable_time"] += not str(message.get("time", message.get("ts"))).isdigit()
        found["unknown_sender"] += not roles <= {"user", "mall_cs", "system"}
        found["missing_buyer"] += any(side["role"] == "user" and not side["uid"] for side in (message["from"], message["to"]))
    for row in csv_messages(month, "jd", "gbk") + csv_messages(month, "douyin", "utf-8-sig"):
        if row["shop_id"].strip() != "总计":
            found["unreadable_time"] += not is_time(row["sent_at"])
            found["unknown_sender"] += row["sender"] not in ("buyer", "agent", "assisted", "bot", "system")
            found["missing_buyer"] += not row["buyer_id"].strip()
    found["unknown_sender"] += workbook_rows(month)["发送账号"].null_count()
    assert dict(found) == dict(month.refused)
    assert 0.0005 < month.refused_rows / month.messages < 0.004


def test_a_second_export_repeats_rows_of_the_first(month: DemoSummary) -> None:
    first = {row["msg_id"]: row for row in pdd_messages(month)}
    again = pdd_messages(month, again=True)
    rows = {row["message_id"]: row for row in csv_messages(month, "jd", "gbk")}
    csv_again = csv_messages(month, "jd", "gbk", again=True)
    assert all(first[row["msg_id"]] == row for row in again)
    assert all(rows[row["message_id"]] == row for row in csv_again)
    assert len(again) + len(csv_again) == month.repeated > 0


def test_pdd_messages_keep_the_quirks_of_the_platform(month: DemoSummary) -> None:
    messages = pdd_messages(month)
    notices = [row for row in messages if row["content"] == "退款成功"]
    robots = [row for row in messages if row.get("template_name") == "mall_robot_text_msg"]
    types = Counter(row["type"] for row in messages)
    assert notices
    assert all(
        row["from"]["role"] == "user" and row["from"]["uid"] for row in notices if row["to"]["role"] == "mall_cs" and row["from"]["uid"]
    )
    assert {row["type"] for row in notices} == {0, 31}
    assert robots
    assert not any("cs_uid" in row["from"] for row in robots)
    assert min(types[kind] for kind in (0, 1, 5, 24, 31, 1002)) > 0
    assert {"time" in row for row in messages} == {True, False}


def test_jd_ids_end_in_a_tab_and_the_file_is_gbk(week: DemoSummary) -> None:
    path = next((week.folder / "jd").rglob("messages_*.csv"))
    with pytest.raises(UnicodeDecodeError):
        path.read_bytes().decode("utf-8")
    rows = [row for row in csv_messages(week, "jd", "gbk") if row["shop_id"] != "总计"]
    assert all(row["message_id"].endswith("\t") and row["shop_id"].endswith("\t") for row in rows)


def test_copied_text_has_crlf_read_marks_and_lines_that_are_no_messages(month: DemoSummary) -> None:
    text = "".join(path.read_bytes().decode("utf-8") for path in sorted((month.folder / "taobao").rglob("*.txt")))
    assert "\n" not in text.replace("\r\n", "")
    for noise in ("已读", "未读", "当前用户来自", "由 服务助手 转交给", "撤回了一条消息", " --> "):
        assert noise in text


def test_a_workbook_has_one_sheet_a_customer_after_its_summary(month: DemoSummary) -> None:
    book = fastexcel.read_excel(next((month.folder / "taobao").rglob("千牛聊天记录_*.xlsx")))
    assert book.sheet_names[0] == "导出汇总"
    sheet = book.load_sheet(book.sheet_names[1], dtypes="string").to_polars()
    assert sheet.columns == ["客户名", "消息序号", "发送时间", "发送内容", "发送账号", "账号类型"]
    assert sheet["客户名"].unique().to_list() == [book.sheet_names[1]]


def test_one_account_changes_hands_one_agent_has_two_shops_one_account_is_unmapped(month: DemoSummary) -> None:
    accounts, agents = table(month, "accounts"), table(month, "agents")
    shared = accounts.filter(pl.struct("shop_id", "account").is_duplicated())
    assert shared["agent_id"].to_list() == ["cao", "yuan"]
    assert dt.date.fromisoformat(shared["valid_to"][0]) + dt.timedelta(days=1) == dt.date.fromisoformat(shared["valid_from"][1])
    assert shared["valid_from"][1] == agents.filter(pl.col("agent_id") == "yuan")["joined_on"][0]
    assert accounts.group_by("agent_id").agg(pl.col("shop_id").n_unique()).filter(pl.col("shop_id") > 1)["agent_id"].to_list() == ["he"]
    seen = {row["agent_id"] for row in csv_messages(month, "douyin", "utf-8-sig")} - {"", None}
    assert seen - set(accounts["account"]) == {"临时客服07"}
    assert set(accounts["agent_id"]) == set(agents["agent_id"])


def tmall_orders(summary: DemoSummary) -> pl.DataFrame:
    text = next(summary.folder.rglob("ExportOrderList*.csv")).read_bytes().decode("gbk")
    return pl.read_csv(io.StringIO(text), infer_schema=False)


def test_orders_follow_chats_and_what_follows_orders_names_them(month: DemoSummary) -> None:
    orders = tmall_orders(month)
    assert orders.filter(pl.col("订单付款时间 ") < pl.col("订单创建时间")).is_empty()
    assert orders.filter(pl.col("订单创建时间") >= "2026-11-01").is_empty()
    keys = set(orders["订单编号"])
    refunds = next(month.folder.rglob("退款单_*.xlsx"))
    assert set(fastexcel.read_excel(refunds).load_sheet(0, dtypes="string").to_polars()["订单编号"]) <= keys
    for name in ("reviews", "complaints"):
        mine = table(month, name).filter(pl.col("shop_id") == "217364508")
        assert mine.height > 5
        assert set(mine["order_id"].drop_nulls()) <= keys
    chatted = {row["buyer_id"].strip() for row in csv_messages(month, "jd", "gbk")}
    jd = next(month.folder.rglob("jd/**/订单导出_*.csv"))
    jd_orders = pl.read_csv(io.StringIO(jd.read_bytes().decode("gbk")), infer_schema=False).filter(pl.col("下单时间") >= "2026-10-01")
    assert 0.25 < jd_orders["下单帐号"].is_in(list(chatted)).mean() < 0.75


def test_no_export_knows_what_happens_after_its_last_day(month: DemoSummary) -> None:
    for name in month.tables:
        for column in TABLES[name].columns:
            if column.kind == "instant":
                assert table(month, name).filter(pl.col(column.name) >= "2026-11-01").is_empty(), (name, column.name)
    for path in month.folder.rglob("订单导出_*.csv"):
        text = path.read_bytes()
        assert b"2026-10-31 " in text
        assert b"2026-11-" not in text


def test_a_buyer_s_line_may_begin_like_a_formula(month: DemoSummary) -> None:
    lines = [row["content"] for row in pdd_messages(month)]
    lines += [row["text"] for row in csv_messages(month, "jd", "gbk") + csv_messages(month, "douyin", "utf-8-sig") if row["text"]]
    assert any(line.startswith("=") for line in lines)


def test_no_two_lines_of_a_qianniu_chat_are_the_same_message(month: DemoSummary) -> None:
    blocks = Counter()
    for path in sorted((month.folder / "taobao").rglob("*.txt")):
        for block in path.read_bytes().decode("utf-8").split("\r\n\r\n"):
            if STAMP.match(block.split("\r\n")[0]):
                blocks[block] += 1
    assert blocks.total() == len(text_messages(month)) == len(blocks)
    assert not workbook_rows(month).drop("消息序号").is_duplicated().any()


def test_the_readme_says_what_is_in_the_folder(month: DemoSummary) -> None:
    text = (month.folder / "README.txt").read_bytes().decode("utf-8-sig")
    shops = table(month, "shops")
    assert all(f"{platform}/{shop}/" in text for platform, shop in shops.select("platform", "shop_id").iter_rows())
    assert all(f"{count} 行" in text for count in [*month.refused.values(), *month.tables.values(), *month.exports.values()])
    files = [path for path in month.folder.rglob("*") if path.is_file()]
    assert len(files) == month.files
    # Every kind of file is described: the name up to its shop, day or number.
    kinds = {re.match(r"[^\d_]+(?:_(?=[^\d_])[^\d_]+)*", path.name)[0] for path in files if path.name != "README.txt"}  # type: ignore[index]
    assert {kind for kind in kinds if kind not in text} == set()


def test_importing_the_package_loads_neither_numpy_nor_polars() -> None:
    script = "import sys, kaohe.demo; print([name for name in ('numpy', 'polars', 'xlsxwriter') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
