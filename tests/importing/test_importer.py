"""Imports as a whole: what goes in, what is refused, skipped and said."""

from __future__ import annotations

import csv
import datetime as dt
import json
import zipfile
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
import xlwt

from canonical import HEADINGS
from kaohe.errors import Failure
from kaohe.importing import Options, import_exports

SHOPS = "shop_id,platform,name,timezone\nnorth,pdd,北店,Asia/Shanghai\nsouth,generic,South,America/New_York\n"
GOOD = "north,b1,2026-06-07 09:00:00,buyer,,1,在吗\nnorth,b1,2026-06-07 09:00:20,agent,lin,2,在的\n"


def write(path: Path, text: str, encoding: str = "utf-8") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))


def test_a_folder_of_canonical_files_goes_in_and_again_changes_nothing(exports, lake, imports):
    write(exports / "shops.csv", SHOPS)
    write(exports / "messages.csv", f"{HEADINGS}\n{GOOD}south,b9,2026-06-07 09:00:00,buyer,,3,hi\n")
    first, second = imports(), imports()
    assert (first.number, first.read, first.new) == (1, 5, 5)
    assert (second.read, second.new, second.same) == (5, 0, 5)
    moments = dict(lake.table("messages").select("message_id", "sent_at").rows())
    assert moments["1"] == dt.datetime(2026, 6, 7, 1, 0, tzinfo=dt.UTC)
    assert moments["3"] == dt.datetime(2026, 6, 7, 13, 0, tzinfo=dt.UTC)


def test_a_time_with_an_offset_is_that_instant_wherever_the_shop_is(exports, lake, imports):
    write(exports / "shops.csv", SHOPS)
    write(exports / "messages.csv", f"{HEADINGS}\nsouth,b9,2026-06-07T09:00:00+08:00,buyer,,3,hi\n")
    imports()
    assert lake.table("messages")["sent_at"][0] == dt.datetime(2026, 6, 7, 1, 0, tzinfo=dt.UTC)


def test_bad_rows_are_refused_and_the_others_go_in(exports, imports):
    bad = "north,b2,昨天,buyer,,3,?\nnorth,,2026-06-07 09:00:00,buyer,,4,?\nnorth,b2,2026-06-07 09:00:00,店长,,5,?\n"
    write(exports / "messages.csv", f"{HEADINGS}\n{GOOD}{bad}")
    report = imports("messages.csv")
    assert (report.read, report.new, report.refused, report.skipped) == (5, 2, 3, 0)
    assert [(problem.line, problem.column, problem.code.name) for problem in report.problems] == [
        (4, "sent_at", "cell_not_a_time"),
        (5, "buyer_id", "cell_empty"),
        (6, "sender", "cell_not_a_choice"),
    ]
    assert report.problems[0].text("zh").startswith("messages.csv，第 4 行，列“sent_at”：应为时间")


def test_a_row_with_two_bad_cells_is_one_row_and_two_problems(exports, imports):
    write(exports / "messages.csv", f"{HEADINGS}\n{GOOD}north,b2,昨天,店长,,3,?\n")
    report = imports("messages.csv")
    assert (report.refused, report.problem_count) == (1, 2)


def test_a_dry_run_says_the_same_and_writes_nothing(exports, lake, imports, tmp_path):
    write(exports / "messages.csv", f"{HEADINGS}\n{GOOD}north,b2,昨天,buyer,,3,?\n")
    dry = imports("messages.csv", dry_run=True)
    assert (dry.number, lake.snapshot().number, lake.table("messages").height) == (None, 0, 0)
    assert not (tmp_path / "workspace" / "quarantine").exists()
    wet = imports("messages.csv")
    for name in ("read", "new", "same", "replaced", "refused", "skipped", "problem_count"):
        assert getattr(dry, name) == getattr(wet, name)
    assert dry.tables == wet.tables


