"""What changed between the rule packs that shops were counted by at two times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from kaohe.packs import ComplianceRule, Pack, Parameters, ShopPacks


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One parameter or rule of some shops' packs that is not the same, from the day of that version on; None: from the beginning.

    `what` is `pack` (another one is used), a parameter, or `rule:` and the id of a compliance rule. Texts, None: not there.
    """

    shops: tuple[str, ...]
    pack: str
    since: date | None
    what: str
    before: str | None
    after: str | None


def rule_changes(old: ShopPacks, new: ShopPacks) -> list[RuleChange]:
    """What the packs of shops that both know say otherwise, and which pack is another; titles, notes and sources aside."""
    shared: list[tuple[Pack, Pack, list[str]]] = []
    for shop in old.of_shop:
        if shop in new.of_shop:
            pair = old.of_shop[shop], new.of_shop[shop]
            for known in shared:
                if known[0] is pair[0] and known[1] is pair[1]:
                    known[2].append(shop)
                    break
            else:
                shared.append((*pair, [shop]))
    return [change for before, after, shops in shared if before != after for change in _changes(tuple(shops), before, after)]


def _changes(shops: tuple[str, ...], old: Pack, new: Pack) -> Iterator[RuleChange]:
    if old.name != new.name:
        yield RuleChange(shops, new.name, None, "pack", old.name, new.name)
    begins = {version.effective_from or date.min for pack in (old, new) for version in pack.versions}
    told: dict[str, tuple[str | None, str | None]] = {}
    for day in sorted(begins):
        before, after = _said(old, day), _said(new, day)
        for what in {**told, **before, **after}:
            pair = before.get(what), after.get(what)
            known = told.get(what, (None, None))
            # What holds on from an earlier version has been told there; what is the same again from a day on is told too.
            if known != pair and (pair[0] != pair[1] or known[0] != known[1]):
                yield RuleChange(shops, new.name, None if day == date.min else day, what, *pair)
            told[what] = pair


def _said(pack: Pack, day: date) -> dict[str, str]:
    """All that a pack says of a day; nothing before its first version."""
    found = [version for version in pack.versions if (version.effective_from or date.min) <= day]
    if not found:
        return {}
    version = found[-1]
    return {
        **{name: _text(getattr(version.parameters, name)) for name in Parameters.model_fields},
        **{f"rule:{rule.id}": _rule(rule) for rule in version.rules},
    }


def _rule(rule: ComplianceRule) -> str:
    sample = "" if rule.minimum_sample is None else f", {rule.minimum_sample.metric} ≥ {rule.minimum_sample.at_least}"
    span = "" if rule.days is None else f", {rule.days} d"
    sign = "≥" if rule.direction == "at_least" else "≤"
    return f"{rule.metric}{'' if rule.unit is None else f' ({rule.unit})'} {sign} {rule.threshold}{span}{sample}"


def _text(value: Any) -> str:
    if value is None:
        return "–"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
