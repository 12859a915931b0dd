"""Orders, refunds and reviews as the platforms' back offices export them, each with what it tells and what it hides.

PDD's and Douyin's orders name no buyer; Tmall's and Douyin's refunds name no agent. What a shop notes itself (who handled a refund of PDD or JD,
who followed up a review) stays in the canonical tables, see `kaohe.demo.tables`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from kaohe.demo.canonical import local_time, yuan
from kaohe.demo.catalogue import SHOPS, VARIANTS, Platform
from kaohe.demo.layouts import (
    DOUYIN_AFTERSALE,
    DOUYIN_ORDERS,
    JD_FACILITATED,
    JD_INQUIRY,
    JD_ORDERS,
    PDD_ORDERS,
    REVIEWS,
    TAOBAO_ORDERS,
    TMALL_REFUNDS,
    Exported,
    laid_out,
    rows_of,
    write_csv,
    write_workbook,
)
from kaohe.demo.rhythm import DAY
from kaohe.demo.visits import EPOCH

REVIEWED: dict[Platform, str] = {"pdd": "拼多多", "douyin": "抖音"}
"""Platforms whose reviews are collected into one workbook, as it calls them."""

EXCEL_EPOCH = dt.date(1899, 12, 30).toordinal()

# Words for: not paid, not paid and closed, paid, sent, done, refunded.
_STATUS: dict[Platform, tuple[str, str, str, str, str, str]] = {
    "pdd": ("待付款", "已取消", "待发货", "已发货，待签收", "已签收", "已签收，退款成功"),
    "taobao": ("等待买家付款", "交易关闭", "买家已付款，等待卖家发货", "卖家已发货，等待买家确认", "交易成功", "交易关闭"),
    "jd": ("等待付款", "已取消", "等待出库", "等待确认收货", "完成", "完成"),
    "douyin": ("待支付", "已关闭", "待发货", "已发货", "已完成", "已关闭"),
}


def write_orders(folder: Path, sold: pl.DataFrame, asked: pl.DataFrame, first: int, end: int) -> list[Exported]:
    """Write every shop's orders. Gives what was written.

    `sold` are all orders with `shop`, `order_id`, `buyer_id`, `account` (who sold it, null nobody), `created`, `paid`, `grouped` (local seconds,
    negative: not), `fen`, `quantity`, `variant`, `number`, `back` (fen refunded, 0 none); `asked` has `buyer_id` and `at` of buyers'
    messages at JD. The exports are made at `end`; those that name agents begin with `first`.
    """
    written: list[Exported] = []
    for number, shop in enumerate(SHOPS):
        rows = _worded(sold.filter(pl.col("shop") == number), number, end)
        place = folder / shop.platform / shop.shop_id
        place.mkdir(parents=True, exist_ok=True)
        made = stamp(end)
        match shop.platform:
            case "pdd":
                name = "pdd_orders"
                # Excel would round the ids; the platform puts a TAB behind everything.
                table = _pdd(rows).select(pl.all() + "\t")
                write_csv(place / f"订单导出_{made}.csv", table, "utf-8")
            case "taobao":
                name = "taobao_orders"
                write_csv(place / f"ExportOrderList{made}0005.csv", table := _taobao(rows, number), "gbk")
            case "jd":
                name = "jd_orders"
                write_csv(place / f"订单导出_{made}.csv", table := _jd(rows), "gbk")
                written += _write_named(place, rows.filter(pl.col("created") >= first), asked, made)
            case "douyin":
                name = "douyin_orders"
                write_csv(place / f"订单导出_{made}.csv", table := _douyin(rows), "utf-8-sig", quoted=True)
        written.append(Exported(name, table.height))
    return written


def stamp(second: int) -> str:
    """The local day of a second as file names have it: 20261101."""
    return f"{dt.date.fromordinal(second // DAY + EPOCH):%Y%m%d}"


def goods(shop: int) -> pl.DataFrame:
    """`variant`, `title`, `spec`, `product` (an id), `price` (fen of one) of everything a shop sells."""
    about = SHOPS[shop]
    return pl.DataFrame(
        [
            (
                variant,
                about.product(variant).name,
                about.slots(variant)["spec"],
                str(100_060_000_000 + shop * 1_000 + variant % len(about.products)),
                about.product(variant).yuan * 100,
            )
            for variant in range(VARIANTS)
        ],
        schema={"variant": pl.Int64, "title": pl.String, "spec": pl.String, "product": pl.String, "price": pl.Int64},
        orient="row",
    )


def _worded(sold: pl.DataFrame, shop: int, end: int) -> pl.DataFrame:
    """Orders of a shop with their goods, `status`, `full` (all the money went back) and times in words (`created_at`, `paid_at`, `grouped_at`).

    Unpaid ones close after a day, paid ones are sent within a day and arrive within five.
    """
    unpaid, shut, due, sent, done, back = map(pl.lit, _STATUS[SHOPS[shop].platform])
    age = end - pl.col("created")
    sold = sold.with_columns(full=pl.col("back") >= pl.col("fen"))
    status = (
        pl.when((pl.col("paid") < 0) & (age < DAY))
        .then(unpaid)
        .when(pl.col("paid") < 0)
        .then(shut)
        .when("full")
        .then(back)
        .when(age < DAY)
        .then(due)
        .when(age < 5 * DAY)
        .then(sent)
        .otherwise(done)
    )
    return sold.join(goods(shop), on="variant", how="left", maintain_order="left").with_columns(
        status=status,
        whole=pl.col("price") * pl.col("quantity"),
        **{f"{name}_at": local_time(pl.col(name)) for name in ("created", "paid", "grouped")},
    )


def _pdd(rows: pl.DataFrame) -> pl.DataFrame:
    # What the platform pays of the price is the shop's all the same.
    given = pl.when((pl.col("number") % 5 == 0) & (pl.col("fen") > 2_000)).then(200).otherwise(0)
    # Whether all of it or a part went back can not be told from this export.
    went_back = pl.when(pl.col("back") > 0).then(pl.lit("退款成功")).otherwise(pl.lit("无售后或售后取消"))
    table = rows.select(
        pl.col("title").alias("商品"),
        pl.col("order_id").alias("订单号"),
        pl.col("status").alias("订单状态"),
        pl.col("quantity").alias("商品数量(件)"),
        pl.lit("否").alias("是否审核中"),
        pl.col("paid_at").alias("支付时间"),
        pl.col("product").alias("商品id"),
        pl.col("spec").alias("商品规格"),
        went_back.alias("售后状态"),
        pl.col("grouped_at").alias("订单成交时间"),
        yuan(pl.col("whole")).alias("商品总价(元)"),
        pl.lit("0.00").alias("邮费(元)"),
        yuan(pl.max_horizontal(pl.col("whole") - pl.col("fen"), 0)).alias("店铺优惠折扣(元)"),
        yuan(given).alias("平台优惠折扣(元)"),
        yuan(pl.col("fen") - given).alias("用户实付金额(元)"),
        yuan(pl.col("fen")).alias("商家实收金额(元)"),
    )
    return laid_out(PDD_ORDERS, table)


def _taobao(rows: pl.DataFrame, shop: int) -> pl.DataFrame:
    # Of an order that is not paid, or whose money all went back, the platform says nothing was paid.
    paid = pl.when((pl.col("paid") < 0) | pl.col("full")).then(0).otherwise(pl.col("fen") - pl.col("back"))
    why = pl.when((pl.col("paid") < 0) & (pl.col("status") == "交易关闭")).then(pl.lit("买家未付款"))
    table = rows.select(
        pl.col("order_id").alias("订单编号"),
        pl.col("buyer_id").alias("买家会员名"),
        yuan(pl.col("fen")).alias("买家应付货款"),
        pl.lit("0.00").alias("买家应付邮费"),
        yuan(pl.col("fen")).alias("总金额"),
        yuan(paid).alias("买家实际支付金额"),
        pl.col("status").alias("订单状态"),
        pl.lit("快递").alias("运送方式"),
        pl.col("created_at").alias("订单创建时间"),
        pl.col("paid_at").alias("订单付款时间"),
        pl.col("title").alias("宝贝标题"),
        pl.lit("1").alias("宝贝种类"),
        pl.col("quantity").alias("宝贝总数量"),
        pl.lit(SHOPS[shop].shop_id).alias("店铺Id"),
        pl.lit(SHOPS[shop].name).alias("店铺名称"),
        why.when("full").then(pl.lit("退款")).otherwise(pl.lit("订单未关闭")).alias("订单关闭原因"),
        pl.lit("手机订单").alias("是否手机订单"),
    )
    return laid_out(TAOBAO_ORDERS, table)


def _jd(rows: pl.DataFrame) -> pl.DataFrame:
    table = rows.select(
        pl.col("order_id").alias("订单号"),
        pl.col("product").alias("商品ID"),
        (pl.col("title") + " " + pl.col("spec")).alias("商品名称"),
        pl.col("quantity").alias("订购数量"),
        pl.lit("在线支付").alias("支付方式"),
        pl.col("created_at").alias("下单时间"),
        yuan(pl.col("price")).alias("京东价"),
        yuan(pl.col("whole")).alias("订单金额"),
        yuan(pl.col("fen")).alias("结算金额"),
        yuan(pl.col("fen")).alias("应付金额"),
        pl.col("status").alias("订单状态"),
        pl.lit("SOP").alias("订单类型"),
        pl.col("buyer_id").alias("下单帐号"),
        pl.lit("0.00").alias("运费金额"),
        pl.col("paid_at").alias("付款确认时间"),
    )
    return laid_out(JD_ORDERS, table)


def _write_named(place: Path, rows: pl.DataFrame, asked: pl.DataFrame, made: str) -> list[Exported]:
    """Write what JD's agents sold, once as 促成订单 by article, once as 询单业绩 by order."""
    rows = rows.filter(pl.col("account").is_not_null()).sort("created", maintain_order=True)
    rows = rows.join_asof(asked.sort("at"), left_on="created", right_on="at", by="buyer_id", strategy="backward", check_sortedness=False)
    since = local_time(pl.col("at"))
    # Some of them the platform only infers, and some lines it prints twice.
    facilitated = rows.select(
        since.alias("咨询时间"),
        pl.col("created_at").alias("下单时间"),
        pl.col("product").alias("商品编号"),
        (pl.col("title") + " " + pl.col("spec")).alias("商品名称"),
        (pl.col("account") + pl.when(pl.col("number") % 9 == 0).then(pl.lit("(推算)")).otherwise(pl.lit(""))).alias("客服"),
        pl.col("buyer_id").alias("客户"),
        pl.col("order_id").alias("所属订单编号"),
        yuan(pl.col("price")).alias("商品单价(?)"),
        pl.col("quantity").alias("购买数量"),
        pl.col("status").alias("订单状态"),
    )
    twice = facilitated.gather_every(40, 7)
    lines = laid_out(JD_FACILITATED, pl.concat([facilitated, twice]))
    write_workbook(place / f"促成订单_{made}.xlsx", "促成订单", rows_of(lines))
    inquiry = rows.select(
        pl.col("order_id").alias("订单编号"),
        pl.col("buyer_id").alias("顾客昵称"),
        pl.col("status").alias("订单状态"),
        pl.col("created_at").alias("下单时间"),
        pl.col("paid_at").alias("付款时间"),
        yuan(pl.col("fen")).alias("订单金额（元）"),
        pl.col("account").alias("客服昵称"),
        since.alias("开始时间"),
    )
    orders = laid_out(JD_INQUIRY, inquiry)
    write_workbook(place / f"客服询单业绩_{made}.xlsx", "Sheet1", rows_of(orders))
    return [Exported("jd_facilitated_orders", lines.height), Exported("jd_inquiry_orders", orders.height)]


