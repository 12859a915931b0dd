"""Signs of gaming as tables: how often each agent shows each sign beside colleagues, then every case with its messages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import IO, Any

import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kaohe.errors import Lang
from kaohe.metrics.figures import MINIMUM_SAMPLE
from kaohe.metrics.signs import REASONS, SIGNS, Sign, Signs
from kaohe.reports.cells import printable, shown
from kaohe.reports.headings import UNASSIGNED, called, column, columns
from kaohe.reports.pairs import Pair
from kaohe.reports.tables import Column, Sheet

TITLE = Pair("刷指标迹象", "Signs of gaming")
EVIDENCE = Pair("迹象证据", "Evidence of signs")

CAUTION = Pair(
    "这是供核对的线索，不是结论，也从不自动扣分：每一条都可能有正当原因。请先看聊天原文，再听本人说明。",
    "These are leads to look into, not findings, and never a deduction by themselves: any of them may have a good reason. Read the messages first, "
    "then hear the agent.",
)
STANDS_OUT = Pair(
    f"“明显高于”：机会满 {MINIMUM_SAMPLE} 次，且本人占比的 95 % 区间整段高于同店其他人的区间（夸后才邀评还要高于平常）。人多项多时，总会有人碰巧如此。",
    f"“Stands out”: {MINIMUM_SAMPLE} chances or more, and a 95 % interval wholly above that of everybody else in the shop (of invitations, above what is "
    "usual too). Among many people and signs somebody always does so by chance.",
)
USUAL = Pair(
    "“平常”：本人接待过的买家中，最后几句话里有夸奖的占比。邀评不挑人时，两者应当相近。",
    "“Usual”: of all buyers the agent served, the share whose last messages hold praise. Where invitations are not picked, both are alike.",
)
TURNED = Pair(
    "“踩线”：空话在 30 秒、3 分钟或 5 分钟之内，而真正的答复在那之后。",
    "“In time by it”: the filler came within 30 s, 3 or 5 min, and the answer after.",
)
NONE_FOUND = Pair("没有发现。", "None found.")

TEXT_SHOWN = 200
"""Characters of a message the terminal shows; the file formats hold all of it."""

MARK = "▶"


def summary(found: Signs) -> Sheet:
    """How often each agent shows each sign, raw; see `kaohe.metrics.signs.SUMMARY`."""
    return Sheet(TITLE, columns(found.summary), found.summary)


def evidence(found: Signs) -> Sheet:
    """Every case with its messages, one message a row, a case without messages in one row; see `kaohe.metrics.signs.CASES` and `LINES`."""
    lines = found.lines.rename({"agent_id": "message_agent_id"})
    frame = found.cases.join(lines, on="case", how="left", maintain_order="left_right")
    return Sheet(EVIDENCE, columns(frame), frame)


def readable(found: Signs, lang: Lang = "zh", names: Mapping[str, Mapping[str, str]] | None = None) -> list[Sheet]:
    """One sheet for each sign that was looked for: the agents that show it, who stands out first; with what could not be seen."""
    looked = [one for one in SIGNS if one in {*found.summary["sign"], *found.unseen["sign"]}]
    return [_agents(SIGNS[sign], found, lang, names or {}, last=sign == looked[-1]) for sign in looked]


def readable_evidence(found: Signs, lang: Lang = "zh", names: Mapping[str, Mapping[str, str]] | None = None) -> Sheet:
    """Every case in one row: what it is in words, and its messages one below the other."""
    known = names or {}
    told = _told(found, lang, known)
    frame = _called(found.cases, known).with_columns(
        sign=pl.col("sign").replace({one.id: one.zh if lang == "zh" else one.en for one in SIGNS.values()}),
        story=pl.Series([_story(row, lang, known) for row in found.cases.iter_rows(named=True)], dtype=pl.String),
        said=pl.Series([told.get(case, "") for case in found.cases["case"]], dtype=pl.String),
    )
    return Sheet(
        EVIDENCE,
        (
            Column("sign", "迹象", "sign"),
            column("shop_id"),
            column("agent_id"),
            column("day"),
            column("buyer_id"),
            Column("started_at", "起", "from", "instant"),
            Column("ended_at", "止", "to", "instant"),
            Column("story", "经过", "what happened"),
            Column("said", "聊天原文", "messages"),
        ),
        frame,
        (CAUTION,),
    )


def listed(found: Signs, file: IO[str], lang: Lang, limit: int, names: Mapping[str, Mapping[str, str]] | None = None) -> int:
    """Print the first `limit` cases of each sign (0: all) with their messages, those of agents who stand out first, and give how many were left out."""
    known = names or {}
    console = Console(file=file, width=None if file.isatty() else 10_000, highlight=False, legacy_windows=False)
    out = found.summary.filter("stands_out").select("sign", "shop_id", "agent_id", out=pl.lit(True))
    kept = pl.col("thresholds").fill_null("") != ""
    ready = found.cases.join(out, on=["sign", "shop_id", "agent_id"], how="left", nulls_equal=True, maintain_order="left")
    ready = ready.sort(pl.col("out").is_null(), kept.not_(), "case")
    by_case = {key[0]: part for key, part in found.lines.partition_by("case", as_dict=True).items()}
    left = 0
    for sign in SIGNS.values():
        mine = ready.filter(pl.col("sign") == sign.id)
        for row in mine.head(limit or len(mine)).iter_rows(named=True):
            who = known.get("agent_id", {}).get(row["agent_id"], row["agent_id"]) or UNASSIGNED.text(lang)
            shop = known.get("shop_id", {}).get(row["shop_id"], row["shop_id"])
            heading = [sign.zh if lang == "zh" else sign.en, who, shop, *filter(None, (row["buyer_id"],)), str(row["day"])]
            console.print(Text(printable(" · ".join(heading)), style="bold"))
            console.print(Text(printable(_story(row, lang, known))))
            if row["case"] in by_case:
                console.print(_grid(by_case[row["case"]], lang, known.get("agent_id", {})))
            console.print()
        left += max(0, len(mine) - limit) if limit else 0
    return left


def _agents(sign: Sign, found: Signs, lang: Lang, names: Mapping[str, Mapping[str, str]], *, last: bool) -> Sheet:
    rows = found.summary.filter((pl.col("sign") == sign.id) & (pl.col("count") > 0))
    ordered = rows.sort(pl.col("stands_out").not_(), pl.col("share").neg(), "shop_id", "agent_id", nulls_last=True)
    interval = [
        "–" if low is None else f"{shown(low, 'rate', lang)} – {shown(high, 'rate', lang)}"
        for low, high in ordered.select("low", "high").iter_rows()
    ]
    frame = _called(ordered, names).with_columns(interval=pl.Series(interval, dtype=pl.String))
    turned, usual = sign.id == "empty_first_reply", sign.id == "invites_after_praise"
    under = Pair(f"次数：{sign.over_zh}；机会：{sign.under_zh}。", f"Cases: {sign.over_en}; chances: {sign.under_en}.")
    notes = [under, *([TURNED] if turned and len(rows) else []), *([USUAL] if usual and len(rows) else [])]
    if rows.is_empty():
        notes.append(NONE_FOUND)
    notes += _unseen(sign, found, names)
    if last:
        notes += [STANDS_OUT, CAUTION]
    return Sheet(
        Pair(sign.zh, sign.en),
        (
            column("shop_id"),
            column("agent_id"),
            Column("count", "次数", "cases", "count"),
            *([Column("turned", "踩线", "in time by it", "count")] if turned else []),
            Column("base", "机会", "chances", "count"),
            Column("share", "占比", "share", "rate"),
            Column("interval", "95 % 区间", "95 % interval"),
            Column("colleagues_share", "同店他人", "others", "rate"),
            *([Column("usual_share", "平常", "usual", "rate")] if usual else []),
            Column("stands_out", "明显高于", "stands out", "flag"),
        ),
        frame,
        tuple(notes),
    )


def _unseen(sign: Sign, found: Signs, names: Mapping[str, Mapping[str, str]]) -> list[Pair]:
    """A line for each reason why something could not be seen, with the shops."""
    notes = []
    shops = names.get("shop_id", {})
    rows = found.unseen.filter(pl.col("sign") == sign.id)
    for (reason,), part in rows.partition_by("reason", as_dict=True, maintain_order=True).items():
        where = [shops.get(shop, shop) for shop in part["shop_id"].drop_nulls()]
        zh, en = (text.format(count=part["count"].sum()) for text in REASONS[str(reason)])
        listed_zh, listed_en = "、".join(where), ", ".join(where)
        notes.append(Pair(f"{listed_zh}：{zh}。" if where else f"{zh}。", f"{listed_en}: {en}." if where else f"{en}."))
    return notes


def _called(frame: pl.DataFrame, names: Mapping[str, Mapping[str, str]]) -> pl.DataFrame:
    return frame.with_columns(pl.col(name).replace(dict(names.get(name, {}))) for name in ("shop_id", "agent_id"))


def _story(row: Mapping[str, Any], lang: Lang, names: Mapping[str, Mapping[str, str]]) -> str:
    """What happened, in words."""
    other = names.get("agent_id", {}).get(row["other_agent_id"], row["other_agent_id"])
    first, later = (shown(row[name], "seconds", lang) for name in ("first_seconds", "later_seconds"))
    limits = [shown(int(one), "seconds", lang) for one in (row["thresholds"] or "").split()]
    return (_STORIES_ZH if lang == "zh" else _STORIES_EN)[row["sign"]](row, first, later, limits, other)


def _empty_zh(row: Mapping[str, Any], first: str, later: str, limits: list[str], other: str | None) -> str:
    who = f"由{other}答复" if other else "才有答复"
    again = "，其间买家又来催" if row["detail"] == "called_again" else ""
    return f"等了 {first} 收到空话，等了 {later} {who}{again}" + (f"；不算空话就超过 {'、'.join(limits)}" if limits else "")


def _empty_en(row: Mapping[str, Any], first: str, later: str, limits: list[str], other: str | None) -> str:
    again = ", after the buyer had written again" if row["detail"] == "called_again" else ""
    by = f" from {other}" if other else ""
    kept = f"; without the filler later than {', '.join(limits)}" if limits else ""
    return f"a filler after {first}, the answer{by} after {later}{again}{kept}"


def _handoff_zh(row: Mapping[str, Any], first: str, later: str, limits: list[str], other: str | None) -> str:
    by = "转接通知" if row["detail"] == "notice" else "接待客服变更"
    return f"买家等了 {first} 时转给{other or '别人'}，{'、'.join(limits)}将到；等了 {later} 对方才开口（依据：{by}）"


def _handoff_en(row: Mapping[str, Any], first: str, later: str, limits: list[str], other: str | None) -> str:
    by = "notice of transfer" if row["detail"] == "notice" else "change of receiving agent"
    return f"passed to {other or 'somebody'} when the buyer had waited {first}, just before {', '.join(limits)}; who wrote after {later} (by: {by})"


def _away_zh(row: Mapping[str, Any], first: str, later: str, limits: list[str], other: str | None) -> str:
    back = f"{_clock(row['ended_at'])} 回来" if row["ended_at"] else "当天没有再上线"
    return f"{row['hour']} 点高峰里离线 {shown(row['away_seconds'], 'seconds')}：{_clock(row['started_at'])} 下线，{back}"


def _away_en(row: Mapping[str, Any], first: str, later: str, limits: list[str], other: str | None) -> str:
    back = f"back at {_clock(row['ended_at'])}" if row["ended_at"] else "not back that day"
    away = shown(row["away_seconds"], "seconds", "en")
    return f"offline for {away} of the busy hour {row['hour']}:00: left at {_clock(row['started_at'])}, {back}"


def _nothing_zh(row: Mapping[str, Any], first: str, later: str, limits: list[str], other: str | None) -> str:
    if row["detail"] == "pasted":
        return f"等了 {first} 收到的话，同一天原样发给了 {row['buyers']} 位买家，此后再没有人回复"
    return f"等了 {first} 收到空话，此后当天没有人答复"


def _nothing_en(row: Mapping[str, Any], first: str, later: str, limits: list[str], other: str | None) -> str:
    if row["detail"] == "pasted":
        return f"after {first} got a text that went to {row['buyers']} buyers that day, and nothing after it"
    return f"a filler after {first}, and no answer that day"


def _praise_zh(row: Mapping[str, Any], first: str, later: str, limits: list[str], other: str | None) -> str:
    return f"买家夸过之后，{_clock(row['ended_at'])} 发出邀评"


def _praise_en(row: Mapping[str, Any], first: str, later: str, limits: list[str], other: str | None) -> str:
    return f"invited to rate at {_clock(row['ended_at'])}, after praise"


_STORIES_ZH = {
    "empty_first_reply": _empty_zh,
    "late_handoff": _handoff_zh,
    "offline_at_peak": _away_zh,
    "answers_nothing": _nothing_zh,
    "invites_after_praise": _praise_zh,
}
_STORIES_EN = {
    "empty_first_reply": _empty_en,
    "late_handoff": _handoff_en,
    "offline_at_peak": _away_en,
    "answers_nothing": _nothing_en,
    "invites_after_praise": _praise_en,
}


def _clock(moment: dt.datetime) -> str:
    return f"{moment:%H:%M:%S}"


def _told(found: Signs, lang: Lang, names: Mapping[str, Mapping[str, str]]) -> dict[int, str]:
    """The messages of each case, one a line."""
    agents, colon = names.get("agent_id", {}), "：" if lang == "zh" else ": "
    told: dict[int, list[str]] = {}
    for row in found.lines.iter_rows(named=True):
        mark = MARK if row["marked"] else ""
        told.setdefault(row["case"], []).append(f"{mark}{_clock(row['sent_at'])} {_who(row, lang, agents)}{colon}{_text(row, lang)}")
    return {case: "\n".join(lines) for case, lines in told.items()}


def _grid(lines: pl.DataFrame, lang: Lang, agents: Mapping[str, str]) -> Table:
    grid = Table.grid(padding=(0, 2), pad_edge=False)
    for width in (None, None, 60):
        grid.add_column(overflow="fold", max_width=width)
    for row in lines.iter_rows(named=True):
        style = "red" if row["marked"] else "" if row["sender"] in ("buyer", "agent", "assisted") else "dim"
        text = _text(row, lang)
        grid.add_row(
            Text(f"{MARK if row['marked'] else ' '} {_clock(row['sent_at'])}", style=style),
            Text(printable(_who(row, lang, agents)), style=style),
            Text(text if len(text) <= TEXT_SHOWN else text[: TEXT_SHOWN - 1] + "…", style=style),
        )
    return grid


def _who(row: Mapping[str, Any], lang: Lang, agents: Mapping[str, str]) -> str:
    sender, agent = called("sender", lang)[row["sender"]], row["agent_id"]
    return f"{sender} {agents.get(agent, agent)}" if agent and row["sender"] in ("agent", "assisted") else sender


def _text(row: Mapping[str, Any], lang: Lang) -> str:
    return printable(row["text"]) if row["text"] else ("（无文字）" if lang == "zh" else "(no text)")
