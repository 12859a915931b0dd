"""`python -m kaohe_web.bench [ADDRESS …]`: the median and the 95th percentile of every kind of page, or of the addresses given.

The company is made up in a temporary folder, which is gone at the end; the server listens on this machine alone and is stopped.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from kaohe_web.bench import asking, company, year
from kaohe_web.bench.asking import Asked

MEDIAN, P95 = 200, 500
"""Milliseconds within which pages are to answer."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and print; 1 where an answer was no page or too late."""
    parser = argparse.ArgumentParser(prog="python -m kaohe_web.bench", description=__doc__)
    parser.add_argument("addresses", nargs="*", metavar="ADDRESS", help="addresses to ask instead of every kind of page")
    parser.add_argument("--seconds", type=float, default=20, help="how long the pages are asked, at most 30")
    parser.add_argument("--users", type=int, default=20, help="people asking at once")
    parser.add_argument("--fresh", action="store_true", help="ask each page as nobody did before, so that no process has kept it")
    parser.add_argument("--agents", type=int, default=1000)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="kaohe-load-") as folder:
        workspace = Path(folder) / "workspace"
        begun = time.perf_counter()
        people = company.agents(asked.agents)
        theirs, own = company.made(workspace, people)
        year.made(people, number=1)
        print(f"made up {asked.agents} agents with a year of figures and three cycles in {time.perf_counter() - begun:.1f} s", flush=True)
        pages = [Asked(one, company.NAME) for one in asked.addresses or (*year.ADDRESSES, *theirs)]
        if not asked.addresses:
            pages += [Asked(one, people[0].agent_id) for one in own]
        found = asking.measured(workspace, pages, company.PASSWORD, users=asked.users, seconds=asked.seconds, fresh=asked.fresh)
    print(f"{'median ms':>10}{'p95 ms':>10}{'answers':>10}{'failed':>8}  address")
    for one in found:
        late = one.median > MEDIAN or one.p95 > P95
        print(f"{one.median:>10.0f}{one.p95:>10.0f}{one.count:>10}{one.failed:>8}  {one.address}{'  (late)' if late else ''}")
    return 1 if any(one.failed or one.median > MEDIAN or one.p95 > P95 for one in found) else 0


if __name__ == "__main__":
    sys.exit(main())