def _douyin(rows: pl.DataFrame) -> pl.DataFrame:
    numbered = pl.lit("\t") + pl.col("order_id")
    table = rows.select(
        numbered.alias("主订单编号"),
        numbered.alias("子订单编号"),
        (pl.col("title") + " " + pl.col("spec")).alias("选购商品"),
        (pl.lit("\t") + pl.col("product")).alias("商品ID"),
        pl.col("quantity").alias("商品数量"),
        yuan(pl.col("price")).alias("商品金额"),
        pl.col("created_at").alias("订单提交时间"),
        pl.col("paid_at").alias("支付完成时间"),
        pl.lit("抖音").alias("APP渠道"),
        pl.col("status").alias("订单状态"),
        pl.when(pl.col("back") > 0).then(pl.lit("退款成功")).otherwise(pl.lit("-")).alias("售后状态"),
        pl.lit("普通订单").alias("订单类型"),
        yuan(pl.col("fen")).alias("订单应付金额"),
        pl.lit("0.00").alias("运费"),
        yuan(pl.max_horizontal(pl.col("whole") - pl.col("fen"), 0)).alias("优惠总金额"),
    )
    return laid_out(DOUYIN_ORDERS, table)


_TMALL_TYPES = {"refund_only": "仅退款", "return_refund": "退货退款", "exchange": "换货", "other": "补寄"}
_TMALL_STATUS = {"success": "退款成功", "closed": "退款关闭", "pending": "买家已经申请退款，等待卖家同意"}
_DOUYIN_TYPES = {"refund_only": "已发货仅退款", "return_refund": "退货退款", "exchange": "换货", "other": "补寄"}
_DOUYIN_STATUS = {"success": "同意退款，退款成功", "closed": "售后关闭", "pending": "待商家处理"}


