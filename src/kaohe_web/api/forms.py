"""Forms about tokens."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kaohe_web.api.actions import LONGEST
from kaohe_web.api.policies import grantable
from kaohe_web.org.forms import listed
from kaohe_web.org.models import User


class NewToken(forms.Form):
    """What a token is for, what it may and how long."""

    name = forms.CharField(label=_("用途"), max_length=80, help_text=_("写清哪个系统用它，以后好认。"))
    rights = forms.MultipleChoiceField(label=_("权限"), widget=forms.CheckboxSelectMultiple)
    writes = forms.BooleanField(label=_("可以写入"), required=False, help_text=_("上传文件、打分、推进考核。不勾只能读。"))
    shops = forms.CharField(label=_("店铺"), required=False, help_text=_("只给这些店铺，用逗号隔开；空着是你能看的全部。"))
    groups = forms.CharField(label=_("小组"), required=False, help_text=_("只给这些小组，用逗号隔开；空着是你能看的全部。"))
    days = forms.IntegerField(label=_("有效天数"), min_value=1, max_value=LONGEST, initial=90)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rights: Any = self.fields["rights"]
        rights.choices = [(right.value, right.label) for right in grantable(user)]

    def values(self) -> dict[str, Any]:
        """As the action takes them."""
        data = self.cleaned_data
        return {**data, "shops": listed(data["shops"]), "groups": listed(data["groups"])}
