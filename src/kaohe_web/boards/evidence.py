"""What is behind a figure: what it is made of, the contacts and events counted and not counted, and the chats themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from kaohe.errors import Failure, Lang
from kaohe.metrics.catalogue import Metric
from kaohe.metrics.events import EventExplanation
from kaohe.metrics.explain import REASONS, Explanation
from kaohe.reports import event_evidence
from kaohe.reports import evidence as message_evidence
from kaohe.reports.cells import printable, shown
from kaohe.reports.evidence import CONVERSATION, LEFT_OUT, MET, MISSED
from kaohe.reports.figures import kind
from kaohe.reports.headings import called
from kaohe.reports.tables import Sheet
from kaohe_web.boards.answers import UNASSIGNED
from kaohe_web.boards.asking import Asked
from kaohe_web.boards.policies import Seen
from kaohe_web.boards.ready import Ready
from kaohe_web.site import workspace

CHAT_METRIC = "avg_response_seconds"
"""By which a chat is told where the figure it was opened from is not one of messages."""


@dataclass(frozen=True, slots=True)
class Case:
    """A contact, an order or another event of a figure."""

    mark: str
    counted: bool
    met: bool
    day: date
    at: str
    subject: str
    buyer: str
    agent: str
    amount: str
    why: str


@dataclass(frozen=True, slots=True)
class Told:
    """A figure explained: in words, and case by case; `sheets` are the same as files."""

    said: list[str]
    cases: list[Case]
    raw: Sheet
    people: Sheet


def level(asked: Asked, shops: list[str]) -> str:
    """What a figure is told apart by next: shop, agent, day, or `cases` where it is down to them.

    Cases are of one shop, and of one agent or the whole shop: several of a group may have served one buyer.
    """
    if asked.group and not asked.agent:
        return "agent"
    if not asked.shop and len(shops) > 1:
        return "shop"
    if not asked.agent and not asked.seen.whole_shops(shops):
        return "agent"
    if asked.first != asked.last and not asked.of.is_small(asked.first, asked.last):
        return "day"
    return "cases"


def told(asked: Asked, shop: str, metric: Metric, lang: Lang) -> Told | None:
    """The cases of a figure of one shop, and an agent; None where there are none. The figure it adds up to stands in its words."""
    agent = asked.agent or None
    nobody = agent == UNASSIGNED
    try:
        found = workspace().explain(
            metric.id,
            shop=shop,
            agent=None if nobody else agent,
            first=asked.first,
            last=asked.last,
            unassigned=nobody,
            at=asked.of.number or None,
        )
    except Failure:
        return None
    if isinstance(found, EventExplanation):
        said = event_evidence.summary(found, lang)
        return Told(said, _events(found, asked.of, lang), event_evidence.evidence(found), event_evidence.readable(found, lang))
    said = message_evidence.summary(found, lang)
    return Told(said, _contacts(found, lang), message_evidence.evidence(found), message_evidence.readable(found, lang))


def _contacts(found: Explanation, lang: Lang) -> list[Case]:
    """A case per buyer and day: counted where any line of it is. Reasons with how many lines each decided."""
    place = lang != "zh"
    reasons = (
        found.lines.group_by(*CONVERSATION, "counted", "reason", maintain_order=True)
        .len()
        .with_columns(
            words=pl.col("reason").replace_strict({reason: texts[place] for reason, texts in REASONS.items()}, default=pl.col("reason"))
        )
        .with_columns(words=pl.concat_str("words", pl.when(pl.col("len") > 1).then(pl.format(" ×{}", "len")).otherwise(pl.lit(""))))
    )
    sums = found.lines.group_by(*CONVERSATION, maintain_order=True).agg(
        counted=pl.col("counted").any(),
        missed=(pl.col("counted") & ~pl.col("met")).any(),
        wait=pl.col("wait_seconds").filter("counted").max(),
        at=pl.col("sent_at").first(),
    )
    # What decided: of a contact that counts the lines that count, of another what kept it out.
    kept = reasons.join(sums.select(*CONVERSATION, _any="counted"), on=list(CONVERSATION)).filter(pl.col("counted") == pl.col("_any"))
    told = kept.group_by(*CONVERSATION, maintain_order=True).agg(pl.col("words").str.join("、" if lang == "zh" else ", "))
    rows = sums.join(told, on=list(CONVERSATION), how="left", maintain_order="left").sort(
        pl.col("counted").not_(), pl.col("missed").not_(), maintain_order=True
    )
    return [
        Case(
            MISSED if row["counted"] and row["missed"] else MET if row["counted"] else LEFT_OUT,
            row["counted"],
            not row["missed"],
            row["day"],
            f"{row['at']:%H:%M:%S}",
            "",
            row["buyer_id"],
            "",
            shown(row["wait"], "seconds", lang, ""),
            row["words"] or "",
        )
        for row in rows.iter_rows(named=True)
    ]


def _events(found: EventExplanation, of: Ready, lang: Lang) -> list[Case]:
    frame = event_evidence.readable(found, lang).frame.sort(pl.col("counted").not_(), "met", maintain_order=True)
    with_amount = kind(found.metric.unit) in ("money", "hours")
    return [
        Case(
            MET if row["counted"] and row["met"] else MISSED if row["counted"] else LEFT_OUT,
            row["counted"],
            row["met"],
            row["day"],
            f"{row['at']:%H:%M:%S}" if isinstance(row["at"], datetime) else "",
            printable(row["subject"] or ""),
            row["buyer_id"] or "",
            of.agent_names.get(row["counted_for"], row["counted_for"]) if row["counted_for"] else "",
            shown(row["amount"], "number", lang) if with_amount and row["counted"] else "",
            row["reason"],
        )
        for row in frame.iter_rows(named=True)
    ]


def in_scope(asked: Asked, seen: Seen, shop: str) -> bool:
    """Whether all the figure's cases are among those that are seen and asked for: on all its days the agent stood in a group that is."""
    if shop in seen.whole_shops([shop]) and not asked.group:
        return True
    if not asked.agent:
        return False
    days = pl.DataFrame(
        {"day": pl.date_range(asked.first, asked.last, eager=True), "agent_id": None if asked.agent == UNASSIGNED else asked.agent}
    )
    standing = workspace().source(asked.of.number or None).roster.standing(days.cast({"agent_id": pl.String}), ["group"], "day")
    wanted = None if asked.group == UNASSIGNED else asked.group
    return all(seen.holds(shop, group) and (not asked.group or group == wanted) for group in standing["group"])