def write_refunds(folder: Path, refunds: pl.DataFrame, end: int) -> list[Exported]:
    """Write the refunds of the Tmall and the Douyin shop. Gives what was written.

    `refunds` has `shop`, `refund_id`, `order_id`, `applied`, `completed` (local seconds, negative: not), `fen`, `type`, `status`, `intervened`,
    `liable`, and of its order `paid`, `sold_fen`, `variant`.
    """
    written = []
    for number, shop in enumerate(SHOPS):
        if shop.platform not in ("taobao", "douyin"):
            continue
        rows = refunds.filter(pl.col("shop") == number).join(goods(number), on="variant", how="left", maintain_order="left")
        place = folder / shop.platform / shop.shop_id
        if shop.platform == "taobao":
            name, table = "tmall_refunds", _tmall_refunds(rows)
            write_workbook(place / f"退款单_{stamp(end)}.xlsx", "退款单", rows_of(table))
        else:
            name, table = "douyin_aftersale", _douyin_aftersale(rows)
            write_csv(place / f"售后单_{stamp(end)}.csv", table, "utf-8-sig", quoted=True)
        written.append(Exported(name, table.height))
    return written


def _tmall_refunds(rows: pl.DataFrame) -> pl.DataFrame:
    came_back = pl.col("type").is_in(["return_refund", "exchange"])
    table = rows.select(
        pl.col("order_id").alias("订单编号"),
        pl.col("refund_id").alias("退款编号"),
        pl.col("product").alias("商品id"),
        pl.col("title").alias("宝贝标题"),
        yuan(pl.col("fen")).alias("退款总额"),
        yuan(pl.col("sold_fen")).alias("买家实际支付金额"),
        _said("status", _TMALL_STATUS).alias("退款状态"),
        pl.when(came_back).then(pl.lit("买家已收到货")).otherwise(pl.lit("买家未收到货")).alias("货物状态"),
        _said("type", _TMALL_TYPES).alias("售后类型"),
        local_time(pl.col("paid")).alias("订单付款时间"),
        local_time(pl.col("completed")).alias("退款完结时间"),
        local_time(pl.col("applied")).alias("退款申请时间"),
        pl.when(came_back).then(pl.lit("质量问题")).otherwise(pl.lit("不喜欢/不想要")).alias("买家退款原因"),
    )
    return laid_out(TMALL_REFUNDS, table)


