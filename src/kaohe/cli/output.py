"""Where a result goes and in which form: `--format` and `--output`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kaohe.cli import trouble, words
from kaohe.cli.options import FORMATS
from kaohe.cli.voice import Voice
from kaohe.errors import failure

if TYPE_CHECKING:
    from kaohe.reports.tables import Page, Sheet

IN_FILES_ONLY = ("xlsx", "parquet")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The form of a result and the file it goes to; None is stdout."""

    format: str
    output: Path | None

    @property
    def for_people(self) -> bool:
        return self.format in ("table", "xlsx")


def wanted(format: str | None, output: Path | None, formats: Sequence[str] = FORMATS) -> Wanted:
    """What the two options ask for together. Without `--format` the output's ending decides, else it is a table.

    Raises `Failure` for a format that is none of `formats`, and where xlsx or parquet has no file to go to.
    """
    if format is None:
        ending = output.suffix.lower().removeprefix(".") if output is not None else "table"
        format = {"htm": "html"}.get(ending, ending)
        format = format if format in formats else "table"
    trouble.choice("--format", format, formats)
    if output is None and format in IN_FILES_ONLY:
        raise failure(trouble.OUTPUT_NEEDED, format=format)
    return Wanted(format, output)


def put(voice: Voice, where: Wanted, *, data: Callable[[], Sheet], people: Callable[[], Sequence[Sheet]]) -> None:
    """Write one result: `data`, raw, for csv, JSON and parquet; `people`, the sheets to read, for table and xlsx."""
    if where.format == "xlsx":
        put_workbook(voice, where, people())
        return
    put_text(voice, where, _content(voice, where, data, people))


def put_workbook(voice: Voice, where: Wanted, sheets: Sequence[Sheet | Page], heading: str = "") -> None:
    """Write sheets and pages as a workbook to the file asked for; `heading` is printed over the sheets."""
    from kaohe.reports.workbook import to_xlsx

    assert where.output is not None
    to_xlsx(where.output, sheets, voice.lang, heading)
    voice.notice(words.WRITTEN, path=where.output)


def put_text(voice: Voice, where: Wanted, content: bytes | str) -> None:
    """Write what is ready to be written to the file asked for, or to stdout."""
    if where.output is not None:
        from kaohe.reports.files import write

        write(where.output, content)
        voice.notice(words.WRITTEN, path=where.output)
    elif isinstance(content, bytes):
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
    else:
        sys.stdout.write(content)
        sys.stdout.flush()


def _content(voice: Voice, where: Wanted, data: Callable[[], Sheet], people: Callable[[], Sequence[Sheet]]) -> bytes | str:
    from kaohe.reports import files, terminal

    if where.format == "csv":
        return files.to_csv(data())
    if where.format == "json":
        return files.to_json(data())
    if where.format == "parquet":
        return files.to_parquet(data())
    if where.output is None and sys.stdout.isatty():
        terminal.to_terminal(people(), sys.stdout, voice.lang)
        return ""
    return "".join(terminal.terminal_text(sheet, voice.lang) for sheet in people())
