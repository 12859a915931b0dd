"""Messages written as tables, for tests that read like a manual.

    buyer | sender | agent | sent_at
    ------+--------+-------+---------
    b1    | buyer  |       | 09:00:00
    b1    | agent  | lin   | 09:01:20

Columns, in any order, those not needed left out: shop (`s1`), buyer (`b1`), sender, agent, sent_at, id, text, session. An empty cell
is null, `""` the empty text. Times are local to the shop: of `day` when only the clock is written, else as `2026-10-02 09:00:00`;
a full time with an offset is that instant.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from kaohe.model.tables import TABLES
from reference import SENDERS, Message

DAY = date(2026, 10, 1)
ZONE = "Asia/Shanghai"

FIELDS = {
    "shop": "shop_id",
    "buyer": "buyer_id",
    "sender": "sender",
    "agent": "agent_id",
    "sent_at": "sent_at",
    "id": "message_id",
    "text": "text",
    "session": "session_id",
}
SHORT = {
    "shop": "shop_id",
    "buyer": "buyer_id",
    "agent": "agent_id",
    "order": "order_id",
    "line": "line_id",
    "payment": "payment_id",
    "refund": "refund_id",
    "complaint": "complaint_id",
    "review": "review_id",
    "rating": "rating_id",
}
"""What columns of other tables than messages are called for short."""

NEEDED = ("sender", "sent_at")
DEFAULTS = {"shop": "s1", "buyer": "b1"}


def cells(table: str) -> list[dict[str, str]]:
    """The rows of any ASCII table as heading → cell. ValueError, with the row, when it has not a cell for every heading."""
    lines = [line.strip() for line in table.splitlines() if line.strip()]
    if not lines:
        raise ValueError("a table needs a heading")
    headings, *body = [[cell.strip() for cell in line.split("|")] for line in lines if set(line) - set("-+| ")]
    if len(set(headings)) != len(headings):
        raise ValueError(f"a heading stands twice: {' | '.join(headings)}")
    for row in body:
        if len(row) != len(headings):
            raise ValueError(f"expected {len(headings)} cells, found {len(row)}: {' | '.join(row)}")
    return [dict(zip(headings, row, strict=True)) for row in body]


def sections(text: str) -> dict[str, str]:
    """The tables of a text by name: each begins with a line such as `orders:`; what stands before the first is `messages`.

    >>> sections("a | b\\n orders: \\nc | d")
    {'messages': 'a | b\\n', 'orders': 'c | d\\n'}
    """
    found: dict[str, str] = {"messages": ""}
    name = "messages"
    for line in text.splitlines():
        if line.strip().endswith(":") and "|" not in line:
            name = line.strip()[:-1]
            found[name] = ""
        else:
            found[name] += line + "\n"
    return {name: table for name, table in found.items() if table.strip()}


def rows(name: str, table: str, zone_of: Mapping[str, str] | None = None, day: date = DAY) -> list[dict[str, object]]:
    """The rows of a canonical table written as text, columns by their name or for short, cells of the column's kind. Empty cells are left out.

    A shop not given is `s1` where the table has shops. Instants are local as in `messages`; days may be written as `2026-10-02`.
    """
    canonical = TABLES[name]
    known = {column.name: column for column in canonical.columns}
    made = []
    for row in cells(table):
        given = {SHORT.get(heading, heading): cell for heading, cell in row.items() if cell}
        unknown = [heading for heading in given if heading not in known]
        if unknown:
            raise ValueError(f"{name} has no column {unknown[0]!r}. Known: {', '.join(known)}")
        if "shop_id" in canonical.required:
            given.setdefault("shop_id", "s1")
        zone = (zone_of or {}).get(given.get("shop_id", ""), ZONE)
        made.append({column: _cell(known[column].kind, cell, zone, day) for column, cell in given.items()})
    return made


def _cell(kind: str, cell: str, zone: str, day: date) -> object:
    if kind == "instant":
        return moment(cell, zone, day).astimezone(UTC)
    if kind == "flag":
        return {"yes": True, "no": False}[cell]
    return {"date": date.fromisoformat, "money": Decimal, "integer": int, "number": float}.get(kind, str)(cell)


def messages(table: str, *, zone_of: Mapping[str, str] | None = None, day: date = DAY) -> list[Message]:
    """The messages of a table, as written. Shops not in `zone_of` are in Asia/Shanghai.

    Raises ValueError for a heading or sender nobody knows, a missing sender or time, or a time that is none.
    """
    return [_message(row, zone_of or {}, day) for row in cells(table)]


def _message(row: Mapping[str, str], zone_of: Mapping[str, str], day: date) -> Message:
    unknown = [heading for heading in row if heading not in FIELDS]
    if unknown:
        raise ValueError(f"no column {unknown[0]!r}. Known: {', '.join(FIELDS)}")
    given = DEFAULTS | {heading: cell for heading, cell in row.items() if cell}
    missing = [heading for heading in NEEDED if heading not in given]
    if missing:
        raise ValueError(f"no {missing[0]} in {row}")
    if given["sender"] not in SENDERS:
        raise ValueError(f"no sender {given['sender']!r}. Known: {', '.join(SENDERS)}")
    if given.get("text") == '""':
        given["text"] = ""
    sent_at = moment(given.pop("sent_at"), zone_of.get(given["shop"], ZONE), day)
    return Message(sent_at=sent_at, **{FIELDS[heading]: cell for heading, cell in given.items()})


def moment(text: str, zone: str = ZONE, day: date = DAY) -> datetime:
    """`09:00:00` of `day`, `2026-10-02 09:00:00`, or a full time with an offset, as an aware time."""
    found = datetime.fromisoformat(text) if "-" in text[:5] else datetime.combine(day, time.fromisoformat(text))
    return found if found.tzinfo is not None else found.replace(tzinfo=ZoneInfo(zone))
