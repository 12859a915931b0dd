"""One value as people read it, and text from strangers made harmless."""

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaohe.reports.cells import FORMULA_STARTS, duration, harmless, harmless_column, is_risky, printable, shown


@pytest.mark.parametrize(
    ("value", "kind", "zh"),
    [
        (0.12344, "rate", "12.34 %"),
        (1, "rate", "100.00 %"),
        (0.0, "rate", "0.00 %"),
        (1234567, "count", "1,234,567"),
        (12.0, "count", "12"),
        (Decimal("1234.5"), "money", "1,234.50"),
        (Decimal("0.125"), "points", "0.13"),
        (1.005, "ratio", "1.01"),
        (23.44, "chars", "23.4"),
        (12.45, "hours", "12.5 小时"),
        (1234.5, "hours", "1,234.5 小时"),
        (87, "score", "87.00"),
        (None, "rate", "–"),
        (float("nan"), "seconds", "–"),
        (True, "flag", "是"),
        (dt.date(2026, 11, 1), "date", "2026-11-01"),
        (dt.datetime(2026, 11, 1, 9, 0, 5), "instant", "2026-11-01 09:00:05"),
    ],
)
def test_every_kind_is_shown_as_people_write_it(value, kind, zh):
    assert shown(value, kind) == zh


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (0, "0秒", "0s"),
        (8, "8秒", "8s"),
        (8.54, "8.5秒", "8.5s"),
        (59.94, "59.9秒", "59.9s"),
        (59.95, "1分00秒", "1m00s"),
        (80, "1分20秒", "1m20s"),
        (3599.4, "59分59秒", "59m59s"),
        (3600, "1时00分", "1h00m"),
        (7325, "2时02分", "2h02m"),
        (86400, "1天00时", "1d00h"),
        (-5, "-5秒", "-5s"),
    ],
)
def test_seconds_are_shown_in_the_units_people_say(seconds, zh, en):
    assert (duration(seconds, "zh"), duration(seconds, "en")) == (zh, en)


@pytest.mark.parametrize("start", list(FORMULA_STARTS))
def test_a_cell_that_could_begin_a_formula_gets_an_apostrophe(start):
    assert harmless(start + "cmd|' /C calc'!A0") == "'" + start + "cmd|' /C calc'!A0"
    assert is_risky(start)


@pytest.mark.parametrize("text", ["", "在的", "1+1=2", "a-b", "'=1+1", " =1"])
def test_other_text_stays_as_it_is(text):
    assert harmless(text) == text


@given(st.lists(st.none() | st.text(max_size=8), max_size=20))
def test_a_column_is_made_harmless_as_its_cells_are(texts):
    frame = pl.DataFrame({"t": texts}, schema={"t": pl.String})
    assert frame.select(harmless_column("t"))["t"].to_list() == [None if text is None else harmless(text) for text in texts]


@given(st.text())
def test_printable_text_holds_no_control_characters(text):
    shown_text = printable(text)
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in shown_text)


def test_an_escape_sequence_of_a_buyer_can_not_repaint_the_terminal():
    assert printable("\x1b]0;owned\x07好\r\n\u202e的") == "·]0;owned·好⏎·的"
