"""What a report rests on: the import, its files, the packs in force, the program and the scheme, so that it can be made again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from kaohe._version import __version__
from kaohe.appraisal import Appraisal
from kaohe.errors import Lang
from kaohe.packs import Packs
from kaohe.packs.pack import Pack, Version
from kaohe.reports.headings import column
from kaohe.reports.imports import DIGEST_SHOWN
from kaohe.reports.pairs import Pair
from kaohe.reports.persons import Period
from kaohe.reports.tables import Column, Sheet

VERSIONS = Pair("版本", "Versions")
PACKS = Pair("生效的口径", "Packs in force")
FILES = Pair("数据文件", "Files")

PACK_SCHEMA: dict[str, Any] = {
    "shop_id": pl.String,
    "shop": pl.String,
    "pack": pl.String,
    "title": pl.String,
    "effective_from": pl.Date,
    "fingerprint": pl.String,
    "source": pl.String,
}


@dataclass(frozen=True, slots=True)
class Provenance:
    """`number` is the import the data were read at, `imports` the journal up to it (`kaohe.lake.journal.COLUMNS`), `packs` are of `packs_in_force`."""

    number: int
    imports: pl.DataFrame
    packs: pl.DataFrame


def packs_in_force(shops: pl.DataFrame, packs: Packs, period: Period, lang: Lang = "zh") -> pl.DataFrame:
    """Every version of a pack that judged a shop on a day of the period, in order of shop and day. `shops` is the canonical table."""
    rows = [
        (shop, name, pack.name, pack.title.text(lang), version.effective_from, version.parameters.full_fingerprint(), version.source)
        for shop, platform, named, name in shops.select("shop_id", "platform", "pack", "name").sort("shop_id").iter_rows()
        for pack in (packs.named(named) if named else packs.of_platform(platform),)
        for version in _in_force(pack, period)
    ]
    return pl.DataFrame(rows, schema=PACK_SCHEMA, orient="row")


def _in_force(pack: Pack, period: Period) -> Iterator[Version]:
    begins = [version.effective_from or date.min for version in pack.versions]
    for version, begin, end in zip(pack.versions, begins, [*begins[1:], date.max], strict=True):
        if begin <= period[1] and end > period[0]:
            yield version


def sheets(found: Provenance, result: Appraisal, lang: Lang, *, by_folder: bool = False) -> tuple[Sheet, ...]:
    """Versions of everything, the packs in force, the files; `by_folder`: where there are many files, those of a folder together."""
    scheme = result.scheme
    facts = [
        (Pair("方案", "scheme"), f"{scheme.title.text(lang)} ({scheme.name})"),
        (Pair("方案指纹", "fingerprint of the scheme"), result.fingerprint),
        (Pair("方案出处", "source of the scheme"), scheme.source),
        (Pair("数据", "data"), _as_of(found.number, lang)),
        (Pair("程序版本", "program"), f"kaohe {__version__}"),
    ]
    pairs = (Column("item", "项目", "item"), Column("content", "内容", "content"))
    versions = Sheet(
        VERSIONS, pairs, pl.DataFrame([(label.text(lang), text) for label, text in facts], schema=["item", "content"], orient="row")
    )
    blank = Pair("", "")
    packs = (
        Column("shop", "店铺", "shop"),
        Column("title", "口径", "pack"),
        Column("effective_from", "起用", "from", "date", null=Pair("一直", "always")),
        Column("fingerprint", "指纹", "fingerprint"),
        Column("source", "出处", "source", null=blank),
    )
    ready = found.packs.with_columns(shop=pl.coalesce("shop", "shop_id"))
    files = found.imports.with_columns(pl.col("sha256").str.slice(0, DIGEST_SHOWN))
    if by_folder and files.height > MOST_FILES:
        files = _by_folder(files, lang)
    columns = tuple(replace(column(name), null=blank) for name in ("number", "file", "read", "new", "replaced", "refused", "sha256"))
    return versions, Sheet(PACKS, packs, ready), Sheet(FILES, columns, files)


MOST_FILES = 20
"""Up to so many files each has a row of its own even where little room is."""


def _by_folder(files: pl.DataFrame, lang: Lang) -> pl.DataFrame:
    """The files of one import and folder as one row, without a digest; files in no folder, and alone in theirs, as they are."""
    counts = ("read", "new", "replaced", "refused")
    folder = pl.col("file").str.replace(r"[^/\\]*$", "")
    alone = pl.when(folder == "").then(pl.int_range(pl.len()))
    merged = files.with_columns(_folder=folder, _alone=alone).group_by("number", "_folder", "_alone", maintain_order=True)
    rows = merged.agg(pl.first("file", "sha256"), pl.sum(*counts), _files=pl.len())
    together = pl.col("_files") > 1
    words = "{}（{} 个文件）" if lang == "zh" else "{} ({} files)"
    return rows.with_columns(
        file=pl.when(together).then(pl.format(words, "_folder", "_files")).otherwise("file"),
        sha256=pl.when(~together).then("sha256"),
    )


def _as_of(number: int, lang: Lang) -> str:
    return f"第 {number} 次导入之后" if lang == "zh" else f"after import {number}"
