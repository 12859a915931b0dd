"""Definitions written by people (packs, schemes, profiles): YAML read with line numbers, checked by pydantic.

Every mistake of a file is reported at once, each with the line it stands on and the nearest known name.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from kaohe.errors import WRONG_USE, Failure, Problem, code

NOT_YAML = code(
    "definition_not_yaml",
    zh="不是有效的 YAML：{reason}",
    en="not valid YAML: {reason}",
    exit=WRONG_USE,
)
NOT_A_MAPPING = code(
    "definition_not_a_mapping",
    zh="文件最外层应为“键: 值”的形式",
    en="the file must be a mapping of keys to values",
    exit=WRONG_USE,
)
UNKNOWN_KEY = code(
    "definition_unknown_key",
    zh="没有“{key}”这一项。{hint_zh}",
    en="no key {key!r} here. {hint_en}",
    exit=WRONG_USE,
)
BAD_VALUE = code(
    "definition_bad_value",
    zh="“{key}”的值 {found} 不合要求：{reason}",
    en="{key}: {found} is not accepted: {reason}",
    exit=WRONG_USE,
)
INCONSISTENT = code(
    "definition_inconsistent",
    zh="写法前后不合：{reason}",
    en="{reason}",
    exit=WRONG_USE,
)
MISSING_KEY = code(
    "definition_missing_key",
    zh="缺少“{key}”",
    en="{key!r} is missing",
    exit=WRONG_USE,
)


class Definition(BaseModel):
    """Base of everything read from YAML: immutable, and a key nobody knows is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


D = TypeVar("D", bound=Definition)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`, or None when nothing is like it."""
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)), None)


class Document:
    """A YAML file as plain data, with the line of every key and item."""

    def __init__(self, file: str, data: Any, root: Any) -> None:
        self.file = file
        self.data = data
        self._root = root

    def line(self, path: Sequence[str | int]) -> int | None:
        """The 1-based line of the value at `path`, or of its nearest ancestor that has one."""
        node, line = self._root, 1
        for step in path:
            if not isinstance(node, CommentedMap | CommentedSeq):
                break
            try:
                place = node.lc.data[step]
                node = node[step]
            except (KeyError, IndexError, TypeError):
                break
            line = int(place[0]) + 1
        return line

    def problem(self, code: Any, path: Sequence[str | int], **parts: object) -> Problem:
        return Problem(code, self.file, self.line(path), None, parts)


def read(source: Path | str, file: str | None = None) -> Document:
    """Read YAML from a path, or from text when `file` names where it came from.

    Raises `Failure` with the line when it is not YAML or its top is not a mapping.
    """
    if isinstance(source, Path):
        text, file = source.read_text(encoding="utf-8"), file or source.name
    else:
        text, file = source, file or "<text>"
    yaml = YAML(typ="rt")
    yaml.allow_duplicate_keys = False
    try:
        root = yaml.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else None
        raise Failure([Problem(NOT_YAML, file, line, None, {"reason": error.problem or str(error)})]) from None
    except (YAMLError, ValueError, KeyError) as error:
        # What ruamel takes for a date or a truth value by its form or tag and can not make: 2026-13-01, !!bool maybe.
        raise Failure([Problem(NOT_YAML, file, None, None, {"reason": str(error)})]) from None
    if not isinstance(root, CommentedMap):
        raise Failure([Problem(NOT_A_MAPPING, file, 1)])
    return Document(file, _plain(root), root)


def _plain(node: Any) -> Any:
    if isinstance(node, CommentedMap):
        return {key: _plain(value) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return [_plain(value) for value in node]
    return node


def load(definition: type[D], source: Path | str | Document, file: str | None = None) -> D:
    """Read and check one definition. Raises `Failure` with every mistake in the file."""
    document = source if isinstance(source, Document) else read(source, file)
    try:
        return definition.model_validate(document.data)
    except ValidationError as error:
        raise Failure([_problem(document, definition, detail) for detail in error.errors()]) from None


def _problem(document: Document, definition: type[BaseModel], detail: Any) -> Problem:
    path = [step for step in detail["loc"] if isinstance(step, str | int)]
    key = ".".join(str(step) for step in path)
    if detail["type"] == "extra_forbidden":
        known = _siblings(definition, path)
        guess = nearest(str(path[-1]), known)
        listed = ", ".join(sorted(known))
        return document.problem(
            UNKNOWN_KEY,
            path,
            key=key,
            hint_zh=f"是否想写“{guess}”？" if guess else f"可用：{listed}",
            hint_en=f"Did you mean {guess!r}?" if guess else f"Known: {listed}",
        )
    if detail["type"] == "missing":
        return document.problem(MISSING_KEY, path, key=key)
    if detail["type"] == "value_error" and isinstance(detail["input"], dict):
        # A rule about several keys together: the whole of them is no value worth showing.
        return document.problem(INCONSISTENT, path, reason=str(detail.get("ctx", {}).get("error", detail["msg"])))
    reason = str(detail["ctx"]["error"]) if "error" in detail.get("ctx", {}) else detail["msg"]
    return document.problem(BAD_VALUE, path, key=key or "/", found=repr(detail["input"])[:80], reason=reason)


def _siblings(definition: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """The keys the model at `path`'s parent knows; of the top model when that can not be followed."""
    model: Any = definition
    kinds: list[type[BaseModel]] = []
    for step in path[:-1]:
        found = _models(model.model_fields[step].annotation) if step in getattr(model, "model_fields", {}) else []
        # Of several models the path names the kind.
        alike = [one for one in kinds if step in get_args(one.model_fields["kind"].annotation)]
        kinds = [one for one in found if "kind" in one.model_fields] if len(found) > 1 else kinds
        if alike or found:
            model = (alike or found)[0]
    return list(getattr(model, "model_fields", {}))


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in getattr(annotation, "__args__", ()) for model in _models(inner)]
