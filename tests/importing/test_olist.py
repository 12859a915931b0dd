"""Orders, items, payments and reviews as Olist publishes them: a sample made up here, and the real files where they are at hand."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from order_samples import OLIST_ITEMS, OLIST_ORDERS, OLIST_PAYMENTS, OLIST_REVIEWS, as_csv, rows

import kaohe

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "real"
FILES = {
    "olist_orders_dataset.csv": OLIST_ORDERS,
    "olist_order_items_dataset.csv": OLIST_ITEMS,
    "olist_order_payments_dataset.csv": OLIST_PAYMENTS,
    "olist_order_reviews_dataset.csv": OLIST_REVIEWS,
}
TABLES = {"orders": 8_135, "order_lines": 8_365, "payments": 8_924, "reviews": 8_225}


def imported(folder: Path, into: Path) -> tuple[kaohe.Workspace, kaohe.ImportReport]:
    workspace = kaohe.create(into / "workspace")
    report = workspace.import_exports([folder / name for name in FILES], shop="olist", timezone="America/Sao_Paulo")
    return workspace, report


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    order = {
        "order_id": "o1",
        "customer_id": "c1",
        "order_status": "delivered",
        "order_purchase_timestamp": "2017-10-15 00:30:00",
        "order_approved_at": "2017-10-15 10:00:00",
    }
    lost = {
        **order,
        "order_id": "o2",
        "order_approved_at": "",
        "order_status": "created",
        "order_purchase_timestamp": "2018-07-01 12:00:00",
    }
    item = {"order_id": "o1", "order_item_id": "1", "product_id": "p", "price": "99.9", "freight_value": "27.65"}
    payment = {
        "order_id": "o1",
        "payment_sequential": "1",
        "payment_type": "voucher",
        "payment_installments": "1",
        "payment_value": "27.55",
    }
    review = {
        "review_id": "r1",
        "order_id": "o1",
        "review_score": "1",
        "review_comment_message": 'Não recebi,\nainda "espero"',
        "review_creation_date": "2017-10-20 00:00:00",
        "review_answer_timestamp": "2017-10-21 09:00:00",
    }
    for name, given in zip(
        FILES,
        [
            [order, lost],
            [item, {**item, "order_item_id": "2", "freight_value": ""}],
            [payment, {**payment, "payment_sequential": "2", "payment_type": "credit_card", "payment_value": "200.0"}],
            [review, {**review, "order_id": "o2"}, {**review, "review_id": "r2", "review_score": "5"}],
        ],
        strict=True,
    ):
        as_csv(tmp_path / name, rows(FILES[name], *given))
    return tmp_path


def test_every_table_of_the_sample_by_its_rows(sample):
    workspace, report = imported(sample, sample)
    assert [(file.name, file.tables, file.new, file.refused) for file in report.files] == [
        ("olist_orders_dataset.csv", ("orders",), 2, 0),
        ("olist_order_items_dataset.csv", ("order_lines",), 2, 0),
        ("olist_order_payments_dataset.csv", ("payments",), 2, 0),
        ("olist_order_reviews_dataset.csv", ("reviews",), 3, 0),
    ]
    lake = workspace.lake
    # Clocks went forward at midnight of 15 October 2017 in São Paulo: 00:30 was never, and is 01:30 summer time.
    assert lake.table("orders").sort("order_id").select("order_id", "buyer_id", "created_at", "paid_at", "status").rows() == [
        ("o1", "c1", dt.datetime(2017, 10, 15, 3, 30, tzinfo=dt.UTC), dt.datetime(2017, 10, 15, 12, 0, tzinfo=dt.UTC), "delivered"),
        ("o2", "c1", dt.datetime(2018, 7, 1, 15, 0, tzinfo=dt.UTC), None, "created"),
    ]
    lines = lake.table("order_lines").sort("line_id").select("order_id", "line_id", "unit_price", "amount", "quantity").rows()
    assert lines == [
        ("o1", "1", Decimal("99.90"), Decimal("127.55"), 1),
        ("o1", "2", Decimal("99.90"), Decimal("99.90"), 1),
    ]
    assert lake.table("payments").sort("payment_id").select("payment_id", "amount", "method").rows() == [
        ("1", Decimal("27.55"), "voucher"),
        ("2", Decimal("200.00"), "credit_card"),
    ]
    at = dt.datetime(2017, 10, 21, 11, 0, tzinfo=dt.UTC)
    text = 'Não recebi,\nainda "espero"'
    assert lake.table("reviews").sort("review_id", "order_id").select("review_id", "order_id", "reviewed_at", "stars", "text").rows() == [
        ("r1", "o1", at, 1, text),
        ("r1", "o2", at, 1, text),
        ("r2", "o1", at, 5, text),
    ]
    assert lake.table("shops").select("shop_id", "platform", "timezone").rows() == [("olist", "generic", "America/Sao_Paulo")]


def test_a_bad_row_of_each_file_is_named_by_file_line_heading_and_reason(sample):
    for name, (column, bad) in zip(FILES, [(3, "ontem"), (5, "caro"), (4, ""), (2, "ótimo")], strict=True):
        path = sample / name
        with path.open(encoding="utf-8", newline="") as file:
            table = list(csv.reader(file))
        table[2][column] = bad
        as_csv(path, table)
    _, report = imported(sample, sample)
    assert [(problem.file, problem.line, problem.column, problem.code.name) for problem in report.problems] == [
        ("olist_orders_dataset.csv", 3, "order_purchase_timestamp", "cell_not_a_time"),
        ("olist_order_items_dataset.csv", 3, "price", "cell_not_money"),
        ("olist_order_payments_dataset.csv", 3, "payment_value", "cell_empty"),
        # A comment of two lines is one row: the next one begins on line 4 of the file, but is row 3, as Excel counts.
        ("olist_order_reviews_dataset.csv", 3, "review_score", "cell_not_an_integer"),
    ]
    assert report.refused == 4


@pytest.mark.skipif(not (REAL / "olist_orders_dataset.csv").is_file(), reason="the real orders are not at hand")
def test_every_real_row_is_kept_and_the_stars_are_those_of_a_hand_count(tmp_path):
    workspace, report = imported(REAL, tmp_path)
    assert [(table.table, table.new, table.same, table.replaced) for table in report.tables if table.table in TABLES] == [
        (table, count, 0, 0) for table, count in TABLES.items()
    ]
    assert report.refused == 0
    tables = {table: workspace.lake.table(table) for table in TABLES}
    assert {table: len(frame) for table, frame in tables.items()} == TABLES
    by_hand = {}
    for name in FILES:
        with (REAL / name).open(encoding="utf-8-sig", newline="") as file:
            by_hand[name] = list(csv.DictReader(file))
    orders, items, payments, reviews = by_hand.values()
    assert dict(tables["reviews"]["stars"].value_counts().iter_rows()) == Counter(int(row["review_score"]) for row in reviews)
    assert tables["reviews"]["text"].null_count() == sum(not row["review_comment_message"].strip() for row in reviews)
    assert tables["orders"]["paid_at"].null_count() == sum(not row["order_approved_at"] for row in orders)
    assert tables["order_lines"]["amount"].sum() == sum(Decimal(row["price"]) + Decimal(row["freight_value"]) for row in items)
    assert tables["payments"]["amount"].sum() == sum(Decimal(row["payment_value"]) for row in payments)
