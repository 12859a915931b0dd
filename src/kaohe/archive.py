"""A whole workspace in one file: written at one moment, read back somewhere else, and verified both times.

The file is a zip: `workspace/…` are the workspace's files, `state/…` what the web site keeps in its database, `manifest.json` the digest of each.
What can be made anew (the cache) and what belongs to one machine (the site's secret key, its database's own files, locks) is not in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import tempfile
import time
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import polars as pl
from filelock import FileLock, Timeout

from kaohe._version import __version__
from kaohe.errors import REFUSED, WRONG_USE, code, failure
from kaohe.lake.lake import BUSY
from kaohe.workspace import Workspace

FORMAT = 1
MANIFEST = "manifest.json"
FILES, STATE = "workspace", "state"

LEFT_OUT = (
    "cache",
    "lake/staging",
    "web/boards",
    "web/uploads/incoming",
    "web/secret.key",
    "web/state.sqlite3",
    "web/state.sqlite3-wal",
    "web/state.sqlite3-shm",
)
"""Paths within a workspace that stay behind."""
OWN = (".lock", ".draft", ".backup-")
"""How names begin of files that only a running program has a use for."""
FORGOTTEN = 86_400
"""Seconds after which no backup is still being written."""
REWRITTEN = ("kaohe.yaml", "packs", "profiles", "schemes")
"""What people edit in place. All else is written once under its name, so that a second link to a file keeps it as it is."""

EXISTS = code(
    "backup_exists",
    zh="{path} 已经有了，不覆盖。请换一个文件名",
    en="{path} exists and is not overwritten. Choose another name",
    exit=WRONG_USE,
)
INSIDE = code(
    "backup_inside",
    zh="{path} 在工作区里面。备份要放到工作区外面，最好是另一块盘",
    en="{path} lies within the workspace. Put a backup outside of it, best on another disk",
    exit=WRONG_USE,
)
UNREADABLE = code(
    "backup_unreadable",
    zh="{path} 不是完整的 kaohe 备份：{detail_zh}",
    en="{path} is no whole backup of kaohe: {detail_en}",
    exit=REFUSED,
)
NEWER = code(
    "backup_newer",
    zh="备份是新版本的 kaohe（{version}）写的，这个版本恢复不了。请升级 kaohe",
    en="the backup was written by a newer kaohe ({version}). Upgrade kaohe",
    exit=REFUSED,
)
NOT_EMPTY = code(
    "restore_not_empty",
    zh="{path} 里已经有东西。恢复只写进空的或还没有的文件夹，请换一个",
    en="{path} is not empty. A backup is restored to an empty or a new folder; name another",
    exit=WRONG_USE,
)
NO_ROOM = code(
    "restore_no_room",
    zh="{path} 所在的盘放不下：要 {needed} MB，只剩 {free} MB",
    en="there is no room for {path}: {needed} MB are needed, {free} MB are free",
    exit=WRONG_USE,
)


DATABASE_USED = code(
    "restore_database_used",
    zh="DATABASE_URL 指的数据库里已经有表。恢复只写进空的数据库，请新建一个",
    en="the database of DATABASE_URL has tables already. A backup is restored to an empty database; make a new one",
    exit=WRONG_USE,
)
STATE_NEWER = code(
    "backup_state_newer",
    zh="网站的数据库是新版本的 kaohe 建的，这个版本备份不了。请升级 kaohe",
    en="the site's database was made by a newer kaohe than this one. Upgrade kaohe",
    exit=REFUSED,
)
LOG_BROKEN = code(
    "restore_log_broken",
    zh="操作记录从第 {number} 条起不对：备份之前就被改过，或备份被改过",
    en="the log of changes is wrong from entry {number} on: it was altered before the backup, or the backup was",
    exit=REFUSED,
)


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in an archive: `files` path, digest and size of each; `lake` the number of the last import and the rows of each table."""

    version: str
    made_at: str
    files: Mapping[str, Mapping[str, Any]]
    lake: Mapping[str, Any]
    state: Mapping[str, Any] | None


@contextmanager
def staged(root: Path) -> Iterator[Path]:
    """A folder on the workspace's own disk for what goes into an archive; gone afterwards. What a backup that was killed left long ago goes, too."""
    for left in root.glob(".backup-*"):
        if left.stat().st_mtime < time.time() - FORGOTTEN:
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=".backup-", dir=root))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def held(root: Path, wait: float = 600) -> Iterator[None]:
    """Keep imports out. Raises `Failure` where one is running and does not end in time."""
    lock = FileLock(root / "lake" / ".lock", timeout=wait)
    try:
        lock.acquire()
    except Timeout:
        raise failure(BUSY, seconds=round(wait)) from None
    try:
        yield
    finally:
        lock.release()


