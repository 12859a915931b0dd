"""What is refused, and what the engine says of it, so that a person can act on it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kaohe.definitions import nearest
from kaohe.errors import WRONG_USE, Failure, code, failure
from kaohe.sql.tables import listed

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NOTHING_ASKED = code(
    "sql_nothing_asked",
    zh="没有写查询。例如：select count(*) from messages",
    en="there is no query. For example: select count(*) from messages",
    exit=WRONG_USE,
)
ONE_AT_A_TIME = code(
    "sql_one_at_a_time",
    zh="一次只能运行一条查询，这里有 {count} 条。请分开运行",
    en="one query at a time, here are {count}. Run them one by one",
    exit=WRONG_USE,
)
QUERIES_ONLY = code(
    "sql_queries_only",
    zh="只能查询，不能运行 {kind}：数据只由导入改变，设置是固定的。请写 select …",
    en="{kind} can not be run, only queries: data change by imports alone, settings are fixed. Write select …",
    exit=WRONG_USE,
)
OUTSIDE = code(
    "sql_outside",
    zh="查询只能读工作区里的表，不能读写别的文件、联网、装扩展或改设置（{reason}）。要读别的文件，先用 kaohe import 导入；要写文件，用 --output",
    en="a query reads the workspace's tables only: no other files, no network, no extensions, no settings ({reason}). "
    "To read another file import it first; to write one use --output",
    exit=WRONG_USE,
)
NOT_SQL = code(
    "sql_not_understood",
    zh="第 {at} 个字符处读不懂：{reason}",
    en="not understood at character {at}: {reason}",
    exit=WRONG_USE,
)
NO_TABLE = code(
    "sql_no_such_table",
    zh="没有“{name}”这张表。{hint_zh}用 kaohe sql --tables 查看全部",
    en="no table {name!r}. {hint_en}See all with 'kaohe sql --tables'",
    exit=WRONG_USE,
)
NO_COLUMN = code(
    "sql_no_such_column",
    zh="没有“{name}”这一列。{hint_zh}用 describe 表名 查看一张表的列",
    en="no column {name!r}. {hint_en}See a table's columns with 'describe TABLE'",
    exit=WRONG_USE,
)
SAME_NAME = code(
    "sql_same_name_twice",
    zh="结果里有两列都叫“{name}”。请用 as 另起名字，连接时可用 using (…)",
    en="two columns of the result are called {name!r}. Name them with 'as', or join with 'using (…)'",
    exit=WRONG_USE,
)
TOO_LARGE = code(
    "sql_too_large",
    zh="这条查询需要的内存超过 {limit}。请先用 where day … 缩小日期，或先汇总再连接（{reason}）",
    en="the query needs more memory than {limit}. Narrow the days with 'where day …', or group before joining ({reason})",
    exit=WRONG_USE,
)
NOT_A_DURATION = code(
    "sql_span_of_months",
    zh="“月”和“年”没有固定的长度，不能作为结果。请用 date_diff('day', …) 或 date_diff('second', …)",
    en="months and years have no fixed length and can not be a result. Use date_diff('day', …) or date_diff('second', …)",
    exit=WRONG_USE,
)
REFUSED_BY_ENGINE = code(
    "sql_refused",
    zh="查询没有成功：{reason}",
    en="the query failed: {reason}",
    exit=WRONG_USE,
)

MONTHS_INSIDE = "kaohe: a span of months"
"""What a query is made to say where a span of time holds months."""

_OPENS_A_QUERY = ("select", "with", "from", "pivot", "unpivot", "pivot_wider", "pivot_longer", "(", "describe", "summarize")


def check_is_one_query(engine: DuckDBPyConnection, text: str) -> None:
    """Raises `Failure` unless the text is one SELECT; `describe`, `summarize`, `show tables` and `pivot` are SELECTs too.

    Raises the engine's own error where the text can not be parsed.
    """
    statements = engine.extract_statements(text)
    if not statements:
        raise failure(NOTHING_ASKED)
    if len(statements) > 1:
        raise failure(ONE_AT_A_TIME, count=len(statements))
    kind = statements[0].type.name
    first = _first_word(text)
    # A PIVOT whose columns the data decide is several statements to the engine, whatever it is part of.
    if kind != "SELECT" and not (kind == "MULTI" and first in _OPENS_A_QUERY):
        raise failure(QUERIES_ONLY, kind=first.upper() or kind)


def _first_word(text: str) -> str:
    import duckdb

    encoded = text.encode()
    for start, kind in duckdb.tokenize(text):
        if kind != duckdb.token_type.comment:
            found = re.match(r"\w+|\S", encoded[start:].decode(errors="ignore"))
            return found[0].lower() if found else ""
    return ""


@dataclass(frozen=True, slots=True)
class _Said:
    """What the engine said: its message, the kind of trouble, the name it did not know, and the byte of the query it happened at."""

    message: str
    kind: str = ""
    name: str | None = None
    at: int | None = None

    @property
    def table(self) -> str | None:
        """The table there is not."""
        if self.kind == "MISSING_ENTRY Table":
            return self.name
        worded = re.match(r"Table with name (.+?) does not exist!", self.message)
        return worded[1] if worded else None

    @property
    def column(self) -> str | None:
        """The column there is not."""
        if self.kind == "COLUMN_NOT_FOUND":
            return self.name
        worded = re.search(r'(?:does not have a column named|^Column|^Referenced column) "([^"]+)"', self.message)
        return worded[1] if worded and re.search("not found|does not exist|does not have", self.message) else None


def _parsed(error: Exception) -> _Said:
    text = str(error)
    try:
        found: dict[str, Any] = json.loads(text[text.index("{") :])
        message = str(found["exception_message"])
    except (ValueError, KeyError, TypeError):
        return _Said((text.partition("Error: ")[2] or text).strip())
    at = found.get("position")
    kind = f"{found.get('error_subtype', '')} {found.get('type', '')}".strip()
    return _Said(message.strip(), kind, found.get("name"), int(at) if at is not None else None)


_EXPLAIN = "explain "


def _placed(engine: DuckDBPyConnection, found: _Said, text: str) -> _Said:
    """The same trouble with its place. Where binding alone fails the engine leaves that out, but not when it is asked to explain the query."""
    import duckdb

    if found.at is not None:
        return found
    try:
        engine.execute(_EXPLAIN + text)
    except duckdb.Error as again:
        other = _parsed(again)
        if other.at is not None and (other.table, other.column) == (found.table, found.column):
            return replace(other, at=other.at - len(_EXPLAIN))
    return found


def said(engine: DuckDBPyConnection, error: Exception, text: str, memory: str) -> Failure:
    """An error of the engine as a `Failure`, with the line of the query where it is known."""
    import duckdb

    found = _placed(engine, _parsed(error), text)
    line, at = _place(text, found.at)
    if isinstance(error, duckdb.ParserException | duckdb.SyntaxException) and at is not None:
        return failure(NOT_SQL, line=line, at=at, reason=found.message)
    if isinstance(error, duckdb.PermissionException) or "configuration has been locked" in found.message:
        return failure(OUTSIDE, line=line, reason=found.message)
    if isinstance(error, duckdb.OutOfMemoryException):
        return failure(TOO_LARGE, limit=memory, reason=found.message.partition("\n")[0])
    if MONTHS_INSIDE in found.message:
        return failure(NOT_A_DURATION)
    if found.table is not None:
        if re.search(r"[/\\:.]", found.table):
            return failure(OUTSIDE, line=line, reason=found.table)
        return failure(NO_TABLE, line=line, name=found.table, **_hint(found.table, listed()["table"]))
    if found.column is not None:
        return failure(NO_COLUMN, line=line, name=found.column, **_hint(found.column, _columns_in(text)))
    return failure(REFUSED_BY_ENGINE, line=line, reason=found.message)


def _columns_in(text: str) -> list[str]:
    """The columns of the tables a query names."""
    words = set(re.findall(r"\w+", text.lower()))
    return sorted({column for name, columns in listed().select("table", "columns").iter_rows() if name in words for column in columns})


def _hint(name: str, known: Iterable[str]) -> dict[str, str]:
    guess = nearest(name.lower(), known)
    return {"hint_zh": f"是否想写“{guess}”？", "hint_en": f"Did you mean {guess!r}? "} if guess else {"hint_zh": "", "hint_en": ""}


def _place(text: str, byte: int | None) -> tuple[int | None, int | None]:
    """Line and character of a byte of the text, both from 1; None where nothing stands at it."""
    encoded = text.encode()
    if byte is None or not 0 <= byte <= len(encoded):
        return None, None
    before = encoded[:byte].decode(errors="ignore")
    return before.count("\n") + 1, len(before) - before.rfind("\n")