def _douyin_aftersale(rows: pl.DataFrame) -> pl.DataFrame:
    done = pl.col("status") == "success"
    exchanged = done & (pl.col("type") == "exchange")
    table = rows.select(
        (pl.lit("\t") + pl.col("refund_id")).alias("售后单号"),
        (pl.lit("\t") + pl.col("order_id")).alias("订单号"),
        pl.col("title").alias("商品名称"),
        yuan(pl.col("sold_fen")).alias("应付金额（元）"),
        pl.lit("已发货").alias("商品发货状态"),
        _said("type", _DOUYIN_TYPES).alias("售后类型"),
        yuan(pl.when(pl.col("type") == "exchange").then(0).otherwise("fen")).alias("退商品金额（元）"),
        pl.lit("0.00").alias("退运费金额（元）"),
        pl.lit("0.00").alias("退支付优惠（元）"),
        pl.lit("0.00").alias("退税费金额（元）"),
        pl.when(exchanged).then(pl.lit("换货成功")).otherwise(_said("status", _DOUYIN_STATUS)).alias("售后状态"),
        local_time(pl.col("applied")).alias("售后申请时间"),
        pl.when("intervened").then(pl.lit("仲裁结束")).otherwise(pl.lit("未介入")).alias("仲裁状态"),
        pl.when("liable").then(pl.lit("商家")).when("intervened").then(pl.lit("买家")).otherwise(pl.lit("-")).alias("纠纷责任方"),
        local_time(pl.col("completed")).alias("售后完结时间"),
    )
    return laid_out(DOUYIN_AFTERSALE, table)


