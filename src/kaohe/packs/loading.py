"""Reading packs: those shipped with the program, and a workspace's own, which add to them or replace them by name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from kaohe import definitions
from kaohe.definitions import Document, nearest
from kaohe.errors import WRONG_USE, Code, Failure, Problem, code, failure
from kaohe.packs.checks import checked
from kaohe.packs.pack import Pack

SHIPPED = Path(__file__).with_name("data")
"""The folder of the packs that ship with the program."""

UNREADABLE = code(
    "pack_unreadable",
    zh="读不了这个文件：{reason}。口径文件应为 UTF-8 编码的 YAML",
    en="can not be read: {reason}. A pack is YAML in UTF-8",
    exit=WRONG_USE,
)
NAME_DIFFERS = code(
    "pack_name_differs",
    zh="name 是“{name}”，应与文件名“{stem}”一致",
    en="name is {name!r}, expected that of the file, {stem!r}",
    exit=WRONG_USE,
)
SAME_PACK = code(
    "pack_twice",
    zh="口径“{name}”在同一文件夹的 {other} 里已经有了",
    en="pack {name!r} is already there in {other} of the same folder",
    exit=WRONG_USE,
)
TWO_DEFAULTS = code(
    "pack_two_defaults",
    zh="平台 {platform} 的默认口径已经是 {other}：同一平台只能有一个 default: true",
    en="the default of platform {platform} is {other} already: one pack of a platform can say default: true",
    exit=WRONG_USE,
)
NO_DEFAULT = code(
    "pack_no_default",
    zh="平台 {platform} 没有默认口径：请在它的一个口径文件里写 default: true",
    en="platform {platform} has no default pack: say default: true in one of its packs",
    exit=WRONG_USE,
)
NO_SUCH_PACK = code(
    "no_such_pack",
    zh="没有“{name}”这个口径。{hint_zh}可用：{known}",
    en="no pack {name!r}. {hint_en}Known: {known}",
    exit=WRONG_USE,
)
NO_SUCH_PLATFORM = code(
    "no_such_platform",
    zh="没有“{name}”这个平台。{hint_zh}可用：{known}",
    en="no platform {name!r}. {hint_en}Known: {known}",
    exit=WRONG_USE,
)


class Packs:
    """All packs in use. Iterates over them in order of name."""

    def __init__(self, packs: Mapping[str, Pack], defaults: Mapping[str, str]) -> None:
        self._packs = dict(sorted(packs.items()))
        self._defaults = dict(defaults)

    @classmethod
    def load(cls, extra: Path | None = None, metrics: Collection[str] | None = None, rates: Collection[str] = ()) -> Packs:
        """The shipped packs, and those of the folder `extra` (which may be missing) added or put in place of the shipped ones.

        A default of `extra` takes the place of the shipped default of its platform. `metrics` are the names rules may use; None: not checked.
        `rates` are those of them that can not exceed 1, so that 85 for 0.85 is seen.
        Raises one `Failure` with every mistake of every file.
        """
        names, shares = None if metrics is None else frozenset(metrics), frozenset(rates)
        shipped = _shipped(names, shares)
        own, problems = _folder(extra, names, shares) if extra is not None and extra.is_dir() else ({}, [])
        packs = {**{pack.name: pack for pack in shipped}, **{name: pack for name, (pack, _) in own.items()}}
        defaults, clashes = _defaults(own)
        for pack in shipped:
            if pack.default and pack.name not in own:
                defaults.setdefault(pack.platform, pack.name)
        # Where a file is broken its default is unknown: only the mistakes in it are worth a message.
        lost = [] if problems else sorted({pack.platform for pack in shipped} - set(defaults))
        problems += clashes + [Problem(NO_DEFAULT, parts={"platform": platform}) for platform in lost]
        if problems:
            raise Failure(problems)
        return cls(packs, defaults)

    def of_platform(self, platform: str) -> Pack:
        """The platform's default pack. Raises `Failure` for an unknown platform."""
        if platform not in self._defaults:
            raise _unknown(NO_SUCH_PLATFORM, platform, self._defaults)
        return self._packs[self._defaults[platform]]

    def named(self, name: str) -> Pack:
        """The pack of that name. Raises `Failure` with the nearest name where there is none."""
        if name not in self._packs:
            raise _unknown(NO_SUCH_PACK, name, self._packs)
        return self._packs[name]

    def __iter__(self) -> Iterator[Pack]:
        return iter(self._packs.values())

    def __len__(self) -> int:
        return len(self._packs)


def read(path: Path, metrics: Collection[str] | None = None, file: str | None = None, rates: Collection[str] = ()) -> Pack:
    """Read one pack file. Raises `Failure` with every mistake in it. `file` is what messages call it."""
    return _read(path, metrics, rates, file or path.name)[0]


def _read(path: Path, metrics: Collection[str] | None, rates: Collection[str], file: str) -> tuple[Pack, Document]:
    try:
        document = definitions.read(path, file)
    except (OSError, ValueError) as error:  # bytes that are not UTF-8, or a date no calendar has
        raise failure(UNREADABLE, file=file, reason=error) from None
    problems: list[Problem] = []
    pack = None
    try:
        pack = definitions.load(Pack, document)
    except Failure as error:
        problems += error.problems
    problems += checked(document, metrics, rates)
    name = document.data.get("name")
    if isinstance(name, str) and name != path.stem:
        problems.append(document.problem(NAME_DIFFERS, ["name"], name=name, stem=path.stem))
    if pack is None or problems:
        raise Failure(sorted(problems, key=lambda problem: problem.line or 0))
    return pack, document


@lru_cache(maxsize=8)
def _shipped(metrics: frozenset[str] | None, rates: frozenset[str]) -> tuple[Pack, ...]:
    return tuple(read(path, metrics, rates=rates) for path in sorted(SHIPPED.glob("*.yaml")))


Found = dict[str, tuple[Pack, Document]]


def _folder(folder: Path, metrics: Collection[str] | None, rates: Collection[str]) -> tuple[Found, list[Problem]]:
    """The packs of a folder by name, and the mistakes of all its files."""
    found: Found = {}
    problems: list[Problem] = []
    for path in sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml") and not path.name.startswith(".")):
        try:
            pack, document = _read(path, metrics, rates, f"{folder.name}/{path.name}")
        except Failure as error:
            problems += error.problems
            continue
        if pack.name in found:
            problems.append(document.problem(SAME_PACK, ["name"], name=pack.name, other=found[pack.name][1].file))
        found.setdefault(pack.name, (pack, document))
    return found, problems


def _defaults(own: Found) -> tuple[dict[str, str], list[Problem]]:
    defaults: dict[str, str] = {}
    problems = []
    for name, (pack, document) in own.items():
        if pack.default and pack.platform in defaults:
            parts = {"platform": pack.platform, "other": own[defaults[pack.platform]][1].file}
            problems.append(document.problem(TWO_DEFAULTS, ["default"], **parts))
        elif pack.default:
            defaults[pack.platform] = name
    return defaults, problems


def _unknown(kind: Code, name: str, known: Collection[str]) -> Failure:
    guess = nearest(name, known)
    hint_zh, hint_en = (f"是否想写“{guess}”？", f"Did you mean {guess!r}? ") if guess else ("", "")
    return failure(kind, name=name, hint_zh=hint_zh, hint_en=hint_en, known=", ".join(sorted(known)))
