"""What people enter on the site becomes rows of the lake, by an import like any other: numbered, in the history, part of every fingerprint."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction

from kaohe.errors import Failure
from kaohe.model.tables import TABLES
from kaohe_web.signals import imported
from kaohe_web.site import workspace


def entered(table: str, rows: Sequence[Mapping[str, Any]], *, by: str) -> int:
    """Rows of a canonical table, each in place of the row with its key. Returns the number of the import, 0 where all of them were there already.

    Every row is written whole: a column that is not given is empty. `by` is who entered them and stands in the file's name in the history.
    Call it last in the transaction that records the change: what the library refuses raises `Failure`, and nothing of the change is kept.
    """
    columns = [column.name for column in TABLES[table].columns]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{table}-{_filed(by)}.csv"
        with file.open("w", newline="", encoding="utf-8") as opened:
            writer = csv.writer(opened)
            writer.writerow(columns)
            writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)
        report = workspace().import_exports([file])
    if report.problems:
        raise Failure(report.problems)
    number = report.number or 0
    if number:
        transaction.on_commit(lambda: imported.send(sender=entered, number=number))
    return number


def _filed(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name)[:60]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)
