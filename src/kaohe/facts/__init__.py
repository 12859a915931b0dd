"""Facts: contacts in parts and waits, from raw messages, one partition at a time."""

from kaohe.facts.store import Facts, Slice

__all__ = ["Facts", "Slice"]
