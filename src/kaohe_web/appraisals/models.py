"""Cycles of appraisal, what came out of them, and what was said against it.

Figures and scores are in the lake, results in the workspace's `results/`, pay in its `ledger/`; here stands who did what about them, and statements
in words as they were shown.
"""

from __future__ import annotations

import calendar
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kaohe.appraisal import words
from kaohe_web.appraisals.states import State, step
from kaohe_web.schemes.models import SchemeVersion
from kaohe_web.schemes.queries import scheme_of
from kaohe_web.site import language


class Ranks(models.TextChoices):
    """What agents see of the ranking."""

    NAMES = "names", _("完整排名，有姓名")
    PLACE = "place", _("自己的名次和总人数")
    NOTHING = "nothing", _("不显示名次")


class Work(models.TextChoices):
    """How it stands with computing."""

    NONE = "", _("没有在算")
    WAITING = "waiting", _("排队计算")
    RUNNING = "running", _("正在计算")
    FAILED = "failed", _("没算成")


class Kind(models.TextChoices):
    STANDING = "standing", _("到目前为止")
    RESULT = "result", _("结果")


class Cycle(models.Model):
    """One appraisal: a scheme over some days, both ends included.

    `shops` and `groups` are whom the scheme is for (empty: all). `revision` counts changes: who acts on what he saw earlier is told. `data_number` is the
    import with the last score or correction entered here. `asked` counts what was asked to be computed: only the last is kept.
    """

    title = models.CharField(_("名称"), max_length=120)
    scheme = models.ForeignKey(SchemeVersion, models.PROTECT, related_name="cycles", verbose_name=_("方案"))
    first = models.DateField(_("第一天"))
    last = models.DateField(_("最后一天"))
    shops = models.JSONField(default=list, blank=True)
    groups = models.JSONField(default=list, blank=True)
    ranks = models.CharField(_("客服看到的排名"), max_length=10, choices=Ranks, default=Ranks.PLACE)
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT, db_index=True)
    revision = models.PositiveIntegerField(default=0)
    appeals_until = models.DateField(null=True, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    data_number = models.BigIntegerField(default=0)
    asked = models.PositiveIntegerField(default=0)
    work = models.CharField(max_length=10, choices=Work, default=Work.NONE, blank=True)
    work_kind = models.CharField(max_length=10, choices=Kind, blank=True)
    work_at = models.DateTimeField(null=True, blank=True)
    work_why = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(first__lte=F("last")), name="cycle_days_in_order"),)
        ordering = ("-first", "-pk")

    def __str__(self) -> str:
        return self.title

    @property
    def month(self) -> str | None:
        """The month it is of, such as `2026-11`; None where its days are no whole month."""
        whole = self.first.day == 1 and self.last == self.first.replace(day=calendar.monthrange(self.first.year, self.first.month)[1])
        return f"{self.first:%Y-%m}" if whole else None

    @property
    def is_working(self) -> bool:
        return self.work in (Work.WAITING, Work.RUNNING)

    @property
    def is_to_read(self) -> bool:
        """Whether people can still say that they have read what it asks."""
        return self.state in step("acknowledge").sources

    def newest(self) -> Result | None:
        """The newest result; None before the first."""
        return self.results.filter(kind=Kind.RESULT).order_by("-number").first()

    def standing(self) -> Result | None:
        """How everybody stands as of the last import that was looked at."""
        return self.results.filter(kind=Kind.STANDING).first()

    def shown(self) -> QuerySet[Result]:
        """The results agents have seen, newest first."""
        return self.results.filter(kind=Kind.RESULT, is_shown=True).order_by("-number")

    def of_the_month(self) -> QuerySet[Cycle]:
        """All cycles of the same days that have not been called off, this one included."""
        return Cycle.objects.filter(first=self.first, last=self.last).exclude(state=State.CALLED_OFF).order_by("pk")


class Participant(models.Model):
    """Somebody a cycle is about, and when he said that he had read what it asks."""

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="participants")
    agent_id = models.CharField(max_length=200, db_index=True)
    name = models.CharField(max_length=200, blank=True)
    group = models.CharField(max_length=200, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("cycle", "agent_id"), name="participant_once"),)
        ordering = ("group", "agent_id")

    def __str__(self) -> str:
        return self.name or self.agent_id


