"""A scheme with the weight of one item changed: the question "what if this counted for more" as a scheme of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from kaohe.appraisal import words
from kaohe.appraisal.exact import plain, rounded, spread
from kaohe.appraisal.mistakes import hints
from kaohe.appraisal.scheme import HUNDRED, Item, Scheme
from kaohe.appraisal.scoring import Scoring
from kaohe.errors import WRONG_USE, code, failure
from kaohe.packs.fields import Words

NO_SUCH_ITEM = code(
    "vary_no_such_item",
    zh="考核方案“{scheme}”没有“{item}”这一项。{hint_zh}有：{known}",
    en="scheme {scheme!r} has no item {item!r}. {hint_en}It has: {known}",
    exit=WRONG_USE,
)
NO_WEIGHT = code(
    "vary_item_without_weight",
    zh="“{item}”是加减分（extra），没有权重可改",
    en="{item!r} is an extra and has no weight to change",
    exit=WRONG_USE,
)
OUT_OF_RANGE = code(
    "vary_weight_out_of_range",
    zh="“{item}”的权重不能是 {weight}：要大于 0，最多 {places} 位小数，还要给其他 {others} 项每项至少留 {least}",
    en="{item!r} can not weigh {weight}: more than 0, of at most {places} decimals, and at least {least} left for each of the {others} other items",
    exit=WRONG_USE,
)
POINTS_AS_GIVEN = code(
    "vary_points_as_given",
    zh="“{item}”的数本身就是分（as_is），满分改了分也不会变：请改打分表",
    en="the figure of {item!r} is its points (as_is), which another maximum does not change: mark by another scale instead",
    exit=WRONG_USE,
)

FINE = 12
"""Decimals to which points are taken that were scaled to another maximum; a line is rounded to far fewer."""


def with_weight(scheme: Scheme, item: str, weight: Decimal) -> Scheme:
    """The scheme with another weight of the item whose key is `item`; its name and title say so.

    Where items have weights, the others keep their proportions and all add up to 100: what is left is divided by `kaohe.appraisal.exact.spread`,
    to as many decimals as points have. Where they have `max_points`, the item's becomes `weight` and its points are scaled with it; the others
    stay, so that full marks of the whole change. Extras, gates, grades and pay stay as they are.

    Raises `Failure` where there is no such item, it is an extra, the weight is out of range, or its points are the figure itself.
    """
    found = _item(scheme, item)
    places = scheme.rounding.places
    unit = Decimal(1).scaleb(-places)
    others = [one for one in scheme.items if one.weight is not None and one is not found]
    room = HUNDRED - unit * len(others) if found.weight is not None else None
    is_fine = weight.is_finite() and Fraction(weight) * 10**places % 1 == 0
    if (
        not is_fine
        or weight <= 0
        or (room is not None and weight > room)
        or (found.weight is not None and not others and weight != HUNDRED)
    ):
        raise failure(
            OUT_OF_RANGE,
            item=item,
            weight=plain(weight) if weight.is_finite() else weight,
            places=places,
            others=len(others),
            least=plain(unit),
        )
    if found.weight is None:
        return _called(scheme, found, weight, [_rescaled(one, weight) if one is found else one for one in scheme.items])
    shares = iter(_shared(HUNDRED - weight, [one.weight or HUNDRED for one in others], places))
    weights = {id(one): weight if one is found else next(shares) for one in scheme.items if one.weight is not None}
    items = [one.model_copy(update={"weight": weights[id(one)]}) if id(one) in weights else one for one in scheme.items]
    return _called(scheme, found, weight, items)


def _item(scheme: Scheme, key: str) -> Item:
    known = {one.key: one for one in scheme.items}
    if key not in known:
        hint_zh, hint_en = hints(key, known)
        raise failure(NO_SUCH_ITEM, scheme=scheme.name, item=key, hint_zh=hint_zh, hint_en=hint_en, known=", ".join(known))
    found = known[key]
    if found.extra is not None:
        raise failure(NO_WEIGHT, item=key)
    if found.max_points is not None and found.scoring is not None and found.scoring.kind == "as_is":
        raise failure(POINTS_AS_GIVEN, item=key)
    return found


def _shared(total: Decimal, weights: Sequence[Decimal], places: int) -> list[Decimal]:
    """`total` in the proportions of `weights`, no part less than the smallest unit."""
    if not weights:
        return []
    unit = Decimal(1).scaleb(-places)
    found = spread(total, weights, places)
    # Rounding may leave the lightest nothing, and an item without weight is none: the heaviest gives it a unit.
    while (least := min(found)) < unit:
        found[found.index(least)] += unit
        found[found.index(max(found))] -= unit
    return found


def _rescaled(item: Item, full: Decimal) -> Item:
    """The item with other full marks, every point of its scoring scaled alike."""
    factor = Fraction(full) / Fraction(item.out_of)
    scoring = item.scoring
    return item.model_copy(update={"max_points": full, "scoring": None if scoring is None else _scaled(scoring, factor)})


def _scaled(scoring: Scoring, factor: Fraction) -> Scoring:
    def points(given: Decimal) -> Decimal:
        return Decimal(plain(rounded(Fraction(given) * factor, FINE)))

    changed: Mapping[str, Any] = {}
    if scoring.kind == "bands":
        changed = {"bands": tuple(band.model_copy(update={"points": points(band.points)}) for band in scoring.bands)}
    elif scoring.kind == "linear":
        ends = {"low": scoring.low, "high": scoring.high}
        changed = {name: end.model_copy(update={"points": points(end.points)}) for name, end in ends.items()}
    elif scoring.kind == "per_unit":
        changed = {"points": points(scoring.points), "start": None if scoring.start is None else points(scoring.start)}
    elif scoring.kind == "rank":
        changed = {"points": tuple(map(points, scoring.points)), "rest": points(scoring.rest)}
    return scoring.model_copy(update=changed)


def _called(scheme: Scheme, item: Item, weight: Decimal, items: Sequence[Item]) -> Scheme:
    said = plain(weight)
    title = Words(
        zh=f"{scheme.title.zh}（{words.title(item, 'zh')} {said} 分）", en=f"{scheme.title.en} ({words.title(item, 'en')}: {said} points)"
    )
    return scheme.model_copy(update={"name": f"{scheme.name}[{item.key}={said}]", "title": title, "items": tuple(items)})
