"""The fixture spec tests count with."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from counting import counted, source


@pytest.fixture
def figures(tmp_path: Path) -> Callable[..., Any]:
    """`figures(text, *by, **parameters)`: {metric: (numerator, denominator, value)} of the tables, or {group: the same} by some groups.

    Every call counts in a folder of its own.
    """

    folders = (tmp_path / str(number) for number in count())

    def counting(text: str, *by: str, **parameters: Any) -> Any:
        found = counted(source(next(folders), text, **parameters), *by)
        return found if by else found.get(None)

    return counting
