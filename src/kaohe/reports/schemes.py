"""Schemes for people: the list of them, and one laid out as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl

from kaohe.appraisal import Outcome, Scheme
from kaohe.appraisal.describing import item_rows, pay_rows, requirement_rows
from kaohe.appraisal.schemes import SHIPPED
from kaohe.errors import Lang
from kaohe.reports.pairs import Pair
from kaohe.reports.tables import Column, Sheet

LIST = Pair("考核方案", "Schemes")
ABOUT = Pair("方案", "Scheme")
ITEMS = Pair("考核项", "Items")
REQUIREMENTS = Pair("门槛、否决与等级", "Gates, vetoes and grades")
PAY = Pair("工资", "Pay")
CASES = Pair("案例", "Cases")

_SHIPPED, _OWN = Pair("自带", "shipped"), Pair("工作区", "workspace")
_BLANK = Pair("", "")
_PASSED, _FAILED = Pair("通过", "passed"), Pair("不符", "differs")


def listing(schemes: Mapping[str, tuple[Path, Scheme]], lang: Lang) -> Sheet:
    """One row per scheme: name, title, where it is, how many items, whether it pays, where it is from."""
    rows = [
        (
            name,
            scheme.title.text(lang),
            (_SHIPPED if path.parent == SHIPPED else _OWN).text(lang),
            len(scheme.items),
            len(scheme.pk),
            scheme.pay is not None,
            scheme.source,
        )
        for name, (path, scheme) in schemes.items()
    ]
    columns = (
        Column("name", "名字", "name"),
        Column("title", "标题", "title"),
        Column("place", "来自", "from"),
        Column("items", "考核项", "items", "count"),
        Column("factors", "PK 因素", "PK factors", "count"),
        Column("pays", "算工资", "pays", "flag"),
        Column("source", "出处", "source"),
    )
    schema = {"name": pl.String, "title": pl.String, "place": pl.String, "items": pl.Int64, "factors": pl.Int64, "pays": pl.Boolean}
    note = Pair("复制一份来改：kaohe scheme new 我的方案 --from 名字", "Copy one to edit it: kaohe scheme new MINE --from NAME")
    return Sheet(LIST, columns, pl.DataFrame(rows, schema={**schema, "source": pl.String}, orient="row"), (note,))


def described(scheme: Scheme, lang: Lang) -> list[Sheet]:
    """One scheme as tables: what it is, its items with their bands, gates, vetoes and grades, pay. What it does not have has no table."""
    about = [
        (Pair("名字", "name"), scheme.name),
        (Pair("标题", "title"), scheme.title.text(lang)),
        (Pair("出处", "source"), scheme.source),
        (Pair("说明", "note"), scheme.note.text(lang) if scheme.note is not None else None),
        (Pair("有效期", "in force"), _force(scheme)),
        (Pair("满分", "full marks"), f"{scheme.full:f}" if scheme.items else None),
        (Pair("指纹", "fingerprint"), scheme.fingerprint()),
    ]
    sheets = [_pairs(ABOUT, [(label.text(lang), text) for label, text in about if text])]
    found = (
        (ITEMS, ("item", "考核项", "item"), ("worth", "分值", "worth"), ("scoring", "怎样得分", "scoring"), item_rows(scheme, lang)),
        (REQUIREMENTS, ("name", "名称", "name"), ("kind", "种类", "kind"), ("rule", "规定", "rule"), requirement_rows(scheme, lang)),
        (PAY, ("line", "工资项", "line"), ("kind", "种类", "kind"), ("rule", "怎样算", "how"), pay_rows(scheme, lang)),
    )
    for title, *labels, rows in found:
        if rows:
            columns = tuple(Column(*label, null=_BLANK) for label in labels)
            frame = pl.DataFrame(_in_lines(rows), schema=dict.fromkeys((column.name for column in columns), pl.String), orient="row")
            sheets.append(Sheet(title, columns, frame))
    return sheets


def _in_lines(rows: Iterable[tuple[str, ...]]) -> list[tuple[str | None, ...]]:
    """A row for each line of the last cell; what stands before it is said once."""
    found: list[tuple[str | None, ...]] = []
    for *before, last in rows:
        for at, line in enumerate(last.split("\n")):
            found.append((*(text if at == 0 else None for text in before), line))
    return found


def outcomes(found: Iterable[Outcome], lang: Lang) -> Sheet:
    """One row per case: its name, whether it came out, and what did not."""
    rows = [
        (
            one.line,
            one.name.text(lang),
            (_PASSED if one.passed else _FAILED).text(lang),
            "\n".join(p.text(lang) for p in one.differences) or None,
        )
        for one in found
    ]
    columns = (
        Column("line", "行", "line", "count"),
        Column("case", "案例", "case"),
        Column("outcome", "结果", "outcome"),
        Column("differences", "不符之处", "differences", null=_BLANK),
    )
    schema = {"line": pl.Int64, "case": pl.String, "outcome": pl.String, "differences": pl.String}
    return Sheet(CASES, columns, pl.DataFrame(rows, schema=schema, orient="row"))


def _force(scheme: Scheme) -> str | None:
    if scheme.effective_from is None and scheme.effective_until is None:
        return None
    return f"{scheme.effective_from or ''} – {scheme.effective_until or ''}"


def _pairs(title: Pair, rows: list[tuple[str, str]]) -> Sheet:
    columns = (Column("item", "项目", "item"), Column("content", "内容", "content"))
    return Sheet(title, columns, pl.DataFrame(rows, schema=["item", "content"], orient="row"))
