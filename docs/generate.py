"""Makes the pages of the reference that are generated from the code: `python -m docs.generate` from the repository's root.

With `--check` nothing is written; the exit code is 1 when a page is not what the code says.
A new page is a line in `PAGES`: its path below `docs/` and a function in `docs.pages` that returns its text.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from docs.pages import commands, cycle, errors, metrics, tables

ROOT = Path(__file__).resolve().parent

PAGES: Mapping[str, Callable[[], str]] = {
    "reference/cli.md": commands.chinese,
    "reference/cli.en.md": commands.english,
    "reference/cycle.md": cycle.page,
    "reference/errors.md": errors.page,
    "reference/metrics.md": metrics.page,
    "reference/tables.md": tables.page,
}


def stale(root: Path = ROOT) -> list[str]:
    """The pages below `root` that are missing or differ from what the code says."""
    return [name for name, page in PAGES.items() if not (root / name).is_file() or (root / name).read_text("utf-8") != page()]


def write(root: Path = ROOT) -> list[str]:
    """Write every page that is stale and name them."""
    changed = stale(root)
    for name in changed:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(PAGES[name](), "utf-8", newline="\n")
    return changed


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print("usage: python -m docs.generate [--check]", file=sys.stderr)
        return 2
    if not arguments:
        for name in write():
            print(f"docs/{name}")
        return 0
    old = stale()
    for name in old:
        print(f"docs/{name} is stale: run 'make docs'", file=sys.stderr)
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
