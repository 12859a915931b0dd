"""Schemes to begin with: those the program brings, and those in the workspace's own folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from kaohe.appraisal import Scheme, available, load
from kaohe.appraisal.schemes import SHIPPED
from kaohe.errors import Failure, Lang
from kaohe_web.schemes.entries import words
from kaohe_web.schemes.reading import plain
from kaohe_web.site import workspace


@dataclass(frozen=True, slots=True)
class Template:
    """A scheme file."""

    name: str
    path: Path

    @property
    def shipped(self) -> bool:
        return self.path.parent == SHIPPED

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8", errors="replace")

    @property
    def scheme(self) -> Scheme | None:
        """What it says; None where it has mistakes."""
        return _read(self.path, self.path.stat().st_mtime_ns)

    def title(self, lang: Lang) -> str:
        """What it is called."""
        zh, en = _title(self.path, self.path.stat().st_mtime_ns)
        return (en or zh if lang == "en" else zh or en) or self.name


def templates() -> list[Template]:
    """All of them, the workspace's own first."""
    found = [Template(name, path) for name, path in available(workspace().root / "schemes").items()]
    return sorted(found, key=lambda one: (one.shipped, one.name))


def template(name: str) -> Template | None:
    """One by its name."""
    path = available(workspace().root / "schemes").get(name)
    return None if path is None else Template(name, path)


@lru_cache(maxsize=128)
def _read(path: Path, _changed: int) -> Scheme | None:
    try:
        return load(path)
    except Failure:
        return None


@lru_cache(maxsize=128)
def _title(path: Path, _changed: int) -> tuple[str, str]:
    # Only the lines of the title: reading every file in full takes longer than somebody waits for a list.
    found = re.search(r"^title:.*(?:\n[ \t]+.*)*", path.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
    return words(plain(found[0]).get("title")) if found else ("", "")
