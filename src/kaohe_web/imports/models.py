"""Uploads and their files. What was imported is in the lake and its journal; here stands who brought it, and what became of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from kaohe_web.imports.states import OPEN_FILES, WORKING, Found, State


class Batch(models.Model):
    """Files uploaded together.

    `by` is who did the last thing about it; files are read within his scope. `lease` is held by the worker that is at it, who says at `beat_at`
    that he lives; `share` (0 to 1) and `doing` tell how far he is. `why` are problems of the batch as a whole, as `looking.said` writes them,
    `turned` the names of files that were not even taken, each with its reason. `token` is the number of the key of the API it was uploaded by, and
    `limit` what the key leaves of the rights of `by` (`org.limits`); None where a person did it. `at_once`: it is imported as soon as it is known what
    the files are, unless something has to be asked.
    """

    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="uploads")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    language = models.CharField(max_length=10, default="zh")
    state = models.CharField(max_length=12, choices=State, default=State.UPLOADED, db_index=True)
    changed_at = models.DateTimeField(auto_now=True)
    ended_at = models.DateTimeField(null=True)
    lease = models.CharField(max_length=32, blank=True)
    beat_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    share = models.FloatField(default=0)
    doing = models.CharField(max_length=300, blank=True)
    why = models.JSONField(default=list, blank=True)
    turned = models.JSONField(default=list, blank=True)
    token = models.BigIntegerField(null=True)
    limit = models.JSONField(null=True)
    at_once = models.BooleanField(default=False)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_working(self) -> bool:
        return self.state in WORKING

    @property
    def percent(self) -> int:
        return int(100 * min(max(self.share, 0), 1))

    @property
    def numbers(self) -> list[int]:
        """The numbers of its imports in the lake's journal."""
        return sorted({file.number for file in self.files.all() if file.number})

    @property
    def shops(self) -> list[str]:
        """The shops whose rows are in it, as far as it was read."""
        return sorted({shop for file in self.files.all() for shop in file.shops})


class File(models.Model):
    """One file of an upload.

    `shop`, `platform` and `day` are what somebody said because the file does not; `profile` names the profile somebody made for it, `profile_text`
    its YAML until it is saved in the workspace. `read` = `new` + `same` + `replaced` + `refused` + `skipped`: what was imported, and before
    that what would be. `parts` are the files of a zip. `quarantine` are names of files with refused rows in the workspace's folder of that name.
    """

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="files")
    name = models.CharField(max_length=255)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    found = models.CharField(max_length=12, choices=Found, default=Found.WAITING)
    shop = models.CharField(max_length=200, blank=True)
    platform = models.CharField(max_length=40, blank=True)
    day = models.DateField(null=True, blank=True)
    profile = models.CharField(max_length=80, blank=True)
    profile_text = models.TextField(blank=True)
    asked = models.BooleanField(default=False)
    profiles = models.JSONField(default=list, blank=True)
    tables = models.JSONField(default=list, blank=True)
    shops = models.JSONField(default=list, blank=True)
    parts = models.JSONField(default=list, blank=True)
    read = models.BigIntegerField(default=0)
    new = models.BigIntegerField(default=0)
    same = models.BigIntegerField(default=0)
    replaced = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    skipped = models.BigIntegerField(default=0)
    problems = models.JSONField(default=list, blank=True)
    problem_count = models.BigIntegerField(default=0)
    notices = models.JSONField(default=list, blank=True)
    quarantine = models.JSONField(default=list, blank=True)
    number = models.BigIntegerField(null=True, db_index=True)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.found in OPEN_FILES

    @property
    def accepted(self) -> int:
        """Rows that go in, or were there already."""
        return self.read - self.refused - self.skipped
