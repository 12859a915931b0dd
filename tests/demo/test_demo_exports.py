"""The demo in the platforms' own layouts: each file is read by the profile meant, and what was made comes back."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl
import pytest

from kaohe.demo import DemoSummary, exports, reports, tallies, write_demo
from kaohe.demo.canonical import local_time
from kaohe.demo.catalogue import SHOPS
from kaohe.facts.orders import orders
from kaohe.importing import ImportReport, Options, import_exports
from kaohe.lake import Lake
from kaohe.model.reported import REPORTED
from kaohe.packs import Parameters

FIRST, DAYS = dt.date(2026, 10, 1), 16
BEGIN = (FIRST - dt.date(1970, 1, 1)).days * 86_400
PDD, TOYS, TMALL, JD, DOUYIN = (shop.shop_id for shop in SHOPS)

READ_BY = {
    "聊天记录_": "pdd_chat",
    "千牛聊天_": "qianniu_text",
    "千牛聊天记录_": "qianniu_sheet",
    "messages_": "messages",
    "ExportOrderList": "taobao_orders",
    "退款单_": "tmall_refunds",
    "自制报表-": "tmall_agents_custom",
    "客服-业绩询单_": "tmall_inquiries_daily",
    "促成订单_": "jd_facilitated_orders",
    "客服询单业绩_": "jd_inquiry_orders",
    "店铺数据_": "jd_agents",
    "客服表现_": "douyin_agents",
    "售后单_": "douyin_aftersale",
    "客服绩效_": "pdd_agents",
    "客服_服务数据_": "pdd_service_daily",
    "店铺评价_抓取": "platform_reviews",
}


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    """What the writers were given while the demo was made."""
    return {}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, truth: dict[str, Any]) -> DemoSummary:
    def told(name: str, module: Any) -> Any:
        plain = getattr(module, name)

        def telling(folder: Path, *given: Any) -> Any:
            truth[name] = given
            return plain(folder, *given)

        return telling

    with pytest.MonkeyPatch.context() as patch:
        for name in ("write_orders", "write_refunds", "write_reviews"):
            patch.setattr(exports, name, told(name, exports))
        patch.setattr(reports, "write_reports", told("write_reports", reports))
        return write_demo(tmp_path_factory.mktemp("demo"), days=DAYS, scale=0.3)


@pytest.fixture(scope="module")
def sold(demo: DemoSummary, truth: dict[str, Any]) -> pl.DataFrame:
    """The orders as they were made."""
    shops = pl.col("shop").replace_strict({number: shop.shop_id for number, shop in enumerate(SHOPS)}, return_dtype=pl.String)
    return truth["write_orders"][0].with_columns(shop_id=shops)


@pytest.fixture(scope="module")
def lake(demo: DemoSummary, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return Lake.create(tmp_path_factory.mktemp("workspace") / "lake")


@pytest.fixture(scope="module")
def report(demo: DemoSummary, lake: Lake) -> ImportReport:
    return import_exports(lake, [demo.folder], Options())


def sheet(path: Path) -> list[list[str]]:
    """All cells of a workbook's one sheet, its headings too."""
    book = fastexcel.read_excel(path)
    assert len(book.sheet_names) == 1
    frame = book.load_sheet(0, header_row=None, dtypes="string").to_polars()
    return [[cell or "" for cell in row] for row in frame.rows()]


def found(demo: DemoSummary, shop: str, pattern: str) -> list[Path]:
    return sorted(path for path in demo.folder.rglob(pattern) if path.parent.name == shop)


def microseconds(seconds: pl.Expr) -> pl.Expr:
    """Local seconds of Asia/Shanghai as an instant; null where it did not happen."""
    return pl.when(seconds >= 0).then((seconds - 8 * 3600) * 1_000_000)


def came_back(lake: Lake) -> pl.DataFrame:
    """Orders as the figures see them, whatever exports they were put together from."""
    tables = {name: lake.table(name) for name in ("orders", "order_lines", "payments", "refunds")}
    return orders(tables, {}, lambda shop, day: Parameters())


