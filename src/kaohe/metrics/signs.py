"""Signs of gaming, as evidence: lists of cases with their messages, beside how often colleagues have the same. Never a deduction by themselves.

What counts as each sign, what does not, and its innocent explanations stand in `docs/reference/signs.md`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import groupby

import polars as pl

from kaohe.errors import WRONG_USE, code, failure
from kaohe.facts import Slice
from kaohe.lake.runner import run
from kaohe.metrics import exempt
from kaohe.metrics.figures import MINIMUM_SAMPLE
from kaohe.metrics.fillers import Wording
from kaohe.metrics.handling import handled
from kaohe.metrics.intervals import wilson
from kaohe.metrics.sightings import Found
from kaohe.metrics.signs_handoffs import late_handoffs
from kaohe.metrics.signs_invitations import invitations_after_praise
from kaohe.metrics.signs_presence import away_at_peaks, busiest_hours
from kaohe.metrics.signs_replies import empty_first_replies, unanswered_questions
from kaohe.metrics.source import Ask, Source
from kaohe.metrics.talk import Talk
from kaohe.model.days import DEFAULT_TIMEZONE


@dataclass(frozen=True, slots=True)
class Sign:
    """One kind of sign. `over` and `under` name what is counted and out of what; `texts`: it can only be seen where messages have their text."""

    id: str
    zh: str
    en: str
    over_zh: str
    over_en: str
    under_zh: str
    under_en: str
    texts: bool = False


SIGNS: Mapping[str, Sign] = {
    one.id: one
    for one in (
        Sign(
            "empty_first_reply",
            "空话抢首响",
            "Empty first reply",
            "首条回复是空话、隔后才答的回合",
            "turns with a filler first and the answer later",
            "买家有诉求且有人回复的考核回合",
            "assessed turns in which the buyer wanted something and somebody replied",
            texts=True,
        ),
        Sign(
            "late_handoff",
            "临超时转接",
            "Hand-off just before a threshold",
            "临近时限才转出的",
            "those just before a threshold",
            "买家等待中转给同事的会话",
            "hand-offs to a colleague while a buyer waited",
        ),
        Sign(
            "offline_at_peak",
            "高峰离线",
            "Offline at peaks",
            "离线满 10 分钟的高峰小时",
            "busy hours with 10 minutes offline or more",
            "当班时段内的高峰小时",
            "busy hours within the working span",
        ),
        Sign(
            "answers_nothing",
            "答而无物",
            "Replies that answer nothing",
            "当天始终没有得到答复的提问",
            "questions nobody answered that day",
            "买家有提问且有人回复的考核回合",
            "assessed turns in which the buyer asked and somebody replied",
            texts=True,
        ),
        Sign(
            "invites_after_praise",
            "夸后才邀评",
            "Invitations after praise",
            "买家夸过之后才发的",
            "those sent after praise",
            "邀评（买家当日先说过话的）",
            "invitations to buyers who had written that day",
            texts=True,
        ),
    )
}
"""Every sign by its id, in the order they are shown."""

UNKNOWN_SIGN = code(
    "unknown_sign",
    zh="没有“{sign}”这种迹象。可选：{known}",
    en="no sign {sign!r}. Known: {known}",
    exit=WRONG_USE,
)

SUMMARY: dict[str, pl.DataType] = {
    "sign": pl.String(),
    "shop_id": pl.String(),
    "agent_id": pl.String(),
    "count": pl.Int64(),
    "base": pl.Int64(),
    "share": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "turned": pl.Int64(),
    "colleagues_count": pl.Int64(),
    "colleagues_base": pl.Int64(),
    "colleagues_share": pl.Float64(),
    "colleagues_low": pl.Float64(),
    "colleagues_high": pl.Float64(),
    "usual_count": pl.Int64(),
    "usual_base": pl.Int64(),
    "usual_share": pl.Float64(),
    "usual_low": pl.Float64(),
    "usual_high": pl.Float64(),
    "stands_out": pl.Boolean(),
}
"""One row per sign, shop and agent (null: nobody knows who) with any opportunity: cases of it, opportunities, their quotient with its 95 % interval; in
`turned`, of empty first replies, how many kept a threshold the answer would have missed; the same of all others in the shop together; what is usual,
of invitations the share of served contacts that end in praise; and whether there are opportunities enough (`MINIMUM_SAMPLE`) and the interval lies
wholly above that of the colleagues, and of what is usual."""

CASES: dict[str, pl.DataType] = {
    "case": pl.Int64(),
    "sign": pl.String(),
    "shop_id": pl.String(),
    "agent_id": pl.String(),
    "day": pl.Date(),
    "buyer_id": pl.String(),
    "started_at": pl.Datetime("us"),
    "ended_at": pl.Datetime("us"),
    "first_seconds": pl.Float64(),
    "later_seconds": pl.Float64(),
    "away_seconds": pl.Float64(),
    "hour": pl.Int8(),
    "thresholds": pl.String(),
    "detail": pl.String(),
    "other_agent_id": pl.String(),
    "buyers": pl.Int64(),
}
"""One case of a sign, numbered from 1 in order of sign, shop, agent, day and time. Times are local to the shop. By sign:

