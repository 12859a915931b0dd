"""Messages by the million: exact counts, whole local days, and fast enough for twenty million."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

import polars as pl
import pytest

from kaohe.demo import write_messages

FIRST = dt.date(2026, 10, 30)


def read(folder: Path) -> pl.DataFrame:
    """All files with the local day and the day of the file's name."""
    frames = []
    for path in sorted(folder.glob("messages_*.parquet")):
        day = dt.date.fromisoformat(path.stem.removeprefix("messages_"))
        frames.append(pl.read_parquet(path).with_columns(file=pl.lit(day)))
    return pl.concat(frames).with_columns(day=pl.col("sent_at").dt.convert_time_zone("Asia/Shanghai").dt.date())


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    folder = tmp_path_factory.mktemp("fleet")
    assert write_messages(folder, messages=60_001, days=4, shops=12, agents=50, first=FIRST) == 60_001
    return read(folder)


def test_the_count_is_exact_and_every_day_has_its_file(messages: pl.DataFrame) -> None:
    assert messages.height == 60_001
    assert messages["file"].unique().sort().to_list() == [FIRST + dt.timedelta(days=number) for number in range(4)]


def test_a_file_holds_its_own_local_day_only(messages: pl.DataFrame) -> None:
    assert messages.filter(pl.col("file") != pl.col("day")).is_empty()


def test_answers_after_midnight_stand_in_the_next_days_file(messages: pl.DataFrame) -> None:
    ordered = messages.sort("shop_id", "buyer_id", "sent_at")
    night = ordered.filter((pl.col("sender") == "agent") & (pl.col("sent_at").dt.convert_time_zone("Asia/Shanghai").dt.hour() == 8))
    before = ordered.filter(pl.col("sender") == "buyer").select("shop_id", "buyer_id", asked=pl.col("day") + pl.duration(days=1))
    assert night.join(before, left_on=["shop_id", "buyer_id", "day"], right_on=["shop_id", "buyer_id", "asked"]).height > 0


def test_contacts_have_about_ten_messages(messages: pl.DataFrame) -> None:
    contacts = messages.select(pl.struct("shop_id", "buyer_id", "day").n_unique()).item()
    assert 9.5 < messages.height / contacts < 11.8


def test_ids_and_names_look_like_the_platforms(messages: pl.DataFrame) -> None:
    assert messages["message_id"].n_unique() == messages.height
    assert messages["shop_id"].n_unique() == 12
    assert messages["agent_id"].drop_nulls().n_unique() == 50
    buyers = messages["buyer_id"].unique()
    assert 0.3 < buyers.str.contains(r"^\d{13}$").mean() < 0.7
    assert buyers.str.contains("^tb[0-9]+$").any()
    assert buyers.str.contains("^jd_").any()
    assert set(messages["sender"]) == {"buyer", "agent", "assisted", "bot", "system"}
    assert messages.filter((pl.col("sender") == "agent") & pl.col("agent_id").is_null()).is_empty()


def test_an_agent_works_in_one_shop_when_there_are_enough(messages: pl.DataFrame) -> None:
    human = messages.filter(pl.col("sender") == "agent")
    assert human.group_by("agent_id").agg(pl.col("shop_id").n_unique())["shop_id"].max() == 1


def test_more_shops_than_agents_share_them(tmp_path: Path) -> None:
    write_messages(tmp_path, messages=3_000, days=1, shops=20, agents=3, first=FIRST)
    assert read(tmp_path)["agent_id"].drop_nulls().n_unique() == 3


def test_csv_and_parquet_hold_the_same_messages(messages: pl.DataFrame, tmp_path: Path) -> None:
    write_messages(tmp_path, messages=60_001, days=4, shops=12, agents=50, first=FIRST, format="csv")
    rows = pl.concat(pl.read_csv(path, infer_schema=False) for path in sorted(tmp_path.glob("*.csv")))
    local = pl.col("sent_at").dt.convert_time_zone("Asia/Shanghai").dt.strftime("%Y-%m-%d %H:%M:%S")
    assert rows.columns == ["shop_id", "buyer_id", "sent_at", "sender", "agent_id", "message_id", "text"]
    assert rows.equals(messages.with_columns(local).select(rows.columns))


def test_the_same_seed_makes_the_same_messages_and_another_others(messages: pl.DataFrame, tmp_path: Path) -> None:
    write_messages(tmp_path / "same", messages=60_001, days=4, shops=12, agents=50, first=FIRST)
    write_messages(tmp_path / "other", messages=60_001, days=4, shops=12, agents=50, first=FIRST, seed=2)
    assert read(tmp_path / "same").equals(messages)
    assert not read(tmp_path / "other")["buyer_id"].equals(messages["buyer_id"])


@pytest.mark.parametrize(("count", "days"), [(1, 1), (3, 3), (7, 2), (101, 5)])
def test_few_messages_are_still_exact(tmp_path: Path, count: int, days: int) -> None:
    assert write_messages(tmp_path, messages=count, days=days, shops=2, agents=2, first=FIRST) == count
    assert read(tmp_path).height == count
    assert len(list(tmp_path.iterdir())) == days


@pytest.mark.parametrize("wrong", [{"days": 0}, {"shops": 0}, {"agents": 0}, {"messages": 1, "days": 2}, {"seed": -1}])
def test_impossible_numbers_are_refused(tmp_path: Path, wrong: dict) -> None:
    given = {"messages": 100, "days": 1, "shops": 1, "agents": 1} | wrong
    with pytest.raises(ValueError, match="need days"):
        write_messages(tmp_path, first=FIRST, **given)


def test_two_hundred_thousand_messages_take_a_few_seconds(tmp_path: Path) -> None:
    start = time.perf_counter()
    write_messages(tmp_path, messages=200_000, days=2, shops=30, agents=200, first=FIRST)
    assert time.perf_counter() - start < 6