# Chats ----------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """A message of a chat. `wait`: what a buyer's message waited for its reply; `length`: 1 to 10, the wait beside the longest of the chat."""

    at: str
    sender: str
    who: str
    text: str
    mark: str
    why: str
    wait: str
    length: int


def chat(of: Ready, seen: Seen, metric: Metric, shop: str, buyer: str, day: date, agent: str, lang: Lang) -> list[Said] | None:
    """A buyer's chat of one day with a shop; None where there is none that may be read."""
    chosen = metric.id if metric.evidence not in ("event", "none") else CHAT_METRIC
    source = workspace()

    def lines(agent: str | None) -> pl.DataFrame | None:
        nobody = agent == UNASSIGNED
        try:
            found = source.explain(
                chosen, shop=shop, agent=None if nobody else agent, first=day, last=day, unassigned=nobody, at=of.number or None
            )
        except Failure:
            return None
        assert isinstance(found, Explanation)
        frame = found.lines.filter(pl.col("buyer_id") == buyer)
        return frame if len(frame) else None

    found = lines(agent or None)
    found = found if found is not None else lines(None)
    if found is None:
        return None
    if shop not in seen.whole_shops([shop]):
        people = found.filter(pl.col("counted_for").is_not_null()).select("day", agent_id="counted_for").unique()
        standing = source.source(of.number or None).roster.standing(people, ["group"], "day")
        if not any(seen.holds(shop, group) for group in standing["group"]):
            return None
    return _said(found, of, lang)


def _said(found: pl.DataFrame, of: Ready, lang: Lang) -> list[Said]:
    longest: Any = found["wait_seconds"].max() or 1
    senders = called("sender", lang)
    rows = []
    for row in found.iter_rows(named=True):
        agent = row["counted_for"] or row["agent_id"]
        wait = row["wait_seconds"]
        name = of.agent_names.get(agent, agent) if agent and row["sender"] in ("agent", "assisted") else ""
        reason = REASONS[row["reason"]][lang != "zh"] if row["reason"] in REASONS else ""
        if row["sender"] == "buyer" and row["counted_for"]:
            reason += f"（{of.agent_names.get(agent, agent)}）" if lang == "zh" else f" ({of.agent_names.get(agent, agent)})"
        rows.append(
            Said(
                f"{row['sent_at']:%H:%M:%S}",
                row["sender"],
                f"{senders.get(row['sender'], row['sender'])} {name}".strip(),
                row["text"] or "",
                MET if row["counted"] and row["met"] else MISSED if row["counted"] else LEFT_OUT,
                reason,
                "" if wait is None else shown(wait, "seconds", lang),
                0 if wait is None else max(1, round(10 * wait / longest)),
            )
        )
    return rows
