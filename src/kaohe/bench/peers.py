"""The same contacts by other means: what a good engineer would write by hand over the raw columns of the same files.

Each function answers `TOTALS` over contacts with at least one assessed message: 08:00 to 23:00 in Shanghai, replies until the day's end.
`humans` are the senders that stop the clock. All read the lake's own Parquet files, only the columns `RAW`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

RAW = ("shop_id", "buyer_id", "sent_at", "sender", "agent_id", "message_id")
TOTALS = ("contacts", "asked", "answered", "within_30", "valid_3600", "wait_sum")
Totals = tuple[int, ...]
RANKS = {"buyer": 0, "system": 1, "bot": 2, "assisted": 3, "agent": 4}
_OFFSET = 8 * 3600 * 1_000_000
_DAY = 86_400_000_000


def scan_only(files: Sequence[Path]) -> int:
    """Read the raw columns of every file into memory, one file after the other, and do nothing with them. Returns the rows."""
    import polars as pl

    return sum(len(pl.read_parquet(file, columns=list(RAW), hive_partitioning=False)) for file in files)


def duckdb(files: Sequence[Path], humans: Sequence[str]) -> Totals:
    """Window SQL in DuckDB on all cores: the next human row's time within (shop, buyer, day), then contacts."""
    import duckdb as engine

    listed = ", ".join(f"'{file}'" for file in files)
    people = ", ".join(f"'{sender}'" for sender in humans)
    query = f"""
        with messages as (
            select shop_id, buyer_id, sender, message_id,
                   epoch_us(sent_at) as moment,
                   (epoch_us(sent_at) + {_OFFSET}) // {_DAY} as day,
                   (epoch_us(sent_at) + {_OFFSET}) % {_DAY} // 1000000 as second,
                   case sender when 'buyer' then 0 when 'system' then 1 when 'bot' then 2 when 'assisted' then 3 else 4 end as rank
            from read_parquet([{listed}], hive_partitioning = false)
        ), clocked as (
            select shop_id, buyer_id, day,
                   sender = 'buyer' and second >= 28800 and second < 82800 as asked,
                   min(case when sender in ({people}) then moment end) over (
                       partition by shop_id, buyer_id, day order by moment, rank, message_id
                       rows between 1 following and unbounded following) - moment as wait
            from messages
        ), contacts as (
            select shop_id, buyer_id, day,
                   count(*) filter (asked) as asked,
                   count(wait) filter (asked) as answered,
                   count(*) filter (asked and wait <= 30000000) as within_30,
                   count(*) filter (asked and wait <= 3600000000) as within_3600,
                   coalesce(sum(wait) filter (asked), 0) as wait_sum
            from clocked group by all
        )
        select count(*), sum(asked), sum(answered), sum(within_30), count(*) filter (within_3600 = asked), sum(wait_sum)
        from contacts where asked > 0
    """
    with engine.connect() as connection:
        row: Any = connection.execute(query).fetchone()
    return tuple(int(value) for value in row)


def chdb(files: Sequence[Path], humans: Sequence[str]) -> Totals:
    """The same window SQL in chdb (ClickHouse in process)."""
    import chdb as engine

    people = ", ".join(f"'{sender}'" for sender in humans)
    sources = " union all ".join(f"select {', '.join(RAW)} from file('{file}', Parquet)" for file in files)
    query = f"""
        with clocked as (
            select shop_id, buyer_id, day, sender = 'buyer' and second >= 28800 and second < 82800 as asked,
                   min(if(sender in ({people}), at, null)) over (
                       partition by shop_id, buyer_id, day order by at, rank, message_id
                       rows between 1 following and unbounded following) - at as wait
            from (
                select shop_id, buyer_id, sender, message_id, toUnixTimestamp64Micro(sent_at) as at,
                       intDiv(at + {_OFFSET}, {_DAY}) as day, intDiv((at + {_OFFSET}) % {_DAY}, 1000000) as second,
                       transform(sender, ['buyer', 'system', 'bot', 'assisted', 'agent'], [0, 1, 2, 3, 4], 4) as rank
                from ({sources})
            )
        ), contacts as (
            select countIf(asked) as n, countIf(asked and wait is not null) as answered,
                   countIf(asked and wait <= 30000000) as within_30, countIf(asked and wait <= 3600000000) as within_3600,
                   sumIf(wait, asked and wait is not null) as wait_sum
            from clocked group by shop_id, buyer_id, day
        )
        select count(), sum(n), sum(answered), sum(within_30), countIf(within_3600 = n), sum(wait_sum) from contacts where n > 0
    """
    row = str(engine.query(query, "CSV")).strip().split(",")
    return tuple(int(value) for value in row)


def polars_windows(files: Sequence[Path], humans: Sequence[str]) -> Totals:
    """Polars' own windows (`over`), one day at a time."""
    import polars as pl

    totals = [0] * len(TOTALS)
    for file in files:
        frame = pl.scan_parquet(file, hive_partitioning=False).select(RAW)
        local = pl.col("sent_at").to_physical() + _OFFSET
        second = local % _DAY // 1_000_000
        human = pl.col("sender").is_in(list(humans))
        pair = ["shop_id", "buyer_id"]
        reply = pl.when(human).then(pl.col("sent_at").to_physical()).shift(-1).backward_fill().over(pair)
        clocked = (
            frame.with_columns(rank=pl.col("sender").replace_strict(RANKS, return_dtype=pl.Int8))
            .sort(*pair, "sent_at", "rank", "message_id")
            .with_columns(wait=reply - pl.col("sent_at").to_physical())
            .filter((pl.col("sender") == "buyer") & (second >= 28_800) & (second < 82_800))
        )
        contacts = clocked.group_by(pair).agg(
            asked=pl.len(),
            answered=pl.col("wait").count(),
            within_30=(pl.col("wait") <= 30_000_000).sum(),
            within_3600=(pl.col("wait") <= 3_600_000_000).sum(),
            wait_sum=pl.col("wait").sum(),
        )
        row = contacts.select(
            pl.len(),
            pl.sum("asked", "answered", "within_30"),
            valid=(pl.col("within_3600") == pl.col("asked")).sum(),
            wait_sum=pl.sum("wait_sum"),
        ).collect()
        totals = [total + int(value) for total, value in zip(totals, row.row(0), strict=True)]
    return tuple(totals)


