"""Pinduoduo chats in JSON: messages of the merchant back office, and what a scrape of its page 聊天记录查询 has.

Who wrote follows the notes of `profiles/pdd_chat.yaml`: an employee's message carries `cs_uid`, the shop's robot has none; notices,
hints and recalls are the system's, even when they carry the buyer's uid.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from kaohe.importing.jsontext import Item, cell
from kaohe.importing.profiles import Chat
from kaohe.importing.raw import RawTable, text_frame

COLUMNS = ("shop_id", "buyer_id", "sent_at", "sender", "agent_id", "message_id", "text", "session_id", "kind")
"""The columns of the raw tables: the canonical ones of `messages`, as text."""

CHUNK = 100_000
_DEPTH = 8
_ORDER = re.compile(r"\d{6}-\d{6,}")


def is_message(value: Any) -> bool:
    """Whether a JSON object is one message of either form."""
    if not isinstance(value, dict):
        return False
    if isinstance(value.get("message"), dict) and _is_api(value["message"]):
        return True
    return _is_api(value) or _is_scraped(value)


def _is_api(value: Mapping[str, Any]) -> bool:
    return isinstance(value.get("from"), dict) and ("msg_id" in value or "content" in value or "type" in value)


def _is_scraped(value: Mapping[str, Any]) -> bool:
    return {"time", "role", "content"} <= value.keys() and isinstance(value["role"], str)


def messages(value: Any, depth: int = _DEPTH) -> Iterator[Mapping[str, Any]]:
    """The messages within one JSON value, however wrapped, in order."""
    if isinstance(value, dict):
        if is_message(value):
            inner = value.get("message")
            yield inner if isinstance(inner, dict) and _is_api(inner) else value
            return
        children: Iterable[Any] = value.values()
    elif isinstance(value, list):
        children = value
    else:
        return
    if depth > 0:
        for child in children:
            yield from messages(child, depth - 1)


def mall_of(message: Mapping[str, Any]) -> str | None:
    """The id of the mall a message says it belongs to."""
    for end in ("from", "to"):
        party = message.get(end)
        if isinstance(party, dict):
            if party.get("mall_id"):
                return cell(party["mall_id"])
            if party.get("role") == "mall_cs" and party.get("uid"):
                return cell(party["uid"])
    return cell(message["mall_id"]) if message.get("mall_id") else None


@dataclass(frozen=True, slots=True)
class Rules:
    """How entries are told apart. `persons_are_named`: the file marks employees with `cs_uid` somewhere."""

    chat: Chat
    notices: re.Pattern[str]
    robots: re.Pattern[str]
    persons_are_named: bool

    @classmethod
    def of(cls, chat: Chat, persons_are_named: bool) -> Rules:
        return cls(chat, _any(chat.notices), _any(chat.robots), persons_are_named)


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    joined = "|".join(f"(?:{pattern})" for pattern in patterns)
    return re.compile(joined or r"(?!)")


def tables(found: Iterable[Item], rules: Rules, stem: str) -> Iterator[RawTable]:
    """All messages as raw tables in `COLUMNS`. An item that is not JSON is a broken row; items that hold no message are passed over.

    `stem` is the file's name: scraped files are called after the order whose chat they hold.
    """
    rows: list[list[str | None]] = []
    lines: list[int] = []
    broken: dict[int, Any] = {}
    order = _ORDER.search(stem)
    scraped: list[int] = []
    for item in found:
        if item.problem is not None:
            broken[len(rows)] = item.problem
            rows.append([None] * len(COLUMNS))
            lines.append(item.line)
            continue
        for message in messages(item.value):
            if _is_api(message):
                rows.append(_api_row(message, rules))
            else:
                scraped.append(len(rows))
                rows.append(_scraped_row(message, rules, order.group() if order else stem))
            lines.append(item.line)
        # A scraped file is one conversation: its rows without a buyer look for one among their neighbours, so it stays whole.
        if len(rows) >= CHUNK and not scraped:
            yield _table(rows, lines, broken)
            rows, lines, broken = [], [], {}
    neighbours(rows, scraped)
    if rows:
        yield _table(rows, lines, broken)


def _table(rows: list[list[str | None]], lines: list[int], broken: dict[int, Any]) -> RawTable:
    return RawTable(text_frame(rows, COLUMNS), 1, pl.Series(lines, dtype=pl.Int64), broken)


def neighbours(rows: list[list[str | None]], which: Iterable[int]) -> None:
    """Give the named rows without a buyer that of the nearest row before, or else of the first after."""
    places = list(which)
    last: str | None = next((rows[place][1] for place in places if rows[place][1]), None)
    for place in places:
        if rows[place][1]:
            last = rows[place][1]
        else:
            rows[place][1] = last


def _api_row(message: Mapping[str, Any], rules: Rules) -> list[str | None]:
    author, receiver = _party(message, "from"), _party(message, "to")
    kind = cell(message.get("type"))
    text = _text(message)
    sender = _api_sender(message, author, receiver, kind, text, rules)
    agent = cell(author.get("cs_uid")) if sender in ("agent", "assisted", "bot") else None
    if sender == "buyer":
        agent = cell(receiver.get("cs_uid"))
    buyer = next((cell(party.get("uid")) for party in (author, receiver) if party.get("role") == "user" and party.get("uid")), None)
    if buyer is None:
        user = message.get("user_info")
        buyer = cell(user.get("uid")) if isinstance(user, dict) else None
    if buyer is None and sender in ("buyer", "system") and author.get("role") in (None, "user"):
        buyer = cell(author.get("uid"))
    elif buyer is None and receiver.get("role") is None and author.get("role") == "mall_cs":
        buyer = cell(receiver.get("uid"))
    sent_at = next((cell(message[key]) for key in ("ts", "time", "send_time") if message.get(key)), None)
    return [mall_of(message), buyer, sent_at, sender, agent, cell(message.get("msg_id")), text, None, _kind(message, kind, rules)]


def _party(message: Mapping[str, Any], end: str) -> Mapping[str, Any]:
    party = message.get(end)
    return party if isinstance(party, dict) else {}


def _api_sender(
    message: Mapping[str, Any], author: Mapping[str, Any], receiver: Mapping[str, Any], kind: str | None, text: str | None, rules: Rules
) -> str | None:
    role = cell(author.get("role"))
    meant = rules.chat.roles.get(role or "")
    if role is None:
        if author.get("cs_uid"):
            meant = "agent"
        elif receiver.get("role") == "mall_cs":
            meant = "buyer"
        elif receiver.get("role") == "user":
            meant = "agent"
    if meant == "system" or kind in rules.chat.system_types or rules.notices.search(text or ""):
        return "system"
    if meant != "agent":
        # A role nobody knows is left as it stands, so that the row is refused with the word it has.
        return meant or role
    template = cell(message.get("template_name")) or ""
    if rules.robots.search(template) or cell(message.get("is_aut")) in ("1", "true"):
        return "bot"
    if author.get("cs_uid") or not rules.persons_are_named:
        return "agent"
    return "bot"


def _text(message: Mapping[str, Any]) -> str | None:
    info = message.get("info")
    if isinstance(info, dict):
        for key in ("withdraw_hint", "description"):
            if isinstance(info.get(key), str) and info[key]:
                return str(info[key])
    content = message.get("content")
    return cell(content)


def _kind(message: Mapping[str, Any], kind: str | None, rules: Rules) -> str | None:
    if kind in (None, ""):
        return None
    found = rules.chat.kinds.get(kind or "", "other")
    info = message.get("info")
    if found == "text" and isinstance(info, dict):
        if info.get("orderSequenceNo"):
            return "order"
        if info.get("goodsID"):
            return "goods"
    return found


def _scraped_row(message: Mapping[str, Any], rules: Rules, chat: str) -> list[str | None]:
    role, name, text = cell(message["role"]) or "", (cell(message.get("name")) or "").strip(), cell(message.get("content"))
    sender: str | None = rules.chat.roles.get(role.strip(), role)
    if rules.notices.search(text or ""):
        sender = "system"
    elif sender == "agent" and rules.robots.search(name):
        sender = "bot"
    # Masked names repeat: 张** of one order need not be 张** of the next.
    buyer = (f"{name}#{chat}" if "*" in name else name) if sender == "buyer" else None
    agent = name or None if sender in ("agent", "bot") else None
    kind = cell(message.get("type"))
    found = rules.chat.kinds.get(kind, "other") if kind else None
    return [None, buyer or None, cell(message.get("time")), sender, agent, None, text, None, found]
