"""Results as records, what changed between two, and the ledger of closed months. Files in a workspace; nothing in them is ever rewritten."""

from kaohe.records.changes import Change, diff
from kaohe.records.ledger import Correction, Ledger, close, corrections, ledgers
from kaohe.records.runs import Run, find, listed, save

__all__ = ["Change", "Correction", "Ledger", "Run", "close", "corrections", "diff", "find", "ledgers", "listed", "save"]
