"""PDD chat messages as the merchant's chat window receives them: `{"message": {…}}`, in an array or one a line.

Quirks kept: some system notices carry the buyer's uid and role; robots have no `cs_uid`; a hand-over is type 24, a recall
type 1002; one shop's files have the time as a number in `time`, the other's as text in `ts`, both in seconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import polars as pl

from kaohe.demo.conversations import BUYERS_NOTICE, TRANSFER, WITHDRAW
from kaohe.demo.dirt import MISSING_BUYER, SENDERS, TIMES, UNKNOWN_SENDER, UNREADABLE_TIME
from kaohe.demo.rhythm import UTC_OFFSET

Form = Literal["array", "lines"]

TYPES = {"text": 0, "image": 1, "emotion": 5, "video": 14, "goods": 0, "order": 0, "other": 0}
TRANSFERRED, HINT, WITHDRAWN = 24, 31, 1002


def write(path: Path, rows: pl.DataFrame, mall_id: str, form: Form) -> None:
    """Write message rows (see `kaohe.demo.rows`; with a column `dirt`, null where sound) as one file."""
    records = [json.dumps(record, ensure_ascii=False, separators=(",", ":")) for record in _records(rows, mall_id, form)]
    text = "[\n" + ",\n".join(records) + "\n]\n" if form == "array" else "".join(record + "\n" for record in records)
    path.write_text(text, encoding="utf-8", newline="\n")


def _records(rows: pl.DataFrame, mall_id: str, form: Form) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(rows.iter_rows(named=True)):
        message = _message(row, mall_id)
        stamp: int | str = row["at"] - UTC_OFFSET
        if row["dirt"] == UNREADABLE_TIME:
            stamp = TIMES[number % len(TIMES)]
        if form == "array":
            message["time"] = stamp
        else:
            message["ts"] = str(stamp)
        if row["dirt"] == UNKNOWN_SENDER:
            message["from"]["role"] = SENDERS[number % len(SENDERS)]
            message["from"].pop("cs_uid", None)
        if row["dirt"] == MISSING_BUYER:
            for side in ("from", "to"):
                if message[side]["role"] == "user":
                    message[side]["uid"] = ""
        yield {"message": message}


def _message(row: dict[str, Any], mall_id: str) -> dict[str, Any]:
    buyer = {"role": "user", "uid": row["buyer_id"]}
    mall: dict[str, Any] = {"role": "mall_cs", "uid": mall_id, "mall_id": mall_id}
    message: dict[str, Any] = {"msg_id": row["message_id"], "nickname": row["nick"]}
    by_buyer = row["sender"] == "buyer" or row["event"] == BUYERS_NOTICE
    if row["account"] is not None and not by_buyer:
        mall["cs_uid"] = row["account"]
    if row["sender"] == "system" and not by_buyer:
        message |= {"from": {"role": "system", "uid": ""} if row["event"] == TRANSFER else mall, "to": buyer}
    else:
        message |= {"from": buyer, "to": mall} if by_buyer else {"from": mall, "to": buyer}
    message |= {"type": TYPES[row["kind"]], "sub_type": -1, "content": row["text"], "is_aut": 0}
    match row["kind"]:
        case "goods":
            message |= {
                "sub_type": 0,
                "info": {"goodsID": 600_000_000_000 + row["variant"], "goodsName": row["text"], "goodsPrice": row["yuan"]},
            }
        case "order":
            message |= {"sub_type": 1, "info": {"orderSequenceNo": row["order_id"], "goodsName": row["text"]}}
        case "emotion":
            message["info"] = {"description": row["text"]}
        case _:
            pass
    match row["sender"]:
        case "bot":
            message |= {"is_aut": 1, "template_name": "mall_robot_text_msg"}
        case "assisted":
            # Goes out under the agent's account, drafted by the robot.
            message["is_aut"] = 1
        case _:
            pass
    match row["event"]:
        case code if code == TRANSFER:
            message |= {"type": TRANSFERRED, "info": {"to_csid": row["next_account"]}}
        case code if code == WITHDRAW:
            message |= {"type": WITHDRAWN, "info": {"withdraw_hint": row["text"]}}
        case code if code == BUYERS_NOTICE:
            # About half arrive as plain text, only their words tell them from a buyer's.
            message["type"] = HINT if row["at"] % 2 else TYPES["text"]
        case _:
            pass
    return message
