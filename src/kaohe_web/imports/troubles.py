"""Trouble only the site has. It is told on pages, in whole sentences; the reference of codes is of the commands', so it does not stand there."""

from __future__ import annotations

from kaohe.errors import REFUSED, Code


def shown(name: str, *, zh: str, en: str) -> Code:
    """A kind of trouble of the site, with its words in both languages."""
    return Code(name, zh, en, REFUSED)
