"""What pydantic can not see in a pack: dates in order, known metrics, parameters that contradict each other.

Checks read the file as plain data and pass over what is not of the right kind, so that they find their mistakes beside those of the types.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from kaohe.definitions import Document, nearest
from kaohe.errors import WRONG_USE, Problem, code
from kaohe.packs.fields import share
from kaohe.packs.pack import Parameters

SAME_DATE = code(
    "pack_same_date",
    zh="effective_from {date} 与第 {other} 行的版本相同：同一天只能有一个版本生效",
    en="effective_from {date} is that of the version on line {other}: one version only can begin on a day",
    exit=WRONG_USE,
)
DATES_REVERSED = code(
    "pack_dates_reversed",
    zh="effective_from {date} 早于第 {other} 行的版本：请按生效日期从早到晚排列，只有第一版可以留空",
    en="effective_from {date} is earlier than the version on line {other}: put versions in order of date; only the first may be open",
    exit=WRONG_USE,
)
UNKNOWN_METRIC = code(
    "pack_unknown_metric",
    zh="没有“{metric}”这个指标。{hint_zh}用 kaohe metrics list 查看全部",
    en="no metric {metric!r}. {hint_en}Run 'kaohe metrics list' to see all",
    exit=WRONG_USE,
)
UNKNOWN_PARAMETER = code(
    "pack_unknown_parameter",
    zh="sources 里的“{name}”不是口径参数。{hint_zh}",
    en="sources: {name!r} is no parameter. {hint_en}",
    exit=WRONG_USE,
)
SAME_RULE = code(
    "pack_same_rule",
    zh="规则“{rule}”在第 {other} 行已经有了",
    en="rule {rule!r} is already there on line {other}",
    exit=WRONG_USE,
)
DAYS_MISSING = code(
    "pack_days_missing",
    zh="scope 为 trailing_days 时要写 days（天数）",
    en="scope trailing_days needs days",
    exit=WRONG_USE,
)
DAYS_UNUSED = code(
    "pack_days_unused",
    zh="scope 为 shop_day 时不能写 days",
    en="days has no meaning with scope shop_day",
    exit=WRONG_USE,
)
UNIT_UNUSED = code(
    "pack_unit_unused",
    zh="unit 只用于 {counted}；{metric} 的单位是固定的",
    en="unit is only for {counted}; that of {metric} is fixed",
    exit=WRONG_USE,
)
NO_SHARE = code(
    "pack_threshold_no_share",
    zh="{metric} 是比率，threshold 应在 0 与 1 之间，写的是 {found}。{found}% 请写成 {share} 或 {found}%",
    en="{metric} is a rate, so its threshold lies from 0 to 1; it is {found}. Write {found} % as {share} or {found}%",
    exit=WRONG_USE,
)
BOT_TWICE = code(
    "pack_bot_twice",
    zh="human_senders 含有 bot，机器人的回复已经算作回复，bot_reply 不能再写 clears",
    en="human_senders holds bot, so its answer is a reply already; bot_reply can not be clears as well",
    exit=WRONG_USE,
)

Path = tuple[str | int, ...]

COUNTED_IN_UNITS = "reply_rate_3min"
"""The only metric that a pack, or a rule, may count in different units."""


def checked(document: Document, metrics: Collection[str] | None, rates: Collection[str] = ()) -> list[Problem]:
    """Every mistake of these kinds in one pack file.

    With `metrics` None the names of metrics are not checked. `rates` are those that can not exceed 1.
    """
    problems = _dates(document)
    for path, version in _mappings(document.data, "versions"):
        problems += _parameters(document, path, version)
        problems += _rules(document, path, version, metrics)
        problems += _measures(document, path, version, rates)
    return problems


def _mappings(node: Any, key: str, path: Path = ()) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The mappings in the list at `key`, each with its path."""
    listed = node.get(key) if isinstance(node, Mapping) else None
    for at, entry in enumerate(listed if isinstance(listed, Sequence) and not isinstance(listed, str) else []):
        if isinstance(entry, Mapping):
            yield (*path, key, at), entry


