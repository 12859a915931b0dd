"""The workspace this site is of."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from kaohe.errors import Lang
from kaohe.workspace import Workspace

_DEFINED_IN = ("kaohe.yaml", "packs", "profiles", "schemes")
"""What a workspace keeps once it was read: its settings and definitions."""


def workspace() -> Workspace:
    """The site's workspace, opened anew when its settings or definitions change. Each read sees the newest import."""
    root = Path(settings.WORKSPACE)
    return _opened(root, tuple(_stamps(root)))


@lru_cache(maxsize=1)
def _opened(root: Path, _stamps: tuple[tuple[str, int, int], ...]) -> Workspace:
    return Workspace(root)


def _stamps(root: Path) -> list[tuple[str, int, int]]:
    places = (root / name for name in _DEFINED_IN)
    files = [file for place in places for file in ([place] if place.is_file() else sorted(place.glob("*")) if place.is_dir() else [])]
    return [(str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files]


def newest() -> str:
    """What changes with every import: the name of the journal's newest commit. Opening the journal takes as long as a page may; its name does not."""
    log = workspace().lake.journal.root / "_delta_log"
    return max((entry.name for entry in os.scandir(log) if entry.name.endswith(".json")), default="")


def language(code: str | None) -> Lang:
    """The library's language for one of Django's."""
    return "en" if code is not None and code.startswith("en") else "zh"
