"""Verdicts on rules: boundaries first, each miss with its distance, each day by its own version."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counting import source
from kaohe.metrics.compliance import compliance, failing, missing
from kaohe.packs.fields import Words
from kaohe.packs.pack import ComplianceRule, Parameters, Sample, Version

DAY = dt.date(2026, 10, 1)


def rule(metric: str = "effective_reply_rate", threshold: str = "0.50", **more: Any) -> ComplianceRule:
    text = Words(zh="后果", en="what follows")
    return ComplianceRule(
        id="r", title=text, metric=metric, threshold=Decimal(threshold), consequence=text, source="A1", certainty="B", **more
    )


def version(*rules: ComplianceRule) -> Version:
    return Version(source="A1", certainty="B", parameters=Parameters(), rules=rules)


def judged(tmp_path: Path, text: str, *rules: ComplianceRule, first: dt.date = DAY, last: dt.date = DAY) -> list[Mapping[str, Any]]:
    # A later day with a message, so that the days asked are not the last.
    text = text.split("shops:")
    later = "z9 | buyer | | 2026-10-20 09:00:00\n"
    made = source(tmp_path, "buyer | sender | agent | sent_at\n" + text[0] + later + "".join("shops:" + part for part in text[1:]))
    found = compliance(made, lambda _shop, _day: ("p", version(*rules)), first, last)
    return list(found.iter_rows(named=True))


def chats(answered: int, late: int, day: dt.date = DAY) -> str:
    """So many buyers answered at once, and so many not at all."""
    lines = [f"a{n} | buyer | | {day} 09:00:00\na{n} | agent | lin | {day} 09:00:10" for n in range(answered)]
    return "\n".join([*lines, *(f"b{n} | buyer | | {day} 09:00:00" for n in range(late))]) + "\n"


A1 = rule(minimum_sample=Sample(metric="consulting_buyers", at_least=100))


def test_exactly_a_hundred_buyers_and_exactly_half_of_them_pass(tmp_path: Path) -> None:
    (row,) = judged(tmp_path, chats(50, 50), A1)
    assert (row["verdict"], row["numerator"], row["denominator"], row["sample"], row["cases"]) == ("pass", 50, 100, 100, 0)
    assert not row["provisional"]


def test_one_buyer_less_than_half_fails_by_one(tmp_path: Path) -> None:
    (row,) = judged(tmp_path, chats(49, 51), A1)
    assert (row["verdict"], row["cases"]) == ("fail", 1)
    assert row["consequence_zh"] == "后果"


def test_ninety_nine_buyers_are_too_few_for_the_rule(tmp_path: Path) -> None:
    (row,) = judged(tmp_path, chats(0, 99), A1)
    assert (row["verdict"], row["why"], row["sample"], row["sample_needed"]) == ("not_applicable", "small_sample", 99, 100)


def test_a_day_without_anything_to_count_is_not_judged(tmp_path: Path) -> None:
    rows = judged(tmp_path, chats(1, 0), rule(), first=DAY, last=DAY + dt.timedelta(days=1))
    assert [(row["verdict"], row["why"]) for row in rows] == [("pass", None), ("not_applicable", "no_data")]


def test_days_before_the_first_message_are_not_there(tmp_path: Path) -> None:
    rows = judged(tmp_path, chats(1, 0), rule(), first=DAY - dt.timedelta(days=5))
    assert [row["day"] for row in rows] == [DAY]


def test_the_last_day_is_provisional(tmp_path: Path) -> None:
    (row,) = judged(tmp_path, "", rule(), first=dt.date(2026, 10, 20), last=dt.date(2026, 10, 20))
    assert (row["verdict"], row["provisional"], row["why"]) == ("fail", True, "last_day")


def test_trailing_days_are_summed_and_say_when_data_begin_within_them(tmp_path: Path) -> None:
    second = DAY + dt.timedelta(days=1)
    trailing = rule(threshold="0.75", scope="trailing_days", days=2)
    rows = judged(tmp_path, chats(1, 0) + chats(2, 1, second), trailing, last=second)
    assert [(row["numerator"], row["denominator"], row["verdict"], row["partial"]) for row in rows] == [
        (1, 1, "pass", True),
        (3, 4, "pass", False),
    ]


def test_an_exempt_day_is_not_judged_and_says_why(tmp_path: Path) -> None:
    text = "buyer | sender | agent | sent_at\n" + chats(0, 3) + "z9 | buyer | | 2026-10-20 09:00:00\n"
    text += "exemptions:\nshop | first_day | reason\ns1 | 2026-10-01 | 国庆节\n"
    found = compliance(source(tmp_path, text), lambda _shop, _day: ("p", version(rule())), DAY, DAY)
    (row,) = found.iter_rows(named=True)
    assert (row["verdict"], row["why"], row["note"]) == ("not_applicable", "exempt", "国庆节")


def test_every_day_is_judged_by_its_own_version(tmp_path: Path) -> None:
    second = DAY + dt.timedelta(days=1)
    text = "buyer | sender | agent | sent_at\n" + chats(1, 1) + chats(1, 1, second) + "z9 | buyer | | 2026-10-20 09:00:00\n"
    old, new = version(rule(threshold="0.5")), version(rule(threshold="0.6"))
    found = compliance(source(tmp_path, text), lambda _shop, day: ("p", old if day <= DAY else new), DAY, second)
    assert found["verdict"].to_list() == ["pass", "fail"]
    assert found["threshold"].to_list() == [0.5, 0.6]


def test_a_mean_is_held_to_its_limit_to_the_microsecond(tmp_path: Path) -> None:
    talk = f"a | buyer | | {DAY} 09:00:00\na | agent | lin | {DAY} 09:00:30\n"
    held, missed = rule("avg_response_seconds", "30", direction="at_most"), rule("avg_response_seconds", "29.9", direction="at_most")
    (row,) = judged(tmp_path / "one", talk, held)
    assert (row["verdict"], row["gap"], row["cases"]) == ("pass", 0, None)
    (row,) = judged(tmp_path / "two", talk, missed)
    assert (row["verdict"], row["gap"]) == ("fail", pytest.approx(0.1))


def test_a_rule_may_count_in_another_unit_than_the_pack(tmp_path: Path) -> None:
    talk = f"""a | buyer | | {DAY} 09:00:00
