"""What somebody may see of people."""

from __future__ import annotations

from django.db.models import QuerySet

from kaohe_web.org.models import User
from kaohe_web.org.policies import allowed, check_may_everywhere
from kaohe_web.org.roles import Right


def visible_users(user: User) -> QuerySet[User]:
    """Everybody for who manages people, himself for all others."""
    everybody = User.objects.prefetch_related("grants").order_by("username")
    return everybody if allowed(check_may_everywhere, user, Right.MANAGE_PEOPLE) else everybody.filter(pk=user.pk)
