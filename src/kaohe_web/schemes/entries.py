"""Entries of a scheme as forms: what each form shows of an entry as it is written, and how what was typed is put back into it.

What a form does not show stays as it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from kaohe_web.schemes.writing import put, same, styled, written

ROWED = {
    "bands": ("bands", "points"),
    "commission": ("bands", "rate"),
    "rate_by": ("bands", "rate"),
    "tier": ("bands", "amount"),
    "day_rate": ("bands", "amount"),
    "grades": ("bands", "coefficient"),
}
"""Where rows of bands stand, and what each gives, by the kind of what has them."""

Row = dict[str, str]
"""One row as typed: where it begins (`low`), what it gives (`value`), and for grades its `name`."""


def shown(value: Any) -> str:
    """A value as a field shows it.

    >>> shown(None), shown(0.5), shown("95%"), shown([300, 200])
    ('', '0.5', '95%', '300, 200')
    """
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(shown(one) for one in value)
    return str(value)


def words(value: Any) -> tuple[str, str]:
    """Chinese and English of a text that may be one for both."""
    if isinstance(value, Mapping):
        return shown(value.get("zh")), shown(value.get("en"))
    return shown(value), ""


def put_words(node: Any, key: str, zh: str, en: str) -> None:
    """A text in both languages; one plain text where there is no English."""
    if (zh, en) == words(node.get(key)):
        return
    if not zh and not en:
        node.pop(key, None)
    elif not en or en == zh:
        put(node, key, zh or en)
    elif isinstance(node.get(key), Mapping):
        node[key].update({"zh": zh or en, "en": en})
    else:
        node[key] = styled({"zh": zh or en, "en": en}, inside=True)


def put_number(node: Any, key: str, typed: str, default: Any = None) -> None:
    """A number as typed; an empty one takes the key away."""
    put(node, key, written(typed) if typed else None, default)


def put_numbers(node: Any, key: str, typed: str) -> None:
    """A list of numbers with commas between."""
    put(node, key, [written(one) for one in split(typed)] or None)


def split(typed: str) -> list[str]:
    """What stands between commas, Chinese or English.

    >>> split("300，200, 100 ")
    ['300', '200', '100']
    """
    return [one.strip() for one in typed.replace("，", ",").replace("、", ",").split(",") if one.strip()]


# Bands


def rows_of(node: Any, key: str, value: str) -> list[Row]:
    """Bands as rows: each begins where the one before ends, so only beginnings are shown."""
    listed = node.get(key) if isinstance(node, Mapping) else None
    found = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    return [{"low": shown(one.get("at_least")), "value": shown(one.get(value)), "name": shown(one.get("name"))} for one in found]


def put_rows(node: Any, key: str, value: str, rows: Sequence[Row]) -> None:
    """Bands from rows. A band that begins where it did is changed in its place, with its comment and whatever else it says."""
    old = [one for one in node.get(key) or () if isinstance(one, CommentedMap)]
    listed = node.get(key)
    chosen = _origins(old, rows)
    made = []
    for at, row in enumerate(rows):
        origin = chosen[at]
        band = old[origin] if origin is not None else CommentedMap()
        if origin is None:
            band.fa.set_flow_style()
        following = rows[at + 1]["low"] if at + 1 < len(rows) else ""
        put_number(band, "at_least", row["low"])
        put_number(band, "below", following)
        if row.get("name"):
            put(band, "name", row["name"])
        put_number(band, value, row["value"])
        made.append(_ordered(band, ("at_least", "below")))
    if isinstance(listed, CommentedSeq) and len(old) == len(listed):
        comments = {at: listed.ca.items[origin] for at, origin in enumerate(chosen) if origin is not None and origin in listed.ca.items}
        listed[:] = made
        listed.ca.items.clear()
        listed.ca.items.update(comments)
    else:
        node[key] = CommentedSeq(made)


def _origins(old: Sequence[CommentedMap], rows: Sequence[Row]) -> list[int | None]:
    """Which band each row was: the one of its name, or that begins where it does; else the one in its place, where no other row was that."""
    chosen: list[int | None] = []
    for row in rows:
        low = written(row["low"]) if row["low"] else None
        fits = (
            at
            for at, one in enumerate(old)
            if at not in chosen and (one.get("name") == row["name"] if row.get("name") else same(one.get("at_least"), low))
        )
        chosen.append(next(fits, None))
    if len(rows) == len(old):
        chosen = [at if origin is None and at not in chosen else origin for at, origin in enumerate(chosen)]
    return chosen


def _ordered(band: CommentedMap, first: Sequence[str]) -> CommentedMap:
    """With its ends in front, as people read them."""
    for at, key in enumerate([key for key in first if key in band]):
        if list(band).index(key) != at:
            kept = band.pop(key)
            band.insert(at, key, kept)
    return band


# What lines of pay look at


def looked(value: Any) -> str:
    """A quantity as a choice: `metric:net_sales_amount`, `points:total`, `share:total`, `item:reply`; `own` for what no choice says."""
    if isinstance(value, str):
        return f"metric:{value}"
    if isinstance(value, Mapping):
        for kind in ("metric", "points", "share", "item"):
            if isinstance(value.get(kind), str) and set(value) <= {kind, "figures"}:
                return f"{kind}:{value[kind]}"
        return "own" if value else ""
    return ""


def put_looked(node: Any, key: str, choice: str) -> None:
    """A quantity from a choice; as it is for the one that stands there, and for `own`."""
    if choice in ("own", looked(node.get(key))):
        return
    kind, _, name = choice.partition(":")
    put(node, key, styled({kind: name}, inside=True) if name else None)


# Items


def item_fields(item: Mapping[str, Any]) -> dict[str, Any]:
    """What the form shows of an item."""
    zh, en = words(item.get("title"))
    extra = item.get("extra") if isinstance(item.get("extra"), Mapping) else {}
    worth = "extra" if item.get("extra") is not None else "max_points" if item.get("max_points") is not None else "weight"
    found = {
        **{
            key: shown(item.get(key))
            for key in ("metric", "section", "better", "minimum_sample", "missing", "small_sample", "source", "id")
        },
        "figures": item.get("figures") or "computed",
        "title": zh,
        "title_en": en,
        "gated": item.get("gated") is True,
        "worth_kind": worth,
        "worth": shown(item.get(worth)) if worth != "extra" else "",
        "least": shown((extra or {}).get("least")),
        "most": shown((extra or {}).get("most")),
    }
    return found | scoring_fields(item.get("scoring"))


def scoring_fields(scoring: Any) -> dict[str, Any]:
    """What the form shows of how an item is scored."""
    given = scoring if isinstance(scoring, Mapping) else {}
    ends = {end: given.get(end) if isinstance(given.get(end), Mapping) else {} for end in ("low", "high")}
    return {
        "kind": given.get("kind") or "bands",
        "on": given.get("on") or "value",
        "target": shown(given.get("target")),
        "pro_rata": by_days(given),
        "low_figure": shown(ends["low"].get("figure")),
        "low_points": shown(ends["low"].get("points")),
        "high_figure": shown(ends["high"].get("figure")),
        "high_points": shown(ends["high"].get("points")),
        "floor": shown(given.get("floor")),
        "cap": shown(given.get("cap")),
        "points": shown(given.get("points")),
        "each": shown(given.get("each")),
        "free": shown(given.get("free")),
        "start": shown(given.get("start")),
        "whole": given.get("whole") is True,
        "rest": shown(given.get("rest")),
    }


def put_item(item: Any, data: Mapping[str, Any], rows: Sequence[Row]) -> None:
    """What was typed about an item."""
    put(item, "id", data["id"])
    if "metric" in data:
        put(item, "metric", data["metric"])
        put(item, "figures", data["figures"], "computed")
    put_words(item, "title", data["title"], data["title_en"])
    for kind in ("weight", "max_points"):
        put_number(item, kind, data["worth"] if data["worth_kind"] == kind else "")
    if data["worth_kind"] == "extra":
        if not isinstance(item.get("extra"), Mapping):
            item["extra"] = styled({"most": 0}, inside=True)
        put_number(item["extra"], "least", data["least"], 0)
        put_number(item["extra"], "most", data["most"])
    else:
        item.pop("extra", None)
    for key in [key for key in ("section", "better", "minimum_sample", "missing", "small_sample") if key in data]:
        put(item, key, int(data[key]) if key == "minimum_sample" and data[key] else data[key])
    put(item, "gated", data["gated"], False)
    put(item, "source", data["source"])
    if "kind" in data:
        _put_scoring(item, data, rows)


_SCORING_KEYS = {
    "bands": ("on", "target", "pro_rata", "bands"),
    "linear": ("on", "target", "pro_rata", "low", "high"),
    "attainment": ("target", "pro_rata", "floor", "cap"),
    "per_unit": ("points", "each", "free", "start", "whole"),
    "rank": ("points", "rest"),
    "as_is": (),
}


def _put_scoring(item: Any, data: Mapping[str, Any], rows: Sequence[Row]) -> None:
    kind = data["kind"]
    if not isinstance(item.get("scoring"), Mapping):
        item["scoring"] = CommentedMap()
    scoring = item["scoring"]
    if scoring.get("kind") != kind:
        for key in [key for key in scoring if key not in _SCORING_KEYS[kind] or key == "points"]:
            del scoring[key]
        scoring.insert(0, "kind", kind)
    if kind in ("bands", "linear"):
        put(scoring, "on", data["on"], "value")
        _put_target(scoring, data)
    if kind == "bands":
        put_rows(scoring, "bands", "points", rows)
    elif kind == "linear":
        for end in ("low", "high"):
            if not isinstance(scoring.get(end), Mapping):
                scoring[end] = styled({"figure": 0, "points": 0}, inside=True)
            put_number(scoring[end], "figure", data[f"{end}_figure"])
            put_number(scoring[end], "points", data[f"{end}_points"])
    elif kind == "attainment":
        _put_target(scoring, data)
        put_number(scoring, "floor", data["floor"], 0)
        put_number(scoring, "cap", data["cap"], 1)
    elif kind == "per_unit":
        put_number(scoring, "points", data["points"])
        for key, default in (("each", 1), ("free", 0), ("start", None)):
            put_number(scoring, key, data[key], default)
        put(scoring, "whole", data["whole"], False)
    elif kind == "rank":
        put_numbers(scoring, "points", data["points"])
        put_number(scoring, "rest", data["rest"], 0)


def _put_target(scoring: Any, data: Mapping[str, Any]) -> None:
    put_by_days(scoring, data)
    if data["target"] == "targets":
        put(scoring, "target", "targets")
    else:
        put_number(scoring, "target", data["target"])


# Gates, vetoes, factors

BY_DAYS = {"": None, "yes": True, "no": False}
"""What is said of who was there for part of the period: nothing, which leaves it to the kind of figure, or whether so much less is asked of him."""


def by_days(node: Mapping[str, Any]) -> str:
    """`pro_rata` as a choice."""
    return next((choice for choice, said in BY_DAYS.items() if node.get("pro_rata") is said), "")


def put_by_days(node: Any, data: Mapping[str, Any]) -> None:
    """`pro_rata` from a choice."""
    if "pro_rata" in data:
        put(node, "pro_rata", BY_DAYS[data["pro_rata"]])


LIMITS = ("at_least", "above", "at_most", "below")


def condition_fields(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What the form shows of a gate or a veto."""
    zh, en = words(entry.get("title"))
    limit = next((key for key in LIMITS if entry.get(key) is not None), "at_least")
    return {
        **{key: shown(entry.get(key)) for key in ("metric", "minimum_sample", "missing", "small_sample", "source", "id")},
        "figures": entry.get("figures") or "computed",
        "title": zh,
        "title_en": en,
        "limit_kind": limit,
        "limit": shown(entry.get(limit)),
        "pro_rata": by_days(entry),
        "effects": [str(one) for one in entry.get("effects") or ("zero_points",)],
    }


