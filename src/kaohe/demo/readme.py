"""README.txt of a demo folder: what each file is, and what dirt is inside, for the person who opens the folder."""

from __future__ import annotations

import datetime as dt

from kaohe.demo.catalogue import SHOPS
from kaohe.demo.dirt import MISSING_BUYER, UNKNOWN_SENDER, UNREADABLE_TIME
from kaohe.demo.people import TEMPORARY, Roster
from kaohe.demo.reports import HIDDEN
from kaohe.demo.summary import DemoSummary
from kaohe.model.tables import TABLES

_FORMS: dict[str, tuple[str, ...]] = {
    "548213907": (
        "聊天记录_店铺_日期.json：拼多多聊天消息，每天一个文件，一个 JSON 数组",
        "订单导出_日期.csv：订单查询的导出（2023-10 的列），没有买家、没有下单时间，值的末尾带 TAB",
        "客服绩效_按日_日期.xlsx：平台的客服绩效，一位客服一日一行，8–23 点与全天两种",
        "客服_服务数据_日期.xlsx：店铺每日的服务数据，数据从第 4 行开始",
    ),
    "612095438": (
        "聊天记录_店铺_日期.jsonl：拼多多聊天消息，每天一个文件，每行一条",
        "订单导出_日期.csv、客服_服务数据_日期.xlsx：同上",
        "客服绩效_起_止.xlsx：平台的客服绩效，一位客服一行，末尾有“总计”“平均”",
    ),
    "217364508": (
        "千牛聊天_日期.txt：从千牛复制的聊天文字；千牛聊天记录_原始逐条_日期.xlsx：每位客户一个工作表（每五天一个）",
        "ExportOrderList….csv：已卖出的宝贝的导出，GBK 编码，有的列名末尾带空格",
        "退款单_日期.xlsx：退款管理的导出，没有客服",
        "自制报表-报表查看-客服绩效_起_止_全部.xlsx：生意参谋的客服绩效，末尾六行是汇总、平均与同行",
        "客服-业绩询单_日期.xlsx：店铺每日的询单，每周一个文件，文件名上的日期比最后一天的数据晚三天",
    ),
    "10283746": (
        "messages_起_止.csv：标准消息表，每周一个文件，GBK 编码，编号后带 TAB",
        "促成订单_日期.xlsx：咚咚的促成订单，一行一个商品，有的客服写着“(推算)”，有重复行和已取消的单",
        "客服询单业绩_日期.xlsx：促成的订单，一单一行，写明客服",
        "订单导出_日期.csv：全部订单，一行一个商品，GBK 编码；单价不含优惠，没有促成记录的订单因此按原价计",
        "店铺数据_起_止.xlsx：平台的客服数据，每周一个文件，末尾有“合计”",
    ),
    "46218093": (
        "messages_起_止.csv：标准消息表，每周一个文件，带 BOM 的 UTF-8 编码",
        "订单导出_日期.csv：订单管理的导出（75 列），没有买家，编号前带 TAB",
        "售后单_日期.csv：售后管理的导出，没有客服",
        "客服表现_起_止.xlsx：飞鸽的客服表现，每周一个文件，末尾有“店铺汇总值”“店铺平均值”",
    ),
}
_PLATFORMS = {"pdd": "拼多多", "taobao": "天猫", "jd": "京东", "douyin": "抖音"}
_WRONG = {UNREADABLE_TIME: "时间无法识别", UNKNOWN_SENDER: "发送方不明", MISSING_BUYER: "缺少买家"}


def write(summary: DemoSummary, staff: Roster) -> None:
    """Write README.txt into the demo's folder: UTF-8 with a mark, CRLF."""
    last = summary.first + dt.timedelta(days=summary.days - 1)
    moved = next((seat for seat in staff.seats if len(seat.owners) > 1), None)
    hidden = next(agent for agent in staff.agents if agent.agent_id == HIDDEN)
    lines = [
        "考核 kaohe 演示数据",
        "",
        f"{summary.first} 至 {last}，{summary.shops} 家店铺，{summary.agents} 名客服，{summary.contacts} 次接待，{summary.messages} 条消息。",
        "店铺、买家、客服和对话都是程序编造的，与任何真实的店铺和人无关。相同的种子得到完全相同的文件。",
        "",
        "一、各店铺的导出（按平台自己的格式）",
    ]
    for shop in SHOPS:
        lines.append(f"  {shop.platform}/{shop.shop_id}/  {_PLATFORMS[shop.platform]}“{shop.name}”")
        lines += [f"      {form}" for form in _FORMS[shop.shop_id]]
    lines += ["  店铺评价_抓取.xlsx  拼多多、抖音三家店的评价，四种时间写法混在一起"]
    lines += ["", "  各种格式的数据行数（不含总计、平均等行）："]
    lines += [f"    {name}  {count} 行" for name, count in summary.exports.items()]
    lines += ["", "二、其他表（标准列名，带 BOM 的 UTF-8 编码）"]
    lines += [f"  {name}.csv  {TABLES[name].zh}，{count} 行" for name, count in summary.tables.items()]
    lines += [
        "",
        "三、故意放进去的问题（看看导入怎么处理）",
        *(f"  {_WRONG[kind]}的消息 {count} 行" for kind, count in summary.refused.items()),
        f"  “总计”“平均”等行 {summary.summary_rows} 行，在京东、抖音的消息表和平台报表的末尾",
        f"  重复导出的消息 {summary.repeated} 条，文件名带“再次导出”或“补导”，与其他文件重叠",
        "  拼多多的部分系统通知带着买家的编号，例如“退款成功”，不是买家说的话",
        "  千牛文字里的“已读”“当前用户来自”“由 … 转交给 …”“… 撤回了一条消息”不是有时间的消息",
        "  有的买家消息以 = 开头，表格软件不应把它当作公式",
        f"  账号“{TEMPORARY}”不在账号表里，抖音的报表里也有",
        f"  拼多多一店的客服绩效里没有 {hidden.agent_id}（{hidden.name}）",
        "  拼多多、抖音的订单没有买家账号，查不到聊天，归属不明；这两个平台的销售以平台报表为准",
        "  退款表（refunds.csv）是拼多多、京东两个平台的，评价表（reviews.csv）是天猫、京东的，记着谁处理、谁跟进",
    ]
    if moved is not None:
        lines.append(f"  账号“{moved.account}”在期间换了人")
    lines.append("  客服 he（何静）在两家店铺都有账号")
    (summary.folder / "README.txt").write_bytes("".join(line + "\r\n" for line in lines).encode("utf-8-sig"))
