"""The first sheet of a workbook: what was looked at, in a few lines."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import polars as pl

from kaohe._version import __version__
from kaohe.appraisal import Appraisal
from kaohe.errors import Lang
from kaohe.importing import ImportReport
from kaohe.reports.cells import shown
from kaohe.reports.pairs import Pair
from kaohe.reports.tables import Column, Sheet

TITLE = Pair("汇总", "Summary")
_COLUMNS = (Column("item", "项目", "item"), Column("content", "内容", "content"))


def summary(
    report: ImportReport, figures: pl.DataFrame, result: Appraisal | None, span: tuple[dt.date, dt.date] | None, lang: Lang
) -> Sheet:
    """Days, files, rows, shops and agents of one run. `figures` is the long form by shop and agent."""
    rows: list[tuple[Pair, str]] = []
    if span is not None:
        rows.append((Pair("时间", "days"), f"{span[0]} – {span[1]}"))
    rows.append((Pair("文件", "files"), str(len(report.files))))
    for name, label in _ROWS:
        rows.append((label, shown(sum(getattr(file, name) for file in report.files), "count", lang)))
    rows.append((Pair("店铺", "shops"), str(figures["shop_id"].n_unique())))
    rows.append((Pair("客服", "agents"), str(figures["agent_id"].drop_nulls().n_unique())))
    if result is not None:
        rows.append((Pair("考核方案", "scheme"), f"{result.scheme.title.text(lang)} ({result.scheme.name}, {result.fingerprint})"))
        rows.append((Pair("有名次的客服", "agents with a place"), str(len(result.ranked))))
        if result.scheme.pay is not None:
            total = sum((one.pay for one in result.statements if one.pay is not None), Decimal(0))
            rows.append((Pair("应发合计（元）", "pay in all (yuan)"), shown(total, "money", lang)))
    if report.number is not None:
        rows.append((Pair("导入编号", "import"), str(report.number)))
    rows.append((Pair("程序版本", "program"), f"kaohe {__version__}"))
    frame = pl.DataFrame([(label.text(lang), content) for label, content in rows], schema=["item", "content"], orient="row")
    return Sheet(TITLE, _COLUMNS, frame)


_ROWS = (
    ("read", Pair("读取行数", "rows read")),
    ("new", Pair("新增行数", "new rows")),
    ("same", Pair("已有行数", "rows already there")),
    ("replaced", Pair("更新行数", "rows replaced")),
    ("refused", Pair("拒绝行数", "rows refused")),
    ("skipped", Pair("跳过行数", "rows skipped")),
)