def put_condition(entry: Any, data: Mapping[str, Any], rows: Sequence[Row]) -> None:
    """What was typed about a gate or a veto."""
    put(entry, "id", data["id"])
    if "metric" in data:
        put(entry, "metric", data["metric"])
        put(entry, "figures", data["figures"], "computed")
    put_words(entry, "title", data["title"], data["title_en"])
    for kind in LIMITS:
        put_number(entry, kind, data["limit"] if data["limit_kind"] == kind else "")
    put(entry, "minimum_sample", int(data["minimum_sample"]) if data["minimum_sample"] else None)
    if "effects" in data:
        put(entry, "effects", list(data["effects"]), ["zero_points"])
    else:
        put_by_days(entry, data)
        put(entry, "missing", data["missing"], "pass")
        put(entry, "small_sample", data["small_sample"], "pass")
    put(entry, "source", data["source"])


def factor_fields(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What the form shows of a factor of a PK."""
    zh, en = words(entry.get("title"))
    return {
        **{key: shown(entry.get(key)) for key in ("metric", "minimum_sample", "better", "source", "id", "prizes")},
        "figures": entry.get("figures") or "computed",
        "title": zh,
        "title_en": en,
        "ties": entry.get("ties") or "share",
        "vetoed": entry.get("vetoed") or "out",
    }


def put_factor(entry: Any, data: Mapping[str, Any], rows: Sequence[Row]) -> None:
    """What was typed about a factor."""
    put(entry, "id", data["id"])
    if "metric" in data:
        put(entry, "metric", data["metric"])
        put(entry, "figures", data["figures"], "computed")
    put_words(entry, "title", data["title"], data["title_en"])
    put_numbers(entry, "prizes", data["prizes"])
    put(entry, "ties", data["ties"], "share")
    put(entry, "vetoed", data["vetoed"], "out")
    put(entry, "better", data["better"])
    put(entry, "minimum_sample", int(data["minimum_sample"]) if data["minimum_sample"] else None)
    put(entry, "source", data["source"])


# Lines of pay

PAY_FLAGS = ("gated", "coefficient", "pro_rata")


def pay_kind(entry: Mapping[str, Any]) -> str:
    """The kind of a line as forms know it: a commission by what its rate depends on, a day rate by whether it has bands."""
    kind = shown(entry.get("kind")) or "fixed"
    if kind == "commission":
        return "commission_rate" if entry.get("rate") is not None else "commission_by" if entry.get("rate_by") is not None else "commission"
    if kind == "day_rate" and entry.get("by") is not None:
        return "day_rate_by"
    return kind


PAY_KEYS: Mapping[str, tuple[str, ...]] = {
    "fixed": ("amount",),
    "day_rate": ("amount", "days"),
    "day_rate_by": ("by", "bands", "days"),
    "commission": ("on", "bands", "mode", "times"),
    "commission_rate": ("on", "rate", "times"),
    "commission_by": ("on", "rate_by", "times"),
    "per_unit": ("on", "amount", "free", "whole"),
    "tier": ("by", "bands"),
    "grade": ("amounts",),
    "place": ("prizes", "ties"),
    "pk": ("factors",),
    "points": ("amount", "of"),
}
"""What each kind of line says of its own."""

_COMMON = {"id", "title", "source", "kind", "gated", "coefficient", "pro_rata", "floor", "cap", "missing"}


def pay_fields(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What the form shows of a line of pay."""
    zh, en = words(entry.get("title"))
    rate_by = entry.get("rate_by") if isinstance(entry.get("rate_by"), Mapping) else {}
    return {
        **{key: shown(entry.get(key)) for key in ("amount", "rate", "free", "floor", "cap", "missing", "source", "id", "prizes")},
        **{key: entry.get(key) is True for key in (*PAY_FLAGS, "whole")},
        "title": zh,
        "title_en": en,
        "pay_kind": pay_kind(entry),
        "mode": entry.get("mode") or "marginal",
        "ties": entry.get("ties") or "share",
        "on": looked(entry.get("on")),
        "by": looked(entry.get("by")),
        "of": looked(entry.get("of")) or "points:total",
        "rate_on": looked((rate_by or {}).get("on")),
    }


def pay_rows(entry: Mapping[str, Any]) -> list[Row]:
    """The rows of a line of pay: bands, or the amount of each grade."""
    kind = pay_kind(entry)
    if kind == "grade":
        amounts = entry.get("amounts")
        pairs = amounts.items() if isinstance(amounts, Mapping) else ()
        return [{"low": str(name), "value": shown(amount), "name": ""} for name, amount in pairs]
    if kind == "commission_by":
        return rows_of(entry.get("rate_by"), "bands", "rate")
    return rows_of(entry, "bands", "rate" if kind == "commission" else "amount")


def put_pay(entry: Any, data: Mapping[str, Any], rows: Sequence[Row]) -> None:
    """What was typed about a line of pay."""
    kind = data["pay_kind"]
    if "kind" not in entry or kind != pay_kind(entry):
        known = {one for keys in PAY_KEYS.values() for one in keys}
        for key in [key for key in entry if key in known and key not in PAY_KEYS[kind]]:
            del entry[key]
        entry["kind"] = _LIBRARY_KIND.get(kind, kind)
    put(entry, "id", data["id"])
    put_words(entry, "title", data["title"], data["title_en"])
    _put_pay_of_kind(entry, kind, data, rows)
    for flag in PAY_FLAGS:
        put(entry, flag, data[flag], False)
    put_number(entry, "floor", data["floor"])
    put_number(entry, "cap", data["cap"])
    put(entry, "missing", data["missing"])
    put(entry, "source", data["source"])


_LIBRARY_KIND = {"commission_rate": "commission", "commission_by": "commission", "day_rate_by": "day_rate"}


def _put_pay_of_kind(entry: Any, kind: str, data: Mapping[str, Any], rows: Sequence[Row]) -> None:
    own = PAY_KEYS[kind]
    for key in ("on", "by", "of"):
        if key in own:
            put_looked(entry, key, "" if key == "of" and data[key] == "points:total" and "of" not in entry else data[key])
    for key in ("amount", "rate", "free"):
        if key in own:
            put_number(entry, key, data[key], 0 if key == "free" else None)
    if "whole" in own:
        put(entry, "whole", data["whole"], False)
    if "mode" in own:
        put(entry, "mode", data["mode"], "marginal")
    if kind == "place":
        put_numbers(entry, "prizes", data["prizes"])
        put(entry, "ties", data["ties"], "share")
    if kind == "grade":
        _put_amounts(entry, rows)
    if kind == "commission_by":
        if not isinstance(entry.get("rate_by"), Mapping):
            entry["rate_by"] = CommentedMap()
        put_looked(entry["rate_by"], "on", data["rate_on"])
        put_rows(entry["rate_by"], "bands", "rate", rows)
    elif "bands" in own:
        put_rows(entry, "bands", "rate" if kind == "commission" else "amount", rows)


def _put_amounts(entry: Any, rows: Iterable[Row]) -> None:
    wanted = {row["low"]: written(row["value"]) for row in rows}
    if not isinstance(entry.get("amounts"), Mapping):
        entry["amounts"] = styled(wanted, inside=True)
        return
    for gone in [name for name in entry["amounts"] if str(name) not in wanted]:
        del entry["amounts"][gone]
    for name, amount in wanted.items():
        known = next((key for key in entry["amounts"] if str(key) == name), name)
        put(entry["amounts"], known, amount)


# The head, the grades


def head_fields(whole: Mapping[str, Any]) -> dict[str, Any]:
    """What the form shows of the scheme as a whole."""
    zh, en = words(whole.get("title"))
    note, note_en = words(whole.get("note"))
    audience = whole.get("applies_to") if isinstance(whole.get("applies_to"), Mapping) else {}
    ranking = whole.get("ranking") if isinstance(whole.get("ranking"), Mapping) else {}
    minimum = (ranking or {}).get("minimum") if isinstance((ranking or {}).get("minimum"), Mapping) else {}
    pay = whole.get("pay") if isinstance(whole.get("pay"), Mapping) else {}
    return {
        "title": zh,
        "title_en": en,
        "note": note,
        "note_en": note_en,
        **{key: shown(whole.get(key)) for key in ("source", "effective_from", "effective_until")},
        "missing": whole.get("missing") or "skip",
        "small_sample": whole.get("small_sample") or "skip",
        "roles": [str(one) for one in (audience or {}).get("roles") or ()],
        **{key: shown((audience or {}).get(key)) for key in ("groups", "shops", "joined_from", "joined_before")},
        "minimum_metric": shown((minimum or {}).get("metric")),
        "minimum": shown((minimum or {}).get("at_least")),
        "pay_floor": shown((pay or {}).get("floor")) if "floor" in (pay or {}) else "0",
        "pay_cap": shown((pay or {}).get("cap")),
    }


def put_grades(found: Any, data: Mapping[str, Any], rows: Sequence[Row]) -> None:
    """What was typed about grades; none without rows."""
    if not rows:
        found.pop("grades", None)
        return
    if not isinstance(found.get("grades"), Mapping):
        found["grades"] = CommentedMap()
    put(found["grades"], "by", data["by"], "points")
    put_rows(found["grades"], "bands", "coefficient", rows)
