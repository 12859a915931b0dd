"""What changed between two schemes, as a table people read: item by item, line by line of what the scheme says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

import polars as pl

from kaohe.appraisal import Scheme
from kaohe.appraisal.describing import item_rows, pay_ends, pay_rows, requirement_rows
from kaohe.errors import Lang
from kaohe.reports.pairs import Pair
from kaohe.reports.tables import Column, Sheet

SCHEMES = Pair("方案改了哪里", "What changed in the scheme")

_KINDS = {
    "item": Pair("考核项", "item"),
    "gate": Pair("门槛", "gate"),
    "veto": Pair("一票否决", "veto"),
    "minimum": Pair("排名要求", "a place asks for"),
    "grade": Pair("等级", "grade"),
    "pk": Pair("PK", "PK"),
    "pay": Pair("工资项", "line of pay"),
    "other": Pair("其他", "other"),
}
_OTHERS = {
    "name": Pair("编号", "name"),
    "title": Pair("名称", "title"),
    "source": Pair("出处", "source"),
    "effective_from": Pair("起用日", "effective from"),
    "effective_until": Pair("停用日", "effective until"),
    "note": Pair("说明", "note"),
    "applies_to": Pair("适用的人", "who is judged"),
    "missing": Pair("没有数据时", "without a figure"),
    "small_sample": Pair("样本不够时", "with too small a sample"),
    "rounding": Pair("取整", "rounding"),
    "ranking": Pair("排名", "ranking"),
    "total": Pair("总分的起点和两头", "start and ends of the total"),
}


class _Part(NamedTuple):
    """Something a scheme says: what it is called, line by line, and as data."""

    name: str
    lines: tuple[str, ...]
    content: Any


_Parts: TypeAlias = Mapping[tuple[str, str], _Part]


def scheme_changes(old: Scheme, new: Scheme, lang: Lang) -> Sheet:
    """One row for each item, gate, grade, line of pay and so on that is not the same, with those of its lines that differ."""
    rows = list(_changes(_parts(old, lang), _parts(new, lang), lang))
    columns = (
        Column("kind", "哪一类", "kind"),
        Column("name", "哪一项", "which"),
        Column("before", "之前", "before"),
        Column("after", "之后", "after"),
    )
    return Sheet(SCHEMES, columns, pl.DataFrame(rows, schema=dict.fromkeys(("kind", "name", "before", "after"), pl.String()), orient="row"))


def _changes(old: _Parts, new: _Parts, lang: Lang) -> Iterator[tuple[str, str, str | None, str | None]]:
    for key in sorted({**old, **new}, key=lambda key: list(_KINDS).index(key[0])):
        before, after = old.get(key), new.get(key)
        kind = _KINDS[key[0]].text(lang)
        if before is None or after is None:
            name = (before or after or _Part("", (), None)).name
            yield kind, name, None if before is None else _joined(before.lines, lang), None if after is None else _joined(after.lines, lang)
        elif before.content != after.content:
            gone, come = ([line for line in one.lines if line not in other.lines] for one, other in ((before, after), (after, before)))
            if not gone and not come:
                gone, come = _raw(before.content, after.content, lang), _raw(after.content, before.content, lang)
            yield kind, after.name, _joined(gone, lang), _joined(come, lang)


def _joined(lines: Any, lang: Lang) -> str | None:
    return ("；" if lang == "zh" else "; ").join(lines) or None


def _raw(content: Any, other: Any, lang: Lang) -> list[str]:
    """What of some data is not in other data, as it stands there."""
    if not isinstance(content, Mapping) or not isinstance(other, Mapping):
        return [str(content)]
    return [f"{key}: {_text(value, lang)}" for key, value in content.items() if value != other.get(key) and value not in (None, (), [])]


def _text(value: Any, lang: Lang) -> str:
    if isinstance(value, Mapping):
        if value.keys() == {"zh", "en"}:
            return str(value[lang])
        return ", ".join(f"{key} {_text(one, lang)}" for key, one in value.items() if one not in (None, (), []))
    return ", ".join(_text(one, lang) for one in value) if isinstance(value, list | tuple) else str(value)


def _parts(scheme: Scheme, lang: Lang) -> _Parts:
    found: dict[tuple[str, str], _Part] = {}

    def put(kind: str, key: str, name: str, lines: list[str], content: Any) -> None:
        found[kind, key] = _Part(name, tuple(line for text in lines for line in text.split("\n") if line), content)

    for item, row in zip(scheme.items, item_rows(scheme, lang), strict=True):
        put("item", item.key, row[0], list(row[1:]), item.model_dump())
    holders: list[tuple[str, str, Any]] = [("gate", one.key, one.model_dump()) for one in scheme.gates]
    holders += [("veto", one.key, one.model_dump()) for one in scheme.vetoes]
    if scheme.ranking.minimum is not None:
        holders.append(("minimum", "", scheme.ranking.minimum.model_dump()))
    if scheme.grades is not None:
        holders += [("grade", one.name, {"by": scheme.grades.by, **one.model_dump()}) for one in scheme.grades.bands]
    holders += [("pk", one.key, one.model_dump()) for one in scheme.pk]
    for (kind, key, content), row in zip(holders, requirement_rows(scheme, lang), strict=True):
        put(kind, key, row[0], [row[2]], content)
    if scheme.pay is not None:
        ends = pay_ends(scheme)
        contents = [*(line.model_dump() for line in scheme.pay.lines), *ends.values()]
        for key, content, row in zip([*scheme.pay.keys, *ends], contents, pay_rows(scheme, lang), strict=True):
            put("pay", key, row[0], [row[2]], content)
    whole = scheme.model_dump(include=set(_OTHERS))
    whole["ranking"].pop("minimum")
    for name, label in _OTHERS.items():
        if whole[name] is not None:
            put("other", name, label.text(lang), [_text(whole[name], lang)], whole[name])
    return found
