"""What the manual of after-sale and quality leaves to be checked: spans, days left out, and that evidence adds up."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from counting import counted, source
from kaohe.metrics.aftersale import FAMILIES as AFTERSALE
from kaohe.metrics.catalogue import FAMILY_OF
from kaohe.metrics.events import explain_events
from kaohe.metrics.figures import figures
from kaohe.metrics.metric import Metric
from kaohe.metrics.quality import FAMILIES as QUALITY
from kaohe.metrics.reasons import REASONS
from kaohe.metrics.source import BY, Source

METRICS = [metric for family in (*AFTERSALE, *QUALITY) for metric in family.metrics]

MONTHS = """
    buyer | sender | agent | sent_at
    ------+--------+-------+--------------------
    b1    | buyer  |       | 2026-10-01 08:00:00
    b1    | agent  | lin   | 2026-10-01 08:10:00
    b2    | buyer  |       | 2026-10-01 09:00:00
    b2    | agent  | mo    | 2026-10-01 09:10:00
    b1    | buyer  |       | 2026-10-03 08:00:00
    b1    | agent  | mo    | 2026-10-03 08:10:00
    b1    | buyer  |       | 2026-10-05 08:00:00
    b1    | agent  |       | 2026-10-05 08:10:00
    b3    | buyer  |       | 2026-11-05 08:00:00
    b3    | agent  | lin   | 2026-11-05 08:10:00
    orders:
    order | buyer | created_at          | paid_at             | amount
    ------+-------+---------------------+---------------------+-------
    o1    | b1    | 2026-10-01 08:05:00 | 2026-10-01 08:20:00 | 88.00
    o2    | b2    | 2026-10-01 09:05:00 | 2026-10-01 09:20:00 | 66.00
    o3    | b3    | 2026-11-05 08:05:00 |                     | 66.00
    o4    | b4    | 2026-11-06 08:05:00 | 2026-11-06 08:06:00 | 66.00
    refunds:
    refund | order | agent | applied_at          | completed_at        | status  | platform_intervened | merchant_liable
    -------+-------+-------+---------------------+---------------------+---------+---------------------+----------------
    r1     | o1    |       | 2026-10-03 09:00:00 | 2026-10-04 09:00:00 | success | yes                 | yes
    r2     | o1    |       | 2026-10-06 09:00:00 | 2026-10-08 09:00:00 | success | yes                 | yes
    r3     | o2    | lin   | 2026-10-06 09:00:00 | 2026-10-07 10:00:00 | success | yes                 | no
    r4     | o4    |       | 2026-11-07 09:00:00 | 2026-11-08 09:00:00 | success | yes                 | yes
    complaints:
    complaint | buyer | agent | filed_at            | upheld
    ----------+-------+-------+---------------------+-------
    c1        | b1    |       | 2026-10-03 12:00:00 | yes
    c2        | b2    | lin   | 2026-10-03 12:00:00 | no
    c3        |       |       | 2026-10-05 12:00:00 | yes
    reviews:
    review | buyer | order | agent | reviewed_at         | stars | followed_up_at      | revised_at          | revised_stars
    -------+-------+-------+-------+---------------------+-------+---------------------+---------------------+--------------
    v1     | b1    | o1    |       | 2026-10-06 12:00:00 | 2     | 2026-10-06 13:00:00 | 2026-10-09 12:00:00 | 5
    v2     | b2    | o2    | chen  | 2026-10-06 12:00:00 | 3     |                     |                     |
    v3     | b9    |       |       | 2026-10-06 12:00:00 | 5     |                     |                     |
    ratings:
    rating | buyer | agent | invited_at          | rated_at            | stars
    -------+-------+-------+---------------------+---------------------+------
    t1     | b1    | lin   | 2026-10-01 08:15:00 | 2026-10-01 08:16:00 | 5
    t2     | b2    |       | 2026-10-01 09:15:00 | 2026-10-01 09:16:00 | 2
    t3     | b1    | mo    | 2026-10-03 09:15:00 |                     |
    resolutions:
    buyer | day        | resolved
    ------+------------+---------
    b1    | 2026-10-05 | no
    """


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> Source:
    return source(tmp_path_factory.mktemp("months"), MONTHS)


@pytest.mark.parametrize("by", [(), ("agent",), ("shop", "agent")])
@pytest.mark.parametrize("metric", ["dispute_refund_rate", "avg_refund_hours"])
def test_each_day_looks_back_as_if_it_were_asked_for_alone(months: Source, metric: str, by: tuple[str, ...]) -> None:
    first, last = date(2026, 10, 1), date(2026, 11, 10)
    daily = figures(months, by=(*by, "day"), first=first, last=last, metrics=[metric]).filter(
        (pl.col("numerator") != 0) | (pl.col("denominator") != 0)
    )
    alone = [
        figures(months, by=by, first=day, last=day, metrics=[metric]).with_columns(day=pl.lit(day))
        for day in (first + timedelta(days=n) for n in range((last - first).days + 1))
    ]
    each = pl.concat(alone).filter((pl.col("numerator") != 0) | (pl.col("denominator") != 0))
    keys = [BY[name] for name in by]
    shown = [*keys, "day", "numerator", "denominator", "value"]
    assert len(each) > 30
    assert daily.select(shown).sort(shown).equals(each.select(shown).sort(shown))


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.id)
@pytest.mark.parametrize("agent", ["everybody", "lin", "mo", None])
def test_the_evidence_adds_up_to_the_figure_and_says_why(months: Source, metric: Metric, agent: str | None) -> None:
    whole = agent == "everybody"
    told = explain_events(months, metric, shop="s1", agent=None if whole else agent, first=None, last=date(2026, 10, 7), whole_shop=whole)
    lines = told.lines
    assert lines.filter("met")["amount"].sum() == pytest.approx(told.numerator or 0)
    assert set(lines["reason"]) <= set(REASONS)
    if metric.under is not None and FAMILY_OF[metric.under.id].rows is not None:
        divided = lines.filter("counted", pl.col("family") == FAMILY_OF[metric.under.id].id)
        assert divided.height == (told.denominator or 0)


def test_a_return_after_the_asked_days_still_decides(months: Source) -> None:
    def rate(last: date) -> tuple[float, float]:
        return figures(months, by=(), first=last, last=last, metrics=["resolution_rate"]).select("numerator", "denominator").row(0)  # type: ignore[return-value]

    # b1 came on the 3rd and within 72 h again on the 5th, which is marked as open.
    assert rate(date(2026, 10, 3)) == (0, 1)
    assert rate(date(2026, 10, 5)) == (0, 1)


def test_refunds_alone_have_a_last_day(tmp_path: Path) -> None:
    found = counted(
        source(
            tmp_path,
            """
            refunds:
            refund | applied_at          | completed_at        | status
            -------+---------------------+---------------------+--------
            r1     | 2026-10-01 09:00:00 | 2026-10-01 11:00:00 | success
            r2     | 2026-12-01 09:00:00 | 2026-12-01 13:00:00 | success
            """,
        )
    )
    assert found[None]["avg_refund_hours"] == (4, 1, 4)
    assert found[None]["dispute_refund_rate"] == (0, None, None)


def test_refunds_that_never_ended_are_no_figure_and_no_error(tmp_path: Path) -> None:
    found = counted(
        source(
            tmp_path,
            """
            refunds:
            refund | applied_at          | status
            -------+---------------------+--------
            r1     | 2026-10-01 09:00:00 | pending
            """,
        ),
        "day",
    )
    assert all(value is None for figure in found.values() for *_, value in figure.values())


def test_complaints_leave_with_the_contacts_they_are_divided_by(tmp_path: Path) -> None:
    made = source(
        tmp_path,
        MONTHS
        + """
        exemptions:
        shop | first_day  | covers   | reason
        -----+------------+----------+-------
        s1   | 2026-10-03 | response | 系统故障
        """,
    )
    found = counted(made)
    # c1 of the 3rd is gone, and so is b1's contact of that day; c3 of the 5th stays.
    assert found[None]["complaint_rate"] == (1, 4, 0.25)


def test_by_the_hour_there_is_no_complaint_rate(months: Source) -> None:
    found = counted(months, "hour")
    assert {figure["complaint_rate"][2] for figure in found.values()} == {None}
    assert {figure["invite_rate"][2] for figure in found.values()} == {None}
    assert found[8]["resolution_rate"] == (0, 2, 0)
