"""What became of imported files, as tables: one import, and all of them."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from kaohe.errors import Lang
from kaohe.importing import ImportReport
from kaohe.reports.headings import columns
from kaohe.reports.pairs import Pair
from kaohe.reports.tables import Sheet

ROWS = ("read", "new", "same", "replaced", "refused", "skipped")
"""Counts of rows; `read` is the sum of the others."""

ADDS_UP = Pair("读取 = 新增 + 已有 + 更新 + 拒绝 + 跳过", "read = new + same + replaced + refused + skipped")

DIGEST_SHOWN = 12


def files(report: ImportReport) -> Sheet:
    """One row per file of an import: name, status, profiles, what became of its rows, and why where it was refused or ignored."""
    rows = [
        {
            "file": file.name,
            "status": file.status,
            "profile": ", ".join(file.profiles),
            **{name: getattr(file, name) for name in ROWS},
            "why": file.why.code.name if file.why is not None else None,
        }
        for file in report.files
    ]
    text = pl.String()
    frame = pl.DataFrame(rows, schema={"file": text, "status": text, "profile": text, **dict.fromkeys(ROWS, pl.Int64()), "why": text})
    return Sheet(Pair("导入情况", "Import"), columns(frame), frame, (ADDS_UP,))


_STATUS = {
    "imported": Pair("已导入", "imported"),
    "refused": Pair("拒绝", "refused"),
    "ignored": Pair("不是数据", "no data"),
}


def readable_files(report: ImportReport, lang: Lang) -> Sheet:
    """The same for people: in words, with a line of sums where there is more than one file."""
    raw = files(report)
    whys = [file.why.code.text(file.why.parts, lang) if file.why is not None else None for file in report.files]
    called = {name: pair.text(lang) for name, pair in _STATUS.items()}
    frame = raw.frame.with_columns(pl.col("status").replace(called), why=pl.Series(whys, dtype=pl.String))
    if frame.height > 1:
        total = frame.select(pl.lit(_TOTAL.text(lang)).alias("file"), pl.sum(*ROWS))
        frame = pl.concat([_gathered(frame, lang) if frame.height > LISTED else frame, total], how="diagonal")
    shown = [replace(column, null=_BLANK) if column.kind == "text" else column for column in raw.columns]
    if all(why is None for why in whys):
        shown = [column for column in shown if column.name != "why"]
    return Sheet(raw.title, tuple(shown), frame, raw.notes)


def _gathered(frame: pl.DataFrame, lang: Lang) -> pl.DataFrame:
    """Files of one folder read alike as one row, those with a reason of their own apart: a month of daily files stays readable."""
    folder = pl.col("file").str.replace(r"[^/\\]*$", "")
    alone = pl.when(pl.col("why").is_not_null()).then(pl.int_range(pl.len()))
    keys = ["_folder", "status", "profile", "_alone"]
    rows = frame.with_columns(_folder=folder, _alone=alone).group_by(keys, maintain_order=True)
    merged = rows.agg(pl.first("file", "why"), pl.sum(*ROWS), _files=pl.len())
    count = pl.format(_FILES.text(lang), "_folder", "_files")
    return merged.with_columns(file=pl.when(pl.col("_files") > 1).then(count).otherwise("file")).select(frame.columns)


LISTED = 40
"""Up to so many files each has a row of its own."""

_FILES = Pair("{}（{} 个文件）", "{} ({} files)")
_TOTAL = Pair("合计", "total")
_BLANK = Pair("", "")

TITLE = Pair("导入记录", "Imports")


def journal(frame: pl.DataFrame) -> Sheet:
    """All imports, raw, one row per import and file."""
    return Sheet(TITLE, columns(frame), frame)


def readable_journal(frame: pl.DataFrame) -> Sheet:
    """The same for people: digests shortened, versions left out."""
    ready = frame.with_columns(pl.col("sha256").str.slice(0, DIGEST_SHOWN))
    names = [name for name in frame.columns if name not in ("versions", "code_version")]
    return Sheet(TITLE, columns(ready, names), ready, (ADDS_UP,))
