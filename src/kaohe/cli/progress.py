"""A bar on stderr for work that lasts longer than a second; on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kaohe.cli.voice import Voice
from kaohe.reports.pairs import Pair

PATIENCE = 1.0
"""Seconds a command may take before it shows a bar."""

LABEL = 32
"""Characters of a file name the bar shows."""


class Bar:
    """Takes what importing (`start`, `advance`, `writing`, `done`) and the demo (`step`) tell of how far they are.

    `bar` is a rich progress, or None where nobody watches.
    """

    def __init__(self, bar: Any, doing: str) -> None:
        self._bar, self._doing = bar, doing
        self._task = bar.add_task(doing, total=None) if bar is not None else None

    def start(self, total: int) -> None:
        self._update(total=total)

    def advance(self, count: int, label: str) -> None:
        from kaohe.reports.cells import printable

        self._update(advance=count, description=f"{self._doing} {printable(label)[-LABEL:]}")

    def writing(self, share: float) -> None:
        self._update(total=1.0, completed=share, description=self._doing)

    def done(self) -> None:
        self._update(total=1.0, completed=1.0, description=self._doing)

    def step(self, done: int, total: int) -> None:
        self._update(total=total, completed=done)

    def _update(self, **what: Any) -> None:
        if self._bar is not None:
            self._bar.update(self._task, **what)


@contextmanager
def progress(voice: Voice, what: Pair) -> Iterator[Bar]:
    """A `Bar` that shows itself after `PATIENCE` seconds and leaves nothing behind."""
    doing = voice(what)
    if not sys.stderr.isatty():
        yield Bar(None, doing)
        return
    from threading import Timer

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    timer = Timer(PATIENCE, bar.start)
    timer.daemon = True
    timer.start()
    try:
        yield Bar(bar, doing)
    finally:
        timer.cancel()
        timer.join()
        bar.stop()
