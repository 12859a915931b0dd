"""One agent's statement as a table: a sentence a line."""

from __future__ import annotations

import polars as pl

from kaohe.appraisal import Appraisal, Statement, words
from kaohe.errors import Lang
from kaohe.reports.pairs import Pair
from kaohe.reports.persons import position, stretch
from kaohe.reports.tables import Column, Sheet


def statement(one: Statement, result: Appraisal, name: str, lang: Lang) -> Sheet:
    """Who, for which days and under which scheme, then every gate, item, total, place, prize and line of pay, one sentence a row."""
    scheme = result.scheme
    about = "，".join(part for part in (name, position(one, lang), stretch(one, result.period, lang)) if part)
    rows = words.statement(one, result, lang)
    note = Pair(
        f"考核方案：{scheme.title.text('zh')}（{scheme.name}，{result.fingerprint}）",
        f"Scheme: {scheme.title.text('en')} ({scheme.name}, {result.fingerprint})",
    )
    return Sheet(Pair(about, about), (Column("said", "考核单", "statement"),), pl.DataFrame({"said": rows}), (note,))
