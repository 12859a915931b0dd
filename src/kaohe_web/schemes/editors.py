"""One entry of a draft open in a form: as it stands, as somebody is typing it, as it will be saved."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from pydantic import ValidationError
from ruamel.yaml.comments import CommentedMap

from kaohe.appraisal.measures import Subject
from kaohe.appraisal.saying import metric_name, subject_name
from kaohe.metrics.catalogue import CATALOGUE
from kaohe.model.reported import REPORTED
from kaohe_web.schemes import editing, entries
from kaohe_web.schemes.entries import Row
from kaohe_web.schemes.forms import ROWS, SECTIONS, VALUES, AmountRows, BandRows, GradeRows, Grades, Head, Item, Pay
from kaohe_web.schemes.writing import NotInForm, top
from kaohe_web.schemes.writing import entries as listed
from kaohe_web.site import language

PREFIX = "rows"
MORE = frozenset(
    (
        "title_en",
        "note_en",
        "source",
        "id",
        "better",
        "section",
        "figures",
        "small_sample",
        "joined_from",
        "joined_before",
        "floor",
        "cap",
        "ties",
    )
)
"""Fields seldom needed, which pages fold away."""
FEWEST = 2
"""Rows a new table of bands begins with."""

_ROW = re.compile(r"row:(add|remove:(\d{1,3}))$")


class Editor:
    """A form, and rows of bands where its kind has them. Raises `NotInForm` where the text can not be read, LookupError where there is no such entry."""

    def __init__(self, text: str, section: str, index: int | None) -> None:
        self.text, self.section, self.index = text, section, index
        self.whole = top(text)
        self.entry = self._entry()
        self.form: forms.Form
        self.rows: Any = None

    def _entry(self) -> CommentedMap:
        if self.section in ("head", "grades"):
            found: Any = self.whole if self.section == "head" else self.whole.get("grades")
        elif self.index is None:
            found = None
        else:
            found = listed(self.text, self.section)[self.index]
            if found is None:
                raise NotInForm
        if found is not None and not isinstance(found, CommentedMap):
            raise NotInForm
        return found if found is not None else CommentedMap()

    @property
    def label(self) -> str | Promise:
        """What is edited."""
        return {"head": _("方案总的规定"), "grades": _("等级")}.get(self.section) or SECTIONS[self.section][0]

    @property
    def told_by_text(self) -> str:
        """What the text says of the entry that the form does not change: several metrics made into one, or parts."""
        if self.has_parts:
            parts = self.entry["parts"]
            return _("%(count)s 个小项") % {"count": len(parts) if isinstance(parts, list) else "?"}
        return composed(self.entry)

    @property
    def has_parts(self) -> bool:
        return self.section == "items" and self.entry.get("parts") is not None

    @property
    def fields(self) -> list[forms.BoundField]:
        """The fields for everybody."""
        return [field for field in self.form.visible_fields() if not self._is_more(field)]

    @property
    def more(self) -> list[forms.BoundField]:
        """The fields folded away."""
        return [field for field in self.form.visible_fields() if self._is_more(field)]

    @property
    def more_open(self) -> bool:
        """Whether one of those folded away has to be seen."""
        return any(field.errors for field in self.more)

    @property
    def untyped(self) -> list[str]:
        """What stands against reading the form, field by field."""
        if not self.form.is_bound:
            return []
        found = [
            f"{self.form.fields[name].label}：{text}"
            for name, texts in self.form.errors.items()
            if name in self.form.fields
            for text in texts
        ]
        if self.rows is not None:
            found += [text for texts in self.rows.errors for errors in texts.values() for text in errors]
            found += list(self.rows.non_form_errors())
        return found

    def _is_more(self, field: forms.BoundField) -> bool:
        # The ends of an attainment belong to its scoring; a scheme must say where it is from.
        return field.name in MORE and not field.field.required and not (self.section == "items" and field.name in ("floor", "cap"))

    # The form

    def shown(self, revision: int) -> None:
        """The form with the entry as it stands."""
        self._make(None, self._initial() | {"revision": revision}, self._rows_as_written())

    def typed(self, data: QueryDict) -> bool:
        """The form with what was typed; whether it makes sense."""
        self._make(data, self._initial(), [])
        return bool(self.form.is_valid()) & (self.rows is None or bool(self.rows.is_valid()))

    def redrawn(self, data: QueryDict) -> None:
        """The form with what was typed so far, for another kind or with another row, nothing checked."""
        initial = self._initial()
        for name, field in self._class().base_fields.items():
            if isinstance(field, forms.BooleanField):
                initial[name] = name in data
            elif isinstance(field, forms.MultipleChoiceField):
                initial[name] = data.getlist(name)
            elif name in data:
                initial[name] = data[name]
        rows = self._rows_typed(data) if f"{PREFIX}-TOTAL_FORMS" in data else self._rows_as_written()
        asked = _ROW.match(data.get("do", ""))
        if asked and asked[1] == "add":
            rows = [*rows, {"low": "", "value": "", "name": ""}][:ROWS]
        elif asked and int(asked[2]) < len(rows):
            del rows[int(asked[2])]
        self._make(None, initial, rows)

    def saved(self) -> str:
        """The text as it will be with what was typed. Raises `NotInForm` where the text is written in a way that stands against it."""
        data = self.form.cleaned_data
        rows: Sequence[Row] = self.rows.rows() if self.rows is not None else ()
        if self.section == "head":
            return editing.saved_head(self.text, data)
        if self.section == "grades":
            return editing.saved_grades(self.text, data, rows)
        return editing.saved_entry(self.text, self.section, self.index, data, rows)

    def _class(self) -> type[forms.Form]:
        return {"head": Head, "grades": Grades}.get(self.section) or SECTIONS[self.section][1]

    def _initial(self) -> dict[str, Any]:
        if self.section == "head":
            return entries.head_fields(self.whole)
        if self.section == "grades":
            return {"by": self.entry.get("by") or "points"}
        return SECTIONS[self.section][2](self.entry)

    def _make(self, data: QueryDict | None, initial: dict[str, Any], rows: list[Row]) -> None:
        made = self._class()
        now = {
            **initial,
            **({name: data[name] for name in ("kind", "worth_kind", "pay_kind", "on") if name in data} if data is not None else {}),
        }
        more: dict[str, Any] = {}
        if made is Item:
            more = {"parts": self.has_parts, "kind": now["kind"], "worth_kind": now["worth_kind"], "on": now["on"]}
        elif made is Pay:
            more = {"pay_kind": now["pay_kind"], "quantities": self._quantities()}
        if made not in (Head, Grades, Pay):
            more["own"] = "composite" in self.entry or self.has_parts
        self.form = made(data, initial=initial, **more)
        self.rows = self._table(data, rows, now)

    def _table(self, data: QueryDict | None, rows: list[Row], now: Mapping[str, Any]) -> Any:
        made, value = self._kind_of_rows(now)
        if made is None:
            return None
        if data is None and len(rows) < FEWEST:
            rows = [*rows, *({"low": "", "value": "", "name": ""} for _more in range(FEWEST - len(rows)))]
        table = made(data, initial=rows if data is None else None, prefix=PREFIX)
        table.value_label = VALUES[value]
        return table

    def _kind_of_rows(self, now: Mapping[str, Any]) -> tuple[Any, str]:
        if self.section == "grades":
            return GradeRows, "coefficient"
        if self.section == "items" and not self.has_parts and now["kind"] == "bands":
            return BandRows, "points"
        if self.section == "pay":
            kind = now["pay_kind"]
            if kind in ("commission", "commission_by"):
                return BandRows, "rate"
            if kind in ("tier", "day_rate_by"):
                return BandRows, "amount"
            if kind == "grade":
                return AmountRows, "amount"
        return None, ""

    def _rows_as_written(self) -> list[Row]:
        if self.section == "grades":
            return entries.rows_of(self.entry, "bands", "coefficient")
        if self.section == "items":
            return entries.rows_of(self.entry.get("scoring"), "bands", "points")
        if self.section == "pay":
            rows = entries.pay_rows(self.entry)
            grades = entries.rows_of(self.whole.get("grades"), "bands", "coefficient")
            return rows or ([{"low": row["name"], "value": "", "name": ""} for row in grades] if not self.entry else [])
        return []

    def _rows_typed(self, data: QueryDict) -> list[Row]:
        text = data.get(f"{PREFIX}-TOTAL_FORMS", "")
        total = min(int(text), ROWS) if text.isdecimal() and len(text) < 5 else 0
        return [{name: data.get(f"{PREFIX}-{at}-{name}", "") for name in ("low", "value", "name")} for at in range(total)]

    def _quantities(self) -> list[tuple[Any, Any]]:
        """What lines of pay can look at."""
        items = [one for one in listed(self.text, "items") if one is not None]
        called = [(one.get("id") or one.get("metric"), entries.words(one.get("title"))[0]) for one in items]
        sections = list(dict.fromkeys(str(one["section"]) for one in items if one.get("section")))
        lang = language(get_language())
        own = [
            (f"item:{key}", title or metric_name(str(key), lang))
            for key, title in called
            if isinstance(key, str) and (title or key in CATALOGUE or key in REPORTED)
        ]
        totals = [("points:total", _("总分")), ("share:total", _("得分率（总分 ÷ 满分）"))]
        totals += [(f"points:{one}", _("“%(section)s”的得分") % {"section": one}) for one in sections]
        totals += [(f"share:{one}", _("“%(section)s”的得分率") % {"section": one}) for one in sections]
        metrics = [(f"metric:{name}", metric_name(name, lang)) for name in CATALOGUE]
        return [(_("得分"), totals), (_("考核项的得分"), own), (_("指标"), metrics)]


def composed(entry: Mapping[str, Any]) -> str:
    """What several metrics made into one are called; nothing for an entry of one metric."""
    given = entry.get("composite")
    if not isinstance(given, Mapping):
        return ""
    try:
        subject = Subject.model_validate({"composite": {**given, "metrics": list(given.get("metrics") or ())}})
        return subject_name(subject, language(get_language()))
    except (ValidationError, KeyError, TypeError):
        return "?"
