"""Running one function over many partitions, here or on many machines."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import TypeVar

Piece = TypeVar("Piece")
Result = TypeVar("Result")


SIDE_BY_SIDE = min(2, os.cpu_count() or 1)
"""Pieces worked on at once in this process. More would take memory by the partition and give little: Polars uses all cores within one."""


def run(function: Callable[[Piece], Result], pieces: Iterable[Piece], executor: Executor | None = None) -> Iterator[Result]:
    """The results of `function` for each piece, in the order of the pieces.

    Without an executor a few threads of this process do it. Any `concurrent.futures.Executor` will do instead, Dask's client executor for a
    cluster on shared storage among them.
    """
    if executor is not None:
        yield from executor.map(function, pieces)
        return
    with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
        yield from threads.map(function, pieces)
