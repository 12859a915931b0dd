"""Trouble, said so that a person can act on it: where it is, what is wrong, what to do next.

Trouble in somebody's data or definitions is *collected* as `Problem`s, so that twenty cells are mended at once.
An operation that can not go on *raises* a `Failure`. Both carry a `Code` declared next to the code that finds it
with `code(...)`; the registry `CODES` is what the documentation of errors is made from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Lang = Literal["zh", "en"]

DONE, WRONG_USE, REFUSED, PARTLY = 0, 2, 3, 4
"""Exit codes: done; wrong use; refused data, nothing imported; imported with refused rows under --strict."""


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of trouble. `zh` and `en` are `str.format` templates over the parts of a problem."""

    name: str
    zh: str
    en: str
    exit: int

    def text(self, parts: Mapping[str, object], lang: Lang = "zh") -> str:
        template = self.zh if lang == "zh" else self.en
        return template.format_map(_Parts(parts))


class _Parts(dict[str, object]):
    """A part nobody gave is shown as its name: an error message must never fail itself."""

    def __init__(self, parts: Mapping[str, object]) -> None:
        super().__init__(parts)

    def __missing__(self, key: str) -> str:
        return f"<{key}>"


CODES: dict[str, Code] = {}


def code(name: str, *, zh: str, en: str, exit: int = REFUSED) -> Code:
    """Declare a kind of trouble. Names are unique over the whole program."""
    if name in CODES:
        raise ValueError(f"error code {name!r} is declared twice")
    CODES[name] = Code(name, zh, en, exit)
    return CODES[name]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong at one place. `line` is numbered as Excel numbers rows, or as an editor numbers lines."""

    code: Code
    file: str | None = None
    line: int | None = None
    column: str | None = None
    parts: Mapping[str, object] = field(default_factory=dict)

    def place(self, lang: Lang = "zh") -> str:
        """Where it is: `6月.xlsx，第 6 行，列“首响时长”`, or nothing when it has no place."""
        if lang == "zh":
            found = [
                self.file,
                f"第 {self.line} 行" if self.line is not None else None,
                f"列“{self.column}”" if self.column is not None else None,
            ]
            return "，".join(part for part in found if part)
        found = [
            self.file,
            f"line {self.line}" if self.line is not None else None,
            f"column {self.column}" if self.column is not None else None,
        ]
        return ", ".join(part for part in found if part)

    def text(self, lang: Lang = "zh") -> str:
        place, what = self.place(lang), self.code.text(self.parts, lang)
        return (place + ("：" if lang == "zh" else ": ") + what) if place else what


class Failure(Exception):
    """An operation that can not go on. Holds one problem or more; `exit` is the process's exit code."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(problem.text("en") for problem in self.problems))

    @property
    def exit(self) -> int:
        return max(problem.code.exit for problem in self.problems)

    def text(self, lang: Lang = "zh") -> str:
        return "\n".join(problem.text(lang) for problem in self.problems)


def failure(code: Code, *, file: str | None = None, line: int | None = None, column: str | None = None, **parts: object) -> Failure:
    """A `Failure` with a single problem: `raise failure(NO_WORKSPACE, path=path)`."""
    return Failure([Problem(code, file, line, column, parts)])
