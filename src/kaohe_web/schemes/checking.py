"""What is wrong with a draft, for pages: every mistake, with its line and the place in the form it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from kaohe.appraisal import Scheme
from kaohe.errors import Failure, Lang
from kaohe_web.schemes.reading import read
from kaohe_web.schemes.writing import places_of


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake: its line in the text, the words, and the list and entry (or key of the top) that line belongs to."""

    line: int | None
    text: str
    section: str
    index: int


@dataclass(frozen=True, slots=True)
class Checked:
    """The scheme a text says, None with the mistakes."""

    scheme: Scheme | None
    mistakes: tuple[Mistake, ...] = ()

    @property
    def weights(self) -> str:
        """The sum of weights, as people check it."""
        return "" if self.scheme is None else f"{sum((item.weight for item in self.scheme.items if item.weight is not None), 0):f}"


@lru_cache(maxsize=128)
def checked(text: str, name: str, lang: Lang) -> Checked:
    """Read a text and gather its mistakes. Mistakes about its file as a whole have no line."""
    try:
        return Checked(read(text, name))
    except Failure as failed:
        places = places_of(text, [one.line for one in failed.problems])
        told = zip(failed.problems, places, strict=True)
        return Checked(None, tuple(Mistake(one.line, one.code.text(one.parts, lang), *place) for one, place in told))
