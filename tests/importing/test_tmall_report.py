"""The short Tmall order report: a sample made up here, and 28,010 real orders where they are at hand."""

from __future__ import annotations

import csv
import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from order_samples import TMALL_REPORT, as_csv, rows

import kaohe

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "real" / "tmall_order_report.csv"


def imported(path: Path, folder: Path) -> tuple[kaohe.Workspace, kaohe.ImportReport]:
    workspace = kaohe.create(folder / "workspace")
    return workspace, workspace.import_exports([path], shop="north")


def test_what_was_refunded_stays_in_the_amount_and_an_unpaid_order_has_no_time_of_payment(tmp_path):
    paid = {
        "订单编号": "2",
        "总金额": "21.0",
        "买家实际支付金额": "21.0",
        "订单创建时间": "2020-02-20 23:59:54",
        "订单付款时间": "2020-02-21 00:00:02",
    }
    paid |= {"退款金额": "0.0", "收货地址": "上海"}
    given = [
        paid,
        {**paid, "订单编号": "1", "总金额": "178.8", "买家实际支付金额": "0.0", "订单付款时间": ""},
        {**paid, "订单编号": "5", "总金额": "64.8", "买家实际支付金额": "0.0", "退款金额": "64.8"},
        {**paid, "订单编号": "6", "总金额": "327.7", "买家实际支付金额": "148.9", "退款金额": "178.8"},
    ]
    as_csv(tmp_path / "report.csv", rows(TMALL_REPORT, *given))
    workspace, report = imported(tmp_path / "report.csv", tmp_path)
    assert (report.read, report.files[0].new, report.refused) == (4, 4, 0)
    orders = workspace.lake.table("orders").sort("order_id")
    created, at = dt.datetime(2020, 2, 20, 15, 59, 54, tzinfo=dt.UTC), dt.datetime(2020, 2, 20, 16, 0, 2, tzinfo=dt.UTC)
    nothing = Decimal("0.00")
    assert orders.select("order_id", "created_at", "paid_at", "amount", "refunded_amount").rows() == [
        ("1", created, None, Decimal("178.80"), nothing),
        ("2", created, at, Decimal("21.00"), nothing),
        ("5", created, at, Decimal("64.80"), Decimal("64.80")),
        ("6", created, at, Decimal("327.70"), Decimal("178.80")),
    ]
    assert workspace.lake.table("shops").select("shop_id", "platform").rows() == [("north", "taobao")]


def test_a_row_without_a_number_is_refused_by_line_and_heading(tmp_path):
    row = {"订单编号": "", "总金额": "1", "订单创建时间": "2020-02-20 23:59:54"}
    as_csv(tmp_path / "report.csv", rows(TMALL_REPORT, {**row, "订单编号": "1"}, row))
    _, report = imported(tmp_path / "report.csv", tmp_path)
    assert [problem.text("zh") for problem in report.problems] == ["report.csv，第 3 行，列“订单编号”：不能为空。请补全后重新导入"]


@pytest.mark.skipif(not REAL.is_file(), reason="the real orders are not at hand")
def test_the_real_orders_are_all_kept_and_add_up_to_what_the_file_says(tmp_path):
    workspace, report = imported(REAL, tmp_path)
    orders = workspace.lake.table("orders")
    assert (report.read, report.files[0].new, report.refused, report.skipped) == (28_010, 28_010, 0, 0)
    assert len(orders) == 28_010
    assert orders["paid_at"].null_count() == 3_923
    assert int((orders["refunded_amount"] > 0).sum()) == 5_646
    with REAL.open(encoding="utf-8-sig", newline="") as file:
        by_hand = list(csv.DictReader(file))
    assert orders["amount"].sum() == sum(Decimal(row["总金额"]) for row in by_hand)
    assert orders["refunded_amount"].sum() == sum(Decimal(row["退款金额"]) for row in by_hand)
    paid = orders.drop_nulls("paid_at")
    kept = (paid["amount"] - paid["refunded_amount"]).sum()
    assert kept == sum(Decimal(row["买家实际支付金额"]) for row in by_hand)
