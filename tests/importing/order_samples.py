"""Small exports of orders, refunds and reviews in the platforms' own layouts: full headings, made-up rows, the quirks of each."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
import xlwt


def headings(*lines: str) -> tuple[str, ...]:
    return tuple("".join(lines).split(","))


PDD_2020 = headings(
    "商品,订单号,订单状态,商品数量(件),是否审核中,支付时间,拼单成功时间,订单确认时间,承诺发货时间,发货时间,"
    "确认收货时间,商品id,商品规格,样式ID,商家编码-SKU维度,商家编码-商品维度,商家备注,买家留言,售后状态,"
    "商品总价(元),店铺优惠折扣(元),平台优惠折扣(元),邮费(元),用户实付金额(元),商家实收金额(元),快递单号,快递公司,"
    "收货人,手机,省,市,区,详细地址,是否抽奖或0元试用"
)

PDD_2021 = headings(
    "商品,订单号,订单状态,商品总价（元）,店铺优惠折扣(元),平台优惠折扣(元),邮费(元),上门安装费(元),送货入户费(元),"
    "送货入户并安装费(元),用户实付金额(元),商品数量(件),身份证姓名,身份证号码,收货人,手机,是否异常,省,市,区,街道,"
    "支付时间,拼单成功时间,订单确认时间,承诺发货时间,发货时间,确认收货时间,商品id,商品规格,用户购买手机号,样式ID,"
    "商家编码-SKU维度,商家编码-商品维度,快递单号,快递公司,海淘清关订单号,支付ID,支付方式,是否抽奖或0元试用,"
    "是否顺丰加价,商家备注,售后状态,买家留言,关联货品编码,货品名称,货品类型,子货品,仓库名称,仓库所在地址,"
    "是否门店自提,门店名称,门店自定义编码,旅行类信息"
)

PDD_2023 = headings(
    "商品,订单号,订单状态,商品数量(件),是否审核中,支付时间,承诺发货时间,承诺送达时间,发货时间,确认收货时间,商品id,"
    "商品规格,样式ID,商品一级类目,商品二级类目,商品三级类目,商品四级类目,商家编码-规格维度,商家编码-商品维度,"
    "商家备注,买家留言,售后状态,消费者资料,订单成交时间,消费者资料上传时间,赠品名称,赠品id,赠品规格,赠品数量,团ID,"
    "团身份,是否已开始配送,配送员是否已送达,配送状态,同城是否普通快递,商品总价(元),邮费(元),店铺优惠折扣(元),"
    "平台优惠折扣(元),多多支付立减金额(元),上门安装费(元),送货入户费(元),送货入户并安装费(元),用户实付金额(元),"
    "商家实收金额(元),快递单号,快递公司,省,市,区,街道/镇,配送员手机号,是否抽奖或0元试用,是否顺丰加价,"
    "用户购买手机号,旅行类信息,充值号码,是否门店自提,门店名称,门店自定义编码,关联货品编码,货品名称,货品类型,子货品,"
    "仓库名称,仓库所在地址,海淘清关订单号,支付ID,支付方式,保税仓,是否直播间成交,是否直播间引导成交,预约配送时间,"
    "是否节能补贴,是否分期,分期期数,手续费承担方,是否无痕发货,订单来源,是否社区团购,小区送达情况,分期方式"
)

TAOBAO_ORDERS = headings(
    "订单编号,买家会员名,买家支付宝账号,买家应付货款,买家应付邮费,买家支付积分,总金额,返点积分,买家实际支付金额,"
    "买家实际支付积分,订单状态,买家留言,收货人姓名,收货地址 ,运送方式,联系电话,联系手机,订单创建时间,订单付款时间 ,"
    "宝贝标题,宝贝种类,物流单号,物流公司,订单备注,宝贝总数量,店铺Id,店铺名称,订单关闭原因,卖家服务费,买家服务费,"
    "发票抬头,是否手机订单,分阶段订单信息,定金排名,修改后的sku,修改后的收货地址,异常信息"
)

TAOBAO_SUBORDERS = headings(
    "子订单编号,主订单编号,买家应付货款,买家实付金额,退款状态,退款金额,订单状态,商家编码,支付单号,订单创建时间,"
    "订单付款时间,淘鲜达渠道,商品ID,分阶段信息,备注标签,商家备注,主订单买家留言,发货时间,物流单号,物流公司,"
    "是否主动赔付,主动赔付金额,主动赔付出账时间,应发货时间,飞猪购订单信息,免单资格,免单金额,百亿补贴超链订单信息,"
    "超链半托管订单信息"
)

TMALL_REFUNDS = headings(
    "订单编号,退款编号,商品id,宝贝标题,退款总额,买家实际支付金额,退款状态,货物状态,售后类型,订单付款时间,"
    "退款完结时间,退款申请时间,买家退款原因"
)

JD_2016 = headings(
    "订单号,商品ID,商品名称,订购数量,支付方式,下单时间,京东价,订单金额,结算金额,余额支付,应付金额,订单状态,"
    "订单类型,下单帐号,客户姓名,客户地址,联系电话,订单备注,发票类型,发票抬头,发票内容,商家备注,"
    "商家备注等级（等级1-5为由高到低）,运费金额,付款确认时间,增值税发票,货号,订单完成时间,订单来源,订单渠道"
)

JD_FACILITATED = headings("咨询时间,下单时间,商品编号,商品名称,客服,客户,所属订单编号,商品单价(?),购买数量,订单状态")

JD_INQUIRY = headings("订单编号,顾客昵称,订单状态,下单时间,付款时间,出库时间,订单金额（元）,客服昵称,开始时间,结束时间")

DOUYIN_ORDERS = headings(
    "主订单编号,子订单编号,支付方式,选购商品,货号,商品ID,商家编码,商品数量,商品金额,订单提交时间,支付完成时间,"
    "订单完成时间,承诺发货时间,预约发货时间,买家留言,旗帜颜色,商家备注,APP渠道,订单状态,取消原因,售后状态,订单类型,"
    "发货时间,车型,是否是以旧换新,换新额外补贴,换新额外补贴发放状态,订单应付金额,运费,优惠总金额,平台优惠,商家优惠,"
    "达人优惠,商家改价,支付优惠,手续费,红包抵扣,降价类优惠,平台实际承担优惠金额,商家实际承担优惠金额,"
    "达人实际承担优惠金额,收件人,收件人手机号,省,市,区,街道,详细地址,是否修改过地址,快递信息,序列号,达人ID,"
    "达人昵称,拼团订单团编号,商品单价是否含税,税费,鲁班落地页ID,所属门店ID,流量来源,仓库ID,仓库名称,是否安心购,"
    "广告渠道,流量类型,流量体裁,流量渠道,发货主体,发货主体明细,教育优惠,预计送达时间,是否平台仓自流转,"
    "是否是渠道商品,预约送达时间,建议发货时间（起）,建议发货时间（止）"
)

DOUYIN_AFTERSALE = headings(
    "售后单号,订单号,商品单号,商品名称,商品ID,应付金额（元）,商品运费（元）,支付优惠（元）,商品税费（元）,"
    "商品发货状态,售后类型,退商品金额（元）,退运费金额（元）,退支付优惠（元）,退税费金额（元）,售后状态,"
    "售后申请时间,退款方式,是否已上传退款凭证,售后原因,售后原因标签,退货物流单号,退货异常,退货发货时间,"
    "退货物流公司,自动处理截止时间,同意售后申请时间,商家退款时间,用户到账时间,售后关闭时间,商家退货地址,"
    "商家退货联系人姓名,商家退货联系人电话,仲裁状态,纠纷责任方,是否极速退款,是否拒签后退款,发货物流单号,"
    "发货物流状态,换货物流单号,退货物流状态,售后完结时间,订单备注,用户售后说明,售后备注,操作人,协商记录,"
    "换货商品信息,商家编码,门店名称"
)

REVIEWS = headings("平台,店铺,时间,订单编号,商品名称,评价内容,评分")

TMALL_REPORT = headings("订单编号,总金额,买家实际支付金额,收货地址 ,订单创建时间,订单付款时间 ,退款金额")

OLIST_ORDERS = headings(
    "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,"
    "order_delivered_customer_date,order_estimated_delivery_date"
)

OLIST_ITEMS = headings("order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value")

OLIST_PAYMENTS = headings("order_id,payment_sequential,payment_type,payment_installments,payment_value")

OLIST_REVIEWS = headings(
    "review_id,order_id,review_score,review_comment_title,review_comment_message,review_creation_date,review_answer_timestamp"
)

LAYOUTS: Mapping[str, tuple[str, Sequence[str]]] = {
    "pdd 2020": ("pdd_orders", PDD_2020),
    "pdd 2021": ("pdd_orders", PDD_2021),
    "pdd 2023": ("pdd_orders", PDD_2023),
    "taobao ExportOrderList": ("taobao_orders", TAOBAO_ORDERS),
    "tmall report": ("taobao_orders", TMALL_REPORT),
    "taobao sub-orders": ("taobao_suborders", TAOBAO_SUBORDERS),
    "tmall refunds": ("tmall_refunds", TMALL_REFUNDS),
    "jd 2016": ("jd_orders", JD_2016),
    "jd facilitated": ("jd_facilitated_orders", JD_FACILITATED),
    "jd inquiry orders": ("jd_inquiry_orders", JD_INQUIRY),
    "douyin orders": ("douyin_orders", DOUYIN_ORDERS),
    "douyin after-sale": ("douyin_aftersale", DOUYIN_AFTERSALE),
    "reviews": ("platform_reviews", REVIEWS),
    "olist orders": ("olist_orders", OLIST_ORDERS),
    "olist items": ("olist_items", OLIST_ITEMS),
    "olist payments": ("olist_payments", OLIST_PAYMENTS),
    "olist reviews": ("olist_reviews", OLIST_REVIEWS),
}
"""Every layout: the profile that reads it, and all its headings."""


def rows(names: Sequence[str], *given: Mapping[str, str]) -> list[list[str]]:
    """The headings, and a row of cells for each mapping of headings to cells. A heading nobody has is a slip of the test."""
    bare = {name.strip(): name for name in names}
    for row in given:
        assert set(row) <= set(bare), sorted(set(row) - set(bare))
    return [list(names), *([row.get(name.strip(), "") for name in names] for row in given)]


def as_csv(path: Path, table: Sequence[Sequence[str]], encoding: str = "utf-8") -> None:
    """Written as most back offices write it: CRLF, quotes where needed."""
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows(table)


def as_xlsx(path: Path, table: Sequence[Sequence[Any]], sheet: str = "Sheet1") -> None:
    """Cells are written as what they are in Python; text stays text, numbers are numbers."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        page = book.add_worksheet(sheet)
        for place, row in enumerate(table):
            for column, cell in enumerate(row):
                page.write(place, column, cell)


def as_biff(path: Path, table: Sequence[Sequence[str]], sheet: str = "Sheet1") -> None:
    """The bytes of an old `.xls`, whatever the file is called."""
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet(sheet)
    for place, row in enumerate(table):
        for column, cell in enumerate(row):
            page.write(place, column, cell)
    with path.open("wb") as file:
        book.save(file)
