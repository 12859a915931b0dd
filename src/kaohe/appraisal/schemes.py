"""Finding and reading schemes: those shipped with the program, a workspace's own, and files by path."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kaohe import definitions
from kaohe.appraisal.checks import checked
from kaohe.appraisal.mistakes import hints
from kaohe.appraisal.scheme import Scheme
from kaohe.definitions import Document
from kaohe.errors import WRONG_USE, Code, Failure, Problem, code, failure

SHIPPED = Path(__file__).with_name("schemes")
"""The folder of the schemes that ship with the program."""

CASES = ".cases.yaml"
"""What the name of a case file ends in, beside its scheme."""

UNREADABLE = code(
    "scheme_unreadable",
    zh="读不了这个文件：{reason}。考核方案应为 UTF-8 编码的 YAML",
    en="can not be read: {reason}. A scheme is YAML in UTF-8",
    exit=WRONG_USE,
)
NO_SUCH_SCHEME = code(
    "no_such_scheme",
    zh="没有“{name}”这个考核方案。{hint_zh}可用：{known}；也可以写方案文件的路径",
    en="no scheme {name!r}. {hint_en}Known: {known}; or give the path of a scheme file",
    exit=WRONG_USE,
)

TAKEN = code(
    "scheme_name_taken",
    zh="{path} 已经有了。换一个名字，或先把它移走",
    en="{path} is there already. Take another name, or move it away first",
    exit=WRONG_USE,
)
BAD_NAME = code(
    "scheme_bad_name",
    zh='“{name}”不能作文件名：不要有 / \\ : * ? " < > | 和空格，也不要以点开头',
    en="{name!r} can not be a file's name: no / \\ : * ? \" < > | nor blanks, and no dot in front",
    exit=WRONG_USE,
)


def available(folder: Path | None = None) -> dict[str, Path]:
    """The files of all schemes by name, in order: those shipped, and those of `folder` (which may be missing), which replace them by name.

    A scheme is called what its file is called. Nothing is read.
    """
    found = {}
    for place in (SHIPPED, folder):
        for path in sorted(place.glob("*.yaml")) if place is not None else ():
            if not path.name.endswith(CASES) and not path.name.startswith("."):
                found[path.stem] = path
    return dict(sorted(found.items()))


def where(scheme: str | Path, folder: Path | None = None) -> Path:
    """The file of a scheme by its name, or the path itself. Raises `Failure` with the nearest name where there is none."""
    known = available(folder)
    if isinstance(scheme, str) and scheme in known:
        return known[scheme]
    path = Path(scheme)
    if path.suffix in (".yaml", ".yml") and path.is_file():
        return path
    hint_zh, hint_en = hints(str(scheme), known)
    raise failure(NO_SUCH_SCHEME, name=str(scheme), hint_zh=hint_zh, hint_en=hint_en, known=", ".join(known))


def copied(template: str | Path, name: str, folder: Path) -> list[Path]:
    """Copy a scheme and its cases into a folder of schemes under another name, to be edited there. Returns the files written.

    Raises `Failure` where there is no such template, the name can not be a file's, or is taken in that folder.
    """
    if not re.fullmatch(r"[^\s./\\:*?\"<>|][^\s/\\:*?\"<>|]*", name):
        raise failure(BAD_NAME, name=name)
    found = where(template, folder)
    target = folder / f"{name}.yaml"
    if target.exists():
        raise failure(TAKEN, path=target)
    text = re.sub(r"(?m)^name:.*$", f"name: {name}", found.read_text(encoding="utf-8"), count=1)
    folder.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    cases = found.with_name(found.stem + CASES)
    if not cases.is_file():
        return [target]
    beside = target.with_name(name + CASES)
    beside.write_text(cases.read_text(encoding="utf-8").replace(f'check_cases("{found.stem}")', f'check_cases("{name}")'), encoding="utf-8")
    return [target, beside]


def find(scheme: str | Path, folder: Path | None = None) -> Scheme:
    """The scheme of that name, in `folder` or shipped, or in the file of that path.

    Raises `Failure` where there is none, or with every mistake of its file.
    """
    return load(where(scheme, folder))


def load(path: Path) -> Scheme:
    """Read and check one scheme file. Raises `Failure` with every mistake in it."""
    return _checked(read(path))


def parse(text: str, file: str = "<text>") -> Scheme:
    """The same of YAML as text; `file` is what mistakes call it."""
    return _checked(_untagged(definitions.read(text, file)))


def _checked(document: Document) -> Scheme:
    problems: list[Problem] = []
    scheme = None
    try:
        scheme = definitions.load(Scheme, document)
    except Failure as error:
        problems += error.problems
    problems += checked(document)
    if scheme is None or problems:
        raise Failure(sorted(problems, key=lambda problem: problem.line or 0))
    return scheme


def read(path: Path) -> Document:
    """A YAML file with its lines. Raises `Failure` where it is none, or can not be read."""
    try:
        document = definitions.read(path, path.name)
    except (OSError, ValueError) as error:  # bytes that are not UTF-8, or a date no calendar has
        raise failure(UNREADABLE, file=path.name, reason=error) from None
    return _untagged(document)


def _untagged(document: Document) -> Document:
    return _Untagged(document.file, document.data, document._root)


class _Untagged(Document):
    """A document that takes paths with the kind of a scoring in them, which pydantic puts in though no such key stands in the file."""

    def problem(self, code: Code, path: Sequence[str | int], **parts: Any) -> Problem:
        bare = [step for at, step in enumerate(path) if not self._is_kind(path, at)]
        if len(bare) < len(path) and "key" in parts:
            parts["key"] = ".".join(str(step) for step in bare)
        return super().problem(code, bare, **parts)

    def _is_kind(self, path: Sequence[str | int], at: int) -> bool:
        if at == 0 or not self._has_kind(path[:at]):
            return False
        # The list of bands is called as its kind is; what follows a list is a number.
        if isinstance(next(iter(path[at + 1 :]), ""), int) and path[at] == "bands":
            return False
        node = self.data
        for step in path[:at]:
            node = node[step]
        return bool(node.get("kind") == path[at])

    def _has_kind(self, path: Sequence[str | int]) -> bool:
        return path[-1] == "scoring" or list(path[:-1]) == ["pay", "lines"]
