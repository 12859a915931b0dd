"""Forms about schemes. Numbers are typed as people write them in a scheme: 30, 0.95, 95%."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kaohe.appraisal.saying import metric_name
from kaohe.metrics.catalogue import CATALOGUE
from kaohe.model.reported import REPORTED
from kaohe_web.schemes import entries
from kaohe_web.schemes.entries import Row, split
from kaohe_web.schemes.models import SchemeVersion
from kaohe_web.schemes.reading import LONGEST
from kaohe_web.schemes.widgets import LongSelect
from kaohe_web.schemes.writing import written
from kaohe_web.site import language

Label = str | Promise
Choices = Sequence[tuple[str, Any]]

FIGURES: Choices = [
    ("computed", _("自己算的")),
    ("reported", _("平台报表里的")),
    ("computed_first", _("先用自己算的，没有再用报表")),
    ("reported_first", _("先用报表，没有再用自己算的")),
    ("shops", _("所在店铺的，不分人")),
]
MISSING: Choices = [
    ("", _("照方案的总规定")),
    ("skip", _("不计，分值给其余各项")),
    ("zero", _("记 0 分")),
    ("full", _("记满分")),
    ("block", _("不出总分")),
]
SMALL: Choices = [*MISSING, ("count", _("照样算，做个记号"))]
BETTER: Choices = [("", _("照指标本身")), ("higher", _("越高越好")), ("lower", _("越低越好")), ("any", _("不分高低"))]
SCORINGS: Choices = [
    ("bands", _("分档")),
    ("linear", _("两点之间按直线")),
    ("attainment", _("按目标完成率")),
    ("per_unit", _("按次加减")),
    ("rank", _("按名次")),
    ("as_is", _("数值就是得分")),
]
VIEWS: Choices = [
    ("value", _("数值本身")),
    ("attainment", _("目标完成率")),
    ("change", _("比上期变化的比例")),
    ("difference", _("与上期之差")),
    ("percentile", _("胜过多少同事")),
    ("z", _("离平均几个标准差")),
]
LIMITS: Choices = [("at_least", _("不少于")), ("above", _("大于")), ("at_most", _("不多于")), ("below", _("小于"))]
EFFECTS: Choices = [
    ("zero_points", _("总分记 0")),
    ("lowest_grade", _("最低等级")),
    ("no_gated", _("激励部分不发")),
    ("no_place", _("不排名")),
]
TIES: Choices = [("share", _("平分占住的名次的奖金")), ("each", _("各得这个名次的奖金"))]
BY_DAYS: Choices = [("", _("看是什么数：要够多少的按天折算，比率不折")), ("yes", _("按在岗天数折算")), ("no", _("照整段要求"))]
PAY_KINDS: Choices = [
    ("fixed", _("固定金额")),
    ("day_rate", _("按天")),
    ("day_rate_by", _("按天，每天多少看一个数")),
    ("commission", _("提成，按金额分段")),
    ("commission_rate", _("提成，一个比例")),
    ("commission_by", _("提成，比例看另一个数")),
    ("per_unit", _("按件")),
    ("tier", _("按档给钱")),
    ("grade", _("按等级给钱")),
    ("place", _("按名次给奖金")),
    ("pk", _("PK 奖金")),
    ("points", _("按分给钱")),
]
ROLES: Choices = [("presale", _("售前")), ("aftersale", _("售后")), ("mixed", _("售前售后")), ("lead", _("组长")), ("qa", _("质检"))]


class NumberField(forms.CharField):
    """A number or a percentage, kept as typed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "size": 8}), **kwargs)

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if text and written(text) is None:
            raise forms.ValidationError(_("请写数字，比例写成 95%。"))
        return text


class NumbersField(forms.CharField):
    """Numbers with commas between."""

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if any(written(one) is None for one in split(text)):
            raise forms.ValidationError(_("请写数字，用逗号隔开。"))
        return text


def _text(label: Label, *, required: bool = False, help_text: Label = "", most: int = 200) -> forms.CharField:
    return forms.CharField(label=label, required=required, max_length=most, help_text=help_text)


def _long(label: Label) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


def _number(label: Label, *, required: bool = False, help_text: Label = "") -> NumberField:
    return NumberField(label=label, required=required, help_text=help_text)


def _choice(label: Label, choices: Choices, *, required: bool = False) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, required=required)


