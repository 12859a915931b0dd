"""Forms about channels. What is secret is typed in and never shown again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import URLValidator, validate_email
from django.utils.translation import gettext_lazy as _

from kaohe_web.notices.models import OFFERED, Channel, Kind, What
from kaohe_web.notices.webhooks import BadAddress, NoAnswer, checked, places
from kaohe_web.org.forms import listed

SIGNED = (Kind.DINGTALK, Kind.FEISHU)


def _hidden(label: Any, *, known: bool, required: bool, help_text: Any = "") -> forms.CharField:
    """A field for a secret: empty leaves it as it is."""
    return forms.CharField(
        label=label,
        required=required and not known,
        max_length=300,
        strip=True,
        help_text=_("已存好，不再显示。要换就填新的，不换就空着。") if known else help_text,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )


class Told(forms.Form):
    """What every channel has: a name, what it sends, about whom."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(label=_("名称"), max_length=80, help_text=_("比如：客服一组群。"))
    events = forms.MultipleChoiceField(
        label=_("发什么"), choices=[(what.value, what.label) for what in OFFERED], widget=forms.CheckboxSelectMultiple, required=False
    )
    shops = forms.CharField(label=_("店铺"), required=False, help_text=_("只发这些店铺的，用逗号隔开；空着是全部。"))
    groups = forms.CharField(label=_("小组"), required=False, help_text=_("只发这些小组的，用逗号隔开；空着是全部。"))
    site = forms.CharField(
        label=_("网站地址"),
        required=False,
        max_length=200,
        validators=[URLValidator(schemes=["http", "https"])],
        help_text=_("大家打开本网站用的地址，消息里的链接以它开头。空着就不带链接。"),
    )

    def shared(self) -> dict[str, Any]:
        """The fields of the model that every channel has."""
        data = self.cleaned_data
        return {name: data[name] for name in ("name", "events", "site")} | {
            "shops": listed(data["shops"]),
            "groups": listed(data["groups"]),
        }

    def values(self) -> dict[str, Any]:
        """As the actions take them."""
        raise NotImplementedError


class Robot(Told):
    """A robot of a group chat."""

    field_order = ("version", "name", "address", "secret", "unsigned")

    def __init__(self, kind: str, channel: Channel | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["address"] = _hidden(
            _("机器人的 Webhook 地址"),
            known=channel is not None,
            required=True,
            help_text=_("在群里添加机器人时给的，整个复制过来。别给别人看。"),
        )
        if kind in SIGNED:
            known = channel is not None and bool(channel.secret)
            self.fields["secret"] = _hidden(
                _("签名密钥"), known=known, required=False, help_text=_("机器人安全设置选“加签”（签名校验）时给的。")
            )
            if known:
                self.fields["unsigned"] = forms.BooleanField(label=_("机器人不再要签名，去掉密钥"), required=False)
        self.order_fields(self.field_order)

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"]
        if address:
            try:
                _scheme, host, port, _path = checked(address)
                places(host, port)
            except BadAddress as error:
                raise forms.ValidationError(str(error)) from None
            except NoAnswer:
                # The name may be known later; each sending looks it up and checks it again.
                pass
        return address

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        given = {name: data[name] for name in ("address", "secret") if data.get(name)}
        return self.shared() | ({"secret": ""} if data.get("unsigned") else {}) | given


class Mail(Told):
    """A mail server."""

    field_order = ("version", "name", "host", "port", "security", "user", "secret", "sender", "to")
    host = forms.RegexField(r"^[A-Za-z0-9.:\-]+$", label=_("邮件服务器"), max_length=200, help_text=_("比如 smtp.exmail.qq.com"))
    port = forms.IntegerField(label=_("端口"), min_value=1, max_value=65535, initial=465)
    security = forms.ChoiceField(
        label=_("加密"), choices=[("ssl", "SSL"), ("starttls", "STARTTLS"), ("none", _("不加密（只用于内网）"))], initial="ssl"
    )
    user = forms.CharField(label=_("登录名"), max_length=200, required=False)
    sender = forms.EmailField(label=_("发件人"))
    to = forms.CharField(label=_("收件人"), required=False, help_text=_("用逗号隔开。给某个人的通知，另外发到他自己的邮箱。"))

    def __init__(self, kind: str, channel: Channel | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = channel is not None and bool(channel.secret)
        self.fields["secret"] = _hidden(_("密码"), known=known, required=False, help_text=_("很多邮箱要用“授权码”，不是登录网页的密码。"))
        self.order_fields(self.field_order)

    def clean_to(self) -> list[str]:
        readers = listed(self.cleaned_data["to"])
        for reader in readers:
            validate_email(reader)
        return readers

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        mail = {name: data[name] for name in ("host", "port", "security", "user", "sender", "to")}
        return self.shared() | {"mail": mail} | ({"secret": data["secret"]} if data["secret"] else {})


class Address(forms.Form):
    """Where one's own notices go by mail."""

    email = forms.EmailField(
        label=_("我的邮箱"), required=False, help_text=_("给我的通知也发到这里；空着就只在本页看。要有邮件渠道才会发。")
    )


def form_for(kind: str, channel: Channel | None, sent: Any, site: str) -> Robot | Mail:
    """The form of a kind of channel, filled in with a channel's, without what is secret."""
    initial: dict[str, Any] = {"site": site, "events": [What.IMPORT_FAILED, What.COMPLIANCE_AT_RISK]}
    if channel is not None:
        initial = {name: getattr(channel, name) for name in ("version", "name", "events", "site")}
        initial |= {"shops": ", ".join(channel.shops), "groups": ", ".join(channel.groups)}
        initial |= {name: value for name, value in channel.mail.items() if name != "to"} | {"to": ", ".join(channel.mail.get("to", []))}
    return (Mail if kind == Kind.EMAIL else Robot)(kind, channel, sent, initial=initial)