def collect(root: Path, folder: Path) -> None:
    """Put a workspace's files, as they are now, into `folder`/workspace.

    Nobody may import meanwhile: the caller holds the lake. Takes next to no time and room, where the disk knows links.
    """
    for path in _files(root):
        target = folder / FILES / path
        target.parent.mkdir(parents=True, exist_ok=True)
        source = (root / path).resolve()
        if path.parts[0] in REWRITTEN:
            shutil.copy2(source, target)
            continue
        try:
            os.link(source, target)
        except OSError:
            # Another disk, or one without links.
            shutil.copy2(source, target)


def counts(source: Workspace) -> dict[str, Any]:
    """The number of the last import and how many rows each table has after it."""
    snapshot = source.lake.snapshot()
    rows = {table: int(source.lake.scan(table, snapshot).select(pl.len()).collect().item()) for table in sorted(snapshot.versions)}
    return {"number": snapshot.number, "rows": rows}


def _files(root: Path) -> Iterator[PurePosixPath]:
    """The files of a workspace that go into an archive, links followed, in order of name."""
    seen: set[Path] = set()
    for here, folders, names in os.walk(root, followlinks=True):
        at = Path(here)
        inner = PurePosixPath(at.relative_to(root).as_posix())
        real = at.resolve()
        # Links may lead back up.
        folders[:] = (
            [] if real in seen else [name for name in sorted(folders) if str(inner / name) not in LEFT_OUT and not name.startswith(OWN)]
        )
        if real in seen:
            continue
        seen.add(real)
        for name in sorted(names):
            if str(inner / name) not in LEFT_OUT and not name.startswith(OWN) and (at / name).is_file():
                yield inner / name


def write(file: Path, folder: Path, state: Mapping[str, Any] | None) -> Contents:
    """Write what was staged in `folder` to a new file and read it back. Raises `Failure` where it is there already.

    It is readable by its owner alone: chats, pay and the digests of passwords are in it.
    """
    if file.exists():
        raise failure(EXISTS, path=file)
    lake, listed = counts(Workspace(folder / FILES)), dict[str, dict[str, Any]]()
    handle, name = tempfile.mkstemp(prefix=".backup-", dir=file.resolve().parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as opened, zipfile.ZipFile(opened, "w", allowZip64=True) as archive:
            for path in sorted(found for found in folder.rglob("*") if found.is_file()):
                listed[path.relative_to(folder).as_posix()] = _added(archive, path, path.relative_to(folder).as_posix())
            contents = Contents(__version__, datetime.now(UTC).isoformat(timespec="seconds"), listed, lake, state)
            archive.writestr(
                zipfile.ZipInfo(MANIFEST, _time()), json.dumps(_manifest(contents), ensure_ascii=False, indent=1, sort_keys=True)
            )
        verify(draft, shown=file)
        try:
            os.link(draft, file)
        except FileExistsError:
            raise failure(EXISTS, path=file) from None
        except OSError:
            draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    return contents


def _time() -> tuple[int, int, int, int, int, int]:
    return datetime.now(UTC).timetuple()[:6]


def _added(archive: zipfile.ZipFile, path: Path, name: str) -> dict[str, Any]:
    entry = zipfile.ZipInfo(name, _time())
    # Parquet is compressed already.
    entry.compress_type = zipfile.ZIP_STORED if path.suffix == ".parquet" else zipfile.ZIP_DEFLATED
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
        while part := source.read(1 << 20):
            target.write(part)
            digest.update(part)
            size += len(part)
    return {"sha256": digest.hexdigest(), "size": size, "mode": stat.S_IMODE(path.stat().st_mode) & 0o666 | 0o600}


def _manifest(contents: Contents) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "kaohe": contents.version,
        "made_at": contents.made_at,
        "files": contents.files,
        "lake": contents.lake,
        "state": contents.state,
    }


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    if not file.is_file():
        raise _unreadable(file, "没有这个文件", "there is no such file")
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError):
        raise _unreadable(file, "不是 zip，或者没有传完", "it is no zip, or was not copied whole") from None


def _unreadable(file: Path, zh: str, en: str) -> Exception:
    return failure(UNREADABLE, path=file, detail_zh=zh, detail_en=en)


