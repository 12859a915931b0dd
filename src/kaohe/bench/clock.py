"""Timing several contenders side by side: one run of each in turn, so that a slow moment of the machine hits all."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Contender:
    """Something to time. `before` is run, untimed, before each run."""

    name: str
    run: Callable[[], Any]
    before: Callable[[], Any] | None = None


@dataclass(slots=True)
class Timed:
    """Seconds of every run of one contender, and what its last run returned."""

    name: str
    seconds: list[float]
    result: Any

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def side_by_side(contenders: Sequence[Contender], runs: int, tell: Callable[[str], None]) -> dict[str, Timed]:
    """Run all contenders once to warm up, then `runs` times in turn."""
    timed = {contender.name: Timed(contender.name, [], None) for contender in contenders}
    for turn in range(runs + 1):
        for contender in contenders:
            if contender.before is not None:
                contender.before()
            gc.collect()
            start = time.perf_counter()
            result = contender.run()
            seconds = time.perf_counter() - start
            tell(f"{contender.name}: {seconds:.2f} s" + (" (warm-up)" if turn == 0 else ""))
            if turn:
                timed[contender.name].seconds.append(seconds)
            timed[contender.name].result = result
    return timed
