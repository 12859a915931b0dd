"""What pydantic can not see in a pay plan: names of sections, items, factors and grades, bands, twice the same id."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from kaohe.appraisal.bands import check_bands
from kaohe.appraisal.mistakes import Mistakes, Path, entries, hints
from kaohe.appraisal.pay_plan import TOTAL
from kaohe.definitions import Document
from kaohe.errors import WRONG_USE, Problem, code

SAME_LINE = code(
    "pay_same_line",
    zh="工资项“{name}”在第 {other} 行已经有了",
    en="the line of pay {name!r} is already there on line {other}",
    exit=WRONG_USE,
)
UNKNOWN_NAME = code(
    "pay_unknown_name",
    zh="方案里没有叫“{name}”的{what_zh}。{hint_zh}可用：{known}",
    en="the scheme has no {what_en} {name!r}. {hint_en}Known: {known}",
    exit=WRONG_USE,
)
NO_GRADES = code(
    "pay_without_grades",
    zh="{key} 要用到等级，但方案没有 grades",
    en="{key} needs grades, and the scheme has none",
    exit=WRONG_USE,
)
NO_PK = code(
    "pay_without_pk",
    zh="kind: pk 要用到 PK，但方案没有 pk",
    en="kind: pk needs a pk, and the scheme has none",
    exit=WRONG_USE,
)

_QUANTITIES = ("on", "by", "days", "times", "of")


def checked(document: Document, items: Sequence[str], factors: Sequence[str]) -> list[Problem]:
    """Every mistake of these kinds in the `pay` of a scheme file. `items` and `factors` are what the scheme's are called."""
    pay = document.data.get("pay")
    return _Checks(document, items, factors)(pay) if isinstance(pay, Mapping) else []


class _Checks(Mistakes):
    def __init__(self, document: Document, items: Sequence[str], factors: Sequence[str]) -> None:
        super().__init__(document)
        self.items, self.factors = items, factors
        sections = [item.get("section") for _, item in entries(self.data, "items")]
        self.sections = [TOTAL, *dict.fromkeys(section for section in sections if isinstance(section, str))]
        grades = self.data.get("grades")
        self.grades = [str(band.get("name")) for _, band in entries(grades, "bands")] if isinstance(grades, Mapping) else None

    def __call__(self, pay: Mapping[str, Any]) -> list[Problem]:
        seen: dict[str, Path] = {}
        for place, line in entries(pay, "lines"):
            path: Path = ("pay", *place)
            name = line.get("id")
            if isinstance(name, str):
                if name in seen:
                    self.add(SAME_LINE, (*path, "id"), name=name, other=self.document.line(seen[name]))
                seen.setdefault(name, (*path, "id"))
            self._line(path, line)
        return self.problems

    def _line(self, path: Path, line: Mapping[str, Any]) -> None:
        for key in _QUANTITIES:
            self._quantity((*path, key), line.get(key))
        if line.get("bands") is not None:
            self.problems += check_bands(self.document, [*path, "bands"], line["bands"])
        by = line.get("rate_by")
        if isinstance(by, Mapping):
            self._quantity((*path, "rate_by", "on"), by.get("on"))
            self.problems += check_bands(self.document, [*path, "rate_by", "bands"], by.get("bands"))
        if self.grades is None and (line.get("coefficient") is True or line.get("kind") == "grade"):
            self.add(NO_GRADES, path, key="coefficient" if line.get("coefficient") is True else "kind: grade")
        if line.get("kind") == "grade" and isinstance(line.get("amounts"), Mapping) and self.grades is not None:
            for name in line["amounts"]:
                self._named((*path, "amounts", name), str(name), self.grades, "等级", "grade")
        if line.get("kind") == "pk":
            if not self.factors:
                self.add(NO_PK, path)
            for at, name in enumerate(line.get("factors") or ()):
                self._named((*path, "factors", at), str(name), self.factors, "PK 因素", "factor")

    def _quantity(self, path: Path, given: Any) -> None:
        if isinstance(given, str):
            self._metric(path, given, None)
        if not isinstance(given, Mapping):
            return
        self.subject(path, given)
        for key, known, zh, en in (
            ("points", self.sections, "部分（section）", "section"),
            ("share", self.sections, "部分（section）", "section"),
            ("item", self.items, "考核项", "item"),
        ):
            if isinstance(given.get(key), str):
                self._named((*path, key), given[key], known, zh, en)

    def _named(self, path: Path, name: str, known: Collection[str], zh: str, en: str) -> None:
        if name not in known:
            hint_zh, hint_en = hints(name, known)
            self.add(UNKNOWN_NAME, path, name=name, what_zh=zh, what_en=en, hint_zh=hint_zh, hint_en=hint_en, known=", ".join(known) or "–")
