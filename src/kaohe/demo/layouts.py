"""The platforms' own layouts: all headings of each export in their order, and how such files are written.

Cells a demo has nothing to say about stay empty, as most cells of real exports do.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polars as pl

Cell = str | int | float | None
"""What a cell of a workbook holds."""


def _headings(*lines: str) -> tuple[str, ...]:
    return tuple("".join(lines).split(","))


PDD_ORDERS = _headings(
    "商品,订单号,订单状态,商品数量(件),是否审核中,支付时间,承诺发货时间,承诺送达时间,发货时间,确认收货时间,商品id,",
    "商品规格,样式ID,商品一级类目,商品二级类目,商品三级类目,商品四级类目,商家编码-规格维度,商家编码-商品维度,",
    "商家备注,买家留言,售后状态,消费者资料,订单成交时间,消费者资料上传时间,赠品名称,赠品id,赠品规格,赠品数量,团ID,",
    "团身份,是否已开始配送,配送员是否已送达,配送状态,同城是否普通快递,商品总价(元),邮费(元),店铺优惠折扣(元),",
    "平台优惠折扣(元),多多支付立减金额(元),上门安装费(元),送货入户费(元),送货入户并安装费(元),用户实付金额(元),",
    "商家实收金额(元),快递单号,快递公司,省,市,区,街道/镇,配送员手机号,是否抽奖或0元试用,是否顺丰加价,",
    "用户购买手机号,旅行类信息,充值号码,是否门店自提,门店名称,门店自定义编码,关联货品编码,货品名称,货品类型,子货品,",
    "仓库名称,仓库所在地址,海淘清关订单号,支付ID,支付方式,保税仓,是否直播间成交,是否直播间引导成交,预约配送时间,",
    "是否节能补贴,是否分期,分期期数,手续费承担方,是否无痕发货,订单来源,是否社区团购,小区送达情况,分期方式",
)
"""The export of 2023-10: no moment of ordering, no buyer."""

TAOBAO_ORDERS = _headings(
    "订单编号,买家会员名,买家支付宝账号,买家应付货款,买家应付邮费,买家支付积分,总金额,返点积分,买家实际支付金额,",
    "买家实际支付积分,订单状态,买家留言,收货人姓名,收货地址 ,运送方式,联系电话 ,联系手机,订单创建时间,订单付款时间 ,",
    "宝贝标题,宝贝种类,物流单号,物流公司,订单备注,宝贝总数量,店铺Id,店铺名称,订单关闭原因,卖家服务费,买家服务费,",
    "发票抬头,是否手机订单,分阶段订单信息,定金排名,修改后的sku,修改后的收货地址,异常信息",
)
"""ExportOrderList. Three headings end in a space."""

TMALL_REFUNDS = _headings(
    "订单编号,退款编号,商品id,宝贝标题,退款总额,买家实际支付金额,退款状态,货物状态,售后类型,订单付款时间,",
    "退款完结时间,退款申请时间,买家退款原因",
)

JD_ORDERS = _headings(
    "订单号,商品ID,商品名称,订购数量,支付方式,下单时间,京东价,订单金额,结算金额,余额支付,应付金额,订单状态,",
    "订单类型,下单帐号,客户姓名,客户地址,联系电话,订单备注,发票类型,发票抬头,发票内容,商家备注,",
    "商家备注等级（等级1-5为由高到低）,运费金额,付款确认时间,增值税发票,货号,订单完成时间,订单来源,订单渠道",
)

JD_FACILITATED = _headings("咨询时间,下单时间,商品编号,商品名称,客服,客户,所属订单编号,商品单价(?),购买数量,订单状态")
"""The question mark is the platform's: a lost ￥."""

JD_INQUIRY = _headings("订单编号,顾客昵称,订单状态,下单时间,付款时间,出库时间,订单金额（元）,客服昵称,开始时间,结束时间")

DOUYIN_ORDERS = _headings(
    "主订单编号,子订单编号,支付方式,选购商品,货号,商品ID,商家编码,商品数量,商品金额,订单提交时间,支付完成时间,",
    "订单完成时间,承诺发货时间,预约发货时间,买家留言,旗帜颜色,商家备注,APP渠道,订单状态,取消原因,售后状态,订单类型,",
    "发货时间,车型,是否是以旧换新,换新额外补贴,换新额外补贴发放状态,订单应付金额,运费,优惠总金额,平台优惠,商家优惠,",
    "达人优惠,商家改价,支付优惠,手续费,红包抵扣,降价类优惠,平台实际承担优惠金额,商家实际承担优惠金额,",
    "达人实际承担优惠金额,收件人,收件人手机号,省,市,区,街道,详细地址,是否修改过地址,快递信息,序列号,达人ID,",
    "达人昵称,拼团订单团编号,商品单价是否含税,税费,鲁班落地页ID,所属门店ID,流量来源,仓库ID,仓库名称,是否安心购,",
    "广告渠道,流量类型,流量体裁,流量渠道,发货主体,发货主体明细,教育优惠,预计送达时间,是否平台仓自流转,",
    "是否是渠道商品,预约送达时间,建议发货时间（起）,建议发货时间（止）",
)

