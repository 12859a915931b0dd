"""Who may do what about notices: channels are the whole site's, so they are set up by who manages people everywhere. One's own notices are one's own."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from kaohe_web.org.models import User
from kaohe_web.org.policies import check_may_everywhere
from kaohe_web.org.roles import Right


def check_may_manage(by: User | AnonymousUser) -> None:
    """Raise unless somebody sets up channels and sees what went out."""
    check_may_everywhere(by, Right.MANAGE_PEOPLE)