def _read(file: Path, archive: zipfile.ZipFile) -> Contents:
    names = archive.namelist()
    try:
        given = json.loads(archive.read(MANIFEST))
        if given["format"] > FORMAT:
            raise failure(NEWER, version=given["kaohe"])
        contents = Contents(given["kaohe"], given["made_at"], dict(given["files"]), given["lake"], given["state"])
        wanted = {name: (str(one["sha256"]), int(one["size"]), int(one["mode"])) for name, one in contents.files.items()}
        int(contents.lake["number"]), dict(contents.lake["rows"])
    except (KeyError, ValueError, TypeError, AttributeError):
        raise _unreadable(file, f"里面没有看得懂的 {MANIFEST}", f"it has no {MANIFEST} that makes sense") from None
    if len(set(names)) != len(names) or set(names) != {*wanted, MANIFEST}:
        raise _unreadable(file, "里面的文件和清单对不上", "its files are not those of its manifest")
    for name in wanted:
        if not is_plain(name) or not name.startswith((f"{FILES}/", f"{STATE}/")):
            raise _unreadable(file, f"里面有不该有的路径 {name!r}", f"it holds a path that has no place in it: {name!r}")
        if stat.S_ISLNK(archive.getinfo(name).external_attr >> 16):
            raise _unreadable(file, f"里面有链接 {name!r}", f"it holds a link: {name!r}")
    return contents


def is_plain(name: str) -> bool:
    """Whether a path leads down from where it is put, on every system, and to one place only.

    >>> [is_plain(name) for name in ("workspace/lake/lake.json", "workspace/../x", "/etc/passwd", "C:/x", "a\\\\b", "a//b", "")]
    [True, False, False, False, False, False, False]
    """
    parts = name.split("/")
    odd = any(letter in "\\:\0" or unicodedata.category(letter) == "Cc" for letter in name)
    return not odd and all(part not in ("", ".", "..") and not part.endswith((" ", ".")) for part in parts)


def verify(file: Path, *, shown: Path | None = None) -> Contents:
    """Read an archive through and see that every file is as its manifest says. Raises `Failure`."""
    called = shown or file
    with _opened(file) as archive:
        contents = _read(called, archive)
        for name in contents.files:
            _copied(called, archive, name, contents.files[name], None)
    return contents


def _copied(file: Path, archive: zipfile.ZipFile, name: str, said: Mapping[str, Any], target: Path | None) -> None:
    """Read one file through, into `target` where there is one; never more than the manifest says."""
    digest, left = hashlib.sha256(), int(said["size"])
    opened = target.open("xb") if target is not None else None
    try:
        with archive.open(name) as source:
            while part := source.read(min(1 << 20, left + 1)):
                left -= len(part)
                if left < 0:
                    break
                digest.update(part)
                if opened is not None:
                    opened.write(part)
    finally:
        if opened is not None:
            opened.close()
    if left != 0 or digest.hexdigest() != said["sha256"]:
        raise _unreadable(file, f"{name} 坏了", f"{name} is damaged")
    if target is not None:
        target.chmod(int(said["mode"]) & 0o666 | 0o600)


@contextmanager
def unpacked(file: Path, root: Path) -> Iterator[tuple[Contents, Path, Path]]:
    """Unpack an archive beside `root`: what is in it, the workspace, and the folder of the site's state. Without an error the workspace becomes `root`.

    Raises `Failure` where `root` is there and not empty, or the archive is not whole; then nothing is left behind.
    """
    root = root.absolute()
    if root.is_symlink() or (root.exists() and (not root.is_dir() or any(root.iterdir()))):
        raise failure(NOT_EMPTY, path=root)
    root.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".restoring-{root.name}-", dir=root.parent))
    try:
        with _opened(file) as archive:
            contents = _read(file, archive)
            needed, free = sum(int(one["size"]) for one in contents.files.values()), shutil.disk_usage(draft).free
            if needed > free:
                raise failure(NO_ROOM, path=root, needed=needed >> 20, free=free >> 20)
            for folder in (FILES, STATE):
                (draft / folder).mkdir()
            for name, said in contents.files.items():
                target = draft / name
                target.parent.mkdir(parents=True, exist_ok=True)
                _copied(file, archive, name, said, target)
        yield contents, draft / FILES, draft / STATE
        if root.exists():
            root.rmdir()
        (draft / FILES).rename(root)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def check(contents: Contents, root: Path, file: Path) -> None:
    """See that a workspace that was unpacked can be read: the lake as it was, every saved result and closed month unaltered. Raises `Failure`."""
    source = Workspace(root)
    if counts(source) != dict(contents.lake):
        raise _unreadable(file, "数据和备份时不一样", "the data are not as they were")
    source.results()
    source.ledgers()
