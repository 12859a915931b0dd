"""Spans of time against the same in plain Python."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from kaohe.facts import spans

Rows = list[tuple[str | None, int, int]]
ROWS = st.lists(st.tuples(st.sampled_from(("lin", "mo", None)), st.integers(0, 12), st.integers(1, 6)), max_size=12).map(
    lambda rows: [(who, start, start + length) for who, start, length in rows]
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = ("Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "America/Havana")
CHANGES = (datetime(2026, 11, 1, 4, tzinfo=UTC), datetime(2026, 4, 4, 15, tzinfo=UTC), datetime(2011, 12, 30, 10, tzinfo=UTC))


def frame(rows: Rows) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"who": pl.String, "start": pl.Int64, "end": pl.Int64}, orient="row")


def covered(rows: Rows) -> dict[str | None, list[int]]:
    """Every unit of time that a span of each holds, once for each span."""
    found: dict[str | None, list[int]] = defaultdict(list)
    for who, start, end in rows:
        found[who] += range(start, end)
    return found


@given(ROWS)
def test_what_spans_add_sums_to_the_length_of_their_union(rows: Rows) -> None:
    found = spans.adding(frame(rows), ["who"])
    assert found["adds"].min() is None or found["adds"].min() >= 0  # type: ignore[operator]
    summed = dict(found.group_by("who").agg(pl.sum("adds")).iter_rows())
    assert summed == {who: len(set(units)) for who, units in covered(rows).items()}
    assert spans.adding(frame(rows), [])["adds"].sum() == len({unit for units in covered(rows).values() for unit in units})


@given(ROWS)
def test_joined_spans_hold_the_same_and_do_not_touch(rows: Rows) -> None:
    found = spans.joined(frame(rows), ["who"]).rows()
    assert {who: set(units) for who, units in covered(found).items()} == {who: set(units) for who, units in covered(rows).items()}
    for (one, _, end), (other, start, _) in pairwise(found):
        assert one != other or start > end


@given(ROWS)
def test_the_most_at_once_is_that_of_the_fullest_instant_and_the_first_such(rows: Rows) -> None:
    expected = {who: max((units.count(unit), -unit) for unit in units) for who, units in covered(rows).items()}
    assert {who: (most, -at) for who, most, at in spans.most_at_once(frame(rows), ["who"]).iter_rows()} == expected


@given(st.data())
def test_pieces_lie_in_one_local_day_and_hour_and_add_up(data: st.DataObject) -> None:
    zone, edge = data.draw(st.sampled_from(ZONES)), data.draw(st.sampled_from(CHANGES))
    start = edge + timedelta(minutes=data.draw(st.integers(-1500, 1500)), microseconds=data.draw(st.integers(-1, 1)))
    length = timedelta(minutes=data.draw(st.integers(0, 3000)), microseconds=data.draw(st.integers(0, 1)))
    by_hour = data.draw(st.booleans())
    first, last = (round((one - EPOCH) / timedelta(microseconds=1)) for one in (start, start + length))
    given_span = pl.DataFrame({"of": ["lin"], "start": [first], "end": [last]})
    pieces = spans.cut(given_span, pl.Series([zone]), by_hour=by_hour).rows(named=True)
    assert [piece["start"] for piece in pieces] == ([first] if length else []) + [piece["end"] for piece in pieces[:-1]]
    assert not pieces or pieces[-1]["end"] == last
    for piece in pieces:
        for moment in (piece["start"], piece["end"] - 1):
            local = (EPOCH + timedelta(microseconds=moment)).astimezone(ZoneInfo(zone))
            assert (local.date(), local.hour if by_hour else None) == (piece["day"], piece["hour"])
    named = [(piece["day"], piece["hour"]) for piece in pieces]
    assert len(set(named)) == len(named)


def test_spans_of_several_zones_are_cut_each_by_its_own() -> None:
    first = round(datetime(2026, 10, 1, 12, tzinfo=UTC).timestamp()) * 1_000_000
    rows = pl.DataFrame({"of": ["sh", "ny"], "start": [first, first], "end": [first + 6 * spans.HOUR] * 2})
    pieces = spans.cut(rows, pl.Series(["Asia/Shanghai", "America/New_York"]))
    assert sorted(pieces.select("of", "day").rows()) == [
        ("ny", date(2026, 10, 1)),
        ("sh", date(2026, 10, 1)),
        ("sh", date(2026, 10, 2)),
    ]
