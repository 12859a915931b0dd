"""Sheets as csv, JSON and parquet, and files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import math
import os
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from kaohe.errors import WRONG_USE, code, failure
from kaohe.reports.cells import harmless, harmless_column
from kaohe.reports.tables import Sheet

CANNOT_WRITE = code(
    "cannot_write_output",
    zh="写不了“{path}”：{reason}。文件夹要存在、可写；文件若正在 Excel 中打开，请先关闭",
    en="can not write {path!r}: {reason}. The folder must exist and be writable; close the file if a spreadsheet has it open",
    exit=WRONG_USE,
)


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place when the block ends well, and is removed when it does not.

    Readers see the old file or the new one. Raises `Failure` where the place can not be written.
    """
    draft: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".part", dir=path.parent)
        os.close(handle)
        draft = Path(name)
        yield draft
        # mkstemp makes files for their owner alone; a report is as readable as other files of this user.
        draft.chmod(0o666 & ~_umask())
        draft.replace(path)
    except OSError as error:
        raise failure(CANNOT_WRITE, path=str(path), reason=error.strerror or str(error)) from None
    finally:
        if draft is not None:
            draft.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def to_csv(sheet: Sheet) -> bytes:
    """csv in UTF-8 with the mark by which Excel knows it; raw values under the columns' names, text in quotes and harmless."""
    data = sheet.data
    text = [name for name, dtype in data.schema.items() if dtype in (pl.String, pl.Categorical) or isinstance(dtype, pl.Enum)]
    safe = data.with_columns(pl.col(text).cast(pl.String)).with_columns(harmless_column(name) for name in text)
    safe = safe.with_columns(_listed(name) for name, dtype in data.schema.items() if isinstance(dtype, pl.List | pl.Struct))
    safe = safe.with_columns(_stamped(name, dtype) for name, dtype in data.schema.items() if isinstance(dtype, pl.Datetime))
    buffer = io.BytesIO()
    safe.rename(harmless).write_csv(buffer, include_bom=True, quote_style="non_numeric")
    return buffer.getvalue()


def _listed(name: str) -> pl.Expr:
    def as_json(value: Any) -> str:
        return harmless(json.dumps(_plain(value.to_list() if isinstance(value, pl.Series) else value), ensure_ascii=False))

    return pl.col(name).map_elements(as_json, return_dtype=pl.String)


def _stamped(name: str, dtype: pl.Datetime) -> pl.Expr:
    return pl.col(name).dt.to_string("%Y-%m-%d %H:%M:%S%.f" + ("%:z" if dtype.time_zone else ""))


def to_json(sheet: Sheet) -> str:
    """A JSON array of objects with raw values, one row a line. Instants carry their offset; NaN and infinity become null."""
    rows = (
        json.dumps({name: _plain(value) for name, value in row.items()}, ensure_ascii=False) for row in sheet.data.iter_rows(named=True)
    )
    body = ",\n".join(rows)
    return f"[\n{body}\n]\n" if body else "[]\n"


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


def to_parquet(sheet: Sheet) -> bytes:
    """Parquet with the columns' own names and types."""
    buffer = io.BytesIO()
    sheet.data.write_parquet(buffer)
    return buffer.getvalue()


def write(path: Path, content: bytes | str) -> None:
    """Write a file whole or not at all; text in UTF-8. Raises `Failure` where the place can not be written."""
    with whole(path) as draft:
        draft.write_bytes(content.encode() if isinstance(content, str) else content)
