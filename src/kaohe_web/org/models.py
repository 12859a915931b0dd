"""Users and their grants."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kaohe_web.org.roles import Role


class User(AbstractUser):
    """Somebody who logs in. `agent_id` is who he is in the workspace's roster, for those who answer buyers; `language` how pages speak to him."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField(_("姓名"), max_length=80, blank=True)
    agent_id = models.CharField(_("客服编号"), max_length=200, null=True, blank=True, unique=True)
    must_change_password = models.BooleanField(default=False)

    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def get_full_name(self) -> str:
        return self.name or self.username

    def get_short_name(self) -> str:
        return self.get_full_name()


class Grant(models.Model):
    """A role somebody has, for some shops and groups (an empty list is all), over a span of days, both ends included."""

    user = models.ForeignKey(User, models.CASCADE, related_name="grants")
    role = models.CharField(_("角色"), max_length=20, choices=Role)
    shops = models.JSONField(_("店铺"), default=list, blank=True)
    groups = models.JSONField(_("小组"), default=list, blank=True)
    first = models.DateField(_("起"), null=True, blank=True)
    last = models.DateField(_("止"), null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(first__isnull=True) | Q(last__isnull=True) | Q(first__lte=models.F("last")), name="grant_days_in_order"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()}"


class FirstVisit(models.Model):
    """The token with which the first administrator is made. There is one row while nobody has used it, and none after."""

    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField(auto_now_add=True)
