"""Importing against the bare minimum: read, sort and write with Polars and Delta; load a sheet with fastexcel."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path

import polars as pl
from deltalake import write_deltalake

from kaohe import workspace as home
from kaohe.bench.clock import Contender, Timed, side_by_side

_TEXT = ("shop_id", "buyer_id", "sender", "agent_id", "message_id", "text")


def bare_csv(files: Sequence[Path], target: Path) -> int:
    """Polars read, sort and Delta write of the same rows: ids as text, times parsed, a partition per day. No check, clock or identity."""
    shutil.rmtree(target, ignore_errors=True)
    frame = pl.concat(pl.read_csv(file, schema_overrides=dict.fromkeys(_TEXT, pl.String), try_parse_dates=True) for file in files)
    frame = frame.sort("shop_id", "buyer_id", "sent_at", "message_id").with_columns(day=pl.col("sent_at").dt.date())
    write_deltalake(target, frame, partition_by=["day"])
    return len(frame)


def kaohe_import(paths: Sequence[Path], target: Path) -> int:
    """Import into a new workspace, clock and contacts included."""
    shutil.rmtree(target, ignore_errors=True)
    report = home.create(target).import_exports(paths)
    return sum(count.new for count in report.counts)


def csv(files: Sequence[Path], shops: Path, folder: Path, runs: int, tell: Callable[[str], None]) -> dict[str, Timed]:
    return side_by_side(
        [
            Contender("Polars + Delta", partial(bare_csv, files, folder / "bare")),
            Contender("kaohe import", partial(kaohe_import, [shops, *files], folder / "imported")),
        ],
        runs,
        tell,
    )


def bare_sheet(file: Path) -> int:
    """fastexcel's load of the sheet into Polars, all cells as text."""
    import fastexcel

    return int(fastexcel.read_excel(file).load_sheet(0, dtypes="string").to_polars().height)


def write_sheet(source: Path, rows: int, target: Path) -> None:
    """The first rows of a csv of messages as an xlsx."""
    import xlsxwriter

    frame = pl.read_csv(source, infer_schema=False, n_rows=rows)
    with xlsxwriter.Workbook(target, {"constant_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, frame.columns)
        for number, row in enumerate(frame.iter_rows(), 1):
            sheet.write_row(number, 0, ["" if cell is None else cell for cell in row])


def xlsx(sheet: Path, shops: Path, folder: Path, runs: int, tell: Callable[[str], None]) -> dict[str, Timed]:
    return side_by_side(
        [
            Contender("fastexcel", partial(bare_sheet, sheet)),
            Contender("kaohe import", partial(kaohe_import, [shops, sheet], folder / "imported")),
        ],
        runs,
        tell,
    )


def new_day(file: Path, day: date, shops: Path, year: Path, folder: Path, runs: int, tell: Callable[[str], None]) -> dict[str, Timed]:
    """The same new day imported and its figures taken, on an empty workspace and on one of a year."""
    empty, full = folder / "empty", folder / "full"

    def prepare(target: Path, source: Path | None) -> None:
        shutil.rmtree(target, ignore_errors=True)
        if source is None:
            home.create(target).import_exports([shops])
        else:
            shutil.copytree(source, target)

    def work(target: Path) -> int:
        workspace = home.open(target)
        workspace.import_exports([file])
        return len(workspace.figures(day, day))

    return side_by_side(
        [
            Contender("on an empty lake", partial(work, empty), before=partial(prepare, empty, None)),
            Contender("on a year", partial(work, full), before=partial(prepare, full, year)),
        ],
        runs,
        tell,
    )


def again(year: Path, first: date, last: date, runs: int, tell: Callable[[str], None]) -> dict[str, Timed]:
    """The figures of a month that has not changed, asked again."""

    def ask() -> int:
        return len(home.open(year).figures(first, last))

    return side_by_side([Contender("a month again", ask)], runs, tell)
