"""千牛 chats: the text one gets by copying a chat, and a workbook with one sheet a customer. Both of one shop and day.

The text names the agent as `店铺:子账号` and has lines that are no messages: read marks, hand-overs, recalls without a time.
Where the agent's line does not say to whom he writes (`A --> B`), it is the buyer last named above.
The workbook shows cards as a sentence that asks to open the client, and knows no hand-overs and no recalls.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from kaohe.demo.conversations import TRANSFER, WITHDRAW
from kaohe.demo.dirt import UNKNOWN_SENDER

COLUMNS = ("客户名", "消息序号", "发送时间", "发送内容", "发送账号", "账号类型")
SUMMARY_SHEET = "导出汇总"
ROBOT = "服务助手"
HIDDEN = "请在客户端查看原始聊天记录，网页版无法展示"

_CREATED = dt.datetime(2026, 1, 1)
"""A fixed date of creation: a workbook written twice must be the same bytes."""


def writable(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows both forms can show with a time: all but hand-overs and recalls."""
    return rows.filter(~pl.col("event").is_in([TRANSFER, WITHDRAW]))


def write_text(path: Path, rows: pl.DataFrame, shop_name: str) -> None:
    """Write message rows (see `kaohe.demo.rows`) as copied text: UTF-8, CRLF, chat after chat."""
    path.write_text("".join(line + "\r\n" for line in _lines(rows, shop_name)), encoding="utf-8", newline="")


def _lines(rows: pl.DataFrame, shop_name: str) -> Iterator[str]:
    last = None
    for row in rows.iter_rows(named=True):
        buyer = row["buyer_id"]
        begins = buyer != last
        last = buyer
        writer = _writer(row, shop_name)
        if row["event"] == TRANSFER:
            yield f"由 {ROBOT} 转交给 {row['next_account']}"
            yield ""
            continue
        if row["event"] == WITHDRAW:
            yield f"{writer} 撤回了一条消息"
            yield ""
            continue
        named = writer if row["sender"] == "buyer" or not (begins or row["at"] % 3 == 0) else f"{writer} --> {buyer}"
        # The client leaves the space out now and then.
        gap = "" if row["sender"] == "buyer" and row["at"] % 7 == 1 else " "
        yield f"{named}{gap}{_stamp(row['at'])}"
        if row["kind"] in ("goods", "order"):
            yield f"http://item.taobao.com/item.htm?id={680_000_000_000 + row['variant']}"
            if begins:
                yield "当前用户来自"
                yield "商品详情页"
        else:
            yield row["text"]
        if row["sender"] != "buyer":
            yield "已读" if row["at"] % 5 else "未读"
        yield ""


def write_workbook(path: Path, rows: pl.DataFrame, shop_name: str) -> None:
    """Write message rows as a workbook: first a sheet that sums up, then one sheet a customer in order of arrival."""
    import xlsxwriter

    chats: dict[str, list[dict[str, Any]]] = {}
    for row in writable(rows).iter_rows(named=True):
        chats.setdefault(row["buyer_id"], []).append(row)
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"created": _CREATED})
        front = book.add_worksheet(SUMMARY_SHEET)
        front.write_row(0, 0, ("客户名", "消息数"))
        for line, (buyer, chat) in enumerate(chats.items(), start=1):
            front.write_row(line, 0, (buyer, len(chat)))
        for buyer, chat in chats.items():
            sheet = book.add_worksheet(buyer[:31])
            sheet.write_row(0, 0, COLUMNS)
            for line, row in enumerate(chat, start=1):
                nameless = row["dirt"] == UNKNOWN_SENDER
                text = HIDDEN if row["kind"] in ("goods", "order") else row["text"]
                who = "" if nameless else _writer(row, shop_name)
                side = "" if nameless else "客户" if row["sender"] == "buyer" else "客服"
                sheet.write_row(line, 0, (buyer, line, _stamp(row["at"], padded=True), text, who, side))


def _writer(row: dict[str, Any], shop_name: str) -> str:
    if row["sender"] == "buyer":
        return str(row["buyer_id"])
    return str(row["account"]) if row["account"] is not None else f"{shop_name}:{ROBOT}"


def _stamp(at: int, *, padded: bool = False) -> str:
    """`2026-10-1 9:05:03` as the client copies it, or `2026-10-01 09:05:03`."""
    time = dt.datetime(1970, 1, 1) + dt.timedelta(seconds=at)
    if padded:
        return f"{time:%Y-%m-%d %H:%M:%S}"
    return f"{time.year}-{time.month}-{time.day} {time.hour}:{time:%M:%S}"
