"""Changes to the roster. Each becomes an import and an entry in the log; a change from a day on leaves the days before as they were."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kaohe_web.audit.records import record
from kaohe_web.entries import entered
from kaohe_web.org.models import User
from kaohe_web.org.policies import check_may_everywhere
from kaohe_web.org.roles import Right
from kaohe_web.roster import queries


class ChangedMeanwhile(ValidationError):
    """Somebody else changed the same thing after the page was read."""

    def __init__(self) -> None:
        super().__init__(_("别人刚改过这里。请看一眼现在的内容，再改一次。"))


@transaction.atomic
def add_agent(
    *, by: User, agent_id: str, name: str, role: str | None = None, group: str | None = None, joined_on: date | None = None
) -> None:
    """Somebody new. Raises ValidationError where the id is taken."""
    check_may_everywhere(by, Right.MANAGE_PEOPLE)
    row = {"agent_id": agent_id, "name": name, "group": group, "role": role, "joined_on": joined_on, "left_on": None}
    # The log is written first: it is locked, so two who do the same at once come one after the other.
    record(by, "agent.added", ("agent", agent_id), after=row)
    if queries.agent(agent_id, timezone.localdate()) is not None:
        raise ValidationError({"agent_id": _("已有这个编号。")})
    entered("agents", [row], by=by.get_username())


@transaction.atomic
def mend_agent(*, by: User, agent_id: str, was: Mapping[str, Any], name: str, joined_on: date | None, left_on: date | None) -> None:
    """The name and the days somebody joined and left. `was` is the row as the page showed it."""
    check_may_everywhere(by, Right.MANAGE_PEOPLE)
    if joined_on is not None and left_on is not None and left_on < joined_on:
        raise ValidationError({"left_on": _("离职不能早于入职。")})
    row = {**was, "name": name, "joined_on": joined_on, "left_on": left_on}
    record(by, "agent.mended", ("agent", agent_id), before=was, after=row)
    found = queries.agent(agent_id, timezone.localdate())
    if found is None or found.row != was:
        raise ChangedMeanwhile
    entered("agents", [row], by=by.get_username())


@transaction.atomic
def move_agent(*, by: User, agent_id: str, valid_from: date, role: str | None, group: str | None) -> None:
    """Another role or group from a day on; what is not given stays. The days before stay as they were, and so do their figures."""
    check_may_everywhere(by, Right.MANAGE_PEOPLE)
    if not role and not group:
        raise ValidationError(_("岗位和小组至少写一个。"))
    row = {"agent_id": agent_id, "valid_from": valid_from, "role": role or None, "group": group or None}
    found = queries.agent(agent_id, timezone.localdate())
    if found is None:
        raise ValidationError(_("没有这个人。"))
    before = next((change for change in found.positions if change["valid_from"] == valid_from), None)
    record(by, "agent.moved", ("agent", agent_id), before=before, after=row)
    entered("positions", [row], by=by.get_username())


@transaction.atomic
def give_account(
    *, by: User, shop_id: str, account: str, agent_id: str, valid_from: date | None = None, valid_to: date | None = None
) -> None:
    """An account of a shop is somebody's from a day on. Whose it was on the days before stays so."""
    check_may_everywhere(by, Right.MANAGE_PEOPLE)
    if valid_from is not None and valid_to is not None and valid_to < valid_from:
        raise ValidationError({"valid_to": _("截止不能早于起始。")})
    if queries.agent(agent_id, timezone.localdate()) is None:
        raise ValidationError({"agent_id": _("没有这个人。")})
    row = {"shop_id": shop_id, "account": account, "agent_id": agent_id, "valid_from": valid_from, "valid_to": valid_to}
    record(by, "account.given", ("account", f"{shop_id}/{account}"), after=row)
    before = queries.account(shop_id, account, valid_from)
    if before is not None and before["agent_id"] != agent_id:
        raise ValidationError({"account": _("这个账号从这天起已经是 %(agent)s 的。请换一个起始日期。") % {"agent": before["agent_id"]}})
    entered("accounts", [row], by=by.get_username())


@transaction.atomic
def end_account(*, by: User, shop_id: str, account: str, valid_from: date | None, valid_to: date) -> None:
    """The last day on which an account is somebody's."""
    check_may_everywhere(by, Right.MANAGE_PEOPLE)
    before = queries.account(shop_id, account, valid_from)
    if before is None:
        raise ValidationError(_("没有这个账号。"))
    if valid_from is not None and valid_to < valid_from:
        raise ValidationError({"valid_to": _("截止不能早于起始。")})
    row = {**before, "valid_to": valid_to}
    record(by, "account.ended", ("account", f"{shop_id}/{account}"), before=before, after=row)
    if queries.account(shop_id, account, valid_from) != before:
        raise ChangedMeanwhile
    entered("accounts", [row], by=by.get_username())