DOUYIN_AFTERSALE = _headings(
    "售后单号,订单号,商品单号,商品名称,商品ID,应付金额（元）,商品运费（元）,支付优惠（元）,商品税费（元）,",
    "商品发货状态,售后类型,退商品金额（元）,退运费金额（元）,退支付优惠（元）,退税费金额（元）,售后状态,",
    "售后申请时间,退款方式,是否已上传退款凭证,售后原因,售后原因标签,退货物流单号,退货异常,退货发货时间,",
    "退货物流公司,自动处理截止时间,同意售后申请时间,商家退款时间,用户到账时间,售后关闭时间,商家退货地址,",
    "商家退货联系人姓名,商家退货联系人电话,仲裁状态,纠纷责任方,是否极速退款,是否拒签后退款,发货物流单号,",
    "发货物流状态,换货物流单号,退货物流状态,售后完结时间,订单备注,用户售后说明,售后备注,操作人,协商记录,",
    "换货商品信息,商家编码,门店名称",
)

REVIEWS = _headings("平台,店铺,时间,订单编号,商品名称,评价内容,评分")

PDD_AGENTS_BY_DAY = _headings(
    "日期,客服账号,咨询人数,询单人数,最终成团人数,询单流失人数,询单转化率,客服销售额（元）,人工接待人数,",
    "需要人工回复的咨询人数,3分钟未回复人数,3分钟人工回复率(8-23点),平均人工响应时长（分钟）,30秒应答率(8-23点),",
    "评分≤3订单数,评分数,评分≤3率,纠纷退款数,投诉数,3分钟人工回复率(全天),30秒应答率(全天)",
)

PDD_AGENTS = _headings(
    "序号,客服账号,客服服务分,咨询人数,询单人数,最终成团人数,询单转化率,客服销售额,去退销售额（元）,",
    "需要人工回复的咨询人数,人工接待人数,3分钟未回复人数,3分钟人工回复率(8-23点),30秒应答率(8-23点),平均人工响应时长,",
    "评分≤3订单数,纠纷退款数,投诉数",
)

PDD_SERVICE = _headings(
    "日期,咨询人数,需要人工回复的咨询人数,人工接待人数,3分钟人工回复率(8-23点),30秒应答率(8-23点),平均响应时长(分),",
    "评分≤3订单数,纠纷退款数,投诉人数,投诉长时间不回复,投诉态度,投诉辱骂,投诉骚扰,投诉率,近30天投诉率,",
    "3分钟人工回复率(全天),30秒应答率(全天)",
)
"""The seven headings about complaints are nobody's transcript: only their place and meaning are known."""

TMALL_AGENTS = _headings(
    "旺旺昵称,询单最终付款人数,询单人数,询单最终付款转化率,首次响应时长（秒),平均响应时长（秒),客户满意率,旺旺回复率,",
    "询单最终付款金额,成功退款金额",
)
"""The brackets are the platform's: a full one opens, a half one closes."""

TMALL_INQUIRIES = _headings(
    "日期,询单人数,当日询单人数,当日付款人数,当日付款金额,最终付款人数,最终付款金额,询单当日付款转化率,询单最终付款转化率"
)

JD_AGENTS = _headings(
    "客服,接待量,售前接待人数,促成下单人数,促成下单商品金额,平均响应时长（新）,30s应答率,客服3分钟人工回复率,好评量,评价量"
)

DOUYIN_AGENTS = _headings(
    "客服账号,客服在线天数,接待会话量,待回复会话量,已接待人数,转出会话量,有效评价数,有效好评数,有效差评数,全天不满意率,",
    "全天满意率,全天平响时长,全天首响时长,全天3分钟回复率,工作时间平响时长,工作时间3分钟回复率,服务问题会话数,询单人数,",
    "下单人数,支付人数,退款人数,客服询单支付额,退款金额,退款后销售额,询单转化率",
)


@dataclass(frozen=True, slots=True)
class Exported:
    """One file in a platform's layout: the profile meant to read it, its rows of data, and those that only sum up others."""

    profile: str
    rows: int
    sums: int = 0


_CREATED = dt.datetime(2026, 1, 1)
"""A fixed date of creation: a workbook written twice must be the same bytes."""


def laid_out(headings: Sequence[str], rows: pl.DataFrame) -> pl.DataFrame:
    """The columns of `rows` as text under all headings of a layout, in its order, null where there is none. KeyError for a column the layout has not."""
    places = {heading.strip(): heading for heading in headings}
    for name in rows.columns:
        places[name]
    cells = [(pl.col(name) if name in rows.columns else pl.lit(None)).cast(pl.String).alias(heading) for name, heading in places.items()]
    return rows.select(cells)


def write_csv(path: Path, table: pl.DataFrame, encoding: Literal["utf-8", "utf-8-sig", "gbk"], *, quoted: bool = False) -> None:
    """Write text as csv with CRLF; `quoted`: every cell."""
    text = table.write_csv(line_terminator="\r\n", quote_style="always" if quoted else "necessary")
    path.write_bytes(text.encode(encoding))


def write_workbook(path: Path, sheet: str, rows: Sequence[Sequence[Cell]]) -> None:
    """Write rows of cells, the headings among them, as the one sheet of a workbook. Text stays text, whatever it begins with."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}) as book:
        book.set_properties({"created": _CREATED})
        page = book.add_worksheet(sheet)
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)


def rows_of(table: pl.DataFrame) -> list[Sequence[Cell]]:
    """A table as rows of cells, its headings first."""
    return [table.columns, *table.iter_rows()]