class Result(models.Model):
    """What a cycle came to. A standing is replaced by the next; a result stays, and is one of the workspace's results, by the name `run`."""

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="results")
    kind = models.CharField(max_length=10, choices=Kind)
    number = models.PositiveIntegerField()
    run = models.CharField(max_length=200, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    import_number = models.BigIntegerField(default=0)
    last = models.DateField()
    made_at = models.DateTimeField(auto_now_add=True)
    is_shown = models.BooleanField(default=False)
    ranked = models.PositiveIntegerField(default=0)
    full = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("cycle", "kind", "number"), name="result_once"),)
        ordering = ("cycle", "kind", "-number")

    def __str__(self) -> str:
        return self.run or f"{self.cycle} {self.get_kind_display()}"


class Judged(models.Model):
    """One statement of a result, in words as it was shown (`told`, see `telling`). Who changed role or group has one for each stretch."""

    result = models.ForeignKey(Result, models.CASCADE, related_name="statements")
    at = models.PositiveIntegerField()
    agent_id = models.CharField(max_length=200, db_index=True)
    name = models.CharField(max_length=200, blank=True)
    group = models.CharField(max_length=200, blank=True)
    first = models.DateField(null=True, blank=True)
    last = models.DateField(null=True, blank=True)
    place = models.PositiveIntegerField(null=True, blank=True)
    points = models.CharField(max_length=40, blank=True)
    grade = models.CharField(max_length=80, blank=True)
    pay = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    told = models.JSONField(default=dict)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("result", "at"), name="statement_once"),)
        ordering = ("result", "at")

    def __str__(self) -> str:
        return self.name or self.agent_id


class Score(models.Model):
    """A mark given here by hand; empty `agent_id`: the team's. The lake has the same row, which is what is judged by."""

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="scores")
    agent_id = models.CharField(max_length=200, blank=True)
    metric = models.CharField(max_length=80)
    score = models.DecimalField(max_digits=14, decimal_places=6)
    note = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("cycle", "agent_id", "metric"), name="score_once"),)
        ordering = ("agent_id", "metric")

    def __str__(self) -> str:
        return f"{self.agent_id} {self.metric} {self.score.normalize():f}"


class About(models.TextChoices):
    """What an appeal is about."""

    ITEM = "item", _("考核项")
    CONTACT = "contact", _("一次接待")
    ORDER = "order", _("一个订单")


class Verdict(models.TextChoices):
    OPEN = "open", _("等待处理")
    ACCEPTED = "accepted", _("成立")
    REFUSED = "refused", _("不成立")
    WITHDRAWN = "withdrawn", _("已撤回")


class Appeal(models.Model):
    """What somebody says against his statement in a result, and what was decided.

    `item` is the key of an item of the scheme; for a contact or an order it is the item that counts it. `subject` names the contact (shop, buyer, day) or
    the order. `correction` is what was entered for it (`appeals`), None where nothing was.
    """

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="appeals")
    result = models.ForeignKey(Result, models.PROTECT, related_name="appeals")
    agent_id = models.CharField(max_length=200, db_index=True)
    name = models.CharField(max_length=200, blank=True)
    group = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="appeals")
    at = models.DateTimeField(auto_now_add=True)
    about = models.CharField(_("申诉的是"), max_length=10, choices=About)
    item = models.CharField(_("考核项"), max_length=200)
    item_title = models.CharField(max_length=300, blank=True)
    subject = models.CharField(max_length=400, blank=True)
    reason = models.TextField(_("理由"))
    evidence = models.TextField(_("依据"), blank=True)
    state = models.CharField(max_length=10, choices=Verdict, default=Verdict.OPEN, db_index=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.TextField(blank=True)
    correction = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.name} {self.item_title}"

    @property
    def title(self) -> str:
        """What the item is called, in the language of who looks."""
        lang = language(get_language())
        items = scheme_of(self.cycle.scheme).items if lang != "zh" else ()
        return next((words.title(one, lang) for one in items if one.key == self.item), self.item_title)

    def said(self) -> dict[str, Any]:
        """For the log."""
        return {"agent_id": self.agent_id, "about": self.about, "item": self.item, "subject": self.subject, "reason": self.reason}
