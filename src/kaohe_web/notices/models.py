"""Channels that notices go out by, the notices, and what became of each: the outbox is these tables."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class What(models.TextChoices):
    """What a notice can be about."""

    IMPORT_FAILED = "import_failed", _("导入失败")
    IMPORT_DONE = "import_done", _("导入完成")
    COMPLIANCE_AT_RISK = "compliance_at_risk", _("指标有达标风险")
    SCHEME_PUBLISHED = "scheme_published", _("方案发布")
    CYCLE_ANNOUNCED = "cycle_announced", _("考核通知")
    SCORES_MISSING = "scores_missing", _("有分没打")
    REVIEW_OPENED = "review_opened", _("结果公示，可以申诉")
    APPEAL_FILED = "appeal_filed", _("有人申诉")
    APPEAL_DECIDED = "appeal_decided", _("申诉有了结果")
    CYCLE_CONFIRMED = "cycle_confirmed", _("结果已确认")
    CYCLE_CLOSED = "cycle_closed", _("考核结束，可以发放")
    TEST = "test", _("试发")


OFFERED = [what for what in What if what is not What.TEST]
"""What a channel can subscribe to."""


PERSONAL = (What.APPEAL_FILED, What.APPEAL_DECIDED)
"""What is the affair of the people it is for: nobody else is told more than the title."""


class Kind(models.TextChoices):
    """By what a channel sends."""

    DINGTALK = "dingtalk", _("钉钉机器人")
    WECOM = "wecom", _("企业微信机器人")
    FEISHU = "feishu", _("飞书机器人")
    EMAIL = "email", _("邮件")


class State(models.TextChoices):
    WAITING = "waiting", _("待发")
    SENT = "sent", _("已发出")
    GIVEN_UP = "given_up", _("没发成")


class Channel(models.Model):
    """Where notices go: a robot of a group chat, or a mail server.

    `address` (a robot's webhook; its key is in it) and `secret` (what it is signed with, or the mail server's password) are never shown
    again after they were saved, nor written to the log. `site` is the address people reach the site by, for links.
    """

    name = models.CharField(_("名称"), max_length=80)
    kind = models.CharField(_("类型"), max_length=20, choices=Kind)
    address = models.TextField(blank=True)
    secret = models.CharField(max_length=300, blank=True)
    mail = models.JSONField(default=dict, blank=True)
    site = models.URLField(_("网站地址"), max_length=200, blank=True)
    events = models.JSONField(_("发什么"), default=list, blank=True)
    shops = models.JSONField(_("店铺"), default=list, blank=True)
    groups = models.JSONField(_("小组"), default=list, blank=True)
    is_active = models.BooleanField(_("启用"), default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name


class Notice(models.Model):
    """Something that happened, in the words it is told. Empty `shops` and `groups`: it is about all of them."""

    at = models.DateTimeField(auto_now_add=True)
    event = models.CharField(max_length=40, choices=What, db_index=True)
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    link = models.CharField(max_length=300, blank=True)
    shops = models.JSONField(default=list)
    groups = models.JSONField(default=list)
    people = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="notices")

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.title


class Delivery(models.Model):
    """One notice on its way by one channel. `to` is the mail address of one of its people; empty where it goes to the channel's own readers.

    `due` is when it is tried next. A delivery that is being tried is due only after the try must be over, so that no two are tried at once.
    """

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="deliveries")
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="deliveries")
    to = models.EmailField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING, db_index=True)
    tries = models.PositiveSmallIntegerField(default=0)
    due = models.DateTimeField()

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.notice} → {self.channel}"


class Attempt(models.Model):
    """One try of a delivery: when, whether it was taken, and what was answered, shortened."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="attempts")
    at = models.DateTimeField(auto_now_add=True, db_index=True)
    taken = models.BooleanField()
    answer = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.at} {self.answer}"


class Warned(models.Model):
    """A risk that was told: the same rule of a shop is told again only on another day, or when it got worse."""

    shop_id = models.CharField(max_length=200)
    rule = models.CharField(max_length=200)
    day = models.DateField()
    missed = models.BooleanField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("shop_id", "rule", "day", "missed"), name="warned_once"),)

    def __str__(self) -> str:
        return f"{self.shop_id} {self.rule} {self.day}"
