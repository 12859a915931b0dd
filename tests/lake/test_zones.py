"""Local days: the fast way, a constant added, and the zone's own rules give the same clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from kaohe.lake.layout import local_clock

MOMENTS = st.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
ZONES = st.sampled_from(("Asia/Shanghai", "America/New_York", "Pacific/Auckland", "UTC", "Australia/Lord_Howe"))


@given(st.lists(st.tuples(MOMENTS, ZONES), min_size=1, max_size=20), st.booleans())
def test_the_local_clock_is_the_zones(rows: list[tuple[datetime, str]], close: bool) -> None:
    if close:
        rows = [(rows[0][0] + timedelta(minutes=7 * n), zone) for n, (_, zone) in enumerate(rows)]
    moments = pl.Series([moment for moment, _ in rows], dtype=pl.Datetime("us", "UTC"))
    found = local_clock(moments, pl.Series([zone for _, zone in rows]))
    epoch = datetime(1970, 1, 1)
    expected = [(moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) - epoch) // timedelta(microseconds=1) for moment, zone in rows]
    assert found.to_list() == expected
