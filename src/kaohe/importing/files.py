"""Files: what lies under the paths somebody named, and what each of it really is.

Names lie (an `.xlsx` full of old `.xls` bytes, a table of HTML called `.xls`), so a file is known by its first bytes. Archives are
unpacked as a stream under limits, so that a small bomb stays small.
"""

from __future__ import annotations

import codecs
import hashlib
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Literal

from kaohe.errors import WRONG_USE, Code, Failure, Problem, code, failure

Format = Literal["text", "json", "spreadsheet", "parquet", "zip"]

NO_SUCH_PATH = code("no_such_path", zh="没有这个文件或文件夹：{path}", en="no such file or folder: {path}", exit=WRONG_USE)
NOT_READABLE = code(
    "file_not_readable", zh="无法读取：{reason}。请检查权限与磁盘后重试", en="can not be read: {reason}. Check permissions and disk"
)
NOTHING_FOUND = code(
    "nothing_to_import", zh="所给路径下没有可导入的文件：{path}", en="there is nothing to import under {path}", exit=WRONG_USE
)
NOT_A_FILE = code("not_a_plain_file", zh="不是普通文件", en="not a plain file")
EMPTY_FILE = code("file_empty", zh="文件是空的。请重新导出", en="the file is empty. Export it again")
NOT_A_TABLE = code(
    "file_not_a_table",
    zh="这是{what_zh}，不是可导入的数据。支持 csv、tsv、xlsx、xls、json、jsonl、parquet 以及装有它们的 zip",
    en="this is {what_en}, not data that can be imported. csv, tsv, xlsx, xls, json, jsonl, parquet and zip of them can",
)
DAMAGED = code(
    "file_damaged",
    zh="文件不完整或已损坏（{reason}）。请重新导出或重新下载",
    en="the file is incomplete or damaged ({reason}). Export or download it again",
)
LOCKED = code("file_locked", zh="文件有密码保护。请去掉密码后再导入", en="the file is protected by a password. Remove the password first")
TOO_BIG = code(
    "file_too_big",
    zh="展开后超过上限 {limit}（{what}）。若确是数据，请分成几个文件导入",
    en="unpacked it exceeds the limit of {limit} ({what}). If it really is data, import it in parts",
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How far an archive may unfold. Bytes, except for `entries`, `depth` (zips within zips) and `ratio` (unpacked to packed)."""

    entries: int = 10_000
    unpacked: int = 8 * 2**30
    ratio: int = 250
    small: int = 32 * 2**20
    """The ratio is not looked at up to this size: tiny tables of one repeated row are honest."""
    depth: int = 2


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Source:
    """One file to look at. `name` is how messages call it, `path` where its bytes are, `folders` the folders it lies in below what was named."""

    name: str
    path: Path
    size: int
    explicit: bool
    folders: tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        return PurePosixPath(self.name).stem


@dataclass(frozen=True, slots=True)
class Found:
    """What lies under the named paths: files in order of name, and what could not be looked at."""

    sources: tuple[Source, ...]
    problems: tuple[Problem, ...]


_CHUNK = 1 << 20
_IGNORED = frozenset({"__MACOSX", "Thumbs.db", "desktop.ini"})


def find(paths: Sequence[Path], room: Path, limits: Limits = LIMITS) -> Found:
    """All files under `paths`, archives unpacked into the empty folder `room`.

    Dot files, lock files of spreadsheets (`~$…`) and what operating systems leave behind are passed over. Raises `Failure` when a
    path does not exist; a file named twice is looked at once; an archive that breaks a limit or can not be read becomes a problem.
    """
    sources: list[Source] = []
    problems: list[Problem] = []
    unpacker = _Unpacker(room, limits)
    seen: set[Path] = set()
    for path in paths:
        try:
            known = path.exists()
        except (OSError, ValueError):
            known = False
        if not known:
            raise failure(NO_SUCH_PATH, path=path)
        found = [(path, path.name, ())] if not path.is_dir() else list(_walk(path))
        explicit = not path.is_dir()
        for place, name, folders in found:
            try:
                if (real := place.resolve()) in seen:
                    continue
                seen.add(real)
                if not place.is_file():
                    problems.append(Problem(NOT_A_FILE, name))
                    continue
                source = Source(name, place, place.stat().st_size, explicit, folders)
                sources += unpacker.unpack(source, limits.depth) if _is_archive(source) else [source]
            except OSError as error:
                problems.append(Problem(NOT_READABLE, name, parts={"reason": error.strerror or str(error)}))
        problems += unpacker.problems
        unpacker.problems = []
    return Found(tuple(sources), tuple(problems))


def _is_archive(source: Source) -> bool:
    """Whether to look inside. What is wrong with a file that can not be recognised is said by whoever reads it."""
    try:
        return recognise(source.path, source.name) == "zip"
    except Failure:
        return False


def _walk(root: Path) -> Iterator[tuple[Path, str, tuple[str, ...]]]:
    for folder, below, files in os.walk(root):
        below[:] = sorted(name for name in below if not _passed_over(name))
        here = Path(folder)
        for name in sorted(files):
            if not _passed_over(name):
                relative = (here / name).relative_to(root)
                yield here / name, relative.as_posix(), relative.parts[:-1]


def _passed_over(name: str) -> bool:
    return name.startswith((".", "~$")) or name in _IGNORED


def digest(path: Path, advance: Callable[[int], None] | None = None) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal, read as a stream."""
    found = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(8 * _CHUNK):
            found.update(chunk)
            if advance is not None:
                advance(len(chunk))
    return found.hexdigest()


# What a file is -----------------------------------------------------------------------------------------------------------

_MAGIC: Sequence[tuple[bytes, str, str]] = (
    (b"%PDF", "PDF 文档", "a PDF document"),
    (b"\x89PNG", "图片", "a picture"),
    (b"\xff\xd8\xff", "图片", "a picture"),
    (b"GIF8", "图片", "a picture"),
    (b"Rar!", "RAR 压缩包（请解压或改用 zip）", "a RAR archive (unpack it or use zip)"),
    (b"7z\xbc\xaf\x27\x1c", "7z 压缩包（请解压或改用 zip）", "a 7z archive (unpack it or use zip)"),
    (b"\x1f\x8b", "gzip 压缩文件（请先解压）", "a gzip file (unpack it first)"),
    (b"SQLite format 3", "SQLite 数据库", "an SQLite database"),
    (b"\x7fELF", "程序", "a program"),
    (b"MZ", "程序", "a program"),
    (b"ARROW1", "Arrow 文件（请改存为 parquet）", "an Arrow file (save it as parquet)"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEAD = 65_536


def recognise(path: Path, name: str) -> Format:
    """What the file is, by its bytes. Raises `Failure` for what can not be imported, saying what it is instead."""
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError as error:
        raise failure(NOT_READABLE, file=name, reason=error.strerror or str(error)) from None
    if not head:
        raise failure(EMPTY_FILE, file=name)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(path, name)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(_OLE):
        return _ole(path, name)
    if head[:4] in (b"\x09\x08\x10\x00", b"\x09\x08\x08\x00") or head[:2] in (b"\x09\x04", b"\x09\x02", b"\x09\x00"):
        # Spreadsheets of before 1997 stand without a container; nothing reads them reliably.
        raise _no_table(name, "过旧的 Excel 文件（请另存为 xlsx）", "a very old Excel file (save it as xlsx)")
    for magic, zh, en in _MAGIC:
        if head.startswith(magic):
            raise _no_table(name, zh, en)
    return _text(head, name)


def _no_table(name: str, zh: str, en: str) -> Failure:
    return failure(NOT_A_TABLE, file=name, what_zh=zh, what_en=en)


def _zipped(path: Path, name: str) -> Format:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise failure(DAMAGED, file=name, reason=str(error) or type(error).__name__) from None
    names = {entry.filename for entry in entries}
    if names & {"xl/workbook.xml", "xl/workbook.bin"}:
        check_spreadsheet(entries, path.stat().st_size, name)
        return "spreadsheet"
    if "mimetype" in names and "content.xml" in names:
        check_spreadsheet(entries, path.stat().st_size, name)
        return "spreadsheet"
    if "[Content_Types].xml" in names:
        if any(entry.startswith("xl/") for entry in names):
            raise failure(DAMAGED, file=name, reason="xl/workbook.xml")
        raise _no_table(name, "Office 文档", "an office document")
    return "zip"


SPREADSHEET_BYTES = 4 * 2**30


def check_spreadsheet(entries: Sequence[zipfile.ZipInfo], size: int, name: str) -> None:
    """Refuse a spreadsheet that claims to unfold beyond reason. Raises `Failure`."""
    claimed = sum(entry.file_size for entry in entries)
    if claimed > SPREADSHEET_BYTES:
        raise failure(TOO_BIG, file=name, limit=_size(SPREADSHEET_BYTES), what=_size(claimed))
    if claimed > LIMITS.small and claimed > LIMITS.ratio * size:
        raise failure(TOO_BIG, file=name, limit=f"{LIMITS.ratio}:1", what=f"{claimed // max(size, 1)}:1")


def _ole(path: Path, name: str) -> Format:
    """An OLE container: an old spreadsheet, an encrypted new one, or something else. Told by the names of its streams."""
    with path.open("rb") as stream:
        found = _holds(stream, ("Workbook", "Book", "EncryptedPackage", "WordDocument", "PowerPoint Document"))
    if "EncryptedPackage" in found:
        raise failure(LOCKED, file=name)
    if found & {"Workbook", "Book"}:
        return "spreadsheet"
    raise _no_table(name, "Office 文档", "an office document")


def _holds(stream: IO[bytes], words: Sequence[str]) -> set[str]:
    found: set[str] = set()
    tail = b""
    while chunk := stream.read(_CHUNK):
        window = tail + chunk
        found |= {word for word in words if f"{word}\0".encode("utf-16-le") in window}
        tail = window[-64:]
    return found


def _text(head: bytes, name: str) -> Format:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            text = head[: len(head) // 2 * 2].decode("utf-16")
        except UnicodeDecodeError:
            raise _no_table(name, "无法识别的二进制文件", "an unknown binary file") from None
    else:
        if b"\0" in head or sum(byte < 32 and byte not in b"\t\n\r\f\v\x1a\x1b" for byte in head[:4096]) > len(head[:4096]) // 50:
            raise _no_table(name, "无法识别的二进制文件", "an unknown binary file")
        decoded = decoded_head(head)
        if decoded is None:
            raise _no_table(
                name, "无法识别的二进制文件，或编码不是 UTF-8、GB18030 的文本", "unknown bytes, or text neither in UTF-8 nor GB18030"
            )
        text = decoded
    start = text.lstrip("\ufeff \t\r\n")[:300].lower()
    if not start:
        raise failure(EMPTY_FILE, file=name)
    if start.startswith("<"):
        if "urn:schemas-microsoft-com:office:spreadsheet" in text[:4000]:
            raise _no_table(name, "XML 格式的表格（请在 Excel 中另存为 xlsx）", "a table in XML (save it as xlsx in Excel)")
        raise _no_table(
            name, "网页（HTML）表格（请在 Excel 中打开后另存为 xlsx）", "a web page (HTML); open it in Excel and save it as xlsx"
        )
    return "json" if start.startswith(("{", "[{", "[ {", "[\n", "[\r", "[\t", "[]", "[[", "[ [", '["')) else "text"


def decoded_head(head: bytes) -> str | None:
    """The start of a text file decoded as UTF-8 or GB18030, a character cut at the end forgiven; None when it is neither."""
    body = head.removeprefix(codecs.BOM_UTF8)
    for encoding in ("utf-8", "gb18030"):
        for cut in range(4):
            try:
                return body[: len(body) - cut].decode(encoding)
            except UnicodeDecodeError as error:
                if error.start < len(body) - 4:
                    break
    return None


# Archives -----------------------------------------------------------------------------------------------------------------


class _Unpacker:
    """Unpacks archives into numbered files, so that no name inside one can lead anywhere."""

    def __init__(self, room: Path, limits: Limits) -> None:
        self._room, self._limits = room, limits
        self._number = 0
        self._entries = 0
        self._left = limits.unpacked
        self.problems: list[Problem] = []

    def unpack(self, source: Source, depth: int) -> list[Source]:
        """The files inside, recursively. What breaks a limit or can not be read is added to `problems`."""
        found: list[Source] = []
        try:
            with zipfile.ZipFile(source.path) as archive:
                for entry in sorted(archive.infolist(), key=entry_name):
                    # The name is only shown and read for folders, never written to; still nobody should see it lead upwards.
                    steps = entry_name(entry).replace("\\", "/").split("/")
                    inner = PurePosixPath(*(step for step in steps if step not in ("", ".", "..")))
                    if entry.is_dir() or any(_passed_over(part) for part in inner.parts):
                        continue
                    found += self._entry(archive, entry, source, inner, depth)
        except Failure as problem:
            self.problems += problem.problems
        except OSError as error:
            self._refuse(NOT_READABLE, source.name, reason=error.strerror or str(error))
        except (zipfile.BadZipFile, ValueError, EOFError) as error:
            self._refuse(DAMAGED, source.name, reason=str(error) or type(error).__name__)
        return found

    def _entry(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, source: Source, inner: PurePosixPath, depth: int) -> list[Source]:
        name = f"{source.name}/{inner}"
        if entry.flag_bits & 1:
            self._refuse(LOCKED, name)
            return []
        self._entries += 1
        if self._entries > self._limits.entries:
            raise failure(TOO_BIG, file=source.name, limit=self._limits.entries, what=f"> {self._limits.entries} 个文件 files")
        path = self._room / f"{self._number:06}{inner.suffix[:10]}"
        self._number += 1
        try:
            size = self._extract(archive, entry, path, name)
        except Failure as problem:
            self.problems += problem.problems
            return []
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
            path.unlink(missing_ok=True)
            self._refuse(DAMAGED, name, reason=str(error) or type(error).__name__)
            return []
        unpacked = Source(name, path, size, False, (*source.folders, *inner.parts[:-1]))
        if not _is_archive(unpacked):
            return [unpacked]
        if depth <= 1:
            path.unlink()
            self._refuse(TOO_BIG, name, limit=self._limits.depth, what="zip/zip/zip")
            return []
        inside = self.unpack(unpacked, depth - 1)
        path.unlink()
        return inside

    def _extract(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, name: str) -> int:
        """Write one entry to `path`, counting what really comes out: what the directory claims is not believed."""
        limits = self._limits
        allowed = max(limits.small, limits.ratio * max(entry.compress_size, 1))
        size = 0
        with archive.open(entry) as packed, path.open("wb") as target:
            while chunk := packed.read(_CHUNK):
                size += len(chunk)
                self._left -= len(chunk)
                if size > allowed or self._left < 0:
                    target.close()
                    path.unlink()
                    if self._left < 0:
                        raise failure(TOO_BIG, file=name, limit=_size(limits.unpacked), what="zip")
                    raise failure(TOO_BIG, file=name, limit=f"{limits.ratio}:1", what=f"> {size // max(entry.compress_size, 1)}:1")
                target.write(chunk)
        return size

    def _refuse(self, trouble: Code, name: str, **parts: object) -> None:
        self.problems.append(Problem(trouble, name, parts=parts))


def entry_name(entry: zipfile.ZipInfo) -> str:
    """The name of an archive's entry. Chinese Windows writes it in GBK without saying so; others in UTF-8 without saying so."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        raw = entry.filename.encode("cp437")
    except UnicodeEncodeError:
        return entry.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename


def _size(count: int) -> str:
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{count / 2**20:.0f} MB"
