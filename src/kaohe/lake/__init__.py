"""Delta tables: partitions, merging of imports, snapshots, the journal."""

from kaohe.lake.journal import Committed, Counts, Snapshot, SourceFile
from kaohe.lake.lake import Lake
from kaohe.lake.staging import Staging

__all__ = ["Committed", "Counts", "Lake", "Snapshot", "SourceFile", "Staging"]
