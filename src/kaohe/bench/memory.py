"""Peak memory of one piece of work in a process of its own."""

from __future__ import annotations

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
    return _measured("from kaohe.bench import contacts\nworkspace = home.open(pathlib.Path(sys.argv[1]))\n" + _WORK[work], workspace)


def import_peak(workspace: Path, source: Path) -> int:
    """Peak resident bytes of a fresh process that imports `source` into a new workspace."""
    return _measured("home.create(pathlib.Path(sys.argv[1])).import_exports([sys.argv[2]])", workspace, source)


def _measured(work: str, *arguments: Path) -> int:
    # Not ru_maxrss where it can be avoided: on Linux it begins with the peak of the process that started this one.
    script = f"""
import pathlib, resource, sys
from kaohe import workspace as home
{work}
status = pathlib.Path("/proc/self/status")
if status.exists():
    print(next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) * 1024)
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
"""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout)
