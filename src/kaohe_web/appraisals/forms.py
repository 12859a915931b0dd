"""What is typed about cycles, marks and appeals."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaohe.appraisal.exact import number
from kaohe.appraisal.words import metric_name
from kaohe.errors import Failure, Lang
from kaohe_web.appraisals.appeals import Correction, Figure, Mark
from kaohe_web.appraisals.models import About, Cycle, Judged, Ranks
from kaohe_web.appraisals.policies import check_may_run
from kaohe_web.org.models import User
from kaohe_web.org.policies import allowed
from kaohe_web.schemes.models import SchemeVersion
from kaohe_web.schemes.queries import published, scheme_of


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class SchemeField(forms.ModelChoiceField):
    """A published scheme, by title and version."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.title} v{obj.number}"


class CycleForm(forms.Form):
    """A cycle: of a month, or of any days."""

    title = forms.CharField(label=gettext_lazy("名称"), max_length=120)
    scheme = SchemeField(label=gettext_lazy("方案"), queryset=SchemeVersion.objects.none())
    month = forms.CharField(
        label=gettext_lazy("月份"),
        required=False,
        help_text=gettext_lazy("如 2026-11。工资按月关账；不评整月就空着，写下面两天。"),
        widget=forms.TextInput(attrs={"type": "month"}),
    )
    first = forms.DateField(label=gettext_lazy("第一天"), required=False, widget=_day())
    last = forms.DateField(label=gettext_lazy("最后一天"), required=False, widget=_day())
    ranks = forms.ChoiceField(label=gettext_lazy("客服看到的排名"), choices=Ranks.choices)

    def __init__(self, user: User, cycle: Cycle | None, data: Any = None) -> None:
        first: dict[str, Any] = {"ranks": Ranks.PLACE}
        if cycle is not None:
            first = {"title": cycle.title, "scheme": cycle.scheme_id, "ranks": cycle.ranks}
            first |= {"month": cycle.month} if cycle.month else {"first": cycle.first, "last": cycle.last}
        super().__init__(data, initial=first)
        mine = [one.pk for one in published() if _may_run(user, one)]
        field = self.fields["scheme"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = published().filter(pk__in=mine)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        month = (found.get("month") or "").strip()
        if month:
            try:
                begin = date.fromisoformat(f"{month}-01")
            except ValueError:
                self.add_error("month", _("月份写成 2026-11 这样。"))
                return found
            found["first"] = begin
            found["last"] = begin.replace(day=calendar.monthrange(begin.year, begin.month)[1])
        elif not found.get("first") or not found.get("last"):
            self.add_error("month", _("请写月份，或第一天和最后一天。"))
        for name in ("first", "last"):
            if found.get(name) and not 2000 <= found[name].year <= 2099:
                self.add_error("month" if month else name, _("年份在 2000 到 2099 之间。"))
                break
        return found

    def given(self) -> dict[str, Any]:
        """What `actions.begin` takes."""
        return {name: self.cleaned_data[name] for name in ("title", "scheme", "first", "last", "ranks")}


def _may_run(user: User, version: SchemeVersion) -> bool:
    try:
        audience = scheme_of(version).applies_to
    except Failure:
        # Written by another version of the program, which read it otherwise.
        return False
    return allowed(check_may_run, user, audience.shops, audience.groups)


class Day(forms.Form):
    """A day of a cycle; none for all."""

    day = forms.DateField(label=gettext_lazy("哪天"), required=False, widget=_day())

    def __init__(self, cycle: Cycle, data: Any = None) -> None:
        super().__init__(data)
        self.cycle = cycle

    def clean_day(self) -> date | None:
        day: date | None = self.cleaned_data["day"]
        if day is not None and not self.cycle.first <= day <= self.cycle.last:
            raise forms.ValidationError(_("日期不在考核期内。"))
        return day


class Until(forms.Form):
    """The last day of appeals."""

    until = forms.DateField(label=gettext_lazy("申诉到哪天（含）"), widget=_day())


class Why(forms.Form):
    """Why a cycle is called off."""

    why = forms.CharField(label=gettext_lazy("取消的原因"), max_length=500)


class AppealForm(forms.Form):
    """What somebody says against his statement."""

    about = forms.ChoiceField(label=gettext_lazy("申诉的是"), choices=About.choices)
    item = forms.ChoiceField(label=gettext_lazy("考核项"))
    subject = forms.CharField(
        label=gettext_lazy("哪一次接待或哪个订单"),
        max_length=400,
        required=False,
        help_text=gettext_lazy("接待写店铺、买家、日期；订单写订单号。只对考核项有异议就空着。"),
    )
    reason = forms.CharField(label=gettext_lazy("理由"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))
    evidence = forms.CharField(
        label=gettext_lazy("依据"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("聊天原文、时间、订单情况等，用文字写明。"),
    )

    def __init__(self, statement: Judged, lang: Lang, data: Any = None, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial=dict(initial or {}))
        field = self.fields["item"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(one["key"], one["title"]) for one in statement.told[lang]["items"]]


class NumberField(forms.CharField):
    """A number, or a percentage, as people write it."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        return typed_number(text)


def typed_number(text: str) -> Decimal:
    """A number as typed, `95 %` being 0.95. Raises ValidationError."""
    found = number(text.replace(" ", "").replace("％", "%").replace(",", ""))
    if found is None or abs(found) >= 10**8 or round(found, 6) != found:
        raise forms.ValidationError(_("请写数字或百分比，如 85、4.5、95%，最多六位小数。"))
    return found


class DecisionForm(forms.Form):
    """What is decided about an appeal, and what is corrected."""

    verdict = forms.ChoiceField(
        label=gettext_lazy("决定"),
        choices=(("accepted", gettext_lazy("成立")), ("refused", gettext_lazy("不成立"))),
        widget=forms.RadioSelect,
    )
    decision = forms.CharField(label=gettext_lazy("说明理由"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))
    correction = forms.ChoiceField(label=gettext_lazy("更正"), required=False)
    numerator = NumberField(
        label=gettext_lazy("分子加多少（减写负数）"), required=False, help_text=gettext_lazy("如少算了 2 条：2。金额、秒数写指标的单位。")
    )
    denominator = NumberField(label=gettext_lazy("分母加多少"), required=False, help_text=gettext_lazy("不变写 0；只有一个数的指标空着。"))
    day = forms.DateField(label=gettext_lazy("算在哪天"), required=False, widget=_day())
    score = NumberField(label=gettext_lazy("新的分"), required=False)

    def __init__(self, cycle: Cycle, sums: list[str], marked: list[str], lang: Lang, data: Any = None) -> None:
        super().__init__(data, initial={"day": cycle.last})
        self.cycle = cycle
        listed = [("", _("不改数（数据已另行补正，或只作说明）"))]
        listed += [(f"figure:{one}", _("改数：%(metric)s") % {"metric": metric_name(one, lang)}) for one in sums]
        listed += [(f"mark:{one}", _("重新打分：%(metric)s") % {"metric": metric_name(one, lang)}) for one in marked]
        field = self.fields["correction"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = listed
        if not sums:
            for name in ("numerator", "denominator", "day"):
                del self.fields[name]
        if not marked:
            del self.fields["score"]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        kind = (found.get("correction") or "").partition(":")[0]
        if kind == "figure" and "numerator" not in self.errors and found.get("numerator") is None:
            self.add_error("numerator", _("请写加减多少；不变写 0。"))
        if kind == "mark" and "score" not in self.errors and found.get("score") is None:
            self.add_error("score", _("请写新的分。"))
        return found

    def corrected(self) -> Correction | None:
        """The correction that was typed; None for none, and for an appeal that is refused."""
        kind, _colon, metric = (self.cleaned_data.get("correction") or "").partition(":")
        if self.cleaned_data["verdict"] != "accepted" or not kind:
            return None
        if kind == "mark":
            return Mark(metric, self.cleaned_data["score"])
        day = self.cleaned_data.get("day") or self.cycle.last
        return Figure(metric, self.cleaned_data["numerator"], self.cleaned_data.get("denominator"), day)


def typed_marks(data: Mapping[str, Any], fields: Mapping[str, tuple[str, str]]) -> tuple[dict[Any, Any], dict[Any, str], dict[str, str]]:
    """The marks of a form: those typed with their notes, what each was when the page was made, and mistakes, each by field. `fields` are the keys by field."""
    given: dict[Any, Any] = {}
    was: dict[Any, str] = {}
    wrong: dict[str, str] = {}
    for field, key in fields.items():
        text = (data.get(f"score|{field}") or "").strip()
        was[key] = data.get(f"was|{field}") or ""
        if not text:
            continue
        try:
            given[key] = (typed_number(text), (data.get(f"note|{field}") or "").replace("\x00", "").strip()[:300])
        except forms.ValidationError as error:
            wrong[field] = error.messages[0]
    return given, was, wrong
