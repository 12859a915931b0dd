"""How a command speaks: the result to stdout, everything else to stderr, both in the chosen language."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from kaohe.errors import Failure, Lang, Problem
from kaohe.reports.pairs import Pair


@dataclass(frozen=True, slots=True)
class Voice:
    """The language of one run."""

    lang: Lang = "zh"

    def __call__(self, words: Pair, **parts: object) -> str:
        """The text in this language, with its parts filled in."""
        text = words.text(self.lang)
        return text.format(**parts) if parts else text

    def notice(self, words: Pair, **parts: object) -> None:
        """Tell the person at the terminal something that is not the result."""
        self.line(self(words, **parts))

    def line(self, text: str) -> None:
        print(_clean(text), file=sys.stderr, flush=True)

    def prompt(self, text: str) -> None:
        """What stands before an answer, on the same line."""
        print(_clean(text), file=sys.stderr, end="", flush=True)

    def problem(self, problem: Problem) -> None:
        self.line(problem.text(self.lang))

    def failure(self, failure: Failure) -> None:
        for problem in failure.problems:
            self.problem(problem)


def _clean(text: str) -> str:
    """Text for a terminal: file names and cells come from strangers and may hold escape sequences."""
    return "".join(character if character in "\n\t" or character.isprintable() or character == "\u3000" else "·" for character in text)
