"""Canonical JSON files that appear whole, once, and are known to be unaltered."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock

from kaohe.errors import REFUSED, code, failure

ALTERED = code(
    "record_altered",
    zh="{path} 被改过，或没有写完：内容与它的校验码不符。请从备份恢复这个文件",
    en="{path} was altered or is not whole: its content does not match its digest. Restore it from a backup",
    exit=REFUSED,
)
NEWER = code(
    "record_newer",
    zh="{path} 是新版本的 kaohe 写的，这个版本读不了。请升级 kaohe",
    en="{path} was written by a newer kaohe than this one. Upgrade kaohe",
    exit=REFUSED,
)

FORMAT = 1
"""The format of these files; a number this program does not know is not read."""


def canonical(content: Mapping[str, Any]) -> str:
    """The one way to write some content: keys in order, a digest over all of it."""
    return _text({**content, "digest": digest_of(content)}) + "\n"


def digest_of(content: Mapping[str, Any]) -> str:
    """The digest of some content, 64 hex digits."""
    return hashlib.sha256(_text(content).encode()).hexdigest()


def _text(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1)


def created(path: Path, content: Mapping[str, Any]) -> bool:
    """Write a new file whole. False, and nothing written, where there is one already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".draft")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(canonical(content))
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files for their owner alone; a record is read by whom the folder is shared with.
        Path(draft).chmod(0o666 & ~_umask())
        return _named(Path(draft), path)
    finally:
        Path(draft).unlink(missing_ok=True)


def _named(draft: Path, path: Path) -> bool:
    """Give a written file its name, unless there is one of that name."""
    try:
        # A link, unlike a rename, fails where somebody was first.
        os.link(draft, path)
    except FileExistsError:
        return False
    except OSError:
        # Sticks (exFAT) and some network shares have no links, and say so in many ways. Whoever shares the folder comes this way as well.
        with FileLock(path.parent / ".lock", timeout=60):
            if path.exists():
                return False
            draft.replace(path)
    return True


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def read(path: Path) -> dict[str, Any]:
    """The content of such a file. Raises `Failure` where it was altered, or written by a newer version."""
    try:
        text = path.read_text(encoding="utf-8")
        content: dict[str, Any] = json.loads(text)
        given = content.pop("digest")
    except (ValueError, KeyError, AttributeError, TypeError):
        raise failure(ALTERED, path=path.name) from None
    if canonical(content) != text or not given:
        raise failure(ALTERED, path=path.name)
    if content.get("format") != FORMAT:
        raise failure(NEWER, path=path.name)
    return content