def pandas(files: Sequence[Path], humans: Sequence[str]) -> Totals:
    """pandas, one day at a time: sort, grouped backward fill, group-by. Read through Polars, which pandas needs a reader for."""
    import pandas as pd
    import polars as pl

    totals = [0] * len(TOTALS)
    for file in files:
        read = pl.read_parquet(file, columns=list(RAW), hive_partitioning=False)
        frame = pd.DataFrame(
            {name: read[name].to_list() if name != "sent_at" else read[name].to_physical().to_numpy() for name in RAW if name != "agent_id"}
        )
        frame["rank"] = frame["sender"].map(RANKS)
        frame = frame.sort_values(["shop_id", "buyer_id", "sent_at", "rank", "message_id"], kind="stable")
        second = (frame["sent_at"] + _OFFSET) % _DAY // 1_000_000
        pair = ["shop_id", "buyer_id"]
        frame["reply"] = frame["sent_at"].where(frame["sender"].isin(list(humans))).astype("Int64")
        frame["reply"] = frame.groupby(pair, sort=False)["reply"].shift(-1)
        frame["reply"] = frame.groupby(pair, sort=False)["reply"].bfill()
        asked = frame[(frame["sender"] == "buyer") & (second >= 28_800) & (second < 82_800)].copy()
        asked["wait"] = asked["reply"] - asked["sent_at"]
        asked["within_30"] = (asked["wait"] <= 30_000_000).fillna(False)
        asked["within_3600"] = (asked["wait"] <= 3_600_000_000).fillna(False)
        contacts = asked.groupby(pair, sort=False).agg(
            asked=("sent_at", "size"),
            answered=("wait", "count"),
            within_30=("within_30", "sum"),
            within_3600=("within_3600", "sum"),
            wait_sum=("wait", "sum"),
        )
        row = [
            len(contacts),
            contacts["asked"].sum(),
            contacts["answered"].sum(),
            contacts["within_30"].sum(),
            (contacts["within_3600"] == contacts["asked"]).sum(),
            contacts["wait_sum"].sum(),
        ]
        totals = [total + int(value) for total, value in zip(totals, row, strict=True)]
    return tuple(totals)


SALES = (
    "paid orders",
    "orders of an agent",
    "fen of these",
    "seconds of the day their last messages were sent at",
    "contacts",
    "inquiries",
    "converted inquiries",
)
"""What `duckdb_sales` answers: credit to the last person before payment within three local days, inquiries without a payment 15 days before, and
those with a payment until the end of the third day."""


def duckdb_sales(messages: Sequence[Path], orders: Sequence[Path], humans: Sequence[str]) -> Totals:
    """As-of joins in DuckDB on all cores: each order with the last human message before its payment, each contact with the payments around it."""
    import duckdb as engine

    said, placed = (", ".join(f"'{file}'" for file in files) for files in (messages, orders))
    people = ", ".join(f"'{sender}'" for sender in humans)
    query = f"""
        with messages as (
            select shop_id, buyer_id, sender, agent_id, epoch_us(sent_at) as moment
            from read_parquet([{said}], hive_partitioning = false)
        ), paid as (
            select shop_id, buyer_id, epoch_us(paid_at) as moment, amount
            from read_parquet([{placed}], hive_partitioning = false) where paid_at is not null
        ), credited as (
            select paid.amount, said.moment as said_at,
                   said.moment is not null and (said.moment + {_OFFSET}) // {_DAY} >= (paid.moment + {_OFFSET}) // {_DAY} - 2 as owned
            from paid asof left join (select * from messages where sender in ({people})) as said
                on paid.shop_id = said.shop_id and paid.buyer_id = said.buyer_id and paid.moment >= said.moment
        ), contacts as (
            select shop_id, buyer_id, (moment + {_OFFSET}) // {_DAY} as day, min(moment) as moment
            from messages
            where sender = 'buyer' and (moment + {_OFFSET}) % {_DAY} // 1000000 between 28800 and 82799
            group by all
        ), before as (
            select contacts.*, coalesce(contacts.moment - earlier.moment < 15 * {_DAY}, false) as aftersale
            from contacts asof left join paid as earlier
                on contacts.shop_id = earlier.shop_id and contacts.buyer_id = earlier.buyer_id and contacts.moment >= earlier.moment
        ), judged as (
            select before.*, coalesce(later.moment < (before.day + 3) * {_DAY} - {_OFFSET}, false) as bought
            from before asof left join paid as later
                on before.shop_id = later.shop_id and before.buyer_id = later.buyer_id and before.moment <= later.moment
        )
        select * from
            (select count(*), count(*) filter (owned), sum(amount * 100) filter (owned),
                    sum((said_at + {_OFFSET}) % {_DAY} // 1000000) filter (owned) from credited),
            (select count(*), count(*) filter (not aftersale), count(*) filter (bought and not aftersale) from judged)
    """
    with engine.connect() as connection:
        # DuckDB 2.0 takes a plan with a loop for the first join by itself and needs minutes; with this it needs seconds.
        connection.execute("set asof_loop_join_threshold = 0")
        row: Any = connection.execute(query).fetchone()
    return tuple(int(value) for value in row)
