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

    owners: Ints
    moments: Ints
    place: Ints
    steps: Ints
    """Every moment there is, once, sorted."""
    keys: Ints

    @classmethod
    def of(cls, owners: Ints, moments: Ints) -> Events:
        """`owners` are integers from 0 (negative: nobody's, left out), `moments` integers, in arrays of one length."""
        kept = np.flatnonzero(owners >= 0)
        order = kept[np.lexsort((moments[kept], owners[kept]))]
        owner, moment = owners[order], moments[order]
        steps = np.unique(moment)
        return cls(owner, moment, order, steps, owner * (len(steps) + 1) + np.searchsorted(steps, moment))

    def last(self, owners: Ints, moments: Ints) -> Ints:
        """For each asker the given row of his last event at or before the moment, `NONE` for none. Of equal moments the one given last."""
        keys = owners * (len(self.steps) + 1) + np.searchsorted(self.steps, moments, side="right")
        found = np.searchsorted(self.keys, keys) - 1
        return self._own(owners, found)

    def first(self, owners: Ints, moments: Ints, *, after: bool = False) -> Ints:
        """For each asker the given row of his first event at or after the moment (only after it with `after`), `NONE` for none."""
        side: Literal["left", "right"] = "right" if after else "left"
        found = np.searchsorted(self.keys, owners * (len(self.steps) + 1) + np.searchsorted(self.steps, moments, side=side))
        return self._own(owners, found)

    def _own(self, owners: Ints, found: Ints) -> Ints:
        inside = (found >= 0) & (found < len(self.owners)) & (owners >= 0)
        at = np.where(inside, found, 0)
        mine = inside & (np.append(self.owners, NONE)[at] == owners)
        return np.where(mine, np.append(self.place, NONE)[at], NONE)
