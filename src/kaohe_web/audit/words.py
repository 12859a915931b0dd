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
    "user.email": _("改了自己的邮箱"),
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
    "import.uploaded": _("上传了文件"),
    "import.answered": _("补充了文件的店铺、平台或日期"),
    "import.asked": _("要自己指明各列"),
    "import.mapped": _("指明了各列"),
    "import.left_out": _("留下或去掉了一个文件"),
    "import.started": _("开始导入"),
    "import.again": _("再试一次导入"),
    "import.dropped": _("不要了上传的文件"),
    "import.done": _("导入完成"),
    "import.failed": _("导入失败"),
    "profile.saved": _("存了导入格式"),
    "scheme.started": _("建了方案"),
    "scheme.drafted": _("另起了一版方案"),
    "scheme.saved": _("改了方案草稿"),
    "scheme.published": _("发布了方案"),
    "scheme.retired": _("停用了方案"),
    "scheme.discarded": _("删了方案草稿"),
    "cycle.begun": _("建了考核"),
    "cycle.edited": _("改了考核草稿"),
    "cycle.announced": _("公布了考核"),
    "cycle.acknowledged": _("确认已读考核"),
    "cycle.started": _("开始了考核"),
    "cycle.finished": _("考核进入打分"),
    "cycle.scored": _("打了分"),
    "cycle.computing": _("要求计算结果"),
    "cycle.in_review": _("公示了结果"),
    "cycle.rescored": _("退回打分"),
    "cycle.confirmed": _("确认了结果"),
    "cycle.reopened": _("退回公示"),
    "cycle.closed": _("关账，考核结束"),
    "cycle.called_off": _("取消了考核"),
    "appeal.filed": _("提了申诉"),
    "appeal.withdrawn": _("撤回了申诉"),
    "appeal.decided": _("处理了申诉"),
}
"""Every action there is. A change without words here fails a test."""


def changed(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[tuple[str, Any, Any]]:
    """What differs between the two sides of an entry: name, before, after; None where a side does not have it.

    >>> changed({"name": "林", "group": "一组"}, {"name": "林", "group": "二组"})
    [('group', '一组', '二组')]
    """
    old, new = before or {}, after or {}
    return [(name, old.get(name), new.get(name)) for name in dict.fromkeys([*old, *new]) if old.get(name) != new.get(name)]
