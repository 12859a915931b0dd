"""Small exports written on the spot, and a lake to import them into."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from kaohe.importing import ImportReport, Options, import_exports
from kaohe.lake import Lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.create(tmp_path / "workspace" / "lake")


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    folder.mkdir()
    return folder


@pytest.fixture
def imports(lake: Lake, exports: Path) -> Callable[..., ImportReport]:
    """Import a file or folder of `exports` (default: all of it) with the given options."""

    def run(name: str | Sequence[str] = "", **options: object) -> ImportReport:
        names = [name] if isinstance(name, str) else name
        report = import_exports(lake, [exports / one for one in names], Options(**options))  # type: ignore[arg-type]
        assert all(file.adds_up for file in report.files)
        return report

    return run
