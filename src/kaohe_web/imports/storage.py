"""Where uploaded bytes lie until they are imported: `web/uploads/` of the workspace, a folder for each upload and each of its files."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Collection
from pathlib import Path

from django.conf import settings

from kaohe_web.imports.models import Batch, File

NAME_BYTES = 180
SPARE = 2**28
"""Bytes that stay free on the disk whatever is uploaded: the database and the lake are there, too."""


def root() -> Path:
    return Path(settings.WORKSPACE) / "web" / "uploads"


def incoming() -> Path:
    """The folder bytes are streamed into."""
    found = root() / "incoming"
    found.mkdir(parents=True, exist_ok=True)
    found.parent.chmod(0o700)
    return found


def has_room(count: int) -> bool:
    """Whether so many bytes fit, and as many again for what is made of them."""
    return shutil.disk_usage(incoming()).free > 2 * count + SPARE


def folder(batch: Batch | int) -> Path:
    return root() / str(batch if isinstance(batch, int) else batch.pk)


def place(file: File) -> Path:
    """Where a file's bytes are. It keeps its name, which may say the day or the table; the folder is its own."""
    return folder(file.batch_id) / str(file.pk) / file.name


def survey(file: File) -> Path:
    """Where it is kept what was seen in a file that no profile knows."""
    return folder(file.batch_id) / f"{file.pk}.json"


def put(file: File, source: Path) -> None:
    """Take over streamed bytes."""
    target = place(file)
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)


def clear(batch: Batch | int) -> None:
    """Remove all bytes of an upload."""
    shutil.rmtree(folder(batch), ignore_errors=True)


def clear_stray(seconds: float, wanted: Collection[int]) -> None:
    """Remove what was left so long ago by uploads that broke off, and by those that ended in the moment their worker died."""
    old = time.time() - seconds
    for path in incoming().iterdir():
        if path.stat().st_mtime < old:
            path.unlink(missing_ok=True)
    for path in root().iterdir():
        if path.name.isdecimal() and int(path.name) not in wanted and path.stat().st_mtime < old:
            shutil.rmtree(path, ignore_errors=True)


def refused(name: str) -> Path | None:
    """A file with refused rows, by its name in the workspace's quarantine."""
    found = Path(settings.WORKSPACE) / "quarantine" / Path(name).name
    return found if found.is_file() else None


_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f/\\:*?"<>|]')


def safe_name(name: str, taken: set[str]) -> str:
    """A name that is one step of a path on every system, not hidden, and not taken in any case; nearly always the one given.

    >>> safe_name("11月.csv", set()), safe_name("../.x?.csv", set()), safe_name("a.csv", {"a.csv"})
    ('11月.csv', '_.x_.csv', 'a (2).csv')
    """
    bare = _UNSAFE.sub("_", name).strip().lstrip(".~") or "file"
    stem, dot, ending = bare.rpartition(".")
    stem, ending = (stem, dot + ending) if stem and len(ending) <= 10 else (bare, "")
    stem = stem.encode()[: NAME_BYTES - len(ending.encode())].decode(errors="ignore").strip() or "file"
    found, number = f"{stem}{ending}".rstrip(". "), 1
    while found.casefold() in taken:
        number += 1
        found = f"{stem} ({number}){ending}"
    return found
