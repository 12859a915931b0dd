"""Days that figures leave out, said in a few lines under them (counting rule 47)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import polars as pl

from kaohe.errors import Lang
from kaohe.reports.pairs import Pair

MOST = 8
"""So many spans of days are named; of more only their number is said."""

_COVERS = {
    "response": Pair("回复类指标不计", "figures of replies left out"),
    "all": Pair("全部不计", "everything left out"),
}


def left_out(off: pl.DataFrame, names: Mapping[str, Mapping[str, str]] | None = None) -> tuple[Pair, ...]:
    """A line of exempt days and one of days of leave; none where no day is left out.

    `off` is of `kaohe.metrics.exempt.left_out`; `names` gives what people call a shop or an agent, by column and id.
    """
    known = names or {}
    spans = _spans(off)
    exempt, leave = spans.filter(pl.col("covers") != "leave"), spans.filter(pl.col("covers") == "leave")
    found = []
    if len(exempt):
        found.append(_line(Pair("免考核：", "Exempt: "), [_exempt(row, known.get("shop_id", {})) for row in _shared(exempt, "shop_id")]))
    if len(leave):
        said = [_leave(row, known.get("agent_id", {})) for row in _shared(leave, "agent_id")]
        heading = Pair("请假（按人看的回复与询单指标不计）：", "On leave (left out of their own figures of replies and inquiries): ")
        found.append(_line(heading, said))
    return tuple(found)


def _spans(off: pl.DataFrame) -> pl.DataFrame:
    """Days that follow each other as one row: shop_id, agent_id, covers, reason, first, last."""
    keys = ["covers", "shop_id", "agent_id", "reason"]
    run = pl.col("day") - pl.duration(days=pl.int_range(pl.len()))
    ordered = off.unique().sort(*keys, "day").with_columns(_run=run.over(keys))
    spans = ordered.group_by(*keys, "_run", maintain_order=True).agg(first=pl.min("day"), last=pl.max("day"))
    return spans.drop("_run").sort("first", "last", *keys, nulls_last=True)


def _shared(spans: pl.DataFrame, who: str) -> list[dict[str, object]]:
    """The same days for the same reason together, those they are of in a list."""
    keys = ["first", "last", "covers", "reason"]
    return spans.group_by(keys, maintain_order=True).agg(pl.col(who).alias("of")).to_dicts()


def _exempt(row: Mapping[str, object], shops: Mapping[str, str]) -> Pair:
    covers = _COVERS[str(row["covers"])]
    zh, en = (_named(row["of"], shops, lang) for lang in ("zh", "en"))
    return Pair(
        f"{_days(row, 'zh')} {row['reason']}（{covers.zh}）{zh}",
        f"{_days(row, 'en')} {row['reason']} ({covers.en}) {en}",
    )


def _leave(row: Mapping[str, object], agents: Mapping[str, str]) -> Pair:
    zh, en = (_named(row["of"], agents, lang) for lang in ("zh", "en"))
    why_zh, why_en = (f"（{row['reason']}）", f" ({row['reason']})") if row["reason"] else ("", "")
    return Pair(f"{zh} {_days(row, 'zh')}{why_zh}", f"{en} {_days(row, 'en')}{why_en}")


def _named(ids: object, names: Mapping[str, str], lang: Lang) -> str:
    assert isinstance(ids, list)
    said = [names.get(one, one) for one in ids]
    comma = "、" if lang == "zh" else ", "
    if len(said) <= MOST:
        return comma.join(said)
    return comma.join(said[:MOST]) + (f" 等 {len(said)} 个" if lang == "zh" else f" and {len(said) - MOST} more")


def _days(row: Mapping[str, object], lang: Lang) -> str:
    first, last = row["first"], row["last"]
    assert isinstance(first, date)
    assert isinstance(last, date)
    if lang == "en":
        return f"{first}" if first == last else f"{first} to {last}"
    if first == last:
        return _day(first)
    return f"{_day(first)}–{_day(last)}" if first.year == last.year else f"{_day(first)}–{last.year}年{_day(last)}"


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日"


def _line(heading: Pair, said: Iterable[Pair]) -> Pair:
    listed = list(said)
    zh, en = "；".join(one.zh for one in listed[:MOST]), "; ".join(one.en for one in listed[:MOST])
    if len(listed) > MOST:
        zh, en = f"{zh}；……共 {len(listed)} 段", f"{en}; ... {len(listed)} spans in all"
    return Pair(heading.zh + zh, heading.en + en)
