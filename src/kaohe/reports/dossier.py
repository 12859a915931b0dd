"""Everything a report about one appraisal is made of, and its parts as sheets. Workbook and HTML draw the same parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from statistics import median

import polars as pl

from kaohe.appraisal import Appraisal
from kaohe.appraisal.exact import plain, rounded
from kaohe.errors import Lang
from kaohe.metrics.catalogue import CATALOGUE
from kaohe.model.reported import REPORTED
from kaohe.reports import distribution, provenance, schemes
from kaohe.reports.appraisals import readable_pay, readable_podiums, readable_ranking
from kaohe.reports.cells import shown
from kaohe.reports.figures import definitions
from kaohe.reports.left_out import left_out
from kaohe.reports.pairs import Pair
from kaohe.reports.persons import known_as, period_words
from kaohe.reports.provenance import Provenance
from kaohe.reports.statements import Shown, shown_statement
from kaohe.reports.tables import Column, Sheet

SUMMARY, ABOUT, RESULTS = Pair("汇总", "Summary"), Pair("考核", "The appraisal"), Pair("结果", "What came out")
TITLE = Pair("客服绩效考核", "Customer service appraisal")
REPORTED_FIGURES = Pair("取自平台报表的数", "Figures platforms report")
SCHEME = Pair("考核方案", "The scheme")

MOST_STATEMENTS = 200
"""Of more people a report has one table of all lines instead of a page for each: nobody leafs through more."""


@dataclass(frozen=True)
class Dossier:
    """An appraisal, what it rests on, and the days it leaves out (`kaohe.metrics.exempt.OFF`).

    `called` gives what people call a shop or an agent, by column and id. `signature`: the pay sheet and statements have room to sign.
    """

    result: Appraisal
    rests_on: Provenance
    off: pl.DataFrame
    called: Mapping[str, Mapping[str, str]]
    lang: Lang = "zh"
    signature: bool = False

    @property
    def title(self) -> str:
        """`2026年11月 客服绩效考核`."""
        return " ".join(part for part in (period_words(self.result.period, self.lang), TITLE.text(self.lang)) if part)

    @cached_property
    def names(self) -> list[str]:
        """What everybody is called, in the order of the statements."""
        called = known_as(self.result.people)
        return [called[at] for at in self.result.order]

    @property
    def too_many(self) -> bool:
        """Whether there are more people than a report has pages for."""
        return len(self.result.people) > MOST_STATEMENTS

    def statements(self) -> Iterable[Shown]:
        """Everybody's statement in order of place."""
        listed = zip(self.result.statements, self.names, strict=True)
        return (shown_statement(one, self.result, who, self.lang, self.left_out_of(one.agent_id)) for one, who in listed)

    @cached_property
    def left_out(self) -> tuple[Pair, ...]:
        """The days left out, of everybody."""
        return left_out(self.off, self.called)

    def left_out_of(self, agent: str) -> tuple[Pair, ...]:
        """The days left out that concern one person: those of shops, and his own leave. Why others were away is nothing to him."""
        return left_out(self.off.filter(pl.col("agent_id").is_null() | (pl.col("agent_id") == agent)), self.called)

    @cached_property
    def about(self) -> Sheet:
        """What was judged, a line each."""
        return _pairs(ABOUT, [(label.text(self.lang), text) for label, text in self._about() if text])

    @cached_property
    def results(self) -> Sheet:
        """What came out, a line each."""
        return _pairs(RESULTS, list(self.headlines))

    @cached_property
    def summary(self) -> Sheet:
        """What was judged, what came out and what is left out, a line each."""
        rows = [row for sheet in (self.about, self.results) for row in sheet.frame.iter_rows()]
        return _pairs(SUMMARY, rows, self.left_out)

    @cached_property
    def headlines(self) -> tuple[tuple[str, str], ...]:
        """What came out, in numbers: what is read first."""
        return tuple((label.text(self.lang), text) for label, text in self._facts() if text)

    def _about(self) -> Iterable[tuple[Pair, str]]:
        result, lang, number = self.result, self.lang, self.rests_on.number
        yield Pair("考核方案", "scheme"), f"{result.scheme.title.text(lang)} ({result.scheme.name})"
        yield Pair("方案指纹", "fingerprint of the scheme"), result.fingerprint
        yield Pair("考核期", "period"), period_words(result.period, lang)
        yield Pair("数据", "data"), f"第 {number} 次导入之后" if lang == "zh" else f"after import {number}"

    def _facts(self) -> Iterable[tuple[Pair, str]]:
        result, lang = self.result, self.lang
        scheme = result.scheme
        yield Pair("被考核的客服", "agents judged"), _people(len({one.agent_id for one in result.people}), lang)
        if scheme.items:
            ranked = [who for one, who in zip(result.statements, self.names, strict=True) if one.place is not None]
            yield Pair("有名次的", "with a place"), _people(len(ranked), lang)
            best = [who for one, who in zip(result.statements, self.names, strict=True) if one.place == 1]
            yield Pair("第一名", "first"), ("、" if lang == "zh" else ", ").join(best)
        yield from self._points()
        if scheme.grades is not None:
            found = Counter(one.grading for one in result.statements if one.grading is not None)
            named = [(one.title.text(lang) if one.title is not None else one.name, found[one]) for one in reversed(scheme.grades.bands)]
            if scheme.grades.by == "place":
                named.reverse()
            yield (
                Pair("等级", "grades"),
                ("，" if lang == "zh" else ", ").join(f"{name} {_people(count, lang)}" for name, count in named if count),
            )
        yield from self._pay()
        if result.outside:
            yield Pair("不在方案范围内", "outside the scheme"), _people(len(result.outside), lang)

    def _points(self) -> Iterable[tuple[Pair, str]]:
        points = [Fraction(one.points) for one in self.result.statements if one.points is not None]
        if not points:
            return
        numbers = {
            Pair("满分", "full marks"): Fraction(self.result.scheme.full),
            Pair("平均分", "mean"): sum(points, Fraction(0)) / len(points),
            Pair("中位数", "median"): median(points),
        }
        for label, value in numbers.items():
            yield label, shown(rounded(Fraction(value), 2), "points", self.lang)
        low, high = (plain(rounded(end, 2)) for end in (min(points), max(points)))
        yield Pair("最低至最高", "lowest to highest"), f"{low} – {high}"

    def _pay(self) -> Iterable[tuple[Pair, str]]:
        if self.result.scheme.pay is None:
            return
        paid = [one.pay for one in self.result.statements if one.pay is not None]
        total = sum(paid, Decimal(0))
        yield Pair("应发合计（元）", "pay in all (yuan)"), shown(total, "money", self.lang)
        if paid:
            yield Pair("人均应发（元）", "mean pay (yuan)"), shown(rounded(Fraction(total) / len(paid), 2), "money", self.lang)
        missing = len(self.result.statements) - len(paid)
        if missing:
            yield Pair("缺数据、应发算不出", "pay can not be said"), _people(missing, self.lang)

    @cached_property
    def ranking(self) -> Sheet:
        return readable_ranking(self.result, self.lang)

    @cached_property
    def pay(self) -> Sheet | None:
        return readable_pay(self.result, self.lang, signature=self.signature)

    @cached_property
    def podiums(self) -> Sheet | None:
        return readable_podiums(self.result, self.lang)

    @cached_property
    def spread(self) -> tuple[Sheet, ...]:
        """How points are spread: totals, items, bands, bonuses; those there are."""
        made: tuple[Callable[[Appraisal, Lang], Sheet | None], ...] = (
            distribution.totals,
            distribution.items,
            distribution.bands,
            distribution.extras,
        )
        return tuple(sheet for sheet in (one(self.result, self.lang) for one in made) if sheet is not None)

    @cached_property
    def scheme(self) -> tuple[Sheet, ...]:
        """The scheme in words: what it is, items, requirements, pay."""
        return tuple(schemes.described(self.result.scheme, self.lang))

    @cached_property
    def definitions(self) -> tuple[Sheet, ...]:
        """What every figure the scheme looks at means, those of the catalogue and those platforms report."""
        used = self.result.scheme.metrics
        counted = [CATALOGUE[name] for name in used if name in CATALOGUE]
        reported = [REPORTED[name] for name in used if name in REPORTED and name in self.result.scheme.reported]
        found = [definitions(counted, self.lang)] if counted else []
        if reported:
            columns = (Column("id", "编号", "id"), Column("name", "名称", "name"))
            rows = [(one.id, one.zh if self.lang == "zh" else one.en) for one in reported]
            found.append(Sheet(REPORTED_FIGURES, columns, pl.DataFrame(rows, schema=["id", "name"], orient="row")))
        return tuple(found)

    @cached_property
    def versions(self) -> tuple[Sheet, ...]:
        """Import, files, packs in force, program, scheme."""
        return provenance.sheets(self.rests_on, self.result, self.lang)

    @cached_property
    def shorter_versions(self) -> tuple[Sheet, ...]:
        """The same, many files of one folder as one row."""
        return provenance.sheets(self.rests_on, self.result, self.lang, by_folder=True)


def _pairs(title: Pair, rows: Sequence[tuple[str, ...]], notes: tuple[Pair, ...] = ()) -> Sheet:
    columns = (Column("item", "项目", "item"), Column("content", "内容", "content"))
    return Sheet(title, columns, pl.DataFrame(rows, schema={"item": pl.String, "content": pl.String}, orient="row"), notes)


def _people(count: int, lang: Lang) -> str:
    return f"{count} 人" if lang == "zh" else str(count)
