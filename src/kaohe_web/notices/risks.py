"""After an import: rules of the platforms that a shop misses, or is about to."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

import polars as pl
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from kaohe.metrics.catalogue import CATALOGUE
from kaohe.metrics.compliance import SCHEMA, exact
from kaohe.reports.compliance import readable
from kaohe.workspace import Workspace
from kaohe_web.notices.models import Warned, What
from kaohe_web.notices.sending import announce
from kaohe_web.site import workspace

NEAR = Fraction(9, 10)
"""How much of what a rule leaves room for may be used up before it is told."""


def on_import(**_sent: Any) -> None:
    """Hears of an import and has the rules looked at, in the worker; once, where several imports come one after another."""
    if not DBTaskResult.objects.ready().filter(task_path=look.module_path).exists():
        look.enqueue()


@task()
def look() -> None:
    """Tell of the rules each shop misses or nearly misses on the last day there are data of it. What was told of that day is not told again."""
    source = workspace()
    for shop, found in at_risk(source).group_by("shop_id", maintain_order=True):
        _tell(source, str(shop[0]), found)


def at_risk(source: Workspace) -> pl.DataFrame:
    """Verdicts of every shop's last day, over the days each rule takes together, that are missed or near it. See `kaohe.metrics.compliance.SCHEMA`."""
    span = source.span()
    if span is None:
        return pl.DataFrame(schema=SCHEMA)
    found = source.compliance(span[1], span[1])
    return found.filter(pl.Series([row["verdict"] == "fail" or is_near(row) for row in found.iter_rows(named=True)], dtype=pl.Boolean))


def is_near(verdict: Mapping[str, Any]) -> bool:
    """Whether a rule was kept with less than a tenth of the room it leaves: of a share the part that may be otherwise, else the threshold itself.

    >>> is_near({"verdict": "pass", "metric": "reply_rate_30s", "direction": "at_least", "value": 0.86, "threshold": 0.85})
    True
    >>> is_near({"verdict": "pass", "metric": "reply_rate_30s", "direction": "at_least", "value": 0.95, "threshold": 0.85})
    False
    """
    if verdict["verdict"] != "pass" or verdict["value"] is None:
        return False
    # As decimals: 1 - 0.865 is a little more than 0.135 in binary.
    value, threshold = exact(verdict["value"]), exact(verdict["threshold"])
    if verdict["direction"] == "at_most":
        return threshold > 0 and value >= NEAR * threshold
    if CATALOGUE[verdict["metric"]].unit == "rate":
        return threshold < 1 and 1 - value >= NEAR * (1 - threshold)
    return threshold > 0 and threshold >= NEAR * value


@transaction.atomic
def _tell(source: Workspace, shop: str, found: pl.DataFrame) -> None:
    names = {"shop_id": dict(source.table("shops").select("shop_id", pl.col("name").fill_null(pl.col("shop_id"))).iter_rows())}
    words = readable(found, "zh", names, every=True)[1].frame
    lines = []
    for row, told in zip(found.iter_rows(named=True), words.iter_rows(named=True), strict=True):
        missed = row["verdict"] == "fail"
        known = Warned.objects.filter(shop_id=shop, rule=row["rule"], day=row["day"])
        if not (known.filter(missed=True) if missed else known).exists():
            Warned.objects.create(shop_id=shop, rule=row["rule"], day=row["day"], missed=missed)
            lines.append(_line(row, told, missed=missed))
    if lines:
        title = _("%(shop)s：%(count)s 条平台规则有风险") % {"shop": names["shop_id"].get(shop, shop), "count": len(lines)}
        announce(
            What.COMPLIANCE_AT_RISK,
            title=title,
            body="\n".join(lines),
            link=f"{reverse('boards_rules')}?{urlencode({'shop': shop})}",
            shops=[shop],
        )


def _line(row: Mapping[str, Any], told: Mapping[str, Any], *, missed: bool) -> str:
    days = str(row["day"]) if row["first_day"] == row["day"] else f"{row['first_day']} – {row['day']}"
    state = _("未达标") if missed else _("快要不达标")
    if row["provisional"]:
        days += "，" + _("暂定")
    parts = [
        f"{state} {told['title']} {told['value']}（{told['demand']}，{days}）",
        told["distance"],
        row["consequence_zh"] if missed else "",
    ]
    return "。".join(part.strip("。") for part in parts if part)
