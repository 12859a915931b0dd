"""Schemes of the site, version by version."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    DRAFT = "draft", _("草稿")
    PUBLISHED = "published", _("已发布")
    RETIRED = "retired", _("已停用")


class SchemeVersion(models.Model):
    """One version of a scheme. A draft may change; what is published never does: a change is a new draft, and then the next number."""

    name = models.SlugField(_("编号"), max_length=60, allow_unicode=True)
    number = models.PositiveIntegerField(_("版本"))
    title = models.CharField(_("名称"), max_length=200)
    text = models.TextField(_("内容"))
    fingerprint = models.CharField(_("指纹"), max_length=64, blank=True)
    """That of the scheme the text says; empty while the text has mistakes."""
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.DRAFT)
    revision = models.PositiveIntegerField(default=0)
    """Counts the savings of a draft: who saves an older one is told."""
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("作者"))
    made_at = models.DateTimeField(auto_now_add=True)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    saved_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("name", "number"), name="scheme_version_once"),
            models.UniqueConstraint(fields=("name",), condition=models.Q(state="draft"), name="scheme_one_draft"),
        )
        ordering = ("name", "-number")

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"
