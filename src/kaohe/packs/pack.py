"""One rule pack: its dated versions, their parameters (SEMANTICS §2, §3, §5) and compliance rules (§7)."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PlainSerializer, field_validator

from kaohe.definitions import Definition
from kaohe.errors import Failure, code, failure
from kaohe.model.days import Window
from kaohe.model.senders import rank
from kaohe.packs.fields import Day, Threshold, Words, some

Platform = Literal["generic", "pdd", "taobao", "jd", "douyin"]
Unit = Literal["message", "turn", "contact", "session"]
Certainty = Literal["A", "B", "C", "D"]
"""A: the platform's own page. B: the source articles. C: trade press or public code, once. D: unconfirmed, change it if you know better."""

NO_VERSION = code(
    "pack_not_in_force",
    zh="口径“{pack}”从 {first} 起生效，{day} 没有可用的版本。请在口径文件里补上更早的版本，或让第一版的 effective_from 留空",
    en="pack {pack!r} begins on {first}; nothing is in force on {day}. Add an earlier version, or leave effective_from of the first one empty",
)


def _window(given: Any) -> Any:
    if isinstance(given, Window):
        return given
    try:
        return Window.parse(str(given))
    except Failure:
        raise ValueError("应为 / expected 08:00-23:00") from None


Answering = Literal["assisted", "agent", "bot"]
Span = Annotated[int, Field(strict=True, ge=1, le=3660)]
Hours = Annotated[int, Field(strict=True, ge=1, le=24 * 31)]


class Parameters(Definition):
    """What a platform may choose about counting. Hashable; equal parameters count alike.

    `unit` is the unit of the 3-minute figure; `reply_within_hours` None: until the end of the message's local day; `conversion_hours`
    replaces the end of the day by so many hours after the contact's first assessed message. Days include the first. `sales_final_after_days`: a
    report made sooner after its last day than this may still change in its sales figures.
    """

    window: Annotated[Window, PlainSerializer(str)] = Window(8 * 3600, 23 * 3600)
    human_senders: Annotated[tuple[Answering, ...], AfterValidator(some)] = ("assisted", "agent")
    reply_within_hours: Hours | None = None
    bot_reply: Literal["ignored", "clears"] = "ignored"
    unit: Unit = "contact"
    window_by: Literal["message", "session_start"] = "message"
    nobody_on_duty: Literal["counts", "left_out"] = "counts"
    slow_seconds: Annotated[int, Field(strict=True, ge=0, le=86_400)] = 180
    aftersale_days: Annotated[int, Field(strict=True, ge=0, le=3660)] = 15
    credit_days: Span = 3
    conversion_days: Span = 3
    conversion_hours: Hours | None = None
    credit: Literal["last_before_pay", "last_before_order", "most_turns", "first", "even"] = "last_before_pay"
    order_event: Literal["grouped_at", "paid_at", "created_at"] = "paid_at"
    sales_final_after_days: Annotated[int, Field(strict=True, ge=0, le=366)] = 0

    _parsed = field_validator("window", mode="before")(_window)

    @field_validator("human_senders")
    @classmethod
    def _in_order(cls, given: tuple[Answering, ...]) -> tuple[Answering, ...]:
        # One order and no repetition, so that packs which mean the same are equal and share what was counted.
        return tuple(sorted(set(given), key=rank))

    def fingerprint(self) -> str:
        """16 hex digits over what decides which messages are assessed and how long each waited."""
        return _digest(self.model_dump(mode="json", include=set(CLOCK)))

    def full_fingerprint(self) -> str:
        """16 hex digits over all parameters."""
        return _digest(self.model_dump(mode="json"))


CLOCK = ("window", "window_by", "human_senders", "reply_within_hours", "bot_reply")
"""The parameters that change the response clock."""


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


class Sample(Definition):
    """A rule is applied only where the metric's value reaches `at_least`."""

    metric: str
    at_least: Annotated[int, Field(strict=True, ge=1)]


class ComplianceRule(Definition):
    """One demand of the platform on a shop.

    The figure is taken over one shop and local day (`shop_day`), or over the last `days` days (`trailing_days`). `threshold` is in the
    metric's own unit (rates 0 to 1 or as 85%, seconds); a figure exactly on it passes. `unit` counts the 3-minute figure in another unit than
    the pack's. `editable`: nobody confirmed the threshold or it differs between trades; a shop puts its own in a pack of its workspace.
    """

    id: str
    title: Words
    metric: str
    unit: Unit | None = None
    scope: Literal["shop_day", "trailing_days"] = "shop_day"
    days: Annotated[int, Field(strict=True, ge=2, le=366)] | None = None
    minimum_sample: Sample | None = None
    threshold: Threshold
    direction: Literal["at_least", "at_most"] = "at_least"
    editable: bool = False
    consequence: Words
    source: str
    certainty: Certainty
    note: Words | None = None


class Version(Definition):
    """What holds from `effective_from` on, that day included; None: from the beginning. `sources` says of single parameters where they are from."""

    effective_from: Day | None = None
    source: str
    certainty: Certainty
    note: Words | None = None
    parameters: Parameters = Parameters()
    sources: dict[str, str] = Field(default_factory=dict)
    rules: tuple[ComplianceRule, ...] = ()


class Pack(Definition):
    """One platform's rules over time. `default`: shops of the platform are judged by it unless they name another."""

    name: str = Field(pattern=r"^[\w-]+$")
    title: Words
    platform: Platform
    default: bool = False
    versions: Annotated[tuple[Version, ...], AfterValidator(some)]

    def on(self, day: dt.date) -> Version:
        """The version in force on a local day. Raises `Failure` for a day before the first."""
        found = None
        for version in self.versions:
            if version.effective_from is None or version.effective_from <= day:
                found = version
        if found is None:
            raise failure(NO_VERSION, pack=self.name, first=self.versions[0].effective_from, day=day)
        return found
