"""What an appeal is about, as text: read by people, and found again."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaohe_web.appraisals.models import About
from kaohe_web.appraisals.subjects import Contact, Subject, contact, subjects

names = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1)
DAY = date(2026, 10, 5)


@given(names, names, st.dates())
def test_a_contact_is_found_again(shop, buyer, day):
    assert contact(str(Contact(shop, buyer, day))) == Contact(shop, buyer, day)


@pytest.mark.parametrize("text", ["", "订单 1234", "s1 · lin0", "s1 · lin0 · 昨天", " · ", "2026-10-05"])
def test_other_words_are_no_contact(text):
    assert contact(text) is None


def test_an_order_is_named_by_its_number_and_what_stands_in_a_row_once():
    columns = ("family", "subject", "shop_id", "buyer_id", "day")
    rows = [
        ("sales", "o1", "s1", "b1", DAY),
        ("sales", "o1", "s1", "b1", DAY),
        ("inquiries", "b1", "s1", "b1", DAY),
        ("refunds", "r1", "s1", "b2", DAY),
        ("marks", "m", None, None, DAY),
        ("sales", None, "s1", "b1", DAY),
    ]
    found = subjects(pl.DataFrame(rows, schema=columns, orient="row"))
    one, two = (Subject(About.CONTACT, f"s1 · {buyer} · 2026-10-05") for buyer in ("b1", "b2"))
    assert found == [Subject(About.ORDER, "o1"), None, one, two, None, None]
    messages = pl.DataFrame([("s1", "b1", DAY)] * 2, schema=["shop_id", "buyer_id", "day"], orient="row")
    assert subjects(messages) == [one, None]
