"""What calls of the API read, within their scopes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from kaohe.records import Run
from kaohe.workspace import Workspace
from kaohe_web.api.models import Token
from kaohe_web.org.models import User
from kaohe_web.org.policies import NotAllowed, Scope, allowed, check_may_everywhere
from kaohe_web.org.roles import Right


def visible_tokens(user: User) -> QuerySet[Token]:
    """One's own; everybody's for who manages people."""
    everybody = Token.objects.select_related("user")
    return everybody if allowed(check_may_everywhere, user, Right.MANAGE_PEOPLE) else everybody.filter(user=user)


def figures(
    source: Workspace, held: Sequence[Scope], *, first: date, last: date, by: Sequence[str], metrics: Collection[str] | None
) -> pl.DataFrame:
    """Figures of what the scopes hold, as `Workspace.figures` gives them, the scopes' other shops and groups left out of every number.

    Raises NotAllowed where a figure would mix what may be seen with what may not.
    """
    found = pl.concat([_within(source, scope, first, last, by, metrics) for scope in _apart(held, by)], how="vertical_relaxed")
    return found.unique(maintain_order=True)


def _apart(held: Sequence[Scope], by: Sequence[str]) -> list[Scope]:
    """The scopes to look through one after another, so that no two give parts of one figure."""
    for scope in held:
        if scope.shops is None and scope.groups is None:
            return [scope]
    if len(held) > 1 and not {"shop"} <= set(by):
        raise NotAllowed(_("你的权限分几块，数要按店铺分开：by 里要有 shop。"))
    return list(held)


def _within(source: Workspace, scope: Scope, first: date, last: date, by: Sequence[str], metrics: Collection[str] | None) -> pl.DataFrame:
    shops = None if scope.shops is None else sorted(scope.shops & set(source.table("shops")["shop_id"]))
    if scope.groups is None:
        return source.figures(first, last, by=by, metrics=metrics, shops=shops)
    if "agent" not in by and "group" not in by:
        raise NotAllowed(_("你只能看自己小组的数：by 里要有 agent 或 group。"))
    grouped = source.figures(first, last, by=[*dict.fromkeys([*by, "group"])], metrics=metrics, shops=shops)
    mine = grouped.filter(pl.col("group").cast(pl.String).is_in(sorted(scope.groups)))
    return mine if "group" in by else mine.drop("group")


def own_figures(source: Workspace, agent: str, *, first: date, last: date, metrics: Collection[str] | None) -> pl.DataFrame:
    """One agent's own figures."""
    return source.figures(first, last, by=("agent",), metrics=metrics).filter(pl.col("agent_id").cast(pl.String) == agent)


def holds(scope: Scope, run: Run) -> bool:
    """Whether a result is only of shops the scope holds. One that is not for certain shops is of all."""
    shops = run.scheme.applies_to.shops
    return scope.shops is None or (bool(shops) and set(shops) <= scope.shops)


def statements(run: Run, held: Sequence[Scope], paying: Sequence[Scope]) -> list[dict[str, Any]]:
    """The statements of a result that the scopes hold; the pay of those that `paying` hold."""
    found = []
    for one in run.statements:
        if not any(holds(scope, run) and scope.holds(group=one["group"] or "") for scope in held):
            continue
        paid = any(holds(scope, run) and scope.holds(group=one["group"] or "") for scope in paying)
        found.append(dict(one) if paid else without_pay(one))
    return found


def without_pay(statement: Mapping[str, Any]) -> dict[str, Any]:
    """A statement with its pay struck out."""
    return {**statement, "pay": None, "pay_lines": None, "pk": [{**podium, "prize": None} for podium in statement["pk"]]}