def test_refused_rows_can_be_mended_and_imported_again(exports, lake, imports):
    rows = [
        ["north", "b1", "2026-06-07 09:00:00", "buyer", "", "1", "在吗"],
        ["north", "=b2", "昨天", "buyer", "", "2", "=1+1"],
        ["north", "b3", "x", "agent", "@mo", "3", '"a",\n-b'],
        ["north", "b4", "x", "buyer", "", "4", "'=quoted"],
    ]
    with (exports / "messages.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([HEADINGS.split(","), *rows])
    report = imports("messages.csv")
    assert report.refused == 3
    (path,) = report.quarantine
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert path.name.startswith("00001-messages-")
    with path.open(newline="", encoding="utf-8-sig") as stream:
        kept = list(csv.DictReader(stream))
    assert [row["text"] for row in kept] == ["'=1+1", '"a",\n-b', "''=quoted"]
    assert next((row["kaohe_file"], row["kaohe_row"], row["kaohe_column"], row["kaohe_found"]) for row in kept) == (
        "messages.csv",
        "3",
        "sent_at",
        "昨天",
    )
    assert not any(cell[:1] in ("=", "+", "-", "@", "\t", "\r") for row in kept for cell in row.values())
    mended = path.read_text(encoding="utf-8-sig").replace("昨天,buyer", "2026-06-07 10:00:00,buyer").replace(",x,", ",2026-06-07 11:00:00,")
    (exports / "mended.csv").write_text(mended, encoding="utf-8-sig")
    again = imports("mended.csv")
    assert (again.read, again.new, again.refused) == (3, 3, 0)
    texts = dict(lake.table("messages").select("message_id", "text").rows())
    assert texts == {"1": "在吗", "2": "=1+1", "3": '"a",\n-b', "4": "'=quoted"}
    assert "=b2" in lake.table("messages")["buyer_id"].to_list()


def test_a_mended_chat_goes_to_the_shop_it_came_from(exports, lake, imports):
    (exports / "chat.txt").write_text("tb1 2026-6-7 9:05:01\n在吗\n北店:林 2026-13-7 9:05:31\n在的\n", encoding="utf-8")
    (path,) = imports("chat.txt", shop="north").quarantine
    (exports / "mended.csv").write_bytes(path.read_bytes().replace(b"2026-13-7", b"2026-06-07"))
    assert imports("mended.csv").new == 1
    assert lake.table("messages").select("shop_id", "buyer_id", "agent_id").sort("agent_id").rows() == [
        ("north", "tb1", None),
        ("north", "tb1", "北店:林"),
    ]


def test_when_every_row_is_refused_nothing_is_imported_and_the_rows_are_kept(exports, lake, imports, tmp_path):
    write(exports / "messages.csv", f"{HEADINGS}\nnorth,b2,昨天,buyer,,3,?\n")
    with pytest.raises(Failure) as trouble:
        imports("messages.csv")
    assert trouble.value.exit == 3
    assert [problem.code.name for problem in trouble.value.problems] == ["cell_not_a_time", "nothing_imported"]
    assert lake.snapshot().number == 0
    assert len(list((tmp_path / "workspace" / "quarantine").glob("refused-messages-*.csv"))) == 1


def test_summary_rows_are_skipped_and_counted(exports, lake, imports):
    rows = "north,2026-06-07,10\n合计,,10\nnorth,2026-06-08,20\n平均值,,15\n"
    write(exports / "traffic.csv", f"shop_id,day,visitors\n{rows}")
    report = imports("traffic.csv")
    assert (report.read, report.new, report.skipped, report.refused) == (4, 2, 2, 0)
    assert lake.table("traffic")["visitors"].sum() == 30


def test_a_message_that_says_total_is_a_message(exports, lake, imports):
    write(exports / "messages.csv", f"{HEADINGS}\nnorth,合计,2026-06-07 09:00:00,buyer,,1,合计\n总计,,,,,,\n")
    report = imports("messages.csv")
    assert (report.read, report.new, report.skipped) == (2, 1, 1)
    assert lake.table("shops")["shop_id"].to_list() == ["north"]


def test_blank_rows_are_no_rows_but_count_as_lines(exports, imports):
    write(exports / "messages.csv", f"{HEADINGS}\n\n , ,,,,,\n{GOOD}\nnorth,b2,昨天,buyer,,3,?\n")
    report = imports("messages.csv")
    assert (report.read, report.new, report.refused) == (3, 2, 1)
    assert report.problems[0].line == 7


def test_a_row_of_blanks_alone_is_blank_too(exports, imports):
    write(exports / "messages.csv", f"{HEADINGS}\n{GOOD} , ,\t,,,,\n")
    report = imports("messages.csv")
    assert (report.read, report.new, report.refused) == (2, 2, 0)


def test_chinese_headings_in_gbk_below_a_title_with_tabs_around_ids(exports, lake, imports):
    text = '拼多多订单导出\n\n订单号 \t,店铺,买家,下单时间,支付时间,金额,件数\n\t260607-1\t,north,b1,2026/6/7 13:41,-,"￥1,234.50",2\n'
    write(exports / "o.csv", text, "gb18030")
    report = imports("o.csv")
    assert report.new == 1
    row = lake.table("orders").row(0, named=True)
    assert (row["order_id"], row["amount"], row["quantity"], row["paid_at"]) == ("260607-1", Decimal("1234.50"), 2, None)
    assert row["created_at"] == dt.datetime(2026, 6, 7, 5, 41, tzinfo=dt.UTC)


def message_rows() -> list[list[str]]:
    return [HEADINGS.split(","), *(line.split(",") for line in GOOD.splitlines())]


def xlsx(path: Path, rows: list[list[object]], *, first: int = 0) -> None:
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet("数据")
    for number, row in enumerate(rows):
        page.write_row(number + first, 0, row)
    book.close()


def test_a_sheet_whose_headings_stand_in_row_4_numbers_its_rows_as_excel_does(exports, imports):
    xlsx(exports / "m.xlsx", [*message_rows(), ["north", "b2", "昨天", "buyer", "", "3", "?"]], first=3)
    report = imports("m.xlsx")
    assert (report.new, report.refused, report.problems[0].line) == (2, 1, 7)
    assert report.problems[0].file == "m.xlsx[数据]"


def test_numbers_and_dates_of_excel_become_ids_and_moments(exports, lake, imports):
    book = xlsxwriter.Workbook(str(exports / "orders.xlsx"))
    page = book.add_worksheet()
    page.write_row(0, 0, ["order_id", "shop_id", "created_at", "amount"])
    page.write_row(1, 0, [260607123456789, "north"])
    page.write_datetime(1, 2, dt.datetime(2026, 6, 7, 13, 41), book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
    page.write_number(1, 3, 0.1 + 0.2)
    book.close()
    imports("orders.xlsx")
    row = lake.table("orders").row(0, named=True)
    assert (row["order_id"], row["amount"]) == ("260607123456789", Decimal("0.30"))
    assert row["created_at"] == dt.datetime(2026, 6, 7, 5, 41, tzinfo=dt.UTC)


@pytest.mark.parametrize("name", ["m.xls", "m.xlsx", "m.csv"])
def test_old_spreadsheet_bytes_under_any_name(exports, imports, name):
    book = xlwt.Workbook()
    page = book.add_sheet("s")
    for number, row in enumerate(message_rows()):
        for column, cell in enumerate(row):
            page.write(number, column, cell)
    book.save(str(exports / name))
    assert imports(name).new == 2


def test_a_csv_called_xls_is_a_csv(exports, imports):
    write(exports / "m.xls", f"{HEADINGS}\n{GOOD}".replace(",", "\t"))
    assert imports("m.xls").new == 2


def test_every_sheet_that_a_profile_knows_is_read(exports, imports):
    book = xlsxwriter.Workbook(str(exports / "all.xlsx"))
    for name, rows in (("shops", [line.split(",") for line in SHOPS.splitlines()]), ("说明", [["看这里"]]), ("m", message_rows())):
        page = book.add_worksheet(name)
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    book.close()
    report = imports("all.xlsx")
    assert report.files[0].tables == ("shops", "messages")
    assert report.new == 4


def test_parquet_with_real_types_and_json_lines_mean_the_same_rows(exports, imports):
    names = HEADINGS.split(",")
    frame = pl.DataFrame([line.split(",") for line in GOOD.splitlines()], schema=names, orient="row")
    typed = frame.with_columns(pl.col("sent_at").str.to_datetime("%Y-%m-%d %H:%M:%S"), pl.col("message_id").cast(pl.Int64))
    typed.write_parquet(exports / "m.parquet")
    typed.with_columns(pl.col("sent_at").dt.replace_time_zone("Asia/Shanghai")).write_parquet(exports / "zoned.parquet")
    lines = [json.dumps({**row, "message_id": int(row["message_id"])}) for row in frame.rows(named=True)]
    write(exports / "m.jsonl", "\n".join(lines))
    write(exports / "m.json", json.dumps([json.loads(line) for line in lines]))
    write(exports / "m.csv", f"{HEADINGS}\n{GOOD}")
    report = imports()
    assert {file.name: file.read for file in report.files} == dict.fromkeys(["m.csv", "m.json", "m.jsonl", "m.parquet", "zoned.parquet"], 2)
    assert (report.new, report.same) == (2 + 0, 8)


def gbk_zip(path: Path, entries: dict[str, bytes]) -> None:
    """A zip as Chinese Windows writes it: names in GBK, unmarked."""
    with zipfile.ZipFile(path, "w") as archive:
        for number, data in enumerate(entries.values()):
            archive.writestr(f"entry{number:04}", data)
    blob = path.read_bytes()
    for number, name in enumerate(entries):
        raw = name.encode("gbk")
        assert len(raw) == 9, "as long as the stand-in"
        blob = blob.replace(f"entry{number:04}".encode(), raw)
    path.write_bytes(blob)


def test_a_zip_from_chinese_windows_within_a_zip(exports, imports):
    inner = exports / "inner.zip"
    gbk_zip(inner, {"消息.csv0": f"{HEADINGS}\n{GOOD}".encode("gbk")})
    with zipfile.ZipFile(exports / "outer.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(inner, "六月/inner.zip")
        archive.writestr("六月/~$lock.xlsx", b"x")
        archive.writestr("__MACOSX/._a", b"x")
        archive.writestr("六月/readme.pdf", b"%PDF-1.7")
    inner.unlink()
    report = imports("outer.zip")
    assert [(file.name, file.status) for file in report.files] == [
        ("outer.zip/六月/readme.pdf", "ignored"),
        ("outer.zip/六月/inner.zip/消息.csv0", "imported"),
    ]


def test_what_is_no_data_in_a_folder_is_passed_over_and_said(exports, imports):
    write(exports / "m.csv", f"{HEADINGS}\n{GOOD}")
    write(exports / ".hidden.csv", "x")
    write(exports / "~$m.xlsx", "x")
    write(exports / "notes.txt", "今天天气不错")
    (exports / "page.xls").write_text("<html><table><tr><td>1</td></tr></table></html>")
    report = imports()
    assert {file.name: (file.status, file.why and file.why.code.name) for file in report.files} == {
        "m.csv": ("imported", None),
        "notes.txt": ("ignored", "table_not_known"),
        "page.xls": ("ignored", "file_not_a_table"),
    }
    assert report.clean


def test_a_file_that_was_named_and_is_no_data_is_refused(exports, imports):
    write(exports / "m.csv", f"{HEADINGS}\n{GOOD}")
    write(exports / "notes.txt", "今天天气不错")
    report = imports(["m.csv", "notes.txt"])
    assert [(file.name, file.status) for file in report.files] == [("notes.txt", "refused"), ("m.csv", "imported")]
    assert not report.clean


def test_a_table_that_lacks_a_heading_says_which(exports, imports):
    write(exports / "messages.csv", "shop_id,buyer_id,sender,agent_id,text\nnorth,b1,buyer,,x\n")
    with pytest.raises(Failure) as trouble:
        imports()
    assert [problem.code.name for problem in trouble.value.problems] == ["headings_missing"]
    assert "sent_at" in trouble.value.text()


def test_a_shop_nobody_described_is_added_and_said(exports, lake, imports):
    write(exports / "messages.csv", f"{HEADINGS}\n{GOOD}")
    report = imports("messages.csv", timezone="UTC", platform="jd")
    assert lake.table("shops").rows() == [("north", "jd", "north", "UTC", None)]
    assert [notice.parts["shop"] for notice in report.notices] == ["north"]
    assert imports("messages.csv").notices == []


def test_a_zone_there_is_not_refuses_the_shop_and_its_rows(exports, lake, imports):
    write(exports / "shops.csv", "shop_id,platform,name,timezone\nnorth,pdd,北店,Asia/Peking\nsouth,pdd,南店,\n")
    write(exports / "messages.csv", f"{HEADINGS}\n{GOOD}{GOOD.replace('north', 'south')}")
    report = imports()
    assert [(file.name, file.new, file.refused) for file in report.files] == [("shops.csv", 1, 1), ("messages.csv", 2, 2)]
    assert {problem.code.name for problem in report.problems} == {"no_such_timezone", "shop_refused"}
    assert lake.table("shops").select("shop_id", "timezone").rows() == [("south", "Asia/Shanghai")]


def test_a_profile_may_be_named_and_a_name_nobody_knows_is_wrong_use(exports, imports):
    write(exports / "x.csv", "agent_id,a,b,c\nlin,1,2,3\n")
    with pytest.raises(Failure, match="no profile knows"):
        imports("x.csv")
    assert imports("x.csv", profile="agents").new == 1
    with pytest.raises(Failure) as trouble:
        imports("x.csv", profile="agent")
    assert trouble.value.exit == 2
    assert "agents" in trouble.value.text()


def test_paths_and_options_that_make_no_sense_are_wrong_use(exports, lake, imports):
    for path, options in (("nowhere", {}), ("", {}), ("", {"platform": "ebay"})):
        with pytest.raises(Failure) as trouble:
            imports(path, **options)
        assert trouble.value.exit == 2
    with pytest.raises(Failure, match="no time zone"):
        imports("", timezone="Mars")


def test_progress_reaches_the_whole(exports, lake):
    write(exports / "m.csv", f"{HEADINGS}\n{GOOD}")
    write(exports / "notes.txt", "今天天气不错")
    xlsx(exports / "m.xlsx", message_rows())

    class Watched:
        total = seen = 0
        share = 0.0
        ended = False

        def start(self, total):
            self.total = total

        def advance(self, count, label):
            self.seen += count

        def writing(self, share):
            self.share = share

        def done(self):
            self.ended = True

    watched = Watched()
    import_exports(lake, [exports], Options(), watched)
    assert (watched.seen, watched.share, watched.ended) == (watched.total, 1.0, True)


def test_a_users_own_profile_with_a_file_date_units_and_two_rows_of_headings(exports, lake, imports, tmp_path):
    (tmp_path / "own.yaml").write_text(
        """
name: my_traffic
zh: 自制流量表
table: traffic
platform: taobao
header_rows: 2
headings:
  shop_id: [店铺-名称]
  visitors: [流量-访客数]
  ad_spend: [广告-花费]
units: {ad_spend: fen}
from_file_name: {column: day, pattern: '_(\\d{8})', shift_days: -3}
source: 测试
""",
        encoding="utf-8",
    )
    write(exports / "流量_20260610.csv", "店铺,流量,广告,\n名称,访客数,花费,点击\nnorth,10,12345,1\n汇总值,10,12345,1\n")
    report = imports("流量_20260610.csv", profiles=(tmp_path / "own.yaml",))
    assert (report.new, report.skipped) == (1, 1)
    row = lake.table("traffic").row(0, named=True)
    assert (row["day"], row["visitors"], row["ad_spend"]) == (dt.date(2026, 6, 7), 10, Decimal("123.45"))


REAL = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "real"


@pytest.mark.skipif(not REAL.is_dir(), reason="the real data is not here")
def test_real_support_conversations_go_in_whole(lake):
    report = import_exports(lake, [REAL / "twcs"])
    assert (report.read, report.new, report.refused) == (2868, 2868, 0)


@pytest.mark.skipif(not REAL.is_dir(), reason="the real data is not here")
def test_a_real_corpus_without_clock_is_refused(lake):
    with pytest.raises(Failure, match="without any time"):
        import_exports(lake, [REAL / "jddc_chat.tsv"])
