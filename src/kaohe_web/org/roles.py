"""Roles and what each may do. A right is a verb about a kind of thing; a grant gives a role within a scope of shops and groups."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    ADMIN = "admin", _("管理员")
    OWNER = "owner", _("店主")
    SUPERVISOR = "supervisor", _("主管")
    QA = "qa", _("质检")
    FINANCE = "finance", _("财务")
    AGENT = "agent", _("客服")
    READER = "reader", _("只读")


class Right(models.TextChoices):
    SEE_FIGURES = "see_figures", _("看指标")
    SEE_CHATS = "see_chats", _("看聊天")
    SEE_RESULTS = "see_results", _("看考核结果")
    SEE_PAY = "see_pay", _("看工资")
    IMPORT = "import", _("导入数据")
    EDIT_SCHEMES = "edit_schemes", _("改方案")
    RUN_CYCLES = "run_cycles", _("组织考核")
    SCORE = "score", _("打分")
    DECIDE_APPEALS = "decide_appeals", _("处理申诉")
    CONFIRM_PAY = "confirm_pay", _("确认发放")
    MANAGE_PEOPLE = "manage_people", _("管理人员")
    SEE_AUDIT = "see_audit", _("看操作记录")
    OWN = "own", _("看自己的")


_SEEING = {Right.SEE_FIGURES, Right.SEE_CHATS, Right.SEE_RESULTS}

RIGHTS: dict[str, frozenset[str]] = {
    Role.ADMIN: frozenset(Right),
    Role.OWNER: frozenset(set(Right) - {Right.MANAGE_PEOPLE, Right.OWN}),
    Role.SUPERVISOR: frozenset(
        {*_SEEING, Right.SEE_PAY, Right.IMPORT, Right.EDIT_SCHEMES, Right.RUN_CYCLES, Right.SCORE, Right.DECIDE_APPEALS}
    ),
    Role.QA: frozenset({*_SEEING, Right.SCORE}),
    Role.FINANCE: frozenset({Right.SEE_RESULTS, Right.SEE_PAY, Right.CONFIRM_PAY}),
    Role.AGENT: frozenset({Right.OWN}),
    Role.READER: frozenset({Right.SEE_FIGURES}),
}
"""What each role may do within its scope. An agent sees himself and nobody else."""
