"""Ragged arrays: many short runs laid end to end, so that a day's conversations are made without a loop over them."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]


def ranges(starts: Ints, lengths: Ints) -> Ints:
    """`starts[i], starts[i] + 1, …` for `lengths[i]` steps, one run after the other; runs of length 0 leave nothing.

    >>> ranges(np.array([7, 3]), np.array([2, 3])).tolist()
    [7, 8, 3, 4, 5]
    """
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    steps: Ints = np.arange(total, dtype=np.int64) + np.repeat(starts - (ends - lengths), lengths)
    return steps


def heads(run: Ints) -> Flags:
    """Whether each row is the first of its run. `run` numbers the runs, equal numbers side by side."""
    first = np.ones(len(run), dtype=np.bool_)
    first[1:] = run[1:] != run[:-1]
    return first


def running(values: Ints, first: Flags) -> Ints:
    """Sum within each run up to and with the row; `first` marks where runs begin."""
    sums = np.cumsum(values)
    at = np.flatnonzero(first)
    before = sums[at] - values[at]
    lengths = np.diff(np.append(at, len(values)))
    return sums - np.repeat(before, lengths)


def pick(rng: np.random.Generator, weights: Floats) -> Ints:
    """One column per row of a matrix of weights, drawn in proportion; -1 where all weights of the row are 0."""
    edges = np.cumsum(weights, axis=1)
    total = edges[:, -1]
    drawn = rng.random(len(weights)) * total
    found = np.minimum((edges <= drawn[:, None]).sum(axis=1), weights.shape[1] - 1)
    return np.where(total > 0, found, -1).astype(np.int64)
