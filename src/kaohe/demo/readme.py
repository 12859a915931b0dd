"""README.txt of a demo folder: what each file is, and what dirt is inside, for the person who opens the folder."""

from __future__ import annotations

import datetime as dt

from kaohe.demo.catalogue import SHOPS
from kaohe.demo.dirt import MISSING_BUYER, UNKNOWN_SENDER, UNREADABLE_TIME
from kaohe.demo.people import TEMPORARY, Roster
from kaohe.demo.summary import DemoSummary
from kaohe.model.tables import TABLES

_FORMS = {
    "548213907": "聊天记录_店铺_日期.json：拼多多聊天消息，每天一个文件，一个 JSON 数组",
    "612095438": "聊天记录_店铺_日期.jsonl：拼多多聊天消息，每天一个文件，每行一条",
    "217364508": "千牛聊天_日期.txt：从千牛复制的聊天文字；千牛聊天记录_原始逐条_日期.xlsx：每位客户一个工作表（每五天一个）",
    "10283746": "messages_起_止.csv：标准消息表，每周一个文件，GBK 编码，编号后带 TAB",
    "46218093": "messages_起_止.csv：标准消息表，每周一个文件，带 BOM 的 UTF-8 编码",
}
_PLATFORMS = {"pdd": "拼多多", "taobao": "天猫", "jd": "京东", "douyin": "抖音"}
_WRONG = {UNREADABLE_TIME: "时间无法识别", UNKNOWN_SENDER: "发送方不明", MISSING_BUYER: "缺少买家"}


def write(summary: DemoSummary, staff: Roster) -> None:
    """Write README.txt into the demo's folder: UTF-8 with a mark, CRLF."""
    last = summary.first + dt.timedelta(days=summary.days - 1)
    moved = next((seat for seat in staff.seats if len(seat.owners) > 1), None)
    lines = [
        "考核 kaohe 演示数据",
        "",
        f"{summary.first} 至 {last}，{summary.shops} 家店铺，{summary.agents} 名客服，{summary.contacts} 次接待，{summary.messages} 条消息。",
        "店铺、买家、客服和对话都是程序编造的，与任何真实的店铺和人无关。相同的种子得到完全相同的文件。",
        "",
        "一、聊天记录",
    ]
    for shop in SHOPS:
        lines.append(f"  {shop.platform}/{shop.shop_id}/  {_PLATFORMS[shop.platform]}“{shop.name}”")
        lines.append(f"      {_FORMS[shop.shop_id]}")
    lines += ["", "二、其他表（标准列名，带 BOM 的 UTF-8 编码）"]
    lines += [f"  {name}.csv  {TABLES[name].zh}，{count} 行" for name, count in summary.tables.items()]
    lines += [
        "",
        "三、故意放进去的问题（看看导入怎么处理）",
        *(f"  {_WRONG[kind]}的消息 {count} 行" for kind, count in summary.refused.items()),
        f"  “总计”行 {summary.summary_rows} 行，在京东、抖音的消息表和订单表的末尾",
        f"  重复导出的消息 {summary.repeated} 条，文件名带“再次导出”或“补导”，与其他文件重叠",
        "  拼多多的部分系统通知带着买家的编号，例如“退款成功”，不是买家说的话",
        "  千牛文字里的“已读”“当前用户来自”“由 … 转交给 …”“… 撤回了一条消息”不是有时间的消息",
        "  有的买家消息以 = 开头，表格软件不应把它当作公式",
        f"  账号“{TEMPORARY}”不在账号表里",
    ]
    if moved is not None:
        lines.append(f"  账号“{moved.account}”在期间换了人")
    lines.append("  客服 he（何静）在两家店铺都有账号")
    (summary.folder / "README.txt").write_bytes("".join(line + "\r\n" for line in lines).encode("utf-8-sig"))
