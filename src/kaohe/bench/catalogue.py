"""A month's whole catalogue for every agent: from the facts an import and earlier questions leave, and once more with another grouping."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta

from kaohe.bench.clock import Contender, Timed, side_by_side
from kaohe.workspace import Workspace

FIRST, AGAIN, OTHERWISE = "first time asked", "asked again", "by shop and agent"


def measure(workspace: Workspace, runs: int, tell: Callable[[str], None]) -> tuple[dict[str, Timed], int, int]:
    """Time all figures of 31 days by agent. Returns the times, and how many agents and metrics there are.

    The facts (contacts in parts, credits, inquiries) are there; *first time asked* has nothing that was summed up from them.
    """
    span = workspace.span()
    assert span is not None
    first, last = span[0], span[0] + timedelta(days=30)

    def all_of(*by: str) -> Callable[[], tuple[int, int]]:
        def count() -> tuple[int, int]:
            found = workspace.figures(first, last, by=by)
            return found["agent_id"].n_unique(), found["metric"].n_unique()

        return count

    def unsummed() -> None:
        for kind in ("figures", "tallies", "tallied"):
            shutil.rmtree(workspace.root / "cache" / kind, ignore_errors=True)

    timed = side_by_side(
        [
            Contender(FIRST, all_of("agent"), before=unsummed),
            Contender(AGAIN, all_of("agent")),
            Contender(OTHERWISE, all_of("shop", "agent")),
        ],
        runs,
        tell,
    )
    agents, metrics = timed[AGAIN].result
    return timed, agents, metrics
