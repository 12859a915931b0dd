"""Results as records, what changed between two, and the ledger of closed months. Files in a workspace; nothing in them is ever rewritten."""

from kaohe.records.changes import Change, diff
from kaohe.records.ledger import Correction, Judge, Ledger, close, corrections, ledgers, packs_of
from kaohe.records.runs import Run, find, listed, save

__all__ = [
    "Change",
    "Correction",
    "Judge",
    "Ledger",
    "Run",
    "close",
    "corrections",
    "diff",
    "find",
    "ledgers",
    "listed",
    "packs_of",
    "save",
]
