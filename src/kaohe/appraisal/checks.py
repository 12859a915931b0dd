"""What pydantic can not see in a scheme: known metrics, weights that add up, bands without gaps, points within the item's.

Checks read the file as plain data and pass over what is not of the right kind, so that they find their mistakes beside those of the types.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any

from kaohe.appraisal.bands import check_bands
from kaohe.appraisal.exact import number, plain
from kaohe.definitions import Document, nearest
from kaohe.errors import WRONG_USE, Problem, code
from kaohe.metrics.catalogue import CATALOGUE

UNKNOWN_METRIC = code(
    "scheme_unknown_metric",
    zh="没有“{metric}”这个指标。{hint_zh}用 kaohe metrics list 查看全部",
    en="no metric {metric!r}. {hint_en}Run 'kaohe metrics list' to see all",
    exit=WRONG_USE,
)
SAME_ITEM = code(
    "scheme_same_item",
    zh="考核项“{item}”在第 {other} 行已经有了。同一指标考核两次时，请各写一个 id",
    en="item {item!r} is already there on line {other}. Give each an id of its own where one metric is judged twice",
    exit=WRONG_USE,
)
NO_WORTH = code(
    "scheme_item_without_worth",
    zh="这一项没有分值：请写 weight（权重，合计 100）或 max_points（满分）",
    en="this item is worth nothing: give it a weight (a share of 100) or max_points",
    exit=WRONG_USE,
)
TWO_WORTHS = code(
    "scheme_item_two_worths",
    zh="weight 与 max_points 只能写一个",
    en="weight and max_points: say one of them",
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
    zh="{points} 分超出范围：这一项的得分应在 0 到 {full} 之间",
    en="{points} points are out of bounds: this item gives 0 to {full}",
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

Path = tuple[str | int, ...]


def checked(document: Document) -> list[Problem]:
    """Every mistake of these kinds in one scheme file."""
    data = document.data
    problems: list[Problem] = []
    places = _places(data)
    worths: list[tuple[Path, str, Decimal]] = []
    met: dict[str, Path] = {}
    for path, item in _items(data):
        problems += _metric(document, (*path, "metric"), item.get("metric"))
        problems += _same(document, path, item, met)
        problems += _worth(document, path, item, places, worths)
        problems += _sample(document, path, item)
        problems += _scoring(document, path, item)
    problems += _total(document, data, worths)
    ranking = data.get("ranking")
    minimum = ranking.get("minimum") if isinstance(ranking, Mapping) else None
    if isinstance(minimum, Mapping):
        problems += _metric(document, ("ranking", "minimum", "metric"), minimum.get("metric"))
    return problems


def _items(data: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    listed = data.get("items")
    for at, item in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(item, Mapping):
            yield ("items", at), item


def _places(data: Mapping[str, Any]) -> int | None:
    rounding = data.get("rounding")
    places = rounding.get("places", 2) if isinstance(rounding, Mapping) else 2
    return places if isinstance(places, int) and not isinstance(places, bool) else None


def _metric(document: Document, path: Path, name: Any) -> list[Problem]:
    if not isinstance(name, str) or name in CATALOGUE:
        return []
    zh, en = hints(name, CATALOGUE)
    return [document.problem(UNKNOWN_METRIC, path, metric=name, hint_zh=zh, hint_en=en)]


def hints(name: str, known: Collection[str]) -> tuple[str, str]:
    """What to suggest for an unknown name, in Chinese and English; empty where nothing is like it."""
    guess = nearest(name, known)
    return (f"是否想写“{guess}”？", f"Did you mean {guess!r}? ") if guess else ("", "")


def _same(document: Document, path: Path, item: Mapping[str, Any], met: dict[str, Path]) -> list[Problem]:
    name = item.get("id") or item.get("metric")
    if not isinstance(name, str):
        return []
    here = (*path, "id" if item.get("id") else "metric")
    if name in met:
        return [document.problem(SAME_ITEM, here, item=name, other=document.line(met[name]))]
    met[name] = here
    return []


def _worth(
    document: Document, path: Path, item: Mapping[str, Any], places: int | None, worths: list[tuple[Path, str, Decimal]]
) -> list[Problem]:
    given = [key for key in ("weight", "max_points") if item.get(key) is not None]
    if not given:
        return [document.problem(NO_WORTH, path)]
    if len(given) == 2:
        return [document.problem(TWO_WORTHS, (*path, "max_points"))]
    (key,) = given
    found, here = number(item[key]), (*path, key)
    if found is None:
        return []
    problems = []
    if places is not None and found != round(found, places):
        problems.append(document.problem(TOO_FINE, here, key=key, found=plain(found), places=places))
    if worths and worths[0][1] != key:
        problems.append(document.problem(MIXED_WORTHS, here, other=document.line(worths[0][0]), before=worths[0][1], here=key))
    worths.append((here, key, found))
    return problems


def _total(document: Document, data: Mapping[str, Any], worths: list[tuple[Path, str, Decimal]]) -> list[Problem]:
    """Weights are added up only where every item has one: else the missing one is the mistake."""
    if {key for _, key, _ in worths} != {"weight"} or len(worths) != len(data["items"]):
        return []
    total = sum((worth for _, _, worth in worths), Decimal(0))
    return [] if total == 100 else [document.problem(WEIGHTS_OFF, ("items",), total=plain(total))]


def _sample(document: Document, path: Path, item: Mapping[str, Any]) -> list[Problem]:
    metric = item.get("metric")
    known = CATALOGUE.get(metric) if isinstance(metric, str) else None
    if item.get("minimum_sample") is None or known is None or known.unit != "count":
        return []
    return [document.problem(NO_SAMPLE, (*path, "minimum_sample"), metric=metric)]


def _scoring(document: Document, path: Path, item: Mapping[str, Any]) -> list[Problem]:
    scoring = item.get("scoring")
    if not isinstance(scoring, Mapping):
        return []
    here: Path = (*path, "scoring")
    full = number(item["max_points"]) if item.get("max_points") is not None else Decimal(100)
    problems: list[Problem] = []
    if scoring.get("kind") == "bands":
        bands = scoring.get("bands")
        problems += check_bands(document, [*here, "bands"], bands)
        for at, band in enumerate(bands if isinstance(bands, list) else []):
            problems += _points(document, (*here, "bands", at), band, full)
            for key in ("at_least", "below"):
                problems += _rate(document, (*here, "bands", at, key), band, key, item)
    if scoring.get("kind") == "linear":
        low, high = scoring.get("low"), scoring.get("high")
        for key, anchor in (("low", low), ("high", high)):
            problems += _points(document, (*here, key), anchor, full)
            problems += _rate(document, (*here, key, "figure"), anchor, "figure", item)
        if isinstance(low, Mapping) and isinstance(high, Mapping):
            least, most = number(low.get("figure")), number(high.get("figure"))
            if least is not None and most is not None and least >= most:
                problems.append(document.problem(ANCHORS_REVERSED, (*here, "low", "figure"), low=plain(least), high=plain(most)))
    return problems


def _points(document: Document, path: Path, entry: Any, full: Decimal | None) -> list[Problem]:
    points = number(entry.get("points")) if isinstance(entry, Mapping) else None
    if points is None or full is None or 0 <= points <= full:
        return []
    return [document.problem(POINTS_OUTSIDE, (*path, "points"), points=plain(points), full=plain(full))]


def _rate(document: Document, path: Path, entry: Any, key: str, item: Mapping[str, Any]) -> list[Problem]:
    metric = item.get("metric")
    known = CATALOGUE.get(metric) if isinstance(metric, str) else None
    found = number(entry.get(key)) if isinstance(entry, Mapping) else None
    if known is None or known.unit != "rate" or found is None or found <= 1:
        return []
    return [document.problem(NOT_A_RATE, path, metric=metric, found=plain(found))]
