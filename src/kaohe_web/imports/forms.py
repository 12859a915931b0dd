"""Forms about uploads."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kaohe.model.tables import TABLES

PLATFORMS = {
    "generic": _("通用"),
    "pdd": _("拼多多"),
    "taobao": _("淘宝天猫"),
    "jd": _("京东"),
    "douyin": _("抖音"),
}


def platforms() -> list[tuple[str, Any]]:
    """Every platform the library knows, with its name."""
    return [("", _("看文件")), *((name, PLATFORMS.get(name, name)) for name in TABLES["shops"].column("platform").choices)]


class Said(forms.Form):
    """What a file does not say itself. `shops` are those that can be named; where `free`, others can be typed, which are then new."""

    shop = forms.CharField(label=_("店铺"), max_length=200, required=False, help_text=_("文件里没写是哪家店时用。"))
    platform = forms.ChoiceField(label=_("平台"), required=False, help_text=_("新店铺才要选。"))
    day = forms.DateField(
        label=_("日期"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("报表或聊天里没写是哪一天时用。"),
    )

    others = forms.BooleanField(label=_("另外几个没写店铺的文件也是这家"), required=False)

    def __init__(self, *args: Any, shops: list[str], free: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shops, self.free = shops, free
        self.fields["platform"].choices = platforms()  # type: ignore[attr-defined]
        if not free:
            known = [("", _("看文件")), *((shop, shop) for shop in shops)]
            self.fields["shop"] = forms.ChoiceField(label=_("店铺"), required=False, choices=known, help_text=_("文件里没写是哪家店时用。"))

    @property
    def list_id(self) -> str:
        return f"{self.prefix}-shops"


class Named(forms.Form):
    """The name of a profile."""

    name = forms.CharField(label=_("格式的名字"), max_length=60, help_text=_("小写英文字母、数字和下划线，字母开头。"))
