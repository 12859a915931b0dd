"""What the log is narrowed to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kaohe_web.audit.words import ACTIONS


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class Narrowed(forms.Form):
    by = forms.CharField(label=_("谁"), max_length=150, required=False, help_text=_("登录名"))
    action = forms.ChoiceField(label=_("做了什么"), required=False, choices=[("", _("全部")), *ACTIONS.items()])
    first = _day(_("从哪天起"))
    last = _day(_("到哪天止"))
    about = forms.CharField(widget=forms.HiddenInput, required=False)
    id = forms.CharField(widget=forms.HiddenInput, required=False)
