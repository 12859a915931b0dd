"""Orders, refunds and reviews in the platforms' own exports: which profile reads each, and every row as it goes in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from order_samples import (
    DOUYIN_AFTERSALE,
    DOUYIN_ORDERS,
    JD_2016,
    JD_FACILITATED,
    JD_INQUIRY,
    LAYOUTS,
    PDD_2020,
    PDD_2021,
    PDD_2023,
    REVIEWS,
    TAOBAO_ORDERS,
    TAOBAO_SUBORDERS,
    TMALL_REFUNDS,
    as_biff,
    as_csv,
    as_xlsx,
    rows,
)

import kaohe
from kaohe.errors import Failure
from kaohe.importing.profiles import choose, heading_key, match, profiles
from kaohe.model.tables import TABLES

KNOWN = profiles()
BY_LAYOUT = pytest.mark.parametrize(("profile", "headings"), LAYOUTS.values(), ids=LAYOUTS)


@pytest.fixture
def workspace(tmp_path: Path) -> kaohe.Workspace:
    return kaohe.create(tmp_path / "workspace")


@pytest.fixture
def read(workspace: kaohe.Workspace, tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    """Import a file of `tmp_path` and give the rows of the one table it fills, by key: what is not null, times by the clock of China."""

    def run(name: str, table: str, **options: Any) -> list[dict[str, Any]]:
        report = workspace.import_exports([tmp_path / name], **{"shop": "north", **options})
        assert [file.tables for file in report.files] == [(table,)]
        assert all(file.adds_up for file in report.files)
        return held(workspace, table)

    return run


def held(workspace: kaohe.Workspace, table: str) -> list[dict[str, Any]]:
    frame = workspace.lake.table(table).sort(TABLES[table].key, nulls_last=True)
    moments = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.Datetime)]
    frame = frame.with_columns(pl.col(moments).dt.convert_time_zone("Asia/Shanghai").dt.strftime("%Y-%m-%d %H:%M:%S"))
    return [{name: cell for name, cell in row.items() if cell is not None and name != "shop_id"} for row in frame.iter_rows(named=True)]


def yuan(text: str) -> Decimal:
    return Decimal(text).quantize(Decimal("0.01"))


# Choosing -----------------------------------------------------------------------------------------------------------------


@BY_LAYOUT
def test_the_headings_of_each_layout_choose_its_own_profile(profile, headings):
    found = choose(KNOWN.values(), headings, "export")
    assert found is not None
    assert found.profile.name == profile


@BY_LAYOUT
def test_no_other_shipped_profile_would_take_the_layout_if_its_own_were_gone(profile, headings):
    assert [name for name, other in KNOWN.items() if name != profile and choose([other], headings, "export") is not None] == []


@BY_LAYOUT
def test_every_heading_a_profile_requires_is_one_of_its_layouts(profile, headings):
    assert match(KNOWN[profile], headings).missing == ()
    without = [heading for heading in headings if heading.strip() not in {name.strip() for name in KNOWN[profile].headings["order_id"]}]
    assert match(KNOWN[profile], without).missing == ("order_id",)


@pytest.mark.parametrize("profile", sorted({profile for profile, _ in LAYOUTS.values()}))
def test_every_heading_a_profile_names_is_seen_in_a_layout_or_is_another_way_to_write_one(profile):
    seen = {heading_key(heading) for name, headings in LAYOUTS.values() if name == profile for heading in headings}
    for column, names in KNOWN[profile].headings.items():
        # The price and number of a sub-order stand in a second description of the layout, the first lists only part of its headings.
        if profile == "taobao_suborders" and column in ("unit_price", "quantity"):
            continue
        assert {heading_key(name) for name in names} & seen, column


# Pinduoduo ----------------------------------------------------------------------------------------------------------------

PDD_PAID = {
    "订单号": "260607-277872699724055\t",
    "订单状态": "已发货，待收货",
    "商品数量(件)": "1\t",
    "支付时间": "2026/6/7 13:41",
    "售后状态": "无售后或售后取消",
    "用户实付金额(元)": "158.99\t",
    "商家实收金额(元)": "168.99\t",
    "快递单号": "\t",
}


def test_pdd_2023_cells_end_in_tabs_and_times_have_slashes_and_no_seconds(tmp_path, read):
    as_csv(tmp_path / "orders.csv", rows(PDD_2023, {**PDD_PAID, "订单成交时间": "2026/6/7 13:45"}))
    assert read("orders.csv", "orders") == [
        {
            "order_id": "260607-277872699724055",
            "created_at": "2026-06-07 13:41:00",
            "paid_at": "2026-06-07 13:41:00",
            "grouped_at": "2026-06-07 13:45:00",
            "amount": yuan("168.99"),
            "quantity": 1,
            "status": "已发货，待收货",
        }
    ]


def test_pdd_an_order_was_placed_when_it_was_paid_else_when_the_group_was_complete_else_on_the_day_in_its_number(tmp_path, read):
    group = {**PDD_PAID, "订单号": "260528-2", "支付时间": "\t", "订单成交时间": "2026-05-28 09:00:01"}
    neither = {**PDD_PAID, "订单号": "260527-3", "支付时间": "-", "订单状态": "待付款"}
    as_csv(tmp_path / "orders.csv", rows(PDD_2023, PDD_PAID, group, neither))
    found = {row["order_id"]: row["created_at"] for row in read("orders.csv", "orders")}
    assert found == {
        "260607-277872699724055": "2026-06-07 13:41:00",
        "260528-2": "2026-05-28 09:00:01",
        "260527-3": "2026-05-27 00:00:00",
    }


def test_pdd_2020_the_group_has_a_heading_of_its_own_and_a_whole_refund_is_the_orders_amount(tmp_path, read):
    refunded = {
        **PDD_PAID,
        "订单号": "200301-1",
        "支付时间": "2020-03-01 10:00:00",
        "拼单成功时间": "2020-03-01 10:05:00",
        "售后状态": "退款成功",
    }
    as_csv(tmp_path / "orders.csv", rows(PDD_2020, refunded))
    assert read("orders.csv", "orders") == [
        {
            "order_id": "200301-1",
            "created_at": "2020-03-01 10:00:00",
            "paid_at": "2020-03-01 10:00:00",
            "grouped_at": "2020-03-01 10:05:00",
            "amount": yuan("168.99"),
            "refunded_amount": yuan("168.99"),
            "quantity": 1,
            "status": "已发货，待收货",
        }
    ]


def test_pdd_2021_lacks_what_the_shop_receives_so_what_the_buyer_paid_is_taken(tmp_path, read):
    paid = {key: cell for key, cell in PDD_PAID.items() if key != "商家实收金额(元)"}
    as_csv(
        tmp_path / "orders.csv", rows(PDD_2021, paid, {**paid, "订单号": "220102-2", "售后状态": "退款中", "用户实付金额(元)": "1,058.5"})
    )
    assert [(row["amount"], row.get("refunded_amount")) for row in read("orders.csv", "orders")] == [
        (yuan("1058.50"), None),
        (yuan("158.99"), None),
    ]


def test_pdd_the_amount_falls_back_cell_by_cell(tmp_path, read):
    as_csv(tmp_path / "orders.csv", rows(PDD_2023, PDD_PAID, {**PDD_PAID, "订单号": "260607-2", "商家实收金额(元)": "\t"}))
    assert [row["amount"] for row in read("orders.csv", "orders")] == [yuan("158.99"), yuan("168.99")]


def test_pdd_a_bad_fallback_is_reported_under_the_heading_it_came_from(tmp_path, workspace):
    rest = {"支付时间": "", "商家实收金额(元)": ""}
    bad_time = {**PDD_PAID, **rest, "订单号": "260607-2", "订单成交时间": "昨天", "用户实付金额(元)": "5"}
    bad_money = {**PDD_PAID, **rest, "订单号": "260607-3", "用户实付金额(元)": "五元"}
    no_day = {**PDD_PAID, **rest, "订单号": "269907-4"}
    none = {**PDD_PAID, **rest, "订单号": "2606074"}
    as_csv(tmp_path / "orders.csv", rows(PDD_2023, PDD_PAID, bad_time, bad_money, no_day, none))
    report = workspace.import_exports([tmp_path / "orders.csv"], shop="north")
    assert (report.read, report.files[0].new, report.refused) == (5, 1, 4)
    assert [problem.text("zh") for problem in report.problems] == [
        "orders.csv，第 3 行，列“订单成交时间”：应为时间，如 2026-06-07 12:39:34，实为“昨天”。请改成这种写法后重新导入",
        "orders.csv，第 4 行，列“用户实付金额(元)”：应为金额，如 1,234.50，实为“五元”。请改正后重新导入",
        "orders.csv，第 5 行，列“订单号”：应为时间，如 2026-06-07 12:39:34，实为“20269907”。请改成这种写法后重新导入",
        "orders.csv，第 6 行，列“支付时间”：不能为空。请补全后重新导入",
    ]


def test_pdd_an_order_that_is_paid_in_the_next_month_is_still_one_order(tmp_path, workspace):
    waiting = {**PDD_PAID, "订单号": "260531-1", "支付时间": "", "订单状态": "待付款"}
    as_csv(tmp_path / "may.csv", rows(PDD_2023, waiting))
    as_csv(tmp_path / "june.csv", rows(PDD_2023, {**waiting, "支付时间": "2026/6/1 8:30", "订单状态": "待发货"}))
    first = workspace.import_exports([tmp_path / "may.csv"], shop="north")
    second = workspace.import_exports([tmp_path / "june.csv"], shop="north")
    assert (first.files[0].new, second.files[0].new, second.files[0].replaced) == (1, 0, 1)
    assert [(row["created_at"], row["status"]) for row in held(workspace, "orders")] == [("2026-06-01 08:30:00", "待发货")]


def test_a_mended_row_comes_in_from_the_quarantine_through_the_same_fallbacks(tmp_path, workspace):
    bad = {**PDD_PAID, "订单号": "260527-2", "支付时间": "昨天"}
    as_csv(tmp_path / "orders.csv", rows(PDD_2023, PDD_PAID, bad))
    report = workspace.import_exports([tmp_path / "orders.csv"], shop="north")
    assert len(report.quarantine) == 1
    kept = report.quarantine[0].read_text("utf-8-sig")
    assert kept.count("昨天") >= 2
    (tmp_path / "mended.csv").write_text(kept.replace("昨天", "", 1), encoding="utf-8-sig")
    again = workspace.import_exports([tmp_path / "mended.csv"])
    assert (again.read, again.new) == (1, 1)
    assert {row["order_id"]: row["created_at"] for row in held(workspace, "orders")}["260527-2"] == "2026-05-27 00:00:00"


def test_a_number_a_spreadsheet_has_rounded_is_refused_instead_of_made_one_order(tmp_path, workspace):
    as_csv(tmp_path / "orders.csv", rows(DOUYIN_ORDERS, {**DOUYIN, "主订单编号": "6.95E+18"}))
    with pytest.raises(Failure, match=r"主订单编号.*6\.95E\+18"):
        workspace.import_exports([tmp_path / "orders.csv"], shop="north", lang="en")


# Taobao and Tmall -----------------------------------------------------------------------------------------------------------

TAOBAO = {
    "订单编号": '="1234567890123456789"',
    "买家会员名": "tb甲",
    "总金额": "1,178.80",
    "买家实际支付金额": "1,178.80",
    "订单状态": "交易成功",
    "订单创建时间": "2020-02-20 23:59:54",
    "订单付款时间": "2020-02-21 00:00:02",
    "宝贝总数量": "2",
    "订单关闭原因": "订单未关闭",
}


def test_taobao_orders_are_gbk_their_numbers_marked_as_text_and_a_heading_ends_in_a_blank(tmp_path, read):
    closed = {**TAOBAO, "订单编号": "'1234567890123456790", "买家实际支付金额": "0", "订单状态": "交易关闭", "订单关闭原因": "退款"}
    unpaid = {**TAOBAO, "订单编号": "3", "订单付款时间": "", "买家实际支付金额": "0", "订单状态": "交易关闭", "订单关闭原因": "买家未付款"}
    as_csv(tmp_path / "ExportOrderList.csv", rows(TAOBAO_ORDERS, TAOBAO, closed, unpaid), "gbk")
    common = {"buyer_id": "tb甲", "created_at": "2020-02-20 23:59:54", "amount": yuan("1178.80"), "quantity": 2}
    paid = {**common, "paid_at": "2020-02-21 00:00:02"}
    assert read("ExportOrderList.csv", "orders") == [
        {"order_id": "1234567890123456789", **paid, "status": "交易成功"},
        {"order_id": "1234567890123456790", **paid, "status": "交易关闭", "refunded_amount": yuan("1178.80")},
        {"order_id": "3", **common, "status": "交易关闭"},
    ]


def test_taobao_sub_orders_are_lines_and_only_a_refund_that_succeeded_is_money_back(tmp_path, read):
    line = {
        "子订单编号": "21\t",
        "主订单编号": "20\t",
        "买家应付货款": "59.90",
        "买家实付金额": "49.90",
        "退款状态": "没有申请退款",
        "退款金额": "无退款申请",
        "订单状态": "买家已付款，等待卖家发货",
        "订单创建时间": "2025-11-11 00:00:01",
        "订单付款时间": "2025-11-11 00:00:09",
    }
    done = {**line, "子订单编号": "22", "退款状态": "退款成功", "退款金额": "9.90"}
    asked = {**line, "子订单编号": "23", "买家应付货款": "", "退款状态": "等待卖家同意", "退款金额": "9.90"}
    as_xlsx(tmp_path / "宝贝.xlsx", rows(TAOBAO_SUBORDERS, line, done, asked))
    common = {
        "order_id": "20",
        "created_at": "2025-11-11 00:00:01",
        "paid_at": "2025-11-11 00:00:09",
        "status": "买家已付款，等待卖家发货",
    }
    assert read("宝贝.xlsx", "order_lines") == [
        {**common, "line_id": "21", "amount": yuan("59.90")},
        {**common, "line_id": "22", "amount": yuan("59.90"), "refunded_amount": yuan("9.90")},
        {**common, "line_id": "23", "amount": yuan("49.90")},
    ]


TMALL_REFUND = {
    "订单编号": "20",
    "退款编号": "900",
    "退款总额": "9.90",
    "退款状态": "退款成功",
    "售后类型": "退货退款",
    "退款申请时间": "2026-08-01 10:00:00",
    "退款完结时间": "2026-08-03 10:00:00",
}


def test_tmall_refunds_of_every_kind(tmp_path, read):
    asked = {**TMALL_REFUND, "退款编号": "901", "退款状态": "买家已经申请退款，等待卖家同意", "售后类型": "仅退款", "退款完结时间": "-"}
    shut = {**TMALL_REFUND, "退款编号": "902", "退款状态": "退款关闭", "售后类型": "补寄"}
    as_xlsx(tmp_path / "退款单.xlsx", rows(TMALL_REFUNDS, TMALL_REFUND, asked, shut))
    common = {"order_id": "20", "applied_at": "2026-08-01 10:00:00", "amount": yuan("9.90")}
    ended = {**common, "completed_at": "2026-08-03 10:00:00"}
    assert read("退款单.xlsx", "refunds") == [
        {"refund_id": "900", **ended, "type": "return_refund", "status": "success"},
        {"refund_id": "901", **common, "type": "refund_only", "status": "pending"},
        {"refund_id": "902", **ended, "type": "other", "status": "closed"},
    ]


def test_a_status_nobody_knows_is_refused_and_the_words_the_export_uses_are_named(tmp_path, workspace):
    as_xlsx(tmp_path / "退款单.xlsx", rows(TMALL_REFUNDS, TMALL_REFUND, {**TMALL_REFUND, "退款编号": "901", "退款状态": "退款一半"}))
    report = workspace.import_exports([tmp_path / "退款单.xlsx"], shop="north")
    assert (report.read, report.refused) == (2, 1)
    text = report.problems[0].text("zh")
    assert text.startswith(
        "退款单.xlsx[Sheet1]，第 3 行，列“退款状态”：“退款一半”不在可用的取值之内：退款成功、退款关闭、买家已经申请退款，等待卖家同意、"
    )
    assert text.endswith("pending、success、closed。请改正后重新导入")


# JD -----------------------------------------------------------------------------------------------------------------------


def test_jd_2016_has_a_row_per_article_and_the_orders_own_amount_is_not_added_up(tmp_path, read):
    first = {
        "订单号": "1001",
        "商品ID": "A",
        "订购数量": "2",
        "下单时间": "2016-03-01 09:00:00",
        "京东价": "￥30.00",
        "订单金额": "65.00",
        "应付金额": "60.00",
        "订单状态": "完成",
        "下单帐号": "jd_甲",
        "付款确认时间": "2016-03-01 09:01:00",
    }
    as_csv(tmp_path / "jd.csv", rows(JD_2016, first, {**first, "商品ID": "B", "订购数量": "1", "京东价": "5"}), "gb18030")
    common = {
        "order_id": "1001",
        "buyer_id": "jd_甲",
        "created_at": "2016-03-01 09:00:00",
        "paid_at": "2016-03-01 09:01:00",
        "status": "完成",
    }
    assert read("jd.csv", "order_lines") == [
        {**common, "line_id": "A", "unit_price": yuan("30"), "quantity": 2},
        {**common, "line_id": "B", "unit_price": yuan("5"), "quantity": 1},
    ]


FACILITATED = {
    "咨询时间": "2026-09-01 10:00:00",
    "下单时间": "2026-09-01 10:30:00",
    "商品编号": "100012043978",
    "客服": "北店-lin",
    "客户": "jd_甲",
    "所属订单编号": "300001",
    "商品单价(?)": "59.90",
    "购买数量": "2",
    "订单状态": "完成",
}


def test_jd_facilitated_orders_name_the_agent_even_where_the_platform_only_inferred_him(tmp_path, read, workspace):
    given = [
        FACILITATED,
        {**FACILITATED, "商品编号": "2", "客服": "北店-mo(推算)", "商品单价(?)": "0"},
        {**FACILITATED, "所属订单编号": "300002", "客服": "北店-mo（推算）"},
        {**FACILITATED, "所属订单编号": "300003", "订单状态": "等待付款"},
    ]
    as_xlsx(tmp_path / "促成订单.xlsx", rows(JD_FACILITATED, *given), "促成订单")
    common = {
        "buyer_id": "jd_甲",
        "created_at": "2026-09-01 10:30:00",
        "quantity": 2,
        "line_id": "100012043978",
        "unit_price": yuan("59.90"),
    }
    done = {**common, "paid_at": "2026-09-01 10:30:00", "status": "完成"}
    assert read("促成订单.xlsx", "order_lines") == [
        {**done, "order_id": "300001", "agent_id": "北店-lin"},
        {**done, "order_id": "300001", "agent_id": "北店-mo", "line_id": "2", "unit_price": yuan("0")},
        {**done, "order_id": "300002", "agent_id": "北店-mo"},
        {**common, "order_id": "300003", "agent_id": "北店-lin", "status": "等待付款"},
    ]


def test_jd_cancelled_orders_are_left_out_counted_and_said_and_a_line_that_comes_twice_counts_once(tmp_path, workspace):
    cancelled = {**FACILITATED, "所属订单编号": "300009", "订单状态": " 已取消 ", "下单时间": "??"}
    table = rows(JD_FACILITATED, FACILITATED, FACILITATED, cancelled, {**cancelled, "商品编号": "3"}, {**FACILITATED, "商品编号": ""})
    as_xlsx(tmp_path / "促成订单.xlsx", table, "促成订单")
    report = workspace.import_exports([tmp_path / "促成订单.xlsx"], shop="north")
    file = report.files[0]
    assert (file.read, file.new, file.same, file.skipped, file.refused) == (5, 1, 1, 2, 1)
    assert [problem.text("zh") for problem in report.problems] == [
        "促成订单.xlsx[促成订单]，第 6 行，列“商品编号”：不能为空。请补全后重新导入"
    ]
    assert report.notices[0].text("zh") == (
        "促成订单.xlsx[促成订单]，列“订单状态”：2 行没有导入：“已取消”的行不计（格式 jd_facilitated_orders）"
    )


def test_jd_orders_of_the_inquiry_report_carry_amount_and_agent(tmp_path, read):
    order = {
        "订单编号": "300001",
        "顾客昵称": "jd_甲",
        "订单状态": "已完成",
        "下单时间": "2026-09-01 10:30:00",
        "付款时间": "2026-09-01 10:31:00",
        "订单金额（元）": "119.80",
        "客服昵称": "北店-lin",
        "开始时间": "2026-09-01 10:00:00",
        "结束时间": "2026-09-01 10:20:00",
    }
    as_xlsx(tmp_path / "询单.xlsx", rows(JD_INQUIRY, order, {**order, "订单编号": "300002", "付款时间": "-"}))
    common = {
        "buyer_id": "jd_甲",
        "agent_id": "北店-lin",
        "created_at": "2026-09-01 10:30:00",
        "amount": yuan("119.80"),
        "status": "已完成",
    }
    assert read("询单.xlsx", "orders") == [
        {"order_id": "300001", **common, "paid_at": "2026-09-01 10:31:00"},
        {"order_id": "300002", **common},
    ]


# Douyin -------------------------------------------------------------------------------------------------------------------

DOUYIN = {
    "主订单编号": "\t6953489890610190242",
    "子订单编号": "\t6953489890610190243",
    "商品数量": "3",
    "订单提交时间": "2026-06-07 20:00:00",
    "支付完成时间": "2026-06-07 20:00:30",
    "订单状态": "已发货",
    "售后状态": "-",
    "订单应付金额": "1,299.00",
}


def test_douyin_ids_begin_with_a_tab_and_the_file_with_a_mark(tmp_path, read):
    back = {**DOUYIN, "子订单编号": "\t6953489890610190244", "售后状态": "退款成功", "订单应付金额": "100"}
    unpaid = {**DOUYIN, "主订单编号": "\t6953489890610190250", "支付完成时间": "-", "订单状态": "已关闭"}
    as_csv(tmp_path / "douyin.csv", rows(DOUYIN_ORDERS, DOUYIN, back, unpaid), "utf-8-sig")
    common = {"order_id": "6953489890610190242", "created_at": "2026-06-07 20:00:00", "quantity": 3}
    paid = {**common, "paid_at": "2026-06-07 20:00:30", "status": "已发货"}
    assert read("douyin.csv", "order_lines") == [
        {**paid, "line_id": "6953489890610190243", "amount": yuan("1299")},
        {**paid, "line_id": "6953489890610190244", "amount": yuan("100"), "refunded_amount": yuan("100")},
        {
            **common,
            "order_id": "6953489890610190250",
            "line_id": "6953489890610190243",
            "amount": yuan("1299"),
            "status": "已关闭",
        },
    ]


AFTERSALE = {
    "售后单号": "\t7001",
    "订单号": "\t6953489890610190242",
    "售后类型": "退货退款",
    "退商品金额（元）": "90.00",
    "退运费金额（元）": "8.5",
    "退支付优惠（元）": "3",
    "退税费金额（元）": "-",
    "售后状态": "同意退款，退款成功",
    "售后申请时间": "2026-06-08 09:00:00",
    "用户到账时间": "2026-06-09 12:00:00",
    "售后关闭时间": "-",
    "仲裁状态": "-",
    "纠纷责任方": "-",
    "售后完结时间": "2026-06-09 12:00:05",
}


def test_douyin_after_sale_money_is_a_sum_and_every_status_has_its_meaning(tmp_path, read):
    given = [
        AFTERSALE,
        {**AFTERSALE, "售后单号": "7002", "售后类型": "已发货仅退款", "售后完结时间": "", "仲裁状态": "仲裁结束", "纠纷责任方": "商家"},
        {**AFTERSALE, "售后单号": "7003", "售后状态": "售后关闭", "售后完结时间": "-", "用户到账时间": "-", "售后关闭时间": "2026-06-10"},
        {
            **AFTERSALE,
            "售后单号": "7004",
            "售后类型": "换货",
            "售后状态": "换货成功",
            **dict.fromkeys(("退商品金额（元）", "退运费金额（元）", "退税费金额（元）"), "-"),
        },
        {**AFTERSALE, "售后单号": "7005", "售后状态": "待商家处理", "售后类型": "维修", "仲裁状态": "无仲裁", "纠纷责任方": "消费者"},
    ]
    as_csv(tmp_path / "售后.csv", rows(DOUYIN_AFTERSALE, *given), "utf-8-sig")
    common = {"order_id": "6953489890610190242", "applied_at": "2026-06-08 09:00:00"}
    ended, money = {**common, "completed_at": "2026-06-09 12:00:05"}, yuan("98.50")
    assert read("售后.csv", "refunds") == [
        {**ended, "refund_id": "7001", "amount": money, "type": "return_refund", "status": "success"},
        {
            **common,
            "refund_id": "7002",
            "completed_at": "2026-06-09 12:00:00",
            "amount": money,
            "type": "refund_only",
            "status": "success",
            "platform_intervened": True,
            "merchant_liable": True,
        },
        {
            **common,
            "refund_id": "7003",
            "completed_at": "2026-06-10 00:00:00",
            "amount": money,
            "type": "return_refund",
            "status": "closed",
        },
        {**ended, "refund_id": "7004", "type": "exchange", "status": "success"},
        {
            **ended,
            "refund_id": "7005",
            "amount": money,
            "type": "other",
            "status": "pending",
            "platform_intervened": False,
            "merchant_liable": False,
        },
    ]


def test_a_bad_part_of_a_sum_refuses_the_row_under_its_own_heading(tmp_path, workspace):
    bad = {**AFTERSALE, "售后单号": "7002", "退运费金额（元）": "八块五"}
    as_csv(tmp_path / "售后.csv", rows(DOUYIN_AFTERSALE, AFTERSALE, bad))
    report = workspace.import_exports([tmp_path / "售后.csv"], shop="north")
    assert [problem.text("en") for problem in report.problems] == [
        "售后.csv, line 3, column 退运费金额（元）: expected an amount such as 1,234.50, found '八块五'. Mend it and import again"
    ]
    assert [row["refund_id"] for row in held(workspace, "refunds")] == ["7001"]


# Reviews ------------------------------------------------------------------------------------------------------------------


def review(**cells: Any) -> dict[str, Any]:
    return {"平台": "拼多多", "店铺": "北店", "时间": "2026-06-07 09:00:00", "订单编号": "1", "评价内容": "好", "评分": "5", **cells}


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2026年06月07日 12:39:34", "2026-06-07 12:39:34"),
        ("2026/6/7 13:40:07", "2026-06-07 13:40:07"),
        ("6/7/26 0:47", "2026-06-07 00:47:00"),
        ("6/7/26 13:40", "2026-06-07 13:40:00"),
        ("初次评价: 2026-06-05 22:53", "2026-06-05 22:53:00"),
        ("46180.5275", "2026-06-07 12:39:36"),
        (46180.5275, "2026-06-07 12:39:36"),
    ],
)
def test_the_time_of_a_review_is_read_in_every_form(tmp_path, read, written, at):
    as_xlsx(tmp_path / "评价.xlsx", rows(REVIEWS, review(时间=written)), "抓取数据汇总")
    assert [row["reviewed_at"] for row in read("评价.xlsx", "reviews", shop=None)] == [at]


@pytest.mark.parametrize(
    ("written", "order"),
    [("订单编号：260527-277872699724055", "260527-277872699724055"), ("6953400731356894751", "6953400731356894751")],
)
def test_the_number_of_an_order_may_have_its_name_before_it(tmp_path, read, written, order):
    as_xlsx(tmp_path / "评价.xlsx", rows(REVIEWS, review(订单编号=written)), "抓取数据汇总")
    assert [row["order_id"] for row in read("评价.xlsx", "reviews", shop=None)] == [order]


def test_tmall_says_its_stars_in_words_and_a_score_nobody_knows_is_refused(tmp_path, workspace):
    scores = ["负面评价", "中性评价", "正面评价", "4", "5.0", "很棒"]
    table = rows(REVIEWS, *(review(订单编号=str(number), 评分=score) for number, score in enumerate(scores)))
    as_xlsx(tmp_path / "评价.xlsx", table, "抓取数据汇总")
    report = workspace.import_exports([tmp_path / "评价.xlsx"])
    assert [row["stars"] for row in sorted(held(workspace, "reviews"), key=lambda row: row["order_id"])] == [1, 3, 5, 4, 5]
    assert [problem.text("zh") for problem in report.problems] == [
        "评价.xlsx[抓取数据汇总]，第 7 行，列“评分”：应为整数，如 12，实为“很棒”。请改正后重新导入"
    ]


def test_a_review_keeps_its_made_up_id_however_its_time_is_written_and_two_articles_are_two_reviews(tmp_path, workspace):
    as_xlsx(tmp_path / "a.xlsx", rows(REVIEWS, review(商品名称="杯"), review(商品名称="碗", 评分="1")), "抓取数据汇总")
    moved = review(商品名称="杯", 时间="2026年06月07日 09:00:00", 订单编号="订单编号：1", 评分="4")
    as_xlsx(tmp_path / "b.xlsx", rows(REVIEWS, moved), "抓取数据汇总")
    first = workspace.import_exports([tmp_path / "a.xlsx"])
    second = workspace.import_exports([tmp_path / "b.xlsx"])
    assert (first.files[0].new, second.files[0].replaced, second.files[0].new) == (2, 1, 0)
    found = held(workspace, "reviews")
    assert sorted(row["stars"] for row in found) == [1, 4]
    # The same on every machine and with every version: an id that moved would count every review twice.
    assert "b688cdd9453f6bc8726f43ff" in {row["review_id"] for row in found}


def test_a_review_without_a_number_of_an_order_is_kept_and_is_the_same_when_it_comes_again(tmp_path, workspace):
    as_xlsx(tmp_path / "评价.xlsx", rows(REVIEWS, review(订单编号="-"), review(订单编号="", 评价内容="")), "抓取数据汇总")
    first = workspace.import_exports([tmp_path / "评价.xlsx"])
    again = workspace.import_exports([tmp_path / "评价.xlsx"])
    assert (first.files[0].new, again.files[0].same) == (2, 2)


def test_shops_of_a_review_sheet_are_known_by_name_and_told_apart_by_platform(tmp_path, workspace):
    (tmp_path / "shops.csv").write_text("shop_id,platform,name,timezone\np1,pdd,北店,Asia/Shanghai\nj1,jd,北店,\n", encoding="utf-8")
    workspace.import_exports([tmp_path / "shops.csv"])
    given = [
        review(),
        review(平台="京东"),
        review(平台="天猫"),
        review(平台="抖音", 店铺="南店"),
        review(平台="小红书", 店铺="东店"),
        review(平台="天猫", 店铺="南店"),
    ]
    as_xlsx(tmp_path / "评价.xlsx", rows(REVIEWS, *given), "抓取数据汇总")
    for _ in range(2):
        workspace.import_exports([tmp_path / "评价.xlsx"])
        found = workspace.lake.table("reviews").join(workspace.lake.table("shops"), on="shop_id").sort("shop_id")
        assert found.select("shop_id", "platform").rows() == [
            ("j1", "jd"),
            ("p1", "pdd"),
            ("东店（小红书）", "generic"),
            ("北店（天猫）", "taobao"),
            ("南店", "douyin"),
            ("南店（天猫）", "taobao"),
        ]


# Old bytes, again and every layout ------------------------------------------------------------------------------------------


def test_old_excel_bytes_under_a_new_ending_are_read_as_what_they_are(tmp_path, read):
    as_biff(tmp_path / "促成订单.xlsx", rows(JD_FACILITATED, FACILITATED), "促成订单")
    assert (tmp_path / "促成订单.xlsx").read_bytes().startswith(b"\xd0\xcf\x11\xe0")
    assert [(row["order_id"], row["unit_price"]) for row in read("促成订单.xlsx", "order_lines")] == [("300001", yuan("59.90"))]


def test_the_headings_may_stand_below_a_title(tmp_path, read):
    as_xlsx(tmp_path / "退款单.xlsx", [["退款单", *[""] * 12], *rows(TMALL_REFUNDS, TMALL_REFUND)])
    assert [row["refund_id"] for row in read("退款单.xlsx", "refunds")] == ["900"]


SAMPLES = {
    "pdd": (PDD_2023, PDD_PAID, "商品数量(件)"),
    "taobao": (TAOBAO_ORDERS, TAOBAO, "总金额"),
    "tmall refunds": (TMALL_REFUNDS, TMALL_REFUND, "退款申请时间"),
    "jd": (JD_FACILITATED, FACILITATED, "购买数量"),
    "douyin": (DOUYIN_ORDERS, DOUYIN, "订单提交时间"),
    "douyin after-sale": (DOUYIN_AFTERSALE, AFTERSALE, "售后申请时间"),
    "reviews": (REVIEWS, review(), "时间"),
}


@pytest.mark.parametrize(("headings", "row", "column"), SAMPLES.values(), ids=SAMPLES)
def test_a_bad_cell_is_named_by_file_row_heading_and_reason_and_the_same_file_again_changes_nothing(
    tmp_path, workspace, headings, row, column
):
    as_csv(tmp_path / "e.csv", rows(headings, row, {**row, column: "约三"}))
    options = {} if headings is REVIEWS else {"shop": "north"}
    report = workspace.import_exports([tmp_path / "e.csv"], **options)
    assert (report.read, report.refused) == (2, 1)
    problem = report.problems[0]
    assert (problem.file, problem.line, (problem.column or "").strip(), problem.parts["found"]) == ("e.csv", 3, column, "约三")
    again = workspace.import_exports([tmp_path / "e.csv"], **options)
    assert (again.files[0].new, again.files[0].same) == (0, 1)


def test_a_moment_of_a_shop_elsewhere_is_of_its_own_zone(tmp_path, workspace):
    as_csv(tmp_path / "orders.csv", rows(PDD_2023, {**PDD_PAID, "订单号": "260527-3", "支付时间": ""}))
    workspace.import_exports([tmp_path / "orders.csv"], shop="north", timezone="America/New_York")
    assert workspace.lake.table("orders")["created_at"].to_list() == [dt.datetime(2026, 5, 27, 4, 0, tzinfo=dt.UTC)]
