"""What each kind of entry is called, and what changed between its two sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "user.first_admin": _("第一位管理员"),
    "user.added": _("加了人员"),
    "user.grants": _("改了角色"),
    "user.renamed": _("改了姓名或客服编号"),
    "user.active": _("停用或恢复登录"),
    "user.password": _("改了自己的密码"),
    "user.password_reset": _("重设了密码"),
    "agent.added": _("名单加了人"),
    "agent.mended": _("改了名单"),
    "agent.moved": _("调了岗位或小组"),
    "account.given": _("给了账号"),
    "account.ended": _("收回账号"),
    "token.made": _("生成了密钥"),
    "token.revoked": _("停用了密钥"),
    "channel.added": _("加了通知渠道"),
    "channel.mended": _("改了通知渠道"),
    "channel.active": _("停用或恢复通知渠道"),
    "channel.tried": _("试发了通知"),
    "delivery.again": _("重发了通知"),
}
"""Every action there is. A change without words here fails a test."""


def changed(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[tuple[str, Any, Any]]:
    """What differs between the two sides of an entry: name, before, after; None where a side does not have it.

    >>> changed({"name": "林", "group": "一组"}, {"name": "林", "group": "二组"})
    [('group', '一组', '二组')]
    """
    old, new = before or {}, after or {}
    return [(name, old.get(name), new.get(name)) for name in dict.fromkeys([*old, *new]) if old.get(name) != new.get(name)]
