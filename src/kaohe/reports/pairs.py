"""A text in both languages. Nothing heavy is imported here: the command line needs it before a command runs."""

from __future__ import annotations

from typing import NamedTuple

from kaohe.errors import Lang


class Pair(NamedTuple):
    """The same text in Chinese and English."""

    zh: str
    en: str

    def text(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en