def test_every_file_is_read_by_exactly_the_profile_meant(demo: DemoSummary, report: ImportReport) -> None:
    meant = {}
    for path in (path for path in demo.folder.rglob("*") if path.is_file() and path.name != "README.txt"):
        name = str(path.relative_to(demo.folder))
        if path.name.startswith("订单导出_"):
            meant[name] = f"{path.parent.parent.name}_orders"
        else:
            meant[name] = next((profile for prefix, profile in READ_BY.items() if path.name.startswith(prefix)), path.stem)
    read = {file.name: "+".join(file.profiles) for file in report.files if file.status == "imported"}
    assert {name: read[name] for name in meant} == meant
    assert [file.name for file in report.files if file.status != "imported"] == ["README.txt"]


def test_nothing_is_refused_but_the_dirt_put_in_on_purpose(demo: DemoSummary, report: ImportReport) -> None:
    assert sum(file.refused for file in report.files) == demo.refused_rows > 0
    assert {table for file in report.files if file.refused for table in file.tables} == {"messages"}


def test_summing_rows_are_skipped_and_all_others_read(demo: DemoSummary, report: ImportReport) -> None:
    read: Counter[str] = Counter()
    for file in report.files:
        for profile in file.profiles:
            read[profile] += file.read - file.skipped
    cancelled = sum(row[-1] == "已取消" for path in found(demo, JD, "促成订单_*") for row in sheet(path))
    assert cancelled > 0
    assert {name: read[name] for name in demo.exports} == {
        name: rows - (cancelled if name == "jd_facilitated_orders" else 0) for name, rows in demo.exports.items()
    }
    assert sum(file.skipped for file in report.files) == demo.summary_rows + cancelled


