"""Kinds of entries that packs and schemes share."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, model_validator

from kaohe.definitions import Definition
from kaohe.errors import Lang

T = TypeVar("T", bound=tuple[Any, ...])


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


def some(given: T) -> T:
    """Refuse an empty list."""
    # Not min_length: pydantic counts only the entries it accepts and would report one mistake twice.
    if not given:
        raise ValueError("不能为空 / expected at least one")
    return given


def share(given: Any) -> Any:
    """`85%` as 0.85; anything else as it is.

    >>> share("85%"), share("0.5 %"), share(0.85)
    (Decimal('0.85'), Decimal('0.005'), 0.85)
    """
    if isinstance(given, str) and given.rstrip().endswith(("%", "％")):
        try:
            return Decimal(given.rstrip()[:-1].strip()) / 100
        except InvalidOperation:
            return given
    return given


Threshold = Annotated[Decimal, BeforeValidator(share)]
"""What a figure is held against, in its own unit; that of a rate may be written in per cent."""


def _day(given: Any) -> Any:
    # Left to itself pydantic takes a bare number for seconds since 1970.
    if isinstance(given, int | float):
        raise ValueError("应为日期，如 2026-11-01 / expected a date such as 2026-11-01")
    return given


Day = Annotated[dt.date, BeforeValidator(_day)]
"""A calendar day."""
