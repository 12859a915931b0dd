"""Who may do what with cycles, results and appeals.

* A cycle is of the shops and groups its scheme is for. Who holds a right for all of these may do with the cycle what the right says: `RUN_CYCLES` moves it,
  `CONFIRM_PAY` confirms and closes it. Whose right is narrower sees the people within it, scores them and decides their appeals, and moves nothing.
* A statement is seen by who sees results of its group, its pay by who sees pay of it. Statements are not told apart by shop: who is limited to shops sees the
  cycles whose scheme is for some of these alone.
* An appeal is filed by the agent himself, and decided by who may decide appeals of his group, who is neither the agent nor the one who gave the mark.
* An agent sees himself: his standing, his statements, his appeals, and of the ranking what the cycle says. Drafts are seen by who may run them.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

from kaohe_web.appraisals.models import Appeal, Cycle
from kaohe_web.appraisals.states import State, step
from kaohe_web.org.models import User
from kaohe_web.org.policies import NotAllowed, Scope, scopes
from kaohe_web.org.roles import Right

Someone = User | AnonymousUser

STAFF = (Right.RUN_CYCLES, Right.SEE_RESULTS, Right.SCORE, Right.DECIDE_APPEALS, Right.CONFIRM_PAY)
"""Rights that show cycles to people they are not about."""


def _touches(scope: Scope, shops: Iterable[str], groups: Iterable[str]) -> bool:
    """Whether anybody a scheme for these shops and groups is about may lie within a scope."""
    in_shops = scope.shops is None or (bool(shops) and set(shops) <= scope.shops)
    return in_shops and (scope.groups is None or not groups or not scope.groups.isdisjoint(groups))


def _contains(scope: Scope, shops: Iterable[str], groups: Iterable[str]) -> bool:
    """Whether everybody such a scheme is about lies within a scope."""
    return _touches(scope, shops, groups) and (scope.groups is None or (bool(groups) and set(groups) <= scope.groups))


def held(user: Someone, right: Right, cycle: Cycle) -> list[Scope]:
    """The scopes of a right that have a part in a cycle."""
    return [scope for scope in scopes(user, right) if _touches(scope, cycle.shops, cycle.groups)]


def holds_group(held: Iterable[Scope], group: str) -> bool:
    """Whether somebody of a group lies within any of the scopes; of no group, within those without limit."""
    return any(scope.groups is None or (bool(group) and group in scope.groups) for scope in held)


def check_may_run(user: Someone, shops: Iterable[str], groups: Iterable[str]) -> None:
    """Raise unless somebody may run cycles over all of these."""
    if not any(_contains(scope, list(shops), list(groups)) for scope in scopes(user, Right.RUN_CYCLES)):
        raise NotAllowed(str(Right.RUN_CYCLES.label))


def check_may_begin(user: Someone) -> None:
    """Raise unless somebody may run cycles over anything."""
    if not scopes(user, Right.RUN_CYCLES):
        raise NotAllowed(str(Right.RUN_CYCLES.label))


def check_may(user: Someone, verb: str, cycle: Cycle) -> None:
    """Raise unless somebody has the right a step of the whole cycle asks for, over all of it."""
    right = step(verb).right
    if not any(_contains(scope, cycle.shops, cycle.groups) for scope in scopes(user, right)):
        raise NotAllowed(str(right.label))


def may_see(user: Someone, cycle: Cycle) -> bool:
    """Whether a cycle is anything to somebody it is not about."""
    if cycle.state == State.DRAFT:
        return any(_contains(scope, cycle.shops, cycle.groups) for scope in scopes(user, Right.RUN_CYCLES))
    return any(held(user, right, cycle) for right in STAFF)


def check_may_list(user: Someone) -> None:
    """Raise unless some cycles may be something to somebody they are not about."""
    if not any(scopes(user, right) for right in STAFF):
        raise NotAllowed(str(Right.SEE_RESULTS.label))


def check_may_see_results(user: Someone, cycle: Cycle) -> None:
    """Raise unless somebody sees statements of a cycle."""
    if not held(user, Right.SEE_RESULTS, cycle):
        raise NotAllowed(str(Right.SEE_RESULTS.label))


def check_may_score(user: Someone, cycle: Cycle, group: str | None = None) -> None:
    """Raise unless somebody may give marks in a cycle; of a group, where one is said. The team's marks (group None, agent none) take the whole cycle."""
    mine = held(user, Right.SCORE, cycle)
    if not mine or (group is not None and not holds_group(mine, group)):
        raise NotAllowed(str(Right.SCORE.label))


def check_may_score_team(user: Someone, cycle: Cycle) -> None:
    """Raise unless somebody may give marks to a team as a whole."""
    check_may(user, "enter", cycle)


def check_is_own(user: Someone, agent_id: str) -> None:
    """Raise unless somebody is an agent and looks at himself."""
    if not isinstance(user, User) or not scopes(user, Right.OWN) or not user.agent_id or user.agent_id != agent_id:
        raise NotAllowed(str(Right.OWN.label))


def check_may_hear(user: Someone, appeal: Appeal) -> None:
    """Raise unless somebody decides appeals of the group, whoever filed this one."""
    if not holds_group(held(user, Right.DECIDE_APPEALS, appeal.cycle), appeal.group):
        raise NotAllowed(str(Right.DECIDE_APPEALS.label))


def check_may_decide(user: Someone, appeal: Appeal, scorers: Iterable[int]) -> None:
    """Raise unless somebody may decide this one: never his own, nor about marks he gave himself. `scorers` are the keys of who gave them."""
    check_may_hear(user, appeal)
    if user.pk == appeal.by_id or (isinstance(user, User) and user.agent_id == appeal.agent_id):
        raise NotAllowed(_("自己的申诉由别人处理。"))
    if user.pk in set(scorers):
        raise NotAllowed(_("这个分是你打的，申诉由别人处理。"))