def test_importing_gives_back_the_orders_that_were_made(sold: pl.DataFrame, report: ImportReport, lake: Lake) -> None:
    got = came_back(lake)
    assert got.height == sold.height
    both = sold.join(got, on=["shop_id", "order_id"], how="inner", suffix="_got")
    assert both.height == sold.height
    pdd = pl.col("shop_id").is_in([PDD, TOYS])
    # PDD does not say when an order was placed: that is the moment of payment, or midnight of the day in its id.
    placed = pl.when(~pdd).then("created").when(pl.col("paid") >= 0).then("paid").otherwise(pl.col("created") // 86_400 * 86_400)
    wrong = both.filter(
        (microseconds(placed) != pl.col("created_at"))
        | microseconds(pl.col("paid")).ne_missing(pl.col("paid_at"))
        | (pl.col("quantity") != pl.col("quantity_got"))
    )
    assert wrong.is_empty()
    # The one thing that can not be told: what was taken off an order at JD that no agent is named for.
    silent_jd = (pl.col("shop_id") == JD) & (pl.col("account").is_null() | (pl.col("created") < BEGIN))
    known, guessed = both.filter(~silent_jd), both.filter(silent_jd)
    assert known.filter(pl.col("fen") != pl.col("amount")).is_empty()
    assert known.height > 4 * guessed.height > 0
    assert guessed.filter(pl.col("amount") < pl.col("fen") - 100).is_empty()


def test_pdd_and_douyin_name_no_buyer_and_the_others_do(sold: pl.DataFrame, report: ImportReport, lake: Lake) -> None:
    got = came_back(lake)
    nameless = pl.col("shop_id").is_in([PDD, TOYS, DOUYIN])
    assert got.filter(nameless)["buyer_id"].null_count() == got.filter(nameless).height > 0
    both = sold.filter(~nameless).join(got, on=["shop_id", "order_id"], suffix="_got")
    assert both.filter(pl.col("buyer_id").ne_missing(pl.col("buyer_id_got"))).is_empty()


def test_jd_names_the_agents_of_what_they_sold_in_the_month(
    demo: DemoSummary, sold: pl.DataFrame, report: ImportReport, lake: Lake
) -> None:
    jd = sold.filter(pl.col("shop_id") == JD).join(came_back(lake), on=["shop_id", "order_id"], suffix="_got")
    month = pl.col("created") >= BEGIN
    assert jd.filter(month & pl.col("account").ne_missing(pl.col("account_got"))).is_empty()
    assert jd.filter(month)["account"].drop_nulls().len() > 20
    facilitated = [row for path in found(demo, JD, "促成订单_*") for row in sheet(path)[1:]]
    assert any(row[4].endswith("(推算)") for row in facilitated)
    assert len({tuple(row) for row in facilitated}) < len(facilitated)


def test_what_went_back_is_what_the_refunds_say(sold: pl.DataFrame, report: ImportReport, lake: Lake) -> None:
    both = sold.join(came_back(lake), on=["shop_id", "order_id"], suffix="_got")
    wrong = both.filter(pl.min_horizontal("back", "fen") != pl.col("refunded"), pl.col("back") != pl.col("refunded"))
    assert wrong.is_empty()
    assert both.filter(pl.col("back") > 0).height > 50


def test_importing_gives_back_the_refunds_that_were_made(truth: dict[str, Any], report: ImportReport, lake: Lake) -> None:
    made = truth["write_refunds"][0]
    got = lake.table("refunds")
    both = made.join(got, on="refund_id", suffix="_got")
    assert both.height == made.height == got.height
    fen = (pl.col("amount") * 100).cast(pl.Int64)
    exchanged = (pl.col("shop_id") == DOUYIN) & (pl.col("type") == "exchange")
    assert both.filter(~exchanged & (fen != pl.col("fen"))).is_empty()
    for name in ("type", "status", "order_id"):
        assert both.filter(pl.col(name).ne_missing(pl.col(f"{name}_got"))).is_empty(), name
    judged = both.filter(pl.col("shop_id") != TMALL)
    assert judged.filter(pl.col("intervened") != pl.col("platform_intervened")).is_empty()
    assert judged.filter(pl.col("liable") != pl.col("merchant_liable")).is_empty()
    assert both.filter(microseconds(pl.col("completed")).ne_missing(pl.col("completed_at").to_physical())).is_empty()


def test_every_review_comes_back_once_to_the_minute(truth: dict[str, Any], report: ImportReport, lake: Lake) -> None:
    made, got = truth["write_reviews"][0], lake.table("reviews")
    both = made.join(got, on="order_id", suffix="_got")
    assert both.height == made.height == got.height
    apart = (microseconds(pl.col("reviewed")) - pl.col("reviewed_at").to_physical()).abs()
    assert both.filter((apart > 60_000_000) | (pl.col("stars") != pl.col("stars_got")) | (pl.col("text") != pl.col("text_got"))).is_empty()
    assert both.filter(pl.col("shop_id_got") != pl.col("shop_id")).is_empty()
    assert set(got.filter(pl.col("followed_up_at").is_not_null())["shop_id"]) == {TMALL, JD}


# Reports -----------------------------------------------------------------------------------------------------------------------


def reported(lake: Lake, shop: str, name: str) -> pl.DataFrame:
    return lake.table("reported").filter(pl.col("shop_id") == shop, pl.col("report") == name)


def test_reported_rates_are_those_of_the_conversations(truth: dict[str, Any], report: ImportReport, lake: Lake) -> None:
    counted = truth["write_reports"][1].filter(pl.col("shop") == 0)
    got = reported(lake, PDD, "pdd_agents")
    days = pl.from_epoch(pl.col("day"), time_unit="d").alias("first_day")
    both = counted.with_columns(days).join(got, left_on=["account", "first_day"], right_on=["agent_id", "first_day"], suffix="_got")
    assert both.height == got.height > 50
    assert both.filter(pl.col("served") != pl.col("served_buyers")).is_empty()
    some = both.filter(pl.col("asked") > 0)
    assert some.filter((pl.col("quick") / pl.col("asked") - pl.col("reply_rate_30s")).abs() > 1e-4).is_empty()
    assert some.filter((pl.col("quick_all") / pl.col("asked_all") - pl.col("reply_rate_30s_all_day")).abs() > 1e-4).is_empty()
    # Given in minutes with two places.
    waited = both.filter(pl.col("waits") > 0)
    assert waited.filter((pl.col("wait") / pl.col("waits") - pl.col("avg_response_seconds")).abs() > 0.31).is_empty()


def test_the_whole_day_s_rate_is_another_than_that_of_8_to_23(report: ImportReport, lake: Lake) -> None:
    rates = reported(lake, PDD, "pdd_service_daily").select("reply_rate_3min", "reply_rate_3min_all_day")
    assert rates.height == DAYS
    assert rates.filter(pl.col("reply_rate_3min") != pl.col("reply_rate_3min_all_day")).height > DAYS // 2


def test_a_report_named_for_a_day_holds_what_was_three_days_before(demo: DemoSummary, report: ImportReport, lake: Lake) -> None:
    paths = found(demo, TMALL, "客服-业绩询单_*.xlsx")
    assert len(paths) == 2
    for path in paths:
        named = dt.date.fromisoformat(path.stem.split("_")[1])
        assert dt.date.fromisoformat(sheet(path)[-1][0]) == named - dt.timedelta(days=3)
    got = reported(lake, TMALL, "tmall_inquiries_daily")
    assert got["first_day"].max() == FIRST + dt.timedelta(days=DAYS - 3)
    assert got["exported_on"].null_count() == 0


def test_an_account_nobody_mapped_is_reported_and_an_agent_is_missing(demo: DemoSummary, report: ImportReport, lake: Lake) -> None:
    accounts = lake.table("accounts")
    mapped = {shop: set(accounts.filter(pl.col("shop_id") == shop)["account"]) for shop in (PDD, DOUYIN)}
    shown = {shop: set(reported(lake, shop, name)["agent_id"]) for shop, name in ((PDD, "pdd_agents"), (DOUYIN, "douyin_agents"))}
    assert shown[DOUYIN] - mapped[DOUYIN] == {"临时客服07"}
    (missing,) = mapped[PDD] - shown[PDD]
    assert accounts.filter(pl.col("account") == missing)["agent_id"].to_list() == ["xu"]
    assert lake.table("messages").filter(pl.col("agent_id") == missing).height > 0


def test_rates_of_a_sum_stand_only_in_the_mean(demo: DemoSummary) -> None:
    headings, *_, whole, mean = sheet(found(demo, DOUYIN, "客服表现_*.xlsx")[0])
    assert (whole[0], mean[0]) == ("店铺汇总值", "店铺平均值")
    rate = headings.index("全天3分钟回复率")
    assert whole[rate] == "-"
    assert mean[rate].endswith("%")


def test_every_reported_cell_is_plausible(report: ImportReport, lake: Lake) -> None:
    table = lake.table("reported")
    filled: defaultdict[str, int] = defaultdict(int)
    for figure in REPORTED.values():
        values = table[figure.id].drop_nulls()
        filled[figure.kind] += len(values)
        if figure.kind == "rate" and len(values):
            assert 0 <= values.min() <= values.max() <= 1, figure.id
    assert min(filled[kind] for kind in ("count", "rate", "seconds", "money", "points")) > 0


# Counting ----------------------------------------------------------------------------------------------------------------------


def said(*lines: tuple[str, str, str | None, int]) -> pl.DataFrame:
    """Messages of one buyer each: buyer, sender, account, second of the day."""
    return pl.DataFrame(
        [(buyer, f"s-{buyer}", sender, account, at, str(number), 0) for number, (buyer, sender, account, at) in enumerate(lines)],
        schema=["buyer_id", "session_id", "sender", "account", "at", "message_id", "event"],
        schema_overrides={"account": pl.String},
        orient="row",
    )


NINE = 9 * 3600


def test_who_answers_is_responsible_and_else_who_was_named_and_else_who_wrote_last() -> None:
    asked = tallies.questions(
        said(
            ("a", "buyer", "mo", NINE),
            ("a", "agent", "lin", NINE + 20),
            ("a", "buyer", "mo", NINE + 60),
            ("a", "buyer", None, NINE + 90),
            ("b", "buyer", None, NINE),
        ),
        ("agent",),
    )
    assert asked["account"].to_list() == ["lin", "mo", "lin", None]
    assert asked["wait"].to_list() == [20, None, None, None]
    assert asked["first"].to_list() == [True, True, False, True]


def test_a_robot_clears_only_what_it_answers_before_a_person_does() -> None:
    lines = [("a", "buyer", None, NINE), ("a", "assisted", "lin", NINE + 5), ("a", "agent", "lin", NINE + 9), ("a", "bot", None, NINE + 10)]
    assert tallies.questions(said(*lines), ("agent",))["cleared"].to_list() == [True]
    assert tallies.questions(said(*lines), ("assisted", "agent"))["cleared"].to_list() == [False]


def test_eight_counts_and_twenty_three_does_not() -> None:
    asked = tallies.questions(said(("a", "buyer", None, 8 * 3600), ("b", "buyer", None, 23 * 3600), ("c", "buyer", None, 8 * 3600 - 1)), ())
    assert asked["within"].to_list() == [True, False, False]


def test_durations_are_worded_as_back_offices_word_them() -> None:
    assert reports.duration(0, 3) == "0秒"
    assert reports.duration(3600, 1) == "1小时0分0秒"
    assert reports.percent(1, 3) == "33.33%"
    assert reports.minutes(27, 1) == "0.45"


def test_times_before_1970_are_no_times() -> None:
    assert pl.select(local_time(pl.lit(-1))).item() is None


# Entered -----------------------------------------------------------------------------------------------------------------------


def test_leave_falls_on_days_without_a_word_from_the_agent(demo: DemoSummary, report: ImportReport, lake: Lake) -> None:
    leaves, accounts = lake.table("leaves"), lake.table("accounts")
    assert leaves.height >= 3
    assert lake.table("exemptions")["reason"].null_count() == 0
    for agent, day in leaves.select("agent_id", "first_day").iter_rows():
        mine = accounts.filter(pl.col("agent_id") == agent)["account"].to_list()
        online = lake.table("presence").filter(pl.col("agent_id").is_in(mine))
        days = online["online_at"].dt.convert_time_zone("Asia/Shanghai").dt.date().unique().to_list()
        assert days
        assert day not in days


def test_nobody_worked_on_a_day_off_or_when_he_was_not_there(demo: DemoSummary, report: ImportReport, lake: Lake) -> None:
    attendance, agents = lake.table("attendance"), lake.table("agents")
    worked = attendance.join(agents, on="agent_id", how="left", validate="m:1")
    assert worked["name"].null_count() == 0
    assert worked.filter((pl.col("day") < pl.col("joined_on")) | (pl.col("day") > pl.col("left_on"))).is_empty()
    off = lake.table("leaves").join(attendance, left_on=["agent_id", "first_day"], right_on=["agent_id", "day"], how="semi")
    assert off.is_empty()
    assert attendance["agent_id"].n_unique() == agents.height


def test_everything_that_is_entered_by_hand_is_there(report: ImportReport, lake: Lake) -> None:
    scores = lake.table("scores")
    assert set(scores["metric"]) == {
        "qa_score",
        "knowledge_score",
        "typing_speed",
        "conduct_score",
        "cooperation",
        "discipline",
        "plan_execution",
        "team_progress",
    }
    targets = lake.table("targets").filter(pl.col("metric") == "sales_amount")
    assert targets["agent_id"].null_count() == len(SHOPS)
    assert targets.height > 2 * len(SHOPS)
    resolved = lake.table("resolutions")["resolved"]
    assert 0.5 < resolved.mean() < 1
    assert set(lake.table("exemptions").select("platform", "shop_id").rows()) == {("douyin", None), (None, JD)}
