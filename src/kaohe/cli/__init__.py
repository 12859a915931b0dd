"""The command line. `main` is the program `kaohe`; nothing heavy is imported before a command runs."""

from __future__ import annotations

from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code: 0 done, 2 wrong use, 3 refused data, 4 partly refused under --strict.

    `argv` is what follows the program's name; None takes it from the process.
    """
    import sys

    from kaohe.cli.app import run

    return run(list(sys.argv[1:] if argv is None else argv))
