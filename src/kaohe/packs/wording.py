"""A text of a definition in both languages."""

from __future__ import annotations

from typing import Any

from pydantic import model_validator

from kaohe.definitions import Definition
from kaohe.errors import Lang


class Words(Definition):
    """The same text in Chinese and English. A definition may give one plain text, which then stands for both."""

    zh: str
    en: str

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, given: Any) -> Any:
        return {"zh": given, "en": given} if isinstance(given, str) else given

    def text(self, lang: Lang = "zh") -> str:
        return self.zh if lang == "zh" else self.en
