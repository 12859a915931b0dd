"""Reads spreadsheets and Parquet in a process of its own, under a limit on memory.

A damaged or hostile file can make the readers ask for any amount of memory, and they end the process when they do not get it. So
this file is run as a script beside the importing process and imports nothing of kaohe. One JSON request per line comes in; the tables
are left as Arrow files in the folder the request names, and one JSON answer per line goes out.
"""

from __future__ import annotations

import importlib
import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fastexcel

if TYPE_CHECKING:
    import polars as pl

Tell = Callable[[dict[str, Any]], None]

MEMORY = 4 * 2**30
CHUNK_ROWS = 500_000
CELLS = 400_000_000


def main() -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except ImportError:  # Windows has no such limit; there the process still shields its parent.
        pass
    # Beside the first sheet's parsing, which needs no Polars and leaves a core idle.
    threading.Thread(target=importlib.import_module, args=("polars",), daemon=True).start()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            {"spreadsheet": _spreadsheet, "parquet": _parquet}[request["format"]](Path(request["path"]), Path(request["room"]), _tell)
        except MemoryError:
            _tell({"error": "memory"})
        except BaseException as error:  # Rust panics are no Exceptions, and the parent must be told.
            _tell({"error": (str(error).splitlines() or [type(error).__name__])[0][:300]})


def _tell(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


# The readers tell the answer themselves, last: freeing what they hold takes a while, and the parent need not wait for it.


def _spreadsheet(path: Path, room: Path, tell: Tell) -> None:
    # From bytes: given a path, the reader believes the name's ending.
    book = fastexcel.read_excel(path.read_bytes())
    sheets = []
    cells = 0
    for number, name in enumerate(book.sheet_names):
        # Rows are counted from the sheet's first, so that their numbers are Excel's.
        sheet = book.load_sheet(number, header_row=None, dtypes="string", skip_rows=0)
        cells += sheet.height * sheet.width
        if cells > CELLS:
            raise MemoryError
        frame = sheet.to_polars()
        target = room / f"{number}.arrow"
        frame.write_ipc(target, compression="uncompressed")
        sheets.append({"name": name, "path": str(target), "rows": frame.height})
    tell({"tables": sheets})


def _parquet(path: Path, room: Path, tell: Tell) -> None:
    import polars as pl

    scan = pl.scan_parquet(path, glob=False)
    schema = scan.collect_schema()
    rows = int(scan.select(pl.len()).collect().item())
    # A row of any table we know differs from the next, and so takes a byte at the least.
    if rows > 64 * path.stat().st_size + 100_000:
        raise MemoryError
    tables = []
    texts = [_as_text(pl.col(name), dtype) for name, dtype in schema.items()]
    for number, start in enumerate(range(0, max(rows, 1), CHUNK_ROWS)):
        target = room / f"{number}.arrow"
        frame = scan.slice(start, CHUNK_ROWS).select(texts).collect()
        frame.write_ipc(target, compression="uncompressed")
        tables.append({"name": "", "path": str(target), "rows": frame.height})
    tell({"tables": tables, "columns": schema.names()})


def _as_text(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    import polars as pl

    if dtype == pl.String:
        return column
    if isinstance(dtype, pl.Datetime):
        moment = column.cast(pl.Datetime("us", dtype.time_zone))
        if dtype.time_zone is None:
            return moment.dt.strftime("%Y-%m-%d %H:%M:%S%.f")
        return moment.dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ")
    if dtype == pl.Binary:
        return column.cast(pl.String, strict=False)
    if dtype.is_nested():
        return pl.lit(None, dtype=pl.String).alias(column.meta.output_name())
    return column.cast(pl.String, strict=False)


if __name__ == "__main__":
    main()
