"""The catalogue: every metric by id, and the family each is counted in (SEMANTICS §4 to §6).

A figure is a sum over a sum of tallies, a count, or a quantile of waits. Sums are taken over the whole period and group; rates are never
averaged. The metrics stand beside what they are counted from, in the module of their family.
"""

from __future__ import annotations

from collections.abc import Mapping

from kaohe.metrics import aftersale, attendance, entered, inquiries, presence, quality, responses, sales, traffic
from kaohe.metrics.metric import Family, Metric, Tally, Unit

__all__ = ["CATALOGUE", "FAMILIES", "FAMILY_OF", "Family", "Metric", "Tally", "Unit"]

FAMILIES: tuple[Family, ...] = (
    responses.FAMILY,
    *presence.FAMILIES,
    inquiries.FAMILY,
    *sales.FAMILIES,
    *aftersale.FAMILIES,
    *quality.FAMILIES,
    *traffic.FAMILIES,
    *entered.FAMILIES,
    attendance.FAMILY,
)

CATALOGUE: Mapping[str, Metric] = {metric.id: metric for family in FAMILIES for metric in family.metrics}
"""Every metric by id, in the order they are shown."""

FAMILY_OF: Mapping[str, Family] = {tally.id: family for family in FAMILIES for tally in family.tallies}
"""The family that counts a tally."""
