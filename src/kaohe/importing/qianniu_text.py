"""Chats copied out of the Qianniu window as text.

An entry begins with who wrote and when; what follows until the next beginning is what was written. The four ways of beginning are in
`profiles/qianniu_text.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import polars as pl

from kaohe.errors import Problem, code
from kaohe.importing.pdd_chat import COLUMNS, neighbours
from kaohe.importing.profiles import Chat
from kaohe.importing.raw import RawTable, text_frame

NO_BEGINNING = code(
    "chat_without_beginning",
    zh="这段文字前面没有“用户名 时间”，不知是谁何时写的：“{found}”。请补上后重新导入",
    en="nothing says who wrote this and when: {found!r}. Put 'name time' before it and import again",
)

_TIME = r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}[ \t]+\d{1,2}:\d{1,2}:\d{1,2})"
_BEGINNING = re.compile(r"^(.*?)[ \t]*[(（]?" + _TIME + r"[)）]?[:：]?[ \t]*$")
_RECALL = re.compile(r"^(.{1,60}?)[ \t]*撤回了一条消息$")
_SEEN = frozenset({"已读", "未读", "发送中"})
_ARROW = re.compile(r"[ \t]*--?>[ \t]*")


def looks_like_chat(text: str) -> bool:
    """Whether the start of a file is such a chat: names with a time at the line's end, or alone on the next line."""
    lines = [line.strip() for line in text.splitlines()[:400]]
    found = [line for line in lines if len(line) <= 120 and _BEGINNING.match(line)]
    return len(found) >= 1 and not any("," in line or "\t" in line for line in found[:3])


def shop_of(account: str) -> str | None:
    """The shop's name in an account such as 店铺名:子账号; None for a buyer."""
    head, colon, tail = account.replace("：", ":").partition(":")
    return head.strip() if colon and head.strip() and tail.strip() else None


def tables(text: str, chat: Chat) -> Iterator[RawTable]:
    """The chat as one raw table in the columns of `messages`; lines are those of the text. Nothing when it has no entries."""
    rows: list[list[str | None]] = []
    lines: list[int] = []
    broken: dict[int, Problem] = {}
    noise = re.compile("|".join(f"(?:{pattern})" for pattern in chat.noise) or r"(?!)")
    robots = re.compile("|".join(f"(?:{pattern})" for pattern in chat.robots) or r"(?!)")
    every = [line.strip(" \t\u00a0\u3000\ufeff\u200b") for line in re.split(r"\r\n|\r|\n", text)]
    shops = {shop for shop in (_shop_in(line) for line in every) if shop}
    body: list[str] = []

    def close() -> None:
        if rows and rows[-1][3] != "system":
            rows[-1][6] = "\n".join(body).strip() or None
        elif body and not rows:
            broken[0] = Problem(NO_BEGINNING, parts={"found": body[0][:40]})
            rows.append([None] * len(COLUMNS))
            lines.append(first)
        body.clear()

    first = 1
    place = 0
    while place < len(every):
        line, number = every[place], place + 1
        place += 1
        if not line or line in _SEEN or noise.search(line):
            continue
        recall = _RECALL.match(line)
        beginning = _BEGINNING.match(line)
        if beginning is None and place < len(every) and _is_bare_time(every[place]):
            beginning = _BEGINNING.match(f"{line} {every[place]}")
            place += 1
        if beginning is not None and beginning.group(1):
            close()
            rows.append(_entry(beginning.group(1), beginning.group(2), shops, robots))
            lines.append(number)
        elif recall is not None:
            close()
            # A recall has no time of its own. It stands where the entry before it stands.
            rows.append([None, None, rows[-1][2] if rows else None, "system", None, None, line, None, None])
            lines.append(number)
        else:
            if not body:
                first = number
            body.append(line)
    close()
    if not rows:
        return
    neighbours(rows, range(len(rows)))
    yield RawTable(text_frame(rows, COLUMNS), 1, pl.Series(lines, dtype=pl.Int64), broken)


def shops_in(text: str) -> set[str]:
    """The shops whose accounts write in the text."""
    return {shop for shop in map(_shop_in, (line.strip() for line in text.splitlines())) if shop}


def _shop_in(line: str) -> str | None:
    beginning = _BEGINNING.match(line) if len(line) <= 200 else None
    if beginning is None:
        return None
    return next((shop for shop in (shop_of(name) for name in _names(beginning.group(1))) if shop), None)


def _names(who: str) -> list[str]:
    return [_bare(name) for name in _ARROW.split(who)]


def _bare(name: str) -> str:
    name = name.strip(" \t\u00a0")
    return name[1:-1].strip() if name.startswith("[") and name.endswith("]") else name


def _is_bare_time(line: str) -> bool:
    found = _BEGINNING.match(line)
    return found is not None and not found.group(1)


def _entry(who: str, time: str, shops: Iterable[str], robots: re.Pattern[str]) -> list[str | None]:
    names = _names(who)
    author, receiver = names[0], names[1] if len(names) > 1 else None
    shop = shop_of(author)
    # The shop's own name without a sub-account is its main account.
    is_agent = shop is not None or author in shops
    if is_agent:
        sender = "bot" if robots.search(author) else "agent"
        return [shop or author, receiver, time, sender, author, None, None, None, None]
    return [None, author, time, "buyer", receiver, None, None, None, None]
