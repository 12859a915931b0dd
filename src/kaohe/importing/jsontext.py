"""JSON as a stream of items with their lines: one per line (jsonl), the elements of an array, or one object that holds everything.

Memory is bounded by the largest single item. Numbers are kept as they are written: an order number of nineteen digits is no float.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from kaohe.errors import Problem, code
from kaohe.importing.delimited import text_encoding

NOT_JSON = code(
    "not_json",
    zh="不是有效的 JSON：{reason}。请重新导出，或改正后导入",
    en="not valid JSON: {reason}. Export again, or mend it",
)
JSON_TOO_LARGE = code(
    "json_item_too_large",
    zh="单个 JSON 对象超过 {limit} MB。请改为每行一个对象（jsonl）后导入",
    en="a single JSON object exceeds {limit} MB. Write one object per line (jsonl) and import that",
)

LARGEST_ITEM = 128 * 2**20
"""Characters of one item; one object that is the whole file is an item."""

_READ = 1 << 20
_BLANK = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Item:
    """One value and the line it begins on, or the problem found there."""

    line: int
    value: Any
    problem: Problem | None = None


def items(path: Path, name: str, advance: Callable[[int], None] | None = None) -> Iterator[Item]:
    """Every item of the file in order. After something that is not JSON, an array ends; in jsonl the next line goes on."""
    encoding = text_encoding(path)
    with path.open("rb") as stream:
        text = _Text(stream, encoding, advance)
        text.skip_blanks()
        if not text.peek():
            return
        if text.peek() == "[":
            yield from _elements(text, name)
        elif _one_per_line(text):
            yield from _lines(text, name)
        else:
            yield _whole(text, name)


class _Text:
    """Decoded characters of a file, read as needed; `line` is the line of the next one."""

    def __init__(self, stream: IO[bytes], encoding: str, advance: Callable[[int], None] | None) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)("replace")
        self._stream = stream
        self._advance = advance
        self.buffer = ""
        self.place = 0
        self.line = 1
        self.ended = False

    def more(self) -> bool:
        """Read on. False at the end of the file."""
        if self.ended:
            return False
        data = self._stream.read(max(_READ, len(self.buffer) - self.place))
        if self._advance is not None:
            self._advance(len(data))
        self.ended = not data
        self.buffer = self.buffer[self.place :] + self._decoder.decode(data, self.ended)
        self.place = 0
        return True

    def peek(self) -> str:
        while self.place >= len(self.buffer):
            if not self.more():
                return ""
        return self.buffer[self.place]

    def go(self, place: int) -> None:
        self.line += self.buffer.count("\n", self.place, place)
        self.place = place

    def skip_blanks(self, also: str = "") -> None:
        while (char := self.peek()) and char in _BLANK + also:
            self.go(self.place + 1)


def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, strict=False)


_DECODER = _decoder()


def _elements(text: _Text, name: str) -> Iterator[Item]:
    text.go(text.place + 1)
    while True:
        text.skip_blanks(",")
        if text.peek() in ("]", ""):
            if text.peek() == "":
                yield _broken(name, text.line, "]")
            return
        item = _next(text, name)
        yield item
        if item.problem is not None:
            return


def _next(text: _Text, name: str) -> Item:
    """The value that begins here. What can not be read yet is tried again with twice as much text."""
    while True:
        line = text.line
        try:
            value, end = _DECODER.raw_decode(text.buffer, text.place)
        except RecursionError:
            return _broken(name, line, "[[[…")
        except ValueError as error:
            if len(text.buffer) - text.place > LARGEST_ITEM:
                return Item(line, None, Problem(JSON_TOO_LARGE, name, line, parts={"limit": LARGEST_ITEM // 2**20}))
            if not text.more():
                return _broken(name, line, str(error))
            continue
        if end == len(text.buffer) and text.more():
            # A number at the end of what was read may go on.
            continue
        text.go(end)
        return Item(line, value)


def _one_per_line(text: _Text) -> bool:
    """Whether the first line is a value of its own and another follows."""
    while (end := text.buffer.find("\n", text.place)) < 0:
        if len(text.buffer) - text.place > LARGEST_ITEM or not text.more():
            return False
    try:
        json.loads(text.buffer[text.place : end])
    except (ValueError, RecursionError):
        return False
    rest = text.buffer[end:].strip()
    while not rest and text.more():
        rest = text.buffer[end:].strip()
    return bool(rest)


def _lines(text: _Text, name: str) -> Iterator[Item]:
    while True:
        text.skip_blanks()
        if not text.peek():
            return
        line = text.line
        while (end := text.buffer.find("\n", text.place)) < 0 and len(text.buffer) - text.place <= LARGEST_ITEM and text.more():
            pass
        if end < 0:
            end = len(text.buffer)
        try:
            value = _DECODER.decode(text.buffer[text.place : end].strip())
        except (ValueError, RecursionError) as error:
            yield _broken(name, line, str(error))
        else:
            yield Item(line, value)
        text.go(end)


def _whole(text: _Text, name: str) -> Item:
    while text.more():
        if len(text.buffer) - text.place > LARGEST_ITEM:
            return Item(text.line, None, Problem(JSON_TOO_LARGE, name, text.line, parts={"limit": LARGEST_ITEM // 2**20}))
    line = text.line
    try:
        value, end = _DECODER.raw_decode(text.buffer, text.place)
    except (ValueError, RecursionError) as error:
        place = getattr(error, "lineno", line)
        return _broken(name, int(place), str(error))
    if text.buffer[end:].strip():
        return _broken(name, line + text.buffer.count("\n", text.place, end), "}…")
    return Item(line, value)


def _broken(name: str, line: int, reason: str) -> Item:
    return Item(line, None, Problem(NOT_JSON, name, line, parts={"reason": reason[:120]}))


def records(value: Any, depth: int = 4) -> Iterator[list[dict[str, Any]]]:
    """The lists of objects inside a value, as answers of interfaces wrap them: `{"success": true, "result": {"data": [{…}]}}`."""
    if isinstance(value, list):
        if value and all(isinstance(one, dict) for one in value):
            yield value
    elif isinstance(value, dict) and depth:
        for inner in value.values():
            yield from records(inner, depth - 1)


def cell(value: Any) -> str | None:
    """A JSON value as the text of a cell: numbers as written, true and false as words, `{"value": x}` as x, anything else nested as JSON."""
    if isinstance(value, dict) and list(value) == ["value"]:
        value = value["value"]
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)
