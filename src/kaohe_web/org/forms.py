"""Forms about people."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kaohe_web.org.roles import Role


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class FirstAdmin(forms.Form):
    """The first administrator's name and password."""

    token = forms.CharField(widget=forms.HiddenInput)
    username = forms.CharField(label=_("登录名"), max_length=150)
    name = forms.CharField(label=_("姓名"), max_length=80)
    password = forms.CharField(label=_("密码"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))
    again = forms.CharField(label=_("再输一遍"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("password") != data.get("again"):
            self.add_error("again", _("两次输入不一样。"))
        return data


class Granted(forms.Form):
    """One role and its scope."""

    role = forms.ChoiceField(label=_("角色"), choices=[("", "–"), *Role.choices])
    shops = forms.CharField(label=_("店铺"), required=False, help_text=_("只管这些店铺，用逗号隔开；空着是全部。"))
    groups = forms.CharField(label=_("小组"), required=False, help_text=_("只管这些小组，用逗号隔开；空着是全部。"))
    first = _day(_("从哪天起"))
    last = _day(_("到哪天止"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("first") and data.get("last") and data["last"] < data["first"]:
            self.add_error("last", _("截止不能早于起始。"))
        return data

    def grant(self) -> dict[str, Any]:
        """As the actions take it."""
        data = self.cleaned_data
        return {
            **{name: data[name] for name in ("role", "first", "last")},
            "shops": listed(data["shops"]),
            "groups": listed(data["groups"]),
        }


class Person(Granted):
    """A user and his first role."""

    field_order = ("username", "name", "agent_id")
    username = forms.CharField(label=_("登录名"), max_length=150)
    name = forms.CharField(label=_("姓名"), max_length=80)
    agent_id = forms.CharField(label=_("客服编号"), max_length=200, required=False, help_text=_("给客服本人登录用的，写名单里的编号。"))


class Identity(forms.Form):
    """What a user is called, and which agent he is."""

    name = forms.CharField(label=_("姓名"), max_length=80)
    agent_id = forms.CharField(label=_("客服编号"), max_length=200, required=False, help_text=_("给客服本人登录用的，写名单里的编号。"))


Grants = forms.formset_factory(Granted, extra=1, can_delete=True, max_num=20)
"""All roles of a user; the last row is empty, for one more."""


class Password(forms.Form):
    old = forms.CharField(label=_("原密码"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}))
    new = forms.CharField(label=_("新密码"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))
    again = forms.CharField(label=_("再输一遍"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("new") != data.get("again"):
            self.add_error("again", _("两次输入不一样。"))
        return data


def listed(text: str) -> list[str]:
    """Names with commas, Chinese or English, between them.

    >>> listed("一组，二组, 三组 ")
    ['一组', '二组', '三组']
    """
    return [name.strip() for name in text.replace("，", ",").split(",") if name.strip()]