def _dates(document: Document) -> list[Problem]:
    problems = []
    begun: dict[dt.date, Path] = {}
    for path, version in _mappings(document.data, "versions"):
        date = _date(version.get("effective_from"))
        if date is None:
            continue
        here = (*path, "effective_from") if "effective_from" in version else path
        shown = "（空）" if date == dt.date.min else date
        if date in begun:
            problems.append(document.problem(SAME_DATE, here, date=shown, other=document.line(begun[date])))
            continue
        if begun and date < max(begun):
            problems.append(document.problem(DATES_REVERSED, here, date=shown, other=document.line(begun[max(begun)])))
        begun[date] = here
    return problems


def _date(given: Any) -> dt.date | None:
    """The date an entry begins on, the earliest there is for an open one; None for what is no date, which the types report."""
    if given is None:
        return dt.date.min
    if isinstance(given, dt.date) and not isinstance(given, dt.datetime):
        return given
    try:
        return dt.date.fromisoformat(given) if isinstance(given, str) else None
    except ValueError:
        return None


def _parameters(document: Document, path: Path, version: Mapping[str, Any]) -> list[Problem]:
    problems = []
    parameters, sources = version.get("parameters"), version.get("sources")
    if isinstance(parameters, Mapping) and parameters.get("bot_reply") == "clears":
        senders = parameters.get("human_senders")
        if isinstance(senders, Sequence) and "bot" in senders:
            problems.append(document.problem(BOT_TWICE, (*path, "parameters", "bot_reply")))
    for name in sources if isinstance(sources, Mapping) else ():
        if name not in Parameters.model_fields:
            zh, en = _hints(str(name), Parameters.model_fields)
            problems.append(document.problem(UNKNOWN_PARAMETER, (*path, "sources", name), name=name, hint_zh=zh, hint_en=en))
    return problems


def _rules(document: Document, path: Path, version: Mapping[str, Any], metrics: Collection[str] | None) -> list[Problem]:
    problems = []
    met: dict[str, Path] = {}
    for where, rule in _mappings(version, "rules", path):
        name, here = rule.get("id"), (*where, "id")
        if isinstance(name, str):
            if name in met:
                problems.append(document.problem(SAME_RULE, here, rule=name, other=document.line(met[name])))
            met.setdefault(name, here)
        sample = rule.get("minimum_sample")
        problems += _metric(document, (*where, "metric"), rule.get("metric"), metrics)
        if isinstance(sample, Mapping):
            problems += _metric(document, (*where, "minimum_sample", "metric"), sample.get("metric"), metrics)
        scope, days = rule.get("scope", "shop_day"), rule.get("days")
        if scope == "trailing_days" and days is None:
            problems.append(document.problem(DAYS_MISSING, (*where, "scope")))
        if scope == "shop_day" and days is not None:
            problems.append(document.problem(DAYS_UNUSED, (*where, "days")))
    return problems


def _measures(document: Document, path: Path, version: Mapping[str, Any], rates: Collection[str]) -> list[Problem]:
    """Units nobody counts in, and thresholds in per cent: 85 for 0.85 would fail every shop without a word."""
    problems = []
    for where, rule in _mappings(version, "rules", path):
        metric, threshold = rule.get("metric"), rule.get("threshold")
        if rule.get("unit") is not None and isinstance(metric, str) and metric != COUNTED_IN_UNITS:
            problems.append(document.problem(UNIT_UNUSED, (*where, "unit"), metric=metric, counted=COUNTED_IN_UNITS))
        found = _number(threshold)
        if metric in rates and found is not None and not 0 <= found <= 1:
            problems.append(document.problem(NO_SHARE, (*where, "threshold"), metric=metric, found=found, share=found / 100))
    return problems


def _number(given: Any) -> Decimal | None:
    """A threshold as a number; None for what is none, which the types report."""
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        return None
    try:
        found = Decimal(str(share(given)))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _metric(document: Document, path: Path, name: Any, metrics: Collection[str] | None) -> list[Problem]:
    if metrics is None or not isinstance(name, str) or name in metrics:
        return []
    zh, en = _hints(name, metrics)
    return [document.problem(UNKNOWN_METRIC, path, metric=name, hint_zh=zh, hint_en=en)]


def _hints(name: str, known: Collection[str]) -> tuple[str, str]:
    guess = nearest(name, known)
    return (f"是否想写“{guess}”？", f"Did you mean {guess!r}? ") if guess else ("", "")
