"""The nearest event of one's own: the last before a moment, the first after it, for very many askers at once.

Events lie sorted by owner and moment; a pair of binary searches finds each asker's. No pairs are made, so an owner with very many
events costs no more than any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from kaohe.clock import Ints

NONE = -1


@dataclass(frozen=True, slots=True)
class Events:
    """Events sorted by owner, moment and the order given. `place[n]` is the given row of the n-th."""

    owner: Ints
    place: Ints
    owners: Ints
    """Every owner there is, once, sorted."""
    steps: Ints
    """Every moment there is, once, sorted."""
    keys: Ints

    @classmethod
    def of(cls, owners: Ints, moments: Ints) -> Events:
        """`owners` are integers from 0 (negative: nobody's, left out), `moments` integers, in arrays of one length."""
        kept = np.flatnonzero(owners >= 0)
        there, steps = _distinct(owners[kept]), _distinct(moments[kept])
        # Numbered anew, so that an owner and a moment fit into one integer whatever they are called.
        keys = np.searchsorted(there, owners[kept]) * (len(steps) + 1) + np.searchsorted(steps, moments[kept])
        order = np.argsort(keys, kind="stable")
        return cls(owners[kept][order], kept[order], there, steps, keys[order])

    def last(self, owners: Ints, moments: Ints) -> Ints:
        """For each asker the given row of his last event at or before the moment, `NONE` for none. Of equal moments the one given last."""
        return self._own(owners, np.searchsorted(self.keys, self._keys(owners, moments, "right")) - 1)

    def first(self, owners: Ints, moments: Ints, *, after: bool = False) -> Ints:
        """For each asker the given row of his first event at or after the moment (only after it with `after`), `NONE` for none."""
        return self._own(owners, np.searchsorted(self.keys, self._keys(owners, moments, "right" if after else "left")))

    def _keys(self, owners: Ints, moments: Ints, side: Literal["left", "right"]) -> Ints:
        keys: Ints = np.searchsorted(self.owners, owners) * (len(self.steps) + 1) + np.searchsorted(self.steps, moments, side=side)
        return keys

    def _own(self, owners: Ints, found: Ints) -> Ints:
        # The row one past the end and the one before the start both stand for none.
        mine = (np.append(self.owner, NONE)[found] == owners) & (owners >= 0)
        return np.where(mine, np.append(self.place, NONE)[found], NONE)


def _distinct(values: Ints) -> Ints:
    """The different values, sorted. Sorting is several times as fast as the hash table of `np.unique`."""
    ordered = np.sort(values)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered
