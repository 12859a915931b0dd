"""Peak memory of one piece of work in a process of its own."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

_WORK = {
    "ready": "contacts.total(workspace, contacts.DEFAULT)",
    "scanned": "contacts.total(workspace, contacts.OTHER_CLOCK)",
    "figures": "workspace.figures(by=('shop', 'agent'))",
}


def peak(workspace: Path, work: str) -> int:
    """Peak resident bytes of a fresh process that does one of the works `ready`, `scanned` or `figures` on a workspace."""
    script = (
        "import sys, pathlib, resource\n"
        "from kaohe import workspace as home\n"
        "from kaohe.bench import contacts\n"
        "workspace = home.open(pathlib.Path(sys.argv[1]))\n"
        f"{_WORK[work]}\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(workspace)], check=True, capture_output=True, text=True)
    return int(done.stdout) * (1 if sys.platform == "darwin" else 1024)


def own_peak() -> int:
    """Peak resident bytes of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
