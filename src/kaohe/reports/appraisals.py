"""An appraisal as tables: the ranking, and the lines that lead to it."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from kaohe.appraisal import Appraisal
from kaohe.errors import Lang
from kaohe.metrics.catalogue import CATALOGUE
from kaohe.reports.figures import kind
from kaohe.reports.headings import column, columns, in_words
from kaohe.reports.pairs import Pair
from kaohe.reports.tables import Column, Sheet

RANKING = Pair("排名", "Ranking")
LINES = Pair("得分明细", "Points")
NO_PLACE = Pair("没有名次的，“原因”里写明为什么。", "Those without a place: the reason says why.")

_BLANK = Pair("", "")


def ranking(result: Appraisal, lang: Lang) -> Sheet:
    """One row per agent in order of place, raw; see `kaohe.appraisal.frames.ranking`."""
    frame, _ = result.to_frames(lang)
    return Sheet(RANKING, columns(frame), frame)


def lines(result: Appraisal, lang: Lang) -> Sheet:
    """One row per agent and item, raw; see `kaohe.appraisal.frames.lines`."""
    _, frame = result.to_frames(lang)
    return Sheet(LINES, columns(frame), frame)


def readable_ranking(result: Appraisal, lang: Lang) -> Sheet:
    """The ranking for people: without the columns nothing is known of."""
    raw = ranking(result, lang)
    optional = ("name", "group", "role", "reason")
    shown = [one for one in raw.columns if one.name not in optional or raw.frame[one.name].is_not_null().any()]
    shown = [replace(one, null=_BLANK) if one.name in optional else one for one in shown]
    left_out = raw.frame["place"].is_null().any()
    return Sheet(RANKING, tuple(shown), in_words(raw.frame, lang), (_scheme(result), *((NO_PLACE,) if left_out else ())))


def readable_lines(result: Appraisal, lang: Lang) -> Sheet:
    """The working for people: each figure in its own unit, the band it fell into, what it gave."""
    frame = lines(result, lang).frame
    kinds = {metric.id: kind(metric.unit) for metric in CATALOGUE.values()}
    people = {one.agent_id: one.name for one in result.statements if one.name}
    ready = frame.with_columns(pl.col("agent_id").replace(people), _kind=pl.col("metric").replace_strict(kinds, return_dtype=pl.String))
    value = Column("value", "数值", "value", "figure", kind_from="_kind")
    names = ("place", "agent_id", "item_name")
    shown = (*(column(name) for name in names), value, *(column(name) for name in ("band", "scored", "weight", "points", "working")))
    return Sheet(LINES, shown, ready, (_scheme(result),))


def _scheme(result: Appraisal) -> Pair:
    scheme = result.scheme
    return Pair(
        f"考核方案：{scheme.title.text('zh')}（{scheme.name}，{result.fingerprint}）",
        f"Scheme: {scheme.title.text('en')} ({scheme.name}, {result.fingerprint})",
    )