a | agent | lin | {DAY} 09:00:10
a | buyer | | {DAY} 10:00:00
a | agent | lin | {DAY} 10:10:00
"""
    by_contact = judged(tmp_path / "one", talk, rule("reply_rate_3min"))
    by_message = judged(tmp_path / "two", talk, rule("reply_rate_3min", unit="message"))
    assert (by_contact[0]["numerator"], by_contact[0]["denominator"], by_contact[0]["unit"]) == (0, 1, "contact")
    assert (by_message[0]["numerator"], by_message[0]["denominator"], by_message[0]["unit"]) == (1, 2, "message")


def test_whom_a_miss_was_about_is_named(tmp_path: Path) -> None:
    text = "buyer | sender | agent | sent_at\n" + chats(1, 2) + "z9 | buyer | | 2026-10-20 09:00:00\n"
    made = source(tmp_path, text)
    versions = lambda _shop, _day: ("p", version(rule()))  # noqa: E731
    (row,) = compliance(made, versions, DAY, DAY).iter_rows(named=True)
    behind = failing(made, versions, row)
    assert behind.select("buyer_id", "reason", "wait_seconds").rows() == [("b0", "unanswered", None), ("b1", "unanswered", None)]


@given(st.integers(0, 60), st.integers(1, 60), st.fractions(0, 1, max_denominator=100), st.sampled_from(["at_least", "at_most"]))
def test_the_distance_is_the_fewest_cases_that_would_have_passed(top: int, bottom: int, threshold: Fraction, direction: str) -> None:
    top = min(top, bottom)
    cases = missing(Fraction(top), Fraction(bottom), threshold, direction)

    def passes(numerator: int) -> bool:
        share = Fraction(numerator, bottom)
        return share >= threshold if direction == "at_least" else share <= threshold

    step = 1 if direction == "at_least" else -1
    assert passes(top + step * cases)
    assert not passes(top + step * (cases - 1))
    assert (cases <= 0) == passes(top)
