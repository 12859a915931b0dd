"""A list of many choices, written quickly: one template for each of hundreds of metrics is what a page would spend its time on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import escape, format_html, mark_safe
from django.utils.safestring import SafeString


class LongSelect(forms.Select):
    """A select whose choices are pairs, or groups of pairs."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        given = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        now = "" if value is None else str(value)
        return format_html("<select{}>{}</select>", flatatt(given), mark_safe("".join(_written(self.choices, now))))


def _written(choices: Any, now: str) -> list[str]:
    found = []
    for key, label in choices:
        if isinstance(label, list | tuple):
            found += [f'<optgroup label="{escape(key)}">', *_written(label, now), "</optgroup>"]
        else:
            chosen = " selected" if str(key) == now else ""
            found.append(f'<option value="{escape(key)}"{chosen}>{escape(label)}</option>')
    return found
