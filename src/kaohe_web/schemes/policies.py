"""Who may do what with schemes.

A scheme is of the whole site, not of a shop or a group. So:

* Who may edit schemes anywhere (`EDIT_SCHEMES` in any scope) sees all versions and edits drafts: a supervisor of one group prepares a scheme.
* Publishing, retiring and throwing a draft away take `EDIT_SCHEMES` without limit: what is published can decide everybody's wages.
* Who sees results (`SEE_RESULTS` in any scope) reads what is or was published. Drafts are not his business: he gets 404.
* Previews and simulations show what people would earn: only of those whose pay the viewer may see (`SEE_PAY`, by shop and group).

Agents read the scheme they are judged by on the pages of their cycle, not here.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser

from kaohe_web.org.models import User
from kaohe_web.org.policies import NotAllowed, allowed, check_may, check_may_everywhere, scopes
from kaohe_web.org.roles import Right

Someone = User | AnonymousUser


def check_can_read(user: Someone) -> None:
    """Raise unless somebody may read published schemes."""
    if not allowed(check_may, user, Right.EDIT_SCHEMES):
        check_may(user, Right.SEE_RESULTS)


def check_can_edit(user: Someone) -> None:
    """Raise unless somebody may see and change drafts."""
    check_may(user, Right.EDIT_SCHEMES)


def check_can_decide(user: Someone) -> None:
    """Raise unless somebody may publish, retire and throw away."""
    check_may_everywhere(user, Right.EDIT_SCHEMES)


@dataclass(frozen=True, slots=True)
class Seen:
    """Whose results somebody may look at in a trial: those of certain shops, all for None, and of these people those of certain groups."""

    shops: frozenset[str] | None
    groups: frozenset[str] | None

    @property
    def everybody(self) -> bool:
        return self.shops is None and self.groups is None


def seen_in_trials(user: Someone) -> Seen:
    """Whose pay a trial may show somebody. Raises where it is nobody's.

    Several grants are not mixed where their shops differ, as that would show a group of one shop to who may see it in another only: the widest
    counts, with the groups of all that have its shops.
    """
    held = scopes(user, Right.SEE_PAY)
    if not held:
        raise NotAllowed(str(Right.SEE_PAY.label))
    widest = min(held, key=lambda one: (one.shops is not None, one.groups is not None, -len(one.shops or ()), sorted(one.shops or ())))
    alike = [one for one in held if one.shops == widest.shops]
    if any(one.groups is None for one in alike):
        return Seen(widest.shops, None)
    return Seen(widest.shops, frozenset(group for one in alike for group in one.groups or ()))
