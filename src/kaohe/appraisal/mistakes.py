"""Gathering the mistakes of a scheme file, read as plain data."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from kaohe.appraisal.measures import adds_up, better_of, unit_of
from kaohe.definitions import Document, nearest
from kaohe.errors import WRONG_USE, Code, Problem, code
from kaohe.metrics.catalogue import CATALOGUE
from kaohe.model.reported import REPORTED

UNKNOWN_METRIC = code(
    "scheme_unknown_metric",
    zh="没有“{metric}”这个指标。{hint_zh}用 kaohe metrics list 查看全部",
    en="no metric {metric!r}. {hint_en}Run 'kaohe metrics list' to see all",
    exit=WRONG_USE,
)
NOT_COMPUTED = code(
    "scheme_metric_not_computed",
    zh="“{metric}”只有平台报表里有，kaohe 不自己算：请写 figures: reported",
    en="{metric!r} is only reported by platforms, kaohe does not compute it: say figures: reported",
    exit=WRONG_USE,
)
NOT_REPORTED = code(
    "scheme_metric_not_reported",
    zh="平台报表里没有“{metric}”：请去掉 figures: reported",
    en="no platform reports {metric!r}: leave figures: reported out",
    exit=WRONG_USE,
)
UNITS_DIFFER = code(
    "scheme_units_differ",
    zh="“{one}”与“{other}”单位不同，不能 {kind}",
    en="{one!r} and {other!r} have different units; there is no {kind} of them",
    exit=WRONG_USE,
)

Path = tuple[str | int, ...]


def entries(data: Any, key: str) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The mappings of a list, each with its path; what is no mapping is passed over."""
    listed = data.get(key) if isinstance(data, Mapping) else None
    for at, entry in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(entry, Mapping):
            yield (key, at), entry


def hints(name: str, known: Collection[str]) -> tuple[str, str]:
    """What to suggest for an unknown name, in Chinese and English; empty where nothing is like it."""
    guess = nearest(name, known)
    return (f"是否想写“{guess}”？", f"Did you mean {guess!r}? ") if guess else ("", "")


class Mistakes:
    """The mistakes found so far in one document, and questions about its entries."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.data: Mapping[str, Any] = document.data
        self.problems: list[Problem] = []

    def add(self, mistake: Code, path: Path, **parts: Any) -> None:
        self.problems.append(self.document.problem(mistake, path, **parts))

    def subject(self, path: Path, entry: Mapping[str, Any]) -> None:
        """Check the metrics an entry names, by itself or in a composite."""
        preference = entry.get("figures")
        if isinstance(entry.get("metric"), str):
            self._metric((*path, "metric"), entry["metric"], preference)
        composite = entry.get("composite")
        names = composite.get("metrics") if isinstance(composite, Mapping) else None
        if not isinstance(composite, Mapping) or not isinstance(names, list):
            return
        known = [name for name in names if isinstance(name, str) and (name in CATALOGUE or name in REPORTED)]
        for at, name in enumerate(names):
            if isinstance(name, str):
                self._metric((*path, "composite", "metrics", at), name, preference)
        kind = composite.get("kind")
        if kind != "ratio" and len(known) == len(names):
            for at, name in enumerate(known[1:], start=1):
                if unit_of(name) != unit_of(known[0]):
                    self.add(UNITS_DIFFER, (*path, "composite", "metrics", at), one=known[0], other=name, kind=kind)

    def _metric(self, path: Path, name: str, preference: Any) -> None:
        if name not in CATALOGUE and name not in REPORTED:
            zh, en = hints(name, {**CATALOGUE, **REPORTED} if preference not in (None, "computed", "shops") else CATALOGUE)
            self.add(UNKNOWN_METRIC, path, metric=name, hint_zh=zh, hint_en=en)
        elif preference in (None, "computed", "shops") and name not in CATALOGUE:
            self.add(NOT_COMPUTED, path, metric=name)
        elif preference == "reported" and name not in REPORTED:
            self.add(NOT_REPORTED, path, metric=name)

    def names(self, entry: Mapping[str, Any]) -> list[str]:
        """The known metrics of an entry."""
        composite = entry.get("composite")
        given = composite.get("metrics") if isinstance(composite, Mapping) else [entry.get("metric")]
        return [name for name in given if isinstance(name, str)] if isinstance(given, list) else []

    def called(self, entry: Mapping[str, Any]) -> str:
        """What an entry is called: its id, else its metrics."""
        given = entry.get("id")
        return given if isinstance(given, str) and given else "+".join(self.names(entry))

    def nature(self, entry: Mapping[str, Any]) -> str | None:
        """Which way is better: what the entry says, else its metrics; None where that is not known."""
        said = entry.get("better")
        if said in ("higher", "lower"):
            return str(said)
        composite = entry.get("composite")
        if isinstance(composite, Mapping) and composite.get("kind") in ("ratio", "difference"):
            return None
        ways = {better_of(name) for name in self.names(entry)}
        return ways.pop() if len(ways) == 1 else None

    def is_amount(self, entry: Mapping[str, Any]) -> bool:
        """Whether half a period has about half of its number, as `Subject.is_amount`."""
        composite = entry.get("composite")
        if entry.get("figures") == "shops" or (isinstance(composite, Mapping) and composite.get("kind") == "ratio"):
            return False
        names = self.names(entry)
        return bool(names) and all(adds_up(name) for name in names if name in CATALOGUE or name in REPORTED)

    def is_rate(self, entry: Mapping[str, Any]) -> bool:
        """Whether its number can not be more than 1."""
        composite = entry.get("composite")
        if isinstance(composite, Mapping) and composite.get("kind") not in ("mean", "difference"):
            return False
        known = [name for name in self.names(entry) if name in CATALOGUE or name in REPORTED]
        # What was sold against what was asked for may be more than all of it.
        return bool(known) and all(unit_of(name) == "rate" and not name.endswith("_completion") for name in known)
