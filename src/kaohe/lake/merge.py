"""Bringing new rows into a partition: the same row again changes nothing, a changed row replaces the older one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import polars as pl

from kaohe.lake.layout import Identity

SEQ, FILE = "_seq", "_file"
"""The place of a row in the import, and the file it came from. Rows the lake already holds have -1 in both."""


@dataclass(slots=True)
class Merged:
    """One partition after merging. `frame` has the rows to keep, unsorted; counts are by number of file."""

    frame: pl.DataFrame
    new: Counter[int] = field(default_factory=Counter)
    same: Counter[int] = field(default_factory=Counter)
    replaced: Counter[int] = field(default_factory=Counter)

    @property
    def changed(self) -> bool:
        return bool(self.new or self.replaced)


def merge(existing: pl.DataFrame | None, incoming: pl.DataFrame, identities: list[Identity], content: list[str]) -> Merged:
    """Merge `incoming`, in order of `_seq`, into `existing`.

    A row that follows another of its identity is `same` when all `content` columns are equal, else `replaced`; the last one stays.
    Every incoming row is counted once as new, same or replaced.
    """
    held = existing is not None and len(existing) > 0
    frame = incoming
    if existing is not None and held:
        frame = pl.concat(
            [existing.with_columns(pl.lit(-1, pl.Int64).alias(SEQ), pl.lit(-1, pl.Int32).alias(FILE)), incoming], how="diagonal"
        )
    suspect_of = frame.select(_fingerprint(identities)).to_series()
    twice = suspect_of.is_duplicated()
    if not twice.any():
        return Merged(frame.drop(SEQ), new=count_by_file(incoming[FILE]))
    suspects = frame.filter(twice)
    merged = Merged(frame.filter(~twice))
    merged.new = count_by_file(merged.frame[FILE])
    kept = [merged.frame]
    for identity in identities:
        rows = suspects.filter(identity.where).sort(*identity.columns, SEQ)
        if rows.is_empty():
            continue
        follows = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift()) for name in identity.columns)
        follows = follows & (pl.int_range(pl.len()) > 0)
        equal = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift()) for name in content)
        rows = rows.with_columns(_follows=follows, _equal=equal)
        came = pl.col(FILE) >= 0
        merged.new += count_by_file(rows.filter(came & ~pl.col("_follows"))[FILE])
        merged.same += count_by_file(rows.filter(came & pl.col("_follows") & pl.col("_equal"))[FILE])
        merged.replaced += count_by_file(rows.filter(came & pl.col("_follows") & ~pl.col("_equal"))[FILE])
        last = ~pl.col("_follows").shift(-1, fill_value=False)
        kept.append(rows.filter(last).drop("_follows", "_equal"))
    merged.frame = pl.concat(kept).drop(SEQ)
    return merged


def _fingerprint(identities: list[Identity]) -> pl.Expr:
    """A 64-bit number, equal for rows of one identity. Different rows may share one too: it only finds suspects."""
    numbers = [pl.struct(identity.columns).hash(number) for number, identity in enumerate(identities)]
    found = numbers[-1]
    for identity, number in zip(reversed(identities[:-1]), reversed(numbers[:-1]), strict=True):
        found = pl.when(identity.where).then(number).otherwise(found)
    return found.alias("_print")


def count_by_file(files: pl.Series) -> Counter[int]:
    """Rows per file number; rows the lake already held are not counted."""
    return Counter({int(file): int(n) for file, n in files.filter(files >= 0).value_counts().iter_rows()})