def _flag(label: Label, help_text: Label = "") -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, help_text=help_text)


def _day(label: Label) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


def metrics() -> Choices:
    """All metrics by what they are called, those only platforms report apart."""
    lang = language(get_language())
    reported = [(name, metric_name(name, lang)) for name in sorted(REPORTED) if name not in CATALOGUE]
    return [
        (_("自己算的指标"), [(name, metric_name(name, lang)) for name in CATALOGUE]),
        (_("只有平台报表里有的"), reported),
    ]


class Start(forms.Form):
    """A new scheme from a template."""

    template = forms.CharField(widget=forms.HiddenInput)
    name = forms.SlugField(
        label=_("编号"), max_length=60, allow_unicode=True, help_text=_("中文、字母、数字、- 和 _，定了不改。结果和工资单上写的就是它。")
    )
    title = _text(_("名称"), required=True)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if SchemeVersion.objects.filter(name=name).exists():
            raise forms.ValidationError(_("已经有这个编号的方案。要改它，请打开它另起一稿。"))
        return name


class Upload(forms.Form):
    """A scheme file somebody has."""

    file = forms.FileField(
        label=_("方案文件"), help_text=_(".yaml 文件，用 UTF-8 存。"), widget=forms.FileInput(attrs={"accept": ".yaml,.yml"})
    )

    def clean_file(self) -> str:
        given = self.cleaned_data["file"]
        if given.size > 4 * LONGEST:
            raise forms.ValidationError(_("文件太大，不像是一份方案。"))
        try:
            return str(given.read().decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise forms.ValidationError(_("不是 UTF-8 的文本文件。请用 UTF-8 另存后再上传。")) from None


class Text(forms.Form):
    """The whole text, and the saving it was read at."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("方案文本（YAML）"),
        strip=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 30, "spellcheck": "false", "wrap": "off"}),
    )


class Revised(forms.Form):
    """A decision about a version as it was seen."""

    revision = forms.IntegerField(widget=forms.HiddenInput)


class Head(forms.Form):
    """The scheme as a whole."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    title = _text(_("名称"), required=True)
    title_en = _text(_("英文名称"))
    note = _long(_("说明"))
    note_en = _long(_("英文说明"))
    source = _text(_("出处"), required=True, most=2000, help_text=_("数字从哪来：制度文件、会议决定，或“默认值”。"))
    effective_from = _day(_("从哪天起有效"))
    effective_until = _day(_("到哪天止"))
    roles = forms.MultipleChoiceField(
        label=_("评哪些岗位"), choices=ROLES, required=False, widget=forms.CheckboxSelectMultiple, help_text=_("一个都不选是不限。")
    )
    groups = _text(_("评哪些小组"), help_text=_("用逗号隔开，空着是不限。"))
    shops = _text(_("评哪些店铺"), help_text=_("写店铺编号，用逗号隔开，空着是不限。"))
    joined_from = _day(_("只评这天起入职的"))
    joined_before = _day(_("只评这天以前入职的"))
    minimum_metric = forms.ChoiceField(label=_("排名要求：看哪个数"), choices=(), required=False, widget=LongSelect)
    minimum = _number(_("至少多少才排名"))
    missing = _choice(_("考核项没有数据时"), MISSING[1:])
    small_sample = _choice(_("样本太小时"), SMALL[1:])
    pay_floor = _number(_("工资合计最少"), help_text=_("元。空着是不设。"))
    pay_cap = _number(_("工资合计最多"), help_text=_("元。空着是不设。"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["minimum_metric"]
        chosen.choices = [("", "–"), *metrics()]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if bool(data.get("minimum_metric")) != bool(data.get("minimum")) and "minimum" not in self.errors:
            self.add_error("minimum", _("指标和数字要一起写，或都不写。"))
        return data


class Entry(forms.Form):
    """What forms of entries share. `own`: the entry stands for several metrics together, which the text says and the form does not change."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    metric = forms.ChoiceField(label=_("指标"), choices=(), widget=LongSelect)
    figures = _choice(_("数从哪来"), FIGURES)
    title = _text(_("名称"), help_text=_("空着用指标的名字。"))
    title_en = _text(_("英文名称"))
    source = _text(_("出处"), most=2000)
    id = _text(_("代号"), help_text=_("同一个指标用了两次才要写，英文字母。"), most=60)

    def __init__(self, *args: Any, own: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if own:
            del self.fields["metric"], self.fields["figures"]
        else:
            chosen: Any = self.fields["metric"]
            chosen.choices = [("", "–"), *metrics()]


class Item(Entry):
    """An item: what it looks at, what it is worth, how it is scored."""

    field_order = (
        *(
            "revision",
            "metric",
            "title",
            "worth_kind",
            "worth",
            "least",
            "most",
            "minimum_sample",
            "missing",
            "gated",
            "kind",
            "on",
            "target",
            "pro_rata",
        ),
        *("low_figure", "low_points", "high_figure", "high_points", "points", "each", "free", "start", "whole", "rest"),
    )
    worth_kind = _choice(_("分值"), [("weight", _("权重 %")), ("max_points", _("满分多少分")), ("extra", _("另外加减分"))])
    worth = _number(_("权重或满分"))
    least = _number(_("最多扣到"), help_text=_("写负数，如 -10。"))
    most = _number(_("最多加到"))
    kind = _choice(_("怎样得分"), SCORINGS)
    on = _choice(_("看什么"), VIEWS)
    pro_rata = _choice(_("只在岗一段的人"), BY_DAYS)
    target = _text(_("目标"), help_text=_("一个数；写 targets 是各人自己的目标。"), most=40)
    low_figure = _number(_("低点：数值"))
    low_points = _number(_("低点：得分"))
    high_figure = _number(_("高点：数值"))
    high_points = _number(_("高点：得分"))
    floor = _number(_("低于多少完成率得 0 分"))
    cap = _number(_("最多按多少完成率算"), help_text=_("空着是 100%。"))
    points = _text(_("每次几分"), help_text=_("按名次：第一名起的得分，用逗号隔开；按次：扣分写负数。"))
    each = _number(_("多少算一次"), help_text=_("空着是 1。"))
    free = _number(_("免计多少"), help_text=_("超过的才算。"))
    start = _number(_("从多少分起"), help_text=_("空着是满分；加减分项是 0。"))
    whole = _flag(_("不满一次不算"))
    rest = _number(_("其余名次得分"))
    minimum_sample = forms.IntegerField(label=_("最小样本"), required=False, min_value=1)
    missing = _choice(_("没有数据时"), MISSING)
    small_sample = _choice(_("样本太小时"), SMALL)
    gated = _flag(_("门槛都过才给分"))
    better = _choice(_("高低"), BETTER)
    section = _text(_("分组"), help_text=_("同一组的考核项合在一起，工资可以按组的得分算。"), most=60)

    SHOWN: Mapping[str, tuple[str, ...]] = {
        "bands": ("on", "target", "pro_rata"),
        "linear": ("on", "target", "pro_rata", "low_figure", "low_points", "high_figure", "high_points"),
        "attainment": ("target", "pro_rata", "floor", "cap"),
        "per_unit": ("points", "each", "free", "start", "whole"),
        "rank": ("points", "rest"),
        "as_is": (),
    }

    def __init__(
        self, *args: Any, parts: bool = False, kind: str = "bands", worth_kind: str = "weight", on: str = "value", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        wanted = self.SHOWN.get(kind, ())
        if kind in ("bands", "linear") and on != "attainment" and not self.initial.get("target"):
            wanted = tuple(name for name in wanted if name not in ("target", "pro_rata"))
        for name in {name for names in self.SHOWN.values() for name in names} - (set() if parts else set(wanted)):
            del self.fields[name]
        if parts:
            for name in ("kind", "metric", "figures", "minimum_sample", "better"):
                self.fields.pop(name, None)
        for name in ("worth",) if worth_kind == "extra" else ("least", "most"):
            del self.fields[name]

    def clean_target(self) -> str:
        text = str(self.cleaned_data["target"]).strip()
        if text in ("", "targets") or written(text) is not None:
            return text
        raise forms.ValidationError(_("请写一个数，或 targets。"))

    def clean_points(self) -> str:
        text = str(self.cleaned_data["points"]).strip()
        found = split(text)
        if not found or any(written(one) is None for one in found) or ("each" in self.fields and len(found) > 1):
            raise forms.ValidationError(_("请写数字。"))
        return text

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("worth", "most", "low_figure", "low_points", "high_figure", "high_points"):
            if name in self.fields and name not in self.errors and not data.get(name):
                self.add_error(name, _("这里要写一个数。"))
        return {"worth": "", "least": "", "most": "", "target": "", **data}


class Condition(Entry):
    """A requirement."""

    field_order = ("revision", "metric", "limit_kind", "limit")
    limit_kind = _choice(_("要求"), LIMITS, required=True)
    limit = _number(_("多少"), required=True)
    minimum_sample = forms.IntegerField(label=_("最小样本"), required=False, min_value=1)


class Gate(Condition):
    """A gate."""

    pro_rata = _choice(_("只在岗一段的人"), BY_DAYS)
    missing = _choice(_("没有数据时"), [("pass", _("算过")), ("fail", _("算没过"))])
    small_sample = _choice(_("样本太小时"), [("pass", _("算过")), ("fail", _("算没过")), ("count", _("照样看"))])


class Veto(Condition):
    """A veto."""

    effects = forms.MultipleChoiceField(label=_("成立时"), choices=EFFECTS, widget=forms.CheckboxSelectMultiple)


class Factor(Entry):
    """A factor of a PK."""

    field_order = ("revision", "metric", "prizes")
    prizes = NumbersField(label=_("奖金"), required=False, help_text=_("第一名起，元，用逗号隔开。"))
    ties = _choice(_("并列时"), TIES)
    vetoed = _choice(_("被否决不排名的人"), [("out", _("不参加")), ("in", _("照样参加"))])
    better = _choice(_("高低"), BETTER[:3])
    minimum_sample = forms.IntegerField(label=_("最小样本"), required=False, min_value=1)


class Pay(forms.Form):
    """A line of pay."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    title = _text(_("名称"))
    title_en = _text(_("英文名称"))
    pay_kind = _choice(_("怎样算"), PAY_KINDS, required=True)
    amount = _number(_("金额（元）"))
    on = forms.ChoiceField(label=_("按什么算"), choices=(), widget=LongSelect)
    rate = _number(_("比例"))
    rate_on = forms.ChoiceField(label=_("比例看什么"), choices=(), widget=LongSelect)
    by = forms.ChoiceField(label=_("看什么"), choices=(), widget=LongSelect)
    of = forms.ChoiceField(label=_("什么的分"), choices=(), widget=LongSelect)
    mode = _choice(_("分段"), [("marginal", _("每一段的钱按那一段的比例")), ("whole", _("全部按所在那一档的比例"))])
    free = _number(_("免计多少"), help_text=_("超过的才算。"))
    whole = _flag(_("不满一件不算"))
    prizes = NumbersField(label=_("奖金"), required=False, help_text=_("第一名起，元，用逗号隔开。"))
    ties = _choice(_("并列时"), TIES)
    gated = _flag(_("门槛都过才发"))
    coefficient = _flag(_("乘等级系数"))
    pro_rata = _flag(_("按在岗天数折算"))
    floor = _number(_("最少（元）"))
    cap = _number(_("最多（元）"))
    missing = _choice(_("没有数据时"), [("", _("照这一种的规定")), ("zero", _("记 0 元")), ("block", _("不出工资"))])
    source = _text(_("出处"), most=2000)
    id = _text(_("代号"), help_text=_("英文字母；工资单上认这一行用。"), most=60)

    SHOWN: Mapping[str, tuple[str, ...]] = {
        "fixed": ("amount",),
        "day_rate": ("amount",),
        "day_rate_by": ("by",),
        "commission": ("on", "mode"),
        "commission_rate": ("on", "rate"),
        "commission_by": ("on", "rate_on"),
        "per_unit": ("on", "amount", "free", "whole"),
        "tier": ("by",),
        "grade": (),
        "place": ("prizes", "ties"),
        "pk": (),
        "points": ("amount", "of"),
    }

    def __init__(self, *args: Any, pay_kind: str = "fixed", quantities: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {name for names in self.SHOWN.values() for name in names} - set(self.SHOWN.get(pay_kind, ())):
            del self.fields[name]
        for name in ("on", "rate_on", "by", "of"):
            if name in self.fields:
                chosen: Any = self.fields[name]
                own = [("own", _("照文本里写的"))] if self.initial.get(name) == "own" else []
                chosen.choices = [("", "–"), *own, *quantities]
                self.known(name)

    def known(self, name: str) -> None:
        """What stands in the text may be chosen, though it is in no list."""
        chosen: Any = self.fields[name]
        now = self.initial.get(name)
        listed = {key for _label, group in chosen.choices if isinstance(group, list | tuple) for key, _name in group}
        if now and now != "own" and now not in listed:
            chosen.choices = [*chosen.choices, (now, now.partition(":")[2])]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("amount", "rate", "prizes"):
            if name in self.fields and name not in self.errors and not data.get(name):
                self.add_error(name, _("这里要写一个数。"))
        return {**{name: "" for names in self.SHOWN.values() for name in names}, **data}


class Grades(forms.Form):
    """By what grades are given."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    by = _choice(
        _("按什么分等级"), [("points", _("总分")), ("share", _("得分率（总分 ÷ 满分）")), ("place", _("名次 ÷ 人数"))], required=True
    )


class BandRow(forms.Form):
    """A band: from where, and what it gives."""

    low = NumberField(label=_("从（含）"), required=False)
    value = NumberField(label=_("得分"), required=False)
    name = forms.CharField(widget=forms.HiddenInput, required=False)

    def row(self) -> Row:
        return {name: self.cleaned_data.get(name) or "" for name in ("low", "value", "name")}


class GradeRow(BandRow):
    """A grade."""

    field_order = ("name", "low", "value")
    name = forms.CharField(label=_("等级"), max_length=40, required=False)


class AmountRow(BandRow):
    """A grade and what it pays."""

    low = forms.CharField(label=_("等级"), max_length=40, required=False)


ROWS = 40
"""Rows of a table of bands at most."""


class _Rows(forms.BaseFormSet[BandRow]):
    value_label: Label = _("得分")
    opens_below = True
    needs_value = True

    def add_fields(self, form: BandRow, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["value"].label = self.value_label

    def rows(self) -> list[Row]:
        """What was typed, without rows left empty."""
        return [one.row() for one in self.forms if any(one.row().values())]

    def clean(self) -> None:
        if any(self.errors):
            return
        rows = self.rows()
        for at, row in enumerate(rows):
            if self.needs_value and not row["value"]:
                raise forms.ValidationError(_("第 %(at)s 行右边要写一个数。"), params={"at": at + 1})
            if self.opens_below and bool(row["low"]) != bool(at):
                raise forms.ValidationError(_("第一行从最低算起，左边空着；其余各行左边都要写从多少起，从小到大。"))


class _Grades(_Rows):
    # A grade without a coefficient has 1.
    needs_value = False

    def clean(self) -> None:
        super().clean()
        if not any(self.errors) and any(not row["name"] for row in self.rows()):
            raise forms.ValidationError(_("每一档要有等级的名字。"))


class _Amounts(_Rows):
    opens_below = False

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        names = [row["low"] for row in self.rows()]
        if not all(names) or len(set(names)) < len(names):
            raise forms.ValidationError(_("每个等级写一行，只写一次。"))


BandRows = forms.formset_factory(BandRow, formset=_Rows, extra=0, max_num=ROWS, validate_max=True)
GradeRows = forms.formset_factory(GradeRow, formset=_Grades, extra=0, max_num=ROWS, validate_max=True)
AmountRows = forms.formset_factory(AmountRow, formset=_Amounts, extra=0, max_num=ROWS, validate_max=True)

VALUES: Mapping[str, Label] = {"points": _("得分"), "rate": _("比例"), "amount": _("金额（元）"), "coefficient": _("系数")}

Fields = Callable[[Mapping[str, Any]], dict[str, Any]]
Put = Callable[[Any, Mapping[str, Any], Sequence[Row]], None]

SECTIONS: Mapping[str, tuple[Label, type[forms.Form], Fields, Put]] = {
    "items": (_("考核项"), Item, entries.item_fields, entries.put_item),
    "gates": (_("门槛"), Gate, entries.condition_fields, entries.put_condition),
    "vetoes": (_("一票否决"), Veto, entries.condition_fields, entries.put_condition),
    "pk": (_("PK 因素"), Factor, entries.factor_fields, entries.put_factor),
    "pay": (_("工资项"), Pay, entries.pay_fields, entries.put_pay),
}
"""The lists of a scheme: what one of their entries is called, its form, how it is shown and put back."""
