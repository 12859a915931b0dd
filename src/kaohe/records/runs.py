"""Saved results. One file each, canonical, so that the same fingerprint is the same bytes; the number is only in its name."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from kaohe._version import __version__
from kaohe.appraisal import Appraisal, Scheme
from kaohe.appraisal.data import statements
from kaohe.appraisal.exact import plain
from kaohe.appraisal.gathering import Gathered
from kaohe.definitions import nearest
from kaohe.errors import WRONG_USE, code, failure
from kaohe.packs import ShopPacks
from kaohe.records.files import FORMAT, created, read

NO_SUCH_RESULT = code(
    "no_such_result",
    zh="没有保存过“{name}”这个结果。{hint_zh}用 kaohe results 查看全部",
    en="no result {name!r} was saved. {hint_en}Run 'kaohe results' to see all",
    exit=WRONG_USE,
)

JOURNAL = ("sha256", "profile", "read", "new", "same", "replaced", "refused", "skipped", "code_version")
"""What of an import's row tells its files and how they were read; names and times differ between machines."""


@dataclass(frozen=True)
class Run:
    """One saved result: where it is, and its content."""

    path: Path
    content: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What it is asked for by, such as `presale-2026-11-0001`."""
        return self.path.stem

    @property
    def fingerprint(self) -> str:
        return str(self.content["fingerprint"])

    @property
    def period(self) -> tuple[date, date]:
        first, last = self.content["inputs"]["period"]
        return date.fromisoformat(first), date.fromisoformat(last)

    @cached_property
    def scheme(self) -> Scheme:
        """The scheme it was judged by, as it was then."""
        return Scheme.model_validate(self.content["scheme"])

    @cached_property
    def packs(self) -> ShopPacks:
        """The rule packs the shops were counted by, as they were then."""
        return ShopPacks.read(self.content["packs"])

    @property
    def statements(self) -> list[dict[str, Any]]:
        """Everybody's statement as `kaohe.appraisal.data` writes them."""
        return list(self.content["statements"])

    @property
    def people(self) -> list[str]:
        """Who is judged, each once."""
        return sorted({one["agent_id"] for one in self.statements})


def inputs(appraisal: Appraisal, given: Gathered, journal: pl.DataFrame, packs: ShopPacks) -> dict[str, Any]:
    """All that decides a result, as digests. `journal` are the imports the data come from, `packs` those the shops were counted by."""
    first, last = given.period
    frames = {"figures": given.figures, "agents": given.agents, "previous": given.previous, "targets": given.targets}
    return {
        "scheme": appraisal.fingerprint,
        "packs": packs.digest(),
        "data": digest_of_imports(journal),
        "judged": _digest({name: _rows(frame) for name, frame in frames.items()}),
        "code": __version__,
        "period": [first.isoformat(), last.isoformat()],
    }


def digest_of_imports(journal: pl.DataFrame) -> str:
    """Changes with every import. `journal` are the rows of `kaohe.lake.journal`."""
    return _digest(journal.sort("number", *JOURNAL).select(JOURNAL).rows())


def _rows(frame: pl.DataFrame | None) -> Any:
    """Rows in an order of their own: the order they came in changes no result."""
    return None if frame is None else sorted(map(repr, frame.select(sorted(frame.columns)).rows()))


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True, default=str).encode()).hexdigest()[:32]


def content_of(scheme: Scheme) -> dict[str, Any]:
    """A scheme in full as plain JSON data. Equal schemes give equal content, however their numbers are written: 100.0 is 100."""
    content: dict[str, Any] = _plain(scheme.model_dump())
    return content


def _plain(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {key: _plain(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_plain(value) for value in node]
    if isinstance(node, Decimal):
        return plain(node)
    return node.isoformat() if isinstance(node, dt.date) else node


def save(folder: Path, appraisal: Appraisal, of: Mapping[str, Any], packs: ShopPacks) -> Run:
    """Save a result in a folder under the next number of its scheme and month. `of` are its `inputs`."""
    content = {
        "format": FORMAT,
        "fingerprint": _digest(of),
        "inputs": dict(of),
        "scheme": content_of(appraisal.scheme),
        "packs": packs.content(),
        "statements": statements(appraisal),
    }
    # What may stand in a scheme's name may have no place in a file's.
    called = re.sub(r"[^\w.-]+", "_", appraisal.scheme.name).lstrip(".") or "_"
    stem = f"{called}-{of['period'][0][:7]}"
    number = max((_number(run) for run in folder.glob(f"{stem}-*.json")), default=0) + 1
    while not created(path := folder / f"{stem}-{number:04}.json", content):
        number += 1
    return Run(path, read(path))


def _number(path: Path) -> int:
    found = re.search(r"-(\d+)$", path.stem)
    return int(found[1]) if found else 0


def listed(folder: Path) -> list[Run]:
    """Every saved result, in order of name. Raises `Failure` for one that was altered."""
    return [Run(path, read(path)) for path in sorted(folder.glob("*.json"))]


def find(folder: Path, name: str) -> Run:
    """A result by its name. Raises `Failure` with the nearest one where there is none."""
    known = {path.stem: path for path in sorted(folder.glob("*.json"))}
    path = known.get(name.removesuffix(".json"))
    if path is None:
        # Of a scheme's name alone the newest is meant.
        guess = next((one for one in reversed(known) if name and one.startswith(name)), None) or nearest(name, known)
        zh, en = (f"是否想写“{guess}”？", f"Did you mean {guess!r}? ") if guess else ("", "")
        raise failure(NO_SUCH_RESULT, name=name, hint_zh=zh, hint_en=en)
    return Run(path, read(path))