* `empty_first_reply`: from the buyer's first message to the answer; `first_seconds` until the filler, `later_seconds` until the answer, both from the
  buyer's first message; `thresholds` (seconds) the filler kept and the answer would have missed; `detail` `same_turn`, or `called_again` where the
  buyer wrote again first, without wanting anything new; `other_agent_id` who answered, where it was somebody else.
* `late_handoff`: from the buyer's first message to the hand-off; `first_seconds` until it, at the latest; `later_seconds` until the colleague,
  `other_agent_id`, wrote; `thresholds` the one about to run out; `detail` `notice` or `receiver`: what dates it.
* `offline_at_peak`: from going offline to coming back (null: not that day); `away_seconds` within the busy hour `hour`; `detail` `gap` or `left`.
* `answers_nothing`: from the buyer's first message to the last of the day; `first_seconds` until the first reply; `detail` `nothing` or `pasted`, then
  `buyers` got the same text.
* `invites_after_praise`: from the buyer's last message to the invitation."""

LINES: dict[str, pl.DataType] = {
    "case": pl.Int64(),
    "sent_at": pl.Datetime("us"),
    "sender": pl.String(),
    "agent_id": pl.String(),
    "message_id": pl.String(),
    "text": pl.String(),
    "marked": pl.Boolean(),
}
"""The messages of each case in order, bots' and the platform's among them. `agent_id` is the person; `marked` the message the case is about: the empty
reply, the colleague's, the praise."""

UNSEEN: dict[str, pl.DataType] = {"sign": pl.String(), "shop_id": pl.String(), "reason": pl.String(), "count": pl.Int64()}
"""What could not be looked at, and why (`REASONS`): a sign of a shop is not there because nobody could see it. `count` of what was left out, where only
a part was."""

REASONS: Mapping[str, tuple[str, str]] = {
    "no_messages": ("这段时间没有聊天消息", "no messages in these days"),
    "no_text": ("导出里没有聊天内容，看不出", "the export holds no message texts"),
    "some_text": ("有 {count} 条消息没有内容，没有计入", "{count} messages without text are left out"),
    "no_transfers": (
        "导出里既没有转接通知，也没有每条消息的接待客服，看不出转接的时间",
        "the export holds neither notices of transfers nor receiving agents, so hand-offs have no time",
    ),
    "no_presence": ("没有这家店的在线记录（表 presence）", "no presence of this shop (table presence)"),
    "no_invitations": ("没有邀评记录（表 ratings 的邀请时间）", "no invitations to rate (invited_at in table ratings)"),
}


@dataclass(frozen=True, slots=True)
class Signs:
    """What was seen: `summary` (`SUMMARY`), `cases` (`CASES`), `lines` (`LINES`), and `unseen` (`UNSEEN`), what could not be looked at. Every count of the
    summary is the number of its cases."""

    summary: pl.DataFrame
    cases: pl.DataFrame
    lines: pl.DataFrame
    unseen: pl.DataFrame


