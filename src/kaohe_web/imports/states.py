"""What becomes of an upload, as one table: which step leads from which states to which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class State(models.TextChoices):
    UPLOADED = "uploaded", gettext_lazy("等待识别")
    LOOKING = "looking", gettext_lazy("正在识别")
    OPEN = "open", gettext_lazy("等你补充")
    RECOGNISED = "recognised", gettext_lazy("等你确认导入")
    WAITING = "waiting", gettext_lazy("排队导入")
    RUNNING = "running", gettext_lazy("正在导入")
    DONE = "done", gettext_lazy("已导入")
    FAILED = "failed", gettext_lazy("没有导入成")
    DROPPED = "dropped", gettext_lazy("已取消")


class Found(models.TextChoices):
    """How it stands with one file."""

    WAITING = "waiting", gettext_lazy("等待识别")
    GOOD = "good", gettext_lazy("可以导入")
    SHOP = "shop", gettext_lazy("要指明店铺")
    DAY = "day", gettext_lazy("要指明日期")
    MAPPING = "mapping", gettext_lazy("要指明各列")
    REFUSED = "refused", gettext_lazy("不能导入")
    LEFT_OUT = "left_out", gettext_lazy("不导入")
    IMPORTED = "imported", gettext_lazy("已导入")


OPEN_FILES = (Found.SHOP, Found.DAY, Found.MAPPING)
"""Files about which somebody has to say something."""


@dataclass(frozen=True, slots=True)
class Step:
    """One arrow: from any of these states to one."""

    before: tuple[State, ...]
    after: State


STEPS: Mapping[str, Step] = {
    # A worker takes what waits, or takes over from one that died.
    "look": Step((State.UPLOADED, State.LOOKING), State.LOOKING),
    "ask": Step((State.LOOKING, State.OPEN, State.RECOGNISED), State.OPEN),
    "recognise": Step((State.LOOKING, State.OPEN, State.RECOGNISED), State.RECOGNISED),
    "refuse": Step((State.LOOKING, State.OPEN, State.RECOGNISED), State.FAILED),
    "answer": Step((State.OPEN, State.RECOGNISED), State.UPLOADED),
    "start": Step((State.RECOGNISED,), State.WAITING),
    "run": Step((State.WAITING, State.RUNNING), State.RUNNING),
    "finish": Step((State.RUNNING,), State.DONE),
    "fail": Step((State.UPLOADED, State.LOOKING, State.WAITING, State.RUNNING), State.FAILED),
    "again": Step((State.FAILED,), State.UPLOADED),
    "drop": Step((State.OPEN, State.RECOGNISED, State.FAILED), State.DROPPED),
}
"""Every step there is. `start` is somebody's word, given now or with the upload (`Batch.at_once`); nothing is imported before it."""

WORKING = (State.UPLOADED, State.LOOKING, State.WAITING, State.RUNNING)
"""States in which a worker has something to do, and a page watches."""

ENDED = (State.DONE, State.DROPPED)
"""States no step leads out of."""


class WrongState(ValidationError):
    """The step does not lead from where the upload is by now: somebody else, or the worker, was quicker."""


def after(step: str, state: str) -> State:
    """The state a step leads to. Raises WrongState where it does not lead from there."""
    found = STEPS[step]
    if state not in found.before:
        raise WrongState(_("这一批现在是“%(state)s”，不能这样做。可能别人刚处理过。") % {"state": State(state).label})
    return found.after


def may(step: str, state: str) -> bool:
    """Whether a step leads from a state."""
    return state in STEPS[step].before
