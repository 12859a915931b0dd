"""Tokens: who may use the API, for what, until when."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Token(models.Model):
    """A key somebody made for a program. It may what he may at the time of the call, and of that only what is listed here.

    The key itself is shown once and never stored: `digest` is its SHA-256, `start` its first letters, to tell keys apart.
    `writes`: whether it may change anything, or only read. `shops` and `groups` are the only ones it may see; an empty list is all of its owner's.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tokens")
    name = models.CharField(_("用途"), max_length=80)
    start = models.CharField(_("开头"), max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    rights = models.JSONField(_("权限"), default=list)
    writes = models.BooleanField(_("可以写入"), default=False)
    shops = models.JSONField(_("店铺"), default=list, blank=True)
    groups = models.JSONField(_("小组"), default=list, blank=True)
    made_at = models.DateTimeField(_("创建"), auto_now_add=True)
    expires_at = models.DateTimeField(_("有效到"))
    used_at = models.DateTimeField(_("最近使用"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("停用"), null=True, blank=True)

    class Meta:
        ordering = ("-made_at", "-pk")

    def __str__(self) -> str:
        return f"{self.name} ({self.start}…)"
