"""Contacts: kaohe against hand-written windows in other engines, over the same files, with equal counts."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import polars as pl

from kaohe.bench import peers
from kaohe.bench.clock import Contender, Timed, side_by_side
from kaohe.facts import Facts, Slice
from kaohe.lake.runner import run
from kaohe.packs import Parameters
from kaohe.workspace import Workspace

DEFAULT = Parameters()
OTHER_CLOCK = Parameters(human_senders=("agent",))
"""Only people who typed themselves: a clock the lake does not hold ready, so messages are scanned when read."""


def total(workspace: Workspace, parameters: Parameters) -> peers.Totals:
    """`peers.TOTALS` over kaohe's contacts of all days."""

    def same(_shop: str, _day: date) -> Parameters:
        return parameters

    facts = Facts(workspace.lake, workspace.lake.snapshot(), same)

    def one(piece: Slice) -> peers.Totals:
        contacts = facts.contacts(piece).select(
            pl.len(),
            pl.sum("asked", "answered", "within_30"),
            valid=(pl.col("within_3600") == pl.col("asked")).sum(),
            wait_sum=pl.sum("wait_sum"),
        )
        return tuple(int(value) for value in contacts.collect().row(0))

    return tuple(sum(column) for column in zip(*run(one, facts.slices()), strict=True))


def compare(workspace: Workspace, runs: int, tell: Callable[[str], None]) -> tuple[dict[str, Timed], dict[str, Timed]]:
    """Time all contenders on a workspace: with the default clock as an import leaves it, and with another clock.

    Raises AssertionError when any two disagree about any count.
    """
    folder = workspace.lake.folder("messages")
    files: list[Path] = [folder.root / file.name for file in workspace.lake.files("messages")]
    scan = Contender("scan only", partial(peers.scan_only, files))

    def others(humans: tuple[str, ...]) -> list[Contender]:
        return [
            Contender("DuckDB windows", partial(peers.duckdb, files, humans)),
            Contender("chdb windows", partial(peers.chdb, files, humans)),
            Contender("Polars over", partial(peers.polars_windows, files, humans)),
            Contender("pandas", partial(peers.pandas, files, humans)),
        ]

    ready = Contender("kaohe", partial(total, workspace, DEFAULT))
    default = side_by_side([scan, ready, *others(DEFAULT.human_senders)], runs, tell)

    def cold() -> None:
        shutil.rmtree(workspace.root / "cache" / "parts", ignore_errors=True)

    scanned = Contender("kaohe", partial(total, workspace, OTHER_CLOCK), before=cold)
    other = side_by_side([scan, scanned, *others(OTHER_CLOCK.human_senders)], runs, tell)
    total(workspace, DEFAULT)
    for timed in (default, other):
        results = {name: one.result for name, one in timed.items() if name != "scan only"}
        assert len(set(results.values())) == 1, f"contenders disagree: {results}"
    return default, other
