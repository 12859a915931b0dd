"""Running one function over many partitions, here or on many machines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from typing import TypeVar

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def run(function: Callable[[Piece], Result], pieces: Iterable[Piece], executor: Executor | None = None) -> Iterator[Result]:
    """The results of `function` for each piece, in the order of the pieces.

    Without an executor everything happens here, one piece at a time: Polars uses all cores within one. Any
    `concurrent.futures.Executor` will do, Dask's client executor for a cluster on shared storage among them.
    """
    if executor is None:
        yield from map(function, pieces)
    else:
        yield from executor.map(function, pieces)