def chosen(kinds: Iterable[str] | None) -> list[str]:
    """The ids of these signs, given by id or Chinese name, in the order of `SIGNS`; all for None. Raises `Failure` for what is none."""
    if kinds is None:
        return list(SIGNS)
    ids = {one.zh: one.id for one in SIGNS.values()} | {one: one for one in SIGNS}
    asked = list(kinds)
    for one in asked:
        if one not in ids:
            raise failure(UNKNOWN_SIGN, sign=one, known=", ".join(SIGNS))
    wanted = {ids[one] for one in asked}
    return [one for one in SIGNS if one in wanted]


def signs(
    source: Source,
    first: date | None = None,
    last: date | None = None,
    *,
    shop: str | None = None,
    agent: str | None = None,
    kinds: Collection[str] | None = None,
    fillers: Iterable[str] = (),
    executor: Executor | None = None,
) -> Signs:
    """The signs of the days from `first` to `last`, both included, all there are for None; of one shop, one agent, some kinds.

    An agent is always held against all colleagues of the shop, also when only he is asked for. `fillers` are further texts that hold nothing. Days on
    which a shop is exempt, and an agent's days of leave, are left out. Raises `Failure` for a kind there is not.
    """
    wanted = chosen(kinds)
    ask = Ask(first, last, (), executor)
    pieces = source.facts.slices(first, last, None if shop is None else [shop])
    wording = Wording.of([*source.shops["name"].drop_nulls(), *fillers])
    invited = _invitations(source, ask) if "invites_after_praise" in wanted else _no_invitations()
    days = [list(slices) for _, slices in groupby(pieces, key=lambda piece: piece.day)]
    in_chats = [one for one in wanted if one != "offline_at_peak"]
    seen = list(run(partial(_day, source, in_chats, wording, invited), days if in_chats else [], executor))
    found = Found.together([one.found for one in seen])
    base, cases = _people(source, found.base), _people(source, found.cases)
    unseen = _unseen(source, in_chats, [shop] if shop is not None else None, seen)
    if "offline_at_peak" in wanted:
        away, known = away_at_peaks(source, ask, busiest_hours(source, pieces))
        base = pl.concat([base, away.base.rename({"account": "agent_id"}).select(base.columns)])
        more = away.cases.rename({"account": "agent_id", "other_account": "other_agent_id"}).with_columns(pl.col("key") + len(cases))
        cases = pl.concat([cases, more.select(cases.columns)])
        shops = {name for piece in pieces for name in piece.shops}
        unseen = pl.concat([unseen, _unknown("offline_at_peak", sorted(shops - known), "no_presence")])
    base, cases = _kept(source, base), _kept(source, cases)
    summary = _summary(base, cases)
    if agent is not None:
        summary, cases = summary.filter(pl.col("agent_id") == agent), cases.filter(pl.col("agent_id") == agent)
    if shop is not None:
        summary, cases = summary.filter(pl.col("shop_id") == shop), cases.filter(pl.col("shop_id") == shop)
    order = ("shop_id", "agent_id", "day", "started_at", "buyer_id", "hour", "key")
    numbered = cases.sort(_place(), *order, nulls_last=True).with_columns(case=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
    local = _local(source, numbered, "started_at", "ended_at")
    return Signs(
        summary,
        local.select(pl.col(name).cast(dtype) for name, dtype in CASES.items()),
        _lines(source, found.lines, numbered),
        unseen.sort(_place(), "shop_id", "reason", nulls_last=True),
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one day showed, and of each of its shops how much could be seen (`_READABLE`)."""

    found: Found
    readable: pl.DataFrame


_READABLE: dict[str, pl.DataType] = {
    "shop_id": pl.String(),
    "replies": pl.Int64(),
    "read_replies": pl.Int64(),
    "asked": pl.Int64(),
    "read_asked": pl.Int64(),
    "notices": pl.Int64(),
    "receivers": pl.Int64(),
}


def _day(source: Source, wanted: Sequence[str], wording: Wording, invited: pl.DataFrame, pieces: Sequence[Slice]) -> _Seen:
    """What is seen in the messages of one day."""
    talks = [Talk.of(source, piece, wording) for piece in pieces]
    found: list[Found] = []
    readable = []
    for talk in talks:
        if "empty_first_reply" in wanted:
            found.append(empty_first_replies(talk))
        known = _readable(talk)
        if "late_handoff" in wanted:
            handed, dated = late_handoffs(source, talk)
            found.append(handed)
            known = known.join(dated, on="shop_id", how="left")
        if "invites_after_praise" in wanted:
            found.append(invitations_after_praise(talk, invited.filter(pl.col("day") == talk.piece.day)))
        readable.append(
            known.select((pl.col(name) if name in known.columns else pl.lit(0)).cast(kind).alias(name) for name, kind in _READABLE.items())
        )
    if "answers_nothing" in wanted:
        found.append(unanswered_questions(talks))
    return _Seen(Found.together(found), pl.concat(readable))


def _readable(talk: Talk) -> pl.DataFrame:
    rows = pl.DataFrame({"shop_id": talk.shop, "human": talk.human, "buyer": talk.buyer, "read": talk.read})
    sums = {"replies": pl.col("human"), "read_replies": pl.col("human") & pl.col("read")}
    sums |= {"asked": pl.col("buyer"), "read_asked": pl.col("buyer") & pl.col("read")}
    return rows.group_by("shop_id").agg(**{name: flag.sum().cast(pl.Int64) for name, flag in sums.items()})


def _invitations(source: Source, ask: Ask) -> pl.DataFrame:
    """The invitations of the asked days, each with whom it counts for: shop_id, buyer_id, day, at, account. In order."""
    rows = handled(source, ask, "ratings", "invited_at").sort("shop_id", "rating_id")
    return rows.select("shop_id", "buyer_id", "day", "at", account="related")


def _no_invitations() -> pl.DataFrame:
    schema = {"shop_id": pl.String(), "buyer_id": pl.String(), "day": pl.Date(), "at": pl.Int64(), "account": pl.String()}
    return pl.DataFrame(schema=schema)


def _unseen(source: Source, wanted: Sequence[str], shops: list[str] | None, seen: Sequence[_Seen]) -> pl.DataFrame:
    """What could not be seen in messages."""
    found = [pl.DataFrame(schema=UNSEEN)]
    if not seen:
        return pl.concat([*found, *(_unknown(one, shops or [None], "no_messages") for one in wanted)])
    counts = pl.concat([one.readable for one in seen]).group_by("shop_id").agg(pl.all().sum()).sort("shop_id")
    mute = (pl.col("read_replies") == 0) | (pl.col("read_asked") == 0)
    unread = pl.col("replies") - pl.col("read_replies") + pl.col("asked") - pl.col("read_asked")
    silent, partly = counts.filter(mute)["shop_id"].to_list(), counts.filter(~mute & (unread > 0)).select("shop_id", count=unread)
    ratings = source.facts.table("ratings")
    inviting = set(ratings.filter(pl.col("invited_at").is_not_null())["shop_id"])
    for one in wanted:
        if SIGNS[one].texts:
            found.append(_unknown(one, silent, "no_text"))
            some = partly.with_columns(sign=pl.lit(one), reason=pl.lit("some_text"))
            found.append(some.select(pl.col(name).cast(dtype) for name, dtype in UNSEEN.items()))
        if one == "late_handoff":
            dateless = counts.filter((pl.col("notices") == 0) & (pl.col("receivers") == 0))["shop_id"].to_list()
            found.append(_unknown(one, dateless, "no_transfers"))
        if one == "invites_after_praise":
            found.append(_unknown(one, [name for name in counts["shop_id"] if name not in inviting], "no_invitations"))
    return pl.concat(found)


def _unknown(sign: str, shops: Sequence[str | None], reason: str) -> pl.DataFrame:
    rows = [(sign, shop, reason, None) for shop in shops]
    return pl.DataFrame(rows, schema=UNSEEN, orient="row")


def _people(source: Source, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with people in place of accounts."""
    named = source.roster.assigned(frame, ["agent_id"], pl.col("day")).drop("account")
    if "other_account" not in frame.columns:
        return named
    other = named.rename({"agent_id": "_agent", "other_account": "account"})
    others = source.roster.assigned(other, ["agent_id"], pl.col("day")).drop("account")
    return others.rename({"agent_id": "other_agent_id", "_agent": "agent_id"})


def _kept(source: Source, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows without those of exempt days, whatever the exemption covers, and days of leave: nobody is judged on them."""
    off, away = exempt.exempt_days(source), exempt.leave_days(source)
    there = rows.join(off.select("shop_id", "day").unique(), on=["shop_id", "day"], how="anti", maintain_order="left")
    return there.join(away.select("agent_id", "day").unique(), on=["agent_id", "day"], how="anti", maintain_order="left")


def _summary(base: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    keys = ["sign", "shop_id", "agent_id"]
    sums = ("base", "usual_count", "usual_base")
    own = base.group_by(keys).agg(pl.sum(*sums))
    turned = (pl.col("thresholds").fill_null("") != "") & (pl.col("sign") == "empty_first_reply")
    counts = cases.group_by(keys).agg(count=pl.len().cast(pl.Int64), turned=turned.sum().cast(pl.Int64))
    joined = own.join(counts, on=keys, how="left", nulls_equal=True).with_columns(pl.col("count", "turned").fill_null(0))
    # Who never had an opportunity has nothing to be held against.
    joined = joined.filter((pl.col("base") > 0) | (pl.col("count") > 0))
    whole = [(pl.col(name).sum().over("sign", "shop_id") - pl.col(name)).alias(f"colleagues_{name}") for name in ("count", "base")]
    told = joined.with_columns(whole).with_columns(
        pl.when(pl.col("sign") == "empty_first_reply").then("turned").alias("turned"),
        *(pl.when(pl.col("usual_base") > 0).then(name).alias(name) for name in ("usual_count", "usual_base")),
    )
    for prefix in ("", "colleagues_", "usual_"):
        count, under = pl.col(f"{prefix}count").cast(pl.Float64), pl.col(f"{prefix}base").cast(pl.Float64)
        low, high = wilson(count, under)
        share = pl.when(under > 0).then(count / under)
        told = told.with_columns(share.alias(f"{prefix}share"), low.alias(f"{prefix}low"), high.alias(f"{prefix}high"))
    above = [pl.col("low") > pl.col(f"{prefix}high") for prefix in ("colleagues_", "usual_")]
    some = pl.any_horizontal(one.is_not_null() for one in above) & (pl.col("base") >= MINIMUM_SAMPLE)
    told = told.with_columns(stands_out=some.fill_null(False) & pl.all_horizontal(one.fill_null(True) for one in above))
    ordered = told.sort(_place(), "shop_id", "agent_id", nulls_last=True)
    return ordered.select(pl.col(name).cast(dtype) for name, dtype in SUMMARY.items())


def _place() -> pl.Expr:
    return pl.col("sign").replace_strict({one: at for at, one in enumerate(SIGNS)}, return_dtype=pl.Int64)


def _local(source: Source, frame: pl.DataFrame, *moments: str) -> pl.DataFrame:
    """Moments as the clock of each row's shop showed them."""
    zones = {shop: source.zones.get(shop, DEFAULT_TIMEZONE) for shop in frame["shop_id"].unique()}
    for name in moments:
        local = pl.col(name).dt.replace_time_zone(None)
        for zone in sorted(set(zones.values())):
            there = pl.col("shop_id").is_in([shop for shop, its in zones.items() if its == zone])
            local = pl.when(there).then(pl.col(name).dt.convert_time_zone(zone).dt.replace_time_zone(None)).otherwise(local)
        frame = frame.with_columns(local.alias(name))
    return frame


def _lines(source: Source, lines: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    mine = lines.join(cases.select("key", "case", "shop_id", "day"), on="key", how="inner", maintain_order="left")
    named = _local(source, _people(source, mine), "sent_at").sort("case", maintain_order=True)
    return named.select(pl.col(name).cast(dtype) for name, dtype in LINES.items())
