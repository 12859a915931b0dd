"""Forms about the roster."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kaohe_web.roster import queries

ROLES = [("", "–"), ("presale", _("售前")), ("aftersale", _("售后")), ("mixed", _("售前售后")), ("lead", _("组长")), ("qa", _("质检"))]


def day(label: Any, *, required: bool = False, help_text: Any = "") -> forms.DateField:
    return forms.DateField(
        label=label, required=required, help_text=help_text, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class NewAgent(forms.Form):
    agent_id = forms.CharField(label=_("编号"), max_length=200, help_text=_("一个人一个编号，定了不改；工号、拼音都行。"))
    name = forms.CharField(label=_("姓名"), max_length=80)
    role = forms.ChoiceField(label=_("岗位"), choices=ROLES, required=False)
    group = forms.CharField(label=_("小组"), max_length=80, required=False)
    joined_on = day(_("入职日期"))


class Mended(forms.Form):
    """Name and days; `was` carries the row as the page showed it."""

    was = forms.CharField(widget=forms.HiddenInput)
    name = forms.CharField(label=_("姓名"), max_length=80)
    joined_on = day(_("入职日期"))
    left_on = day(_("离职日期"), help_text=_("最后一个工作日。离职的人照样有当月的考核和更正。"))

    def clean_was(self) -> dict[str, Any]:
        try:
            row: dict[str, Any] = json.loads(self.cleaned_data["was"])
            return {name: _days(name, value) for name, value in row.items()}
        except (ValueError, AttributeError, TypeError):
            raise forms.ValidationError(_("页面内容坏了，请重新打开。")) from None


class Move(forms.Form):
    valid_from = day(_("从哪天起"), required=True)
    role = forms.ChoiceField(label=_("岗位"), choices=ROLES, required=False)
    group = forms.CharField(label=_("小组"), max_length=80, required=False, help_text=_("不写的照旧。这天以前的数不变。"))


class Given(forms.Form):
    shop_id = forms.ChoiceField(label=_("店铺"))
    account = forms.CharField(label=_("账号"), max_length=200, help_text=_("和导出文件里写的一样。"))
    valid_from = day(_("从哪天起"), help_text=_("空着是从头算起。"))
    valid_to = day(_("到哪天止"), help_text=_("空着是一直到现在。"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shops: Any = self.fields["shop_id"]
        shops.choices = queries.shops()


class Ended(forms.Form):
    shop_id = forms.CharField(widget=forms.HiddenInput)
    account = forms.CharField(widget=forms.HiddenInput)
    valid_from = forms.DateField(widget=forms.HiddenInput, required=False)
    valid_to = day(_("到哪天止"), required=True)


def shown(row: dict[str, Any]) -> str:
    """A row for a hidden field."""
    return json.dumps(row, default=str, ensure_ascii=False, sort_keys=True)


def _days(name: str, value: Any) -> Any:
    return date.fromisoformat(value) if name.endswith("_on") and value is not None else value