def _said(column: str, words: Mapping[str, str]) -> pl.Expr:
    return pl.col(column).replace_strict(dict(words), return_dtype=pl.String)


def write_reviews(folder: Path, reviews: pl.DataFrame) -> list[Exported]:
    """Write the reviews of the shops in `REVIEWED` as the workbook that a robot collects from all back offices.

    `reviews` has `shop`, `order_id`, `reviewed` (local seconds), `stars`, `text`, `variant`. Times are in the four forms such a workbook mixes,
    of which two know no seconds; the last is Excel's count of days.
    """
    here = [number for number, shop in enumerate(SHOPS) if shop.platform in REVIEWED]
    titled = pl.concat([goods(number).select("variant", "title", shop=pl.lit(number, dtype=pl.Int64)) for number in here])
    rows = reviews.filter(pl.col("shop").is_in(here)).join(titled, on=["shop", "variant"], how="left", maintain_order="left")
    cells = []
    for place, row in enumerate(rows.iter_rows(named=True)):
        shop = SHOPS[row["shop"]]
        order = f"订单编号：{row['order_id']}" if place % 6 == 0 else row["order_id"]
        cells.append((REVIEWED[shop.platform], shop.name, _moment(row["reviewed"], place), order, row["title"], row["text"], row["stars"]))
    write_workbook(folder / "店铺评价_抓取.xlsx", "抓取数据汇总", [REVIEWS, *cells])
    return [Exported("platform_reviews", len(cells))]


def _moment(second: int, place: int) -> str | float:
    at = dt.datetime(1970, 1, 1) + dt.timedelta(seconds=second)
    match place % 4:
        case 0:
            return f"{at:%Y年%m月%d日 %H:%M:%S}"
        case 1:
            return f"{at.month}/{at.day}/{at:%y %H:%M}"
        case 2:
            return f"初次评价: {at:%Y-%m-%d %H:%M}"
        case _:
            return second / DAY + dt.date(1970, 1, 1).toordinal() - EXCEL_EPOCH
