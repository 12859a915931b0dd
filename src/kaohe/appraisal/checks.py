"""What pydantic can not see in a scheme: known metrics, weights that add up, bands without gaps, points within the item's.

Checks read the file as plain data and pass over what is not of the right kind, so that they find their mistakes beside those of the types.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

from kaohe.appraisal import pay_checks
from kaohe.appraisal.bands import check_bands
from kaohe.appraisal.exact import number, plain
from kaohe.appraisal.mistakes import Mistakes, Path, entries
from kaohe.appraisal.pay_plan import TOTAL
from kaohe.definitions import Document
from kaohe.errors import WRONG_USE, Problem, code
from kaohe.metrics.catalogue import CATALOGUE

SAME_ITEM = code(
    "scheme_same_item",
    zh="“{item}”在第 {other} 行已经有了。同一指标用两次时，请各写一个 id",
    en="{item!r} is already there on line {other}. Give each an id of its own where one metric is used twice",
    exit=WRONG_USE,
)
NO_ID = code(
    "scheme_item_without_id",
    zh="由几个小项合成的考核项要写 id",
    en="an item made of parts needs an id",
    exit=WRONG_USE,
)
NO_SUBJECT = code(
    "scheme_item_without_subject",
    zh="这一项没有说看什么：metric、composite、parts 要写一个，且只写一个",
    en="this does not say what it looks at: give exactly one of metric, composite, parts",
    exit=WRONG_USE,
)
NO_SCORING = code(
    "scheme_item_without_scoring",
    zh="这一项没有写怎样得分：请写 scoring",
    en="this does not say how it is scored: give a scoring",
    exit=WRONG_USE,
)
SCORING_OF_PARTS = code(
    "scheme_scoring_beside_parts",
    zh="有 parts 的考核项由小项得分合成，不能再写 {key}",
    en="an item of parts is scored by them and takes no {key}",
    exit=WRONG_USE,
)
NO_WORTH = code(
    "scheme_item_without_worth",
    zh="这一项没有分值：请写 weight（权重，合计 100）、max_points（满分）或 extra（加减分）",
    en="this item is worth nothing: give it a weight (a share of 100), max_points or extra",
    exit=WRONG_USE,
)
TWO_WORTHS = code(
    "scheme_item_two_worths",
    zh="weight、max_points、extra 只能写一个",
    en="weight, max_points and extra: say one of them",
    exit=WRONG_USE,
)
MIXED_WORTHS = code(
    "scheme_mixed_worths",
    zh="第 {other} 行的考核项用 {before}，这一项用 {here}：同一方案里只能用一种",
    en="the item on line {other} has {before}, this one {here}: one scheme uses one of them",
    exit=WRONG_USE,
)
WEIGHTS_OFF = code(
    "scheme_weights_off",
    zh="各项权重合计为 {total}，应为 100",
    en="the weights add up to {total}, expected 100",
    exit=WRONG_USE,
)
TOO_FINE = code(
    "scheme_worth_too_fine",
    zh="{key} {found} 的小数位多于 rounding.places（{places} 位），得分会凑不成满分",
    en="{key} {found} has more decimals than rounding.places ({places}): points could not add up to it",
    exit=WRONG_USE,
)
POINTS_OUTSIDE = code(
    "scheme_points_outside",
    zh="{points} 分超出范围：这一项的得分应在 {least} 到 {full} 之间",
    en="{points} points are out of bounds: this item gives {least} to {full}",
    exit=WRONG_USE,
)
NOT_A_RATE = code(
    "scheme_not_a_rate",
    zh="“{metric}”是比率，在 0 到 1 之间，{found} 达不到。是否想写 {found}%？",
    en="{metric!r} is a rate, 0 to 1, and never {found}. Did you mean {found}%?",
    exit=WRONG_USE,
)
NO_SAMPLE = code(
    "scheme_no_sample",
    zh="“{metric}”是计数，没有样本量，不能写 minimum_sample。要求最低数量请用 ranking.minimum",
    en="{metric!r} is a count and has no sample; minimum_sample has no meaning. Use ranking.minimum to ask for an amount",
    exit=WRONG_USE,
)
ANCHORS_REVERSED = code(
    "scheme_anchors_reversed",
    zh="low 的 figure {low} 应小于 high 的 figure {high}",
    en="the figure of low, {low}, must be less than that of high, {high}",
    exit=WRONG_USE,
)
WRONG_WAY = code(
    "scheme_points_wrong_way",
    zh="“{metric}”{better_zh}，但 {points} 分比前面的 {before} 分{worse_zh}：多半写反了。确实要这样，请写 better: any",
    en="{metric!r} is better {better_en}, but {points} points follow {before}: probably turned round. If it is meant so, say better: any",
    exit=WRONG_USE,
)
NEEDS_BETTER = code(
    "scheme_needs_better",
    zh="这里要知道数是越高越好还是越低越好，“{metric}”没有规定：请写 better: higher 或 better: lower",
    en="this must know whether more or less is better, and {metric!r} does not say: give better: higher or better: lower",
    exit=WRONG_USE,
)
NEEDS_TARGET = code(
    "scheme_needs_target",
    zh="按完成率看要写 target：一个大于 0 的数，或 targets（取目标表）",
    en="attainment needs a target: a number above 0, or targets for the table of targets",
    exit=WRONG_USE,
)
NOT_BY_DAYS = code(
    "scheme_not_by_days",
    zh="这里不能按在岗天数折算（pro_rata）：只有个人的数量、金额、小时和天数，半个月才大约是一半；比率、时长、店铺的数不是",
    en="this can not be pro rata: of rates, durations and figures of shops half a month has not half",
    exit=WRONG_USE,
)
NOTHING_GATED = code(
    "scheme_nothing_gated",
    zh="写了门槛，但没有一个考核项或工资项写 gated: true，门槛不起作用",
    en="there are gates, but no item or line of pay says gated: true, so they do nothing",
    exit=WRONG_USE,
)
NO_GATES = code(
    "scheme_no_gates",
    zh="写了 gated: true，但方案没有门槛（gates），也没有不给激励的否决（no_gated）",
    en="this says gated: true, but the scheme has no gates, nor a veto of no_gated",
    exit=WRONG_USE,
)
NOTHING_JUDGED = code(
    "scheme_judges_nothing",
    zh="方案里没有考核项（items），也没有 PK（pk）",
    en="the scheme has neither items nor a pk",
    exit=WRONG_USE,
)
DAYS_REVERSED = code(
    "scheme_days_reversed",
    zh="{last_key} {last} 早于 {first_key} {first}",
    en="{last_key} {last} is before {first_key} {first}",
    exit=WRONG_USE,
)
SAME_GRADE = code(
    "scheme_same_grade",
    zh="等级“{name}”在第 {other} 行已经有了",
    en="grade {name!r} is already there on line {other}",
    exit=WRONG_USE,
)

ENDS_REVERSED = code(
    "scheme_ends_reversed",
    zh="{low_key} {low} 大于 {high_key} {high}",
    en="{low_key} {low} is more than {high_key} {high}",
    exit=WRONG_USE,
)
NO_FULL_MARKS = code(
    "scheme_without_full_marks",
    zh="按得分率看要有满分，而这个方案的满分是 {full}：请给考核项写 weight 或 max_points",
    en="a share of full marks needs some, and this scheme's are {full}: give items a weight or max_points",
    exit=WRONG_USE,
)

_WORTHS = ("weight", "max_points", "extra")
_AGAINST = ("attainment", "percentile", "z")


def checked(document: Document) -> list[Problem]:
    """Every mistake of these kinds in one scheme file."""
    return _Checks(document)()


class _Checks(Mistakes):
    def __call__(self) -> list[Problem]:
        data = self.data
        self.worths: list[tuple[Path, str, Decimal]] = []
        if not data.get("items") and not data.get("pk"):
            self.add(NOTHING_JUDGED, ("items",) if "items" in data else ())
        self._days(data, (), "effective_from", "effective_until")
        met: dict[str, Path] = {}
        for path, item in entries(data, "items"):
            self._item(path, item, met)
        self._total()
        for name in ("gates", "vetoes"):
            seen: dict[str, Path] = {}
            for path, condition in entries(data, name):
                self._subject(path, condition, SAME_ITEM, seen)
                self._limits(path, condition)
                if condition.get("pro_rata") is True and not self.is_amount(condition):
                    self.add(NOT_BY_DAYS, (*path, "pro_rata"))
        ranking = data.get("ranking")
        minimum = ranking.get("minimum") if isinstance(ranking, Mapping) else None
        if isinstance(minimum, Mapping):
            self.subject(("ranking", "minimum"), minimum)
        self._grades(data.get("grades"))
        factors: dict[str, Path] = {}
        for path, factor in entries(data, "pk"):
            self._subject(path, factor, SAME_ITEM, factors)
            if isinstance(factor.get("minimum"), Mapping):
                self.subject((*path, "minimum"), factor["minimum"])
            if self.nature(factor) is None:
                self.add(NEEDS_BETTER, path, metric=self.called(factor))
        self._gated()
        self._ends(data.get("total"), ("total",))
        self._full_marks()
        self.problems += pay_checks.checked(self.document, list(met), list(factors))
        pay = data.get("pay")
        self._ends({"floor": 0, **pay} if isinstance(pay, Mapping) else None, ("pay",))
        for path, line in entries(pay, "lines"):
            self._ends(line, ("pay", *path))
        return self.problems

    # Items

    def _item(self, path: Path, item: Mapping[str, Any], met: dict[str, Path]) -> None:
        self._worth(path, item)
        parts = item.get("parts")
        if parts is None:
            self._subject(path, item, SAME_ITEM, met)
            self._scored(path, item)
            return
        self._once(path, item, met)
        if item.get("id") is None:
            self.add(NO_ID, path)
        for key in ("metric", "composite", "scoring"):
            if item.get(key) is not None:
                self.add(SCORING_OF_PARTS, (*path, key), key=key)
        seen: dict[str, Path] = {}
        weights = []
        for place, part in entries(item, "parts"):
            here = (*path, *place)
            self._subject(here, part, SAME_ITEM, seen)
            self._scored(here, part)
            weights.append(number(part.get("weight")))
        if weights and None not in weights and sum(weight or 0 for weight in weights) != 100:
            self.add(WEIGHTS_OFF, (*path, "parts"), total=plain(sum((weight or Decimal(0) for weight in weights), Decimal(0))))

    def _subject(self, path: Path, entry: Mapping[str, Any], same: Any, met: dict[str, Path]) -> None:
        given = [key for key in ("metric", "composite") if entry.get(key) is not None]
        if len(given) != 1:
            self.add(NO_SUBJECT, path)
        self.subject(path, entry)
        self._once(path, entry, met)
        self._sample(path, entry)

    def _once(self, path: Path, entry: Mapping[str, Any], met: dict[str, Path]) -> None:
        name = self.called(entry)
        if not name:
            return
        here = (*path, "id" if entry.get("id") else "metric")
        if name in met:
            self.add(SAME_ITEM, here, item=name, other=self.document.line(met[name]))
        met.setdefault(name, here)

    def _worth(self, path: Path, item: Mapping[str, Any]) -> None:
        given = [key for key in _WORTHS if item.get(key) is not None]
        if not given:
            self.add(NO_WORTH, path)
        if len(given) > 1:
            self.add(TWO_WORTHS, (*path, given[1]))
        if len(given) != 1 or given == ["extra"]:
            return
        (key,) = given
        found, here, places = number(item[key]), (*path, key), self._places()
        if found is None:
            return
        if places is not None and found != round(found, places):
            self.add(TOO_FINE, here, key=key, found=plain(found), places=places)
        if self.worths and self.worths[0][1] != key:
            self.add(MIXED_WORTHS, here, other=self.document.line(self.worths[0][0]), before=self.worths[0][1], here=key)
        self.worths.append((here, key, found))

    def _places(self) -> int | None:
        rounding = self.data.get("rounding")
        places = rounding.get("places", 2) if isinstance(rounding, Mapping) else 2
        return places if isinstance(places, int) and not isinstance(places, bool) else None

    def _total(self) -> None:
        """Weights are added up only where every item has a worth: else the missing one is the mistake."""
        worthy = [item for _, item in entries(self.data, "items") if item.get("extra") is None]
        if {key for _, key, _ in self.worths} == {"weight"} and len(self.worths) == len(worthy):
            total = sum((worth for _, _, worth in self.worths), Decimal(0))
            if total != 100:
                self.add(WEIGHTS_OFF, ("items",), total=plain(total))
        given = self.data.get("total")
        places = self._places()
        for key in ("start", "floor", "cap"):
            found = number(given.get(key)) if isinstance(given, Mapping) else None
            if found is not None and places is not None and found != round(found, places):
                self.add(TOO_FINE, ("total", key), key=key, found=plain(found), places=places)

    def _sample(self, path: Path, entry: Mapping[str, Any]) -> None:
        metric = entry.get("metric")
        known = CATALOGUE.get(metric) if isinstance(metric, str) else None
        if entry.get("minimum_sample") is not None and known is not None and known.unit == "count":
            self.add(NO_SAMPLE, (*path, "minimum_sample"), metric=metric)

    # Scorings

    def _scored(self, path: Path, item: Mapping[str, Any]) -> None:
        scoring = item.get("scoring")
        if scoring is None:
            self.add(NO_SCORING, path)
        if not isinstance(scoring, Mapping):
            return
        here: Path = (*path, "scoring")
        kind, on = scoring.get("kind"), scoring.get("on", "value")
        least, full = self._bounds(item)
        way = self.nature(item)
        if (kind in ("attainment", "rank") or (kind in ("bands", "linear") and on in _AGAINST)) and way is None:
            self.add(NEEDS_BETTER, path, metric=self.called(item))
        if kind == "attainment":
            self._ends({"cap": 1, **scoring}, here)
        if kind == "attainment" or (kind in ("bands", "linear") and on == "attainment"):
            target = scoring.get("target")
            known = number(target)
            if target != "targets" and (target is None or (known is not None and known <= 0)):
                self.add(NEEDS_TARGET, (*here, "target") if "target" in scoring else here)
        held = kind == "attainment" or on == "attainment"
        if scoring.get("pro_rata") is True and not (held and self.is_amount(item)):
            self.add(NOT_BY_DAYS, (*here, "pro_rata"))
        found: list[tuple[Path, Any]] = []
        if kind == "bands":
            bands = scoring.get("bands")
            self.problems += check_bands(self.document, [*here, "bands"], bands)
            found = [((*here, "bands", at), band) for at, band in enumerate(bands if isinstance(bands, list) else [])]
            for place, band in found:
                for key in ("at_least", "below"):
                    self._rate((*place, key), band, key, item, on)
        if kind == "linear":
            low, high = scoring.get("low"), scoring.get("high")
            found = [((*here, "low"), low), ((*here, "high"), high)]
            for place, anchor in found:
                self._rate((*place, "figure"), anchor, "figure", item, on)
            if isinstance(low, Mapping) and isinstance(high, Mapping):
                start, end = number(low.get("figure")), number(high.get("figure"))
                if start is not None and end is not None and start >= end:
                    self.add(ANCHORS_REVERSED, (*here, "low", "figure"), low=plain(start), high=plain(end))
        if kind == "rank" and isinstance(scoring.get("points"), list):
            for at, points in enumerate(scoring["points"]):
                self._inside((*here, "points", at), points, least, full)
        for place, entry in found:
            if isinstance(entry, Mapping):
                self._inside((*place, "points"), entry.get("points"), least, full)
        self._monotone(item, way, on, found)

    def _bounds(self, item: Mapping[str, Any]) -> tuple[Decimal | None, Decimal | None]:
        extra = item.get("extra")
        if isinstance(extra, Mapping):
            return number(extra.get("least", 0)), number(extra.get("most", 0))
        return Decimal(0), number(item["max_points"]) if item.get("max_points") is not None else Decimal(100)

    def _inside(self, path: Path, given: Any, least: Decimal | None, full: Decimal | None) -> None:
        points = number(given)
        if points is None or least is None or full is None or least <= points <= full:
            return
        self.add(POINTS_OUTSIDE, path, points=plain(points), least=plain(least), full=plain(full))

    def _rate(self, path: Path, entry: Any, key: str, item: Mapping[str, Any], on: Any) -> None:
        if on != "value" or not isinstance(entry, Mapping):
            return
        found = number(entry.get(key))
        if found is not None and found > 1 and self.is_rate(item):
            self.add(NOT_A_RATE, path, metric=self.called(item), found=plain(found))

    def _limits(self, path: Path, condition: Mapping[str, Any]) -> None:
        for key in ("at_least", "above", "at_most", "below"):
            self._rate((*path, key), condition, key, condition, "value")

    def _monotone(self, item: Mapping[str, Any], way: str | None, on: Any, found: list[tuple[Path, Any]]) -> None:
        """Points must not get fewer as the figure gets better; what looks at it against something else sees the better way as up."""
        if item.get("better") == "any" or way is None:
            return
        up = way == "higher" or on in _AGAINST
        given = [(place, number(entry.get("points"))) for place, entry in found if isinstance(entry, Mapping)]
        for (_, before), (place, points) in pairwise(given):
            if before is None or points is None or before == points or (points > before) == up:
                continue
            self.add(
                WRONG_WAY,
                (*place, "points"),
                metric=self.called(item),
                points=plain(points),
                before=plain(before),
                better_zh="越高越好" if up else "越低越好",
                better_en="higher" if up else "lower",
                worse_zh="少" if up else "多",
            )
            return

    # The rest

    def _grades(self, given: Any) -> None:
        if not isinstance(given, Mapping):
            return
        bands = given.get("bands")
        self.problems += check_bands(self.document, ["grades", "bands"], bands)
        seen: dict[str, Path] = {}
        for path, band in entries(given, "bands"):
            here, name = ("grades", *path, "name"), band.get("name")
            if isinstance(name, str):
                if name in seen:
                    self.add(SAME_GRADE, here, name=name, other=self.document.line(seen[name]))
                seen.setdefault(name, here)

    def _ends(self, entry: Any, path: Path) -> None:
        low, high = (number(entry.get(key)) if isinstance(entry, Mapping) else None for key in ("floor", "cap"))
        if low is not None and high is not None and low > high:
            self.add(ENDS_REVERSED, (*path, "cap"), low_key="floor", high_key="cap", low=plain(low), high=plain(high))

    def _full_marks(self) -> None:
        """What is a share of the whole needs a whole."""
        grades, pay, total = self.data.get("grades"), self.data.get("pay"), self.data.get("total")
        start = number(total.get("start", 0)) if isinstance(total, Mapping) else Decimal(0)
        full = sum((worth for _, _, worth in self.worths), start or Decimal(0))
        if full > 0:
            return
        if isinstance(grades, Mapping) and grades.get("by") == "share":
            self.add(NO_FULL_MARKS, ("grades", "by"), full=plain(full))
        for path, line in entries(pay, "lines"):
            for key in ("on", "by", "days", "times", "of"):
                if isinstance(line.get(key), Mapping) and line[key].get("share") == TOTAL:
                    self.add(NO_FULL_MARKS, ("pay", *path, key), full=plain(full))

    def _gated(self) -> None:
        pay = self.data.get("pay")
        lines = [(("pay", *path), line) for path, line in entries(pay, "lines")] if isinstance(pay, Mapping) else []
        gated = [path for path, entry in (*entries(self.data, "items"), *lines) if entry.get("gated") is True]
        gates = self.data.get("gates")
        barred = any("no_gated" in (veto.get("effects") or ()) for _, veto in entries(self.data, "vetoes"))
        if gates and not gated:
            self.add(NOTHING_GATED, ("gates",))
        if gated and not gates and not barred:
            self.add(NO_GATES, (*gated[0], "gated"))

    def _days(self, entry: Mapping[str, Any], path: Path, first: str, last: str) -> None:
        begin, end = entry.get(first), entry.get(last)
        if begin is not None and end is not None and type(begin) is type(end) and end < begin:
            self.add(DAYS_REVERSED, (*path, last), first_key=first, last_key=last, first=begin, last=end)
