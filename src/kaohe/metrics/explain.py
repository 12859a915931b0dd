"""From a figure back to the messages: which were counted, which were not, and the rule that decided each.

The same clock and windows as the figures, told line by line. What an explanation counts adds up to its figure, which a test holds it to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from kaohe.clock import NOBODY, UNANSWERED, absent
from kaohe.errors import WRONG_USE, code, failure
from kaohe.facts import Slice
from kaohe.metrics.events import EventExplanation, explain_events
from kaohe.metrics.figures import chosen
from kaohe.metrics.metric import Metric
from kaohe.metrics.source import Source
from kaohe.metrics.tallies import UNITS

REASONS: Mapping[str, tuple[str, str]] = {
    "in_time": ("在时限内回复", "answered in time"),
    "late": ("回复超时", "answered too late"),
    "answered": ("已回复，计入时长", "answered, its wait counts"),
    "quick": ("已回复，不属慢响应", "answered, not slow"),
    "slow": ("慢响应", "a slow reply"),
    "unanswered": ("未回复", "not answered"),
    "no_wait": ("未回复，没有时长可计", "not answered, so it has no wait"),
    "outside_window": ("不在考核时段内", "outside the assessed hours"),
    "off_duty": ("当时没有客服在线，按口径不考核", "nobody was on duty; the rule pack leaves it out"),
    "cleared_by_bot": ("机器人已答复，按口径不考核", "a bot had answered; the rule pack leaves it out"),
    "other_agent": ("由其他客服负责", "another agent is responsible"),
    "not_turn_start": ("同一回合的后续消息，只计第一条", "a later message of the same turn; only its first counts"),
    "not_first": ("不是当日首条考核消息", "not the contact's first assessed message"),
    "not_session_first": ("不是会话的首条考核消息", "not the session's first assessed message"),
    "other_session": ("属于其他会话单位", "belongs to another unit"),
    "reply": ("人工回复", "a person's reply"),
    "bot": ("机器人消息，不停止计时", "a bot's message; it does not stop the clock"),
    "system": ("系统消息，不停止计时", "a system notice; it does not stop the clock"),
    "served": ("买家与客服都发过消息", "the buyer and the agent both wrote"),
    "not_served": ("没有同时出现买家与客服的消息", "the buyer and the agent did not both write"),
    "text": ("文字消息，计入字数", "a text message, its characters count"),
    "no_text": ("不是文字消息", "no text message"),
}
"""Every reason a line can have, in Chinese and English."""

NO_MESSAGES = code(
    "nothing_to_explain",
    zh="这段时间内没有符合条件的消息。用 kaohe metrics 看有哪些店铺、客服和日期",
    en="no messages of that shop, agent and time. See 'kaohe metrics' for what there is",
    exit=WRONG_USE,
)

NO_EVENTS = code(
    "no_events_to_explain",
    zh="这段时间内没有符合条件的记录。用 kaohe metrics 看有哪些店铺、客服和日期；还没有导入订单、退款等表的，先导入",
    en="nothing of that shop, agent and time is counted for it. See 'kaohe metrics' for what there is, and import orders, refunds and the like first",
    exit=WRONG_USE,
)

_LINES: dict[str, pl.DataType] = {
    "day": pl.Date(),
    "shop_id": pl.String(),
    "buyer_id": pl.String(),
    "contact": pl.Int32(),
    "session_id": pl.String(),
    "message_id": pl.String(),
    "sent_at": pl.Datetime("us"),
    "sender": pl.String(),
    "agent_id": pl.String(),
    "counted_for": pl.String(),
    "text": pl.String(),
    "wait_seconds": pl.Float64(),
    "counted": pl.Boolean(),
    "met": pl.Boolean(),
    "amount": pl.Float64(),
    "reason": pl.String(),
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """A figure and the lines it was made from.

    `lines`: every message of the contacts in question, in order, with columns day, shop_id, buyer_id, contact (number within shop and
    day), session_id, message_id, sent_at (shop's local time), sender, agent_id (as exported), counted_for (agent), text, wait_seconds,
    counted (in the denominator, or in the count), met (in the numerator), amount (what it adds to the numerator), reason (see `REASONS`).
    For figures of contacts the lines that stand for their contact carry its verdict: `units` has one row per unit counted.
    """

    metric: Metric
    numerator: float | None
    denominator: float | None
    value: float | None
    lines: pl.DataFrame
    units: pl.DataFrame


def explain(
    source: Source, metric: str, *, shop: str | None, agent: str | None, first: date | None, last: date | None, whole_shop: bool = True
) -> Explanation | EventExplanation:
    """Explain one figure of the days from `first` to `last`, of a shop or of all, of an agent or (`whole_shop`) of everybody.

    `agent=None` with `whole_shop=False` means messages that count for nobody (未分配). Raises `Failure` when there is nothing.
    """
    (wanted,) = chosen([metric])
    if wanted.evidence == "event":
        found = explain_events(source, wanted, shop=shop, agent=agent, first=first, last=last, whole_shop=whole_shop)
        if found.lines.is_empty():
            raise failure(NO_EVENTS)
        return found
    pieces = source.facts.slices(first, last, None if shop is None else [shop])
    lines, units = [], []
    for piece in pieces:
        told = _Told(source, piece, wanted, None if whole_shop else (agent,))
        if len(told.frame):
            line, unit = told.lines()
            lines.append(line)
            units.append(unit)
    if not lines or sum(len(frame) for frame in lines) == 0:
        raise failure(NO_MESSAGES)
    line, unit = pl.concat(lines), pl.concat(units)
    denominator = float(unit["counted"].sum()) if wanted.under is not None else None
    numerator = float(unit["amount"].sum()) if wanted.quantile is None else None
    if wanted.evidence == "dialogue":
        denominator = float(line.filter((pl.col("sender") == "buyer") & pl.col("counted")).height)
    if wanted.quantile is not None:
        waits = unit.filter("counted")["wait_seconds"]
        value = waits.quantile(wanted.quantile, "linear")
    elif denominator is None:
        value = numerator
    else:
        value = numerator / denominator if denominator and numerator is not None else None
    return Explanation(wanted, numerator, denominator, value, line, unit)


class _Told:
    """The messages of one slice with all that can decide about them."""

    def __init__(self, source: Source, piece: Slice, metric: Metric, agent: tuple[str | None] | None) -> None:
        self.metric, self.agent, self.piece = metric, agent, piece
        self.parameters = {shop: source.parameters(shop, piece.day) for shop in piece.shops}
        messages, cut = source.facts.rows(piece)
        numbered = messages.with_row_index("_row")
        numbered = numbered.filter("mine") if "mine" in messages.columns else numbered
        said = cut.said
        beside = pl.DataFrame(
            {
                "_row": pl.Series(said.at, dtype=pl.UInt32),
                "human": said.human,
                "asked": cut.asked,
                "wait": absent(pl.Series(said.wait), UNANSWERED),
                "account": messages["agent_id"].gather(absent(pl.Series(said.who), NOBODY)),
                "turn": said.turn_start,
                "part": cut.part,
                "inside_": cut.inside if cut.inside is not None else np.zeros(len(said), bool),
                "off_duty": cut.off_duty if cut.off_duty is not None else np.zeros(len(said), bool),
            }
        )
        frame = numbered.drop("wait", "turn_start", "counted_for", strict=False).join(beside, on="_row", how="left", maintain_order="left")
        if cut.inside is None:
            inside = pl.lit(False)
            for shop, parameters in self.parameters.items():
                inside = pl.when(pl.col("shop_id") == shop).then(parameters.window.holds(pl.col("second_of_day"))).otherwise(inside)
            frame = frame.with_columns(inside_=inside)
        frame = source.roster.assigned(
            frame.with_columns(agent_as_exported="agent_id").drop("agent_id"), ["agent_id"], pl.lit(piece.day, pl.Date)
        )
        frame = frame.rename({"agent_id": "counted_for"}).rename({"agent_as_exported": "agent_id"})
        frame = frame.with_columns(
            pl.col("asked").fill_null(False),
            buyer=pl.col("sender") == "buyer",
            human=pl.col("human").fill_null(False),
            mine=pl.lit(True) if agent is None else pl.col("counted_for").eq_missing(pl.lit(agent[0], pl.String)),
            day=pl.lit(piece.day, pl.Date),
        )
        said_anything = (frame.filter((pl.col("buyer") | pl.col("human")) & pl.col("mine")))["contact"].unique()
        self.frame = frame.filter(pl.col("contact").is_in(said_anything.implode()))
        zones = dict(source.shops.select("shop_id", "timezone").iter_rows())
        self.zones = {shop: zones.get(shop) or "Asia/Shanghai" for shop in piece.shops}

    def lines(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        assessed = pl.col("asked") & pl.col("inside_")
        frame = self.frame.with_columns(assessed=assessed.fill_null(False))
        kind = self.metric.evidence
        made = {
            "message": self._messages,
            "turn": self._turns,
            "first": self._firsts,
            "session_first": self._session_firsts,
            "contact": self._contacts,
            "served": self._served,
            "dialogue": self._dialogue,
            "text": self._texts,
        }[kind](frame)
        local = pl.col("sent_at").dt.replace_time_zone(None)
        for shop, zone in self.zones.items():
            local = (
                pl.when(pl.col("shop_id") == shop)
                .then(pl.col("sent_at").dt.convert_time_zone(zone).dt.replace_time_zone(None))
                .otherwise(local)
            )
        told = made.with_columns(
            sent_at=local,
            wait_seconds=pl.when("buyer").then(pl.col("wait") / 1_000_000),
            counted=pl.col("counted").fill_null(False),
            met=pl.col("met").fill_null(False),
            amount=pl.col("amount").fill_null(0).cast(pl.Float64),
        )
        lines = told.select(pl.col(name).cast(dtype) for name, dtype in _LINES.items())
        if kind in ("contact", "served"):
            return lines, self._units(told)
        return lines, lines.filter(pl.col("counted") | (pl.col("amount") != 0))

    def _background(self) -> pl.Expr:
        """Why a line that is no assessed message of the group is not counted."""
        return (
            pl.when(pl.col("sender").is_in(["bot", "system"]))
            .then("sender")
            .when("human")
            .then(pl.lit("reply"))
            .when(pl.col("buyer") & pl.col("off_duty").fill_null(False))
            .then(pl.lit("off_duty"))
            .when(pl.col("buyer") & ~pl.col("inside_").fill_null(False))
            .then(pl.lit("outside_window"))
            .when(pl.col("buyer") & ~pl.col("asked"))
            .then(pl.lit("cleared_by_bot"))
            .when(pl.col("buyer") & ~pl.col("mine"))
            .then(pl.lit("other_agent"))
            .otherwise(pl.lit("bot"))
        )

    def _judged(self, frame: pl.DataFrame, among: pl.Expr, left_out: str) -> pl.DataFrame:
        """Lines for a figure of messages: `among` of the group's assessed messages are looked at, the others are `left_out`."""
        metric = self.metric
        mine = pl.col("assessed") & pl.col("mine")
        answered = pl.col("wait").is_not_null()
        reason = self._background()
        if metric.id in ("reply_rate_30s", "reply_rate_30s_session"):
            counted, met = mine & among, mine & among & (pl.col("wait") <= 30_000_000)
            verdict = pl.when(~answered).then(pl.lit("unanswered")).when(met).then(pl.lit("in_time")).otherwise(pl.lit("late"))
            amount: pl.Expr = met.cast(pl.Float64)
        elif metric.id == "slow_replies":
            limits = {shop: parameters.slow_seconds for shop, parameters in self.parameters.items()}
            limit = pl.col("shop_id").replace_strict(limits, return_dtype=pl.Int64) * 1_000_000
            met = mine & among & (pl.col("wait") > limit)
            counted, amount = met, met.cast(pl.Float64)
            verdict = pl.when(~answered).then(pl.lit("no_wait")).when(met).then(pl.lit("slow")).otherwise(pl.lit("quick"))
        else:
            counted = met = mine & among & answered
            amount = pl.when(counted).then(pl.col("wait") / 1_000_000)
            verdict = pl.when(answered).then(pl.lit("answered")).otherwise(pl.lit("no_wait"))
        reason = pl.when(mine & among).then(verdict).when(mine).then(pl.lit(left_out)).otherwise(reason)
        return frame.with_columns(counted=counted, met=met, amount=amount, reason=reason)

    def _messages(self, frame: pl.DataFrame) -> pl.DataFrame:
        return self._judged(frame, pl.lit(True), "other_agent")

    def _turns(self, frame: pl.DataFrame) -> pl.DataFrame:
        return self._judged(frame, pl.col("turn"), "not_turn_start")

    def _firsts(self, frame: pl.DataFrame) -> pl.DataFrame:
        firsts = frame.filter("assessed").group_by("contact", maintain_order=True).agg(_first=pl.first("_row"))
        joined = frame.join(firsts, on="contact", how="left", maintain_order="left")
        return self._judged(joined, (pl.col("_row") == pl.col("_first")).fill_null(False), "not_first").drop("_first")

    def _session_firsts(self, frame: pl.DataFrame) -> pl.DataFrame:
        firsts = (
            frame.filter("assessed")
            .unique(["contact", "session_id"], keep="first", maintain_order=True)
            .select("_row", _first=pl.lit(True))
        )
        joined = frame.join(firsts, on="_row", how="left", maintain_order="left")
        return self._judged(joined, pl.col("_first").fill_null(False), "not_session_first").drop("_first")

    def _contacts(self, frame: pl.DataFrame) -> pl.DataFrame:
        seconds = {"effective_reply_rate": 3600, "reply_rate_5min": 300, "reply_rate_3min": 180}.get(self.metric.id)
        mine = pl.col("assessed") & pl.col("mine")
        answered = pl.col("wait").is_not_null()
        if seconds is None:
            good, bad = answered, pl.lit("unanswered")
            met_word = pl.lit("answered")
        else:
            good = (pl.col("wait") <= seconds * 1_000_000).fill_null(False)
            bad = pl.when(answered).then(pl.lit("late")).otherwise(pl.lit("unanswered"))
            met_word = pl.lit("in_time")
        reason = pl.when(mine & good).then(met_word).when(mine).then(bad).otherwise(self._background())
        return frame.with_columns(counted=mine, met=mine & good, amount=pl.lit(0.0), reason=reason)

    def _units(self, told: pl.DataFrame) -> pl.DataFrame:
        """One row per contact (or session, turn, message where the pack says so) with the lines that decided."""
        keys = ["day", "shop_id", "buyer_id", "contact"]
        metric = self.metric
        if metric.evidence == "served":
            units = told.group_by(keys, maintain_order=True).agg(
                counted=pl.col("counted").any(), met=pl.col("met").any(), amount=pl.col("met").any().cast(pl.Float64)
            )
            return (
                units.with_columns(session_id=pl.lit(None, pl.String), wait_seconds=pl.lit(None, pl.Float64))
                .filter("counted")
                .select(_UNITS)
            )
        found = []
        for shops, unit in self._by_unit():
            rows = told.filter(pl.col("shop_id").is_in(shops) & pl.col("counted"))
            if unit in ("message", "turn"):
                rows = rows.filter("turn") if unit == "turn" else rows
                units = rows.with_columns(amount=pl.col("met").cast(pl.Float64))
            else:
                grouping = [*keys, "session_id"] if unit == "session" else keys
                met = pl.col("met").any() if metric.id in ("reply_rate", "consulting_buyers") else pl.col("met").all()
                units = rows.group_by(grouping, maintain_order=True).agg(counted=pl.lit(True), met=met)
                units = units.with_columns(amount=pl.col("met").cast(pl.Float64))
                if metric.id == "consulting_buyers":
                    units = units.with_columns(met=pl.lit(True), amount=pl.lit(1.0))
            for name in ("session_id", "wait_seconds"):
                if name not in units.columns:
                    units = units.with_columns(pl.lit(None, pl.String if name == "session_id" else pl.Float64).alias(name))
            found.append(units.select(_UNITS))
        return pl.concat(found)

    def _by_unit(self) -> list[tuple[list[str], str]]:
        if self.metric.id != "reply_rate_3min":
            return [(list(self.parameters), "contact")]
        by_unit: dict[str, list[str]] = {unit: [] for unit in UNITS}
        for shop, parameters in self.parameters.items():
            by_unit[parameters.unit].append(shop)
        return [(shops, unit) for unit, shops in by_unit.items() if shops]

    def _served(self, frame: pl.DataFrame) -> pl.DataFrame:
        mine = pl.col("human") & pl.col("mine")
        both = frame.group_by("contact").agg(_both=pl.col("buyer").any() & mine.any())
        joined = frame.join(both, on="contact", how="left", maintain_order="left")
        counted = pl.col("_both") & (pl.col("buyer") | mine)
        reason = (
            pl.when(counted)
            .then(pl.lit("served"))
            .when(pl.col("sender").is_in(["bot", "system"]))
            .then("sender")
            .when(pl.col("human") & ~pl.col("mine"))
            .then(pl.lit("other_agent"))
            .otherwise(pl.lit("not_served"))
        )
        return joined.with_columns(counted=counted, met=counted, amount=pl.lit(0.0), reason=reason)

    def _dialogue(self, frame: pl.DataFrame) -> pl.DataFrame:
        told = self._served(frame)
        counted = pl.col("_both") & pl.col("mine") & (pl.col("buyer") | pl.col("human"))
        reason = (
            pl.when(counted)
            .then(pl.lit("served"))
            .when(pl.col("sender").is_in(["bot", "system"]))
            .then("sender")
            .when(~pl.col("mine"))
            .then(pl.lit("other_agent"))
            .otherwise(pl.lit("not_served"))
        )
        return told.with_columns(counted=counted, met=counted & pl.col("human"), reason=reason).with_columns(
            amount=pl.col("met").cast(pl.Float64)
        )

    def _texts(self, frame: pl.DataFrame) -> pl.DataFrame:
        mine = pl.col("human") & pl.col("mine") & pl.col("chars").is_not_null()
        reason = (
            pl.when(mine)
            .then(pl.lit("text"))
            .when(pl.col("human") & ~pl.col("mine"))
            .then(pl.lit("other_agent"))
            .when("human")
            .then(pl.lit("no_text"))
            .otherwise(self._background())
        )
        return frame.with_columns(counted=mine, met=mine, amount=pl.when(mine).then("chars"), reason=reason)


_UNITS = ["day", "shop_id", "buyer_id", "contact", "session_id", "wait_seconds", "counted", "met", "amount"]
