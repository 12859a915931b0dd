"""What the lake promises: the same rows again change nothing, later rows win, an import is one step, old versions stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from deltalake import DeltaTable

from counting import frame
from kaohe.errors import Failure
from kaohe.lake import Committed, Lake, SourceFile, staging
from kaohe.lake.delta import uri
from kaohe.lake.layout import LAYOUTS
from kaohe.model.tables import TABLES
from reference import Message
from spec_tables import messages, moment


def put(lake: Lake, rows: Sequence[Message], name: str = "chat.csv") -> Committed:
    with lake.stage() as stage:
        stage.add("messages", frame(rows), 0)
        return stage.commit([SourceFile(name, "00", "messages", len(rows), 0, 0)])


def orders(*rows: tuple[str, str, str | None]) -> pl.DataFrame:
    made = [
        {"order_id": number, "shop_id": "s1", "buyer_id": "b1", "created_at": moment(created), "amount": Decimal(amount or "0")}
        for number, created, amount in rows
    ]
    return pl.DataFrame(made, schema=TABLES["orders"].schema)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.create(tmp_path / "lake")


CHAT = """
    id | buyer | sender | agent | sent_at  | text
    ---+-------+--------+-------+----------+------
    1  | b1    | buyer  |       | 09:00:00 | 在吗
    2  | b1    | agent  | lin   | 09:00:20 | 在的
    3  | b2    | buyer  |       | 10:00:00 | 多少钱
    """


def counted(done: Committed) -> tuple[int, int, int]:
    totals: Counter[str] = Counter()
    for count in done.counts:
        totals.update(new=count.new, same=count.same, replaced=count.replaced)
    return totals["new"], totals["same"], totals["replaced"]


def texts(lake: Lake, number: int | None = None) -> list[str]:
    return lake.scan("messages", lake.snapshot(number)).collect()["text"].to_list()


def test_importing_the_same_rows_again_changes_nothing(lake: Lake) -> None:
    assert counted(put(lake, messages(CHAT))) == (3, 0, 0)
    files = lake.files("messages")
    assert counted(put(lake, messages(CHAT))) == (0, 3, 0)
    assert lake.files("messages") == files


def test_a_changed_row_of_the_same_id_replaces_the_older_one(lake: Lake) -> None:
    put(lake, messages(CHAT))
    changed = messages("""
        id | buyer | sender | agent | sent_at  | text
        ---+-------+--------+-------+----------+------
        2  | b1    | agent  | mo    | 09:00:20 | 在的
        """)
    assert counted(put(lake, changed)) == (0, 0, 1)
    assert lake.scan("messages").filter(pl.col("message_id") == "2").collect()["agent_id"].to_list() == ["mo"]


def test_an_older_import_can_still_be_read(lake: Lake) -> None:
    put(lake, messages(CHAT)[:1])
    put(lake, messages(CHAT))
    assert texts(lake, 1) == ["在吗"]
    assert texts(lake) == ["在吗", "在的", "多少钱"]


def test_an_import_there_is_not_is_named(lake: Lake) -> None:
    put(lake, messages(CHAT))
    with pytest.raises(Failure, match="no import 7"):
        lake.snapshot(7)


def test_a_partition_lies_in_the_order_of_messages(lake: Lake) -> None:
    put(lake, list(reversed(messages(CHAT))))
    assert lake.scan("messages").collect()["message_id"].to_list() == ["1", "2", "3"]


def test_the_day_of_a_message_is_the_shops(lake: Lake) -> None:
    late = messages("""
        id | sender | sent_at
        ---+--------+---------
        1  | buyer  | 00:30:00
        """)
    put(lake, late)
    assert list(lake.days()) == [date(2026, 10, 1)]
    assert lake.scan("messages").collect()["second_of_day"].to_list() == [1800]


def test_a_message_whose_time_was_corrected_leaves_its_old_day(lake: Lake) -> None:
    put(lake, messages(CHAT))
    moved = messages("""
        id | buyer | sender | agent | sent_at             | text
        ---+-------+--------+-------+---------------------+-----
        2  | b1    | agent  | lin   | 2026-10-02 09:00:20 | 在的
        """)
    assert counted(put(lake, moved)) == (0, 0, 1)
    assert lake.scan("messages").collect().select("day", "message_id").rows() == [
        (date(2026, 10, 1), "1"),
        (date(2026, 10, 1), "3"),
        (date(2026, 10, 2), "2"),
    ]


def test_an_order_whose_status_moves_on_is_replaced_and_counted(lake: Lake) -> None:
    for amount, expected in (("10", (1, 0, 0)), ("12", (0, 0, 1)), ("12", (0, 1, 0))):
        with lake.stage() as stage:
            stage.add("orders", orders(("o1", "09:00:00", amount)), 0)
            assert counted(stage.commit([SourceFile("o.csv", "", "orders", 1, 0, 0)])) == expected
    assert lake.table("orders")["amount"].to_list() == [Decimal("12.00")]


def test_an_order_moved_to_another_month_is_there_once(lake: Lake) -> None:
    for created in ("2026-10-31 09:00:00", "2026-11-01 09:00:00"):
        with lake.stage() as stage:
            stage.add("orders", orders(("o1", created, "1")), 0)
            stage.commit([SourceFile("o.csv", "", "orders", 1, 0, 0)])
    assert lake.table("orders")["created_at"].to_list() == [moment("2026-11-01 09:00:00")]


def test_one_import_shows_all_its_tables_or_none(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    put(lake, messages(CHAT)[:1])
    before = lake.snapshot()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(lake.journal, "append", killed)
        with lake.stage() as stage:
            stage.add("orders", orders(("o1", "09:00:00", "1")), 0)
            stage.add("messages", frame(messages(CHAT)), 0)
            with pytest.raises(KeyboardInterrupt):
                stage.commit([SourceFile("all.zip", "", "", 4, 0, 0)])
    assert lake.snapshot() == before
    assert texts(lake) == ["在吗"]
    assert lake.table("orders").is_empty()
    # The next import starts from what readers saw, not from what the killed one left.
    assert counted(put(lake, messages(CHAT))) == (2, 1, 0)
    assert lake.table("orders").is_empty()


def test_looking_first_writes_nothing(lake: Lake) -> None:
    put(lake, messages(CHAT)[:1])
    with lake.stage() as stage:
        stage.add("messages", frame(messages(CHAT)), 0)
        assert [(count.new, count.same) for count in stage.preview()] == [(2, 1)]
    assert texts(lake) == ["在吗"]
    assert not (lake.root / "staging").exists() or not any((lake.root / "staging").iterdir())


def test_imports_at_the_same_moment_all_end_in_the_lake(lake: Lake) -> None:
    def one(number: int) -> None:
        row = messages(f"""
            id | buyer | sender | sent_at
            ---+-------+--------+---------
            {number} | b{number} | buyer | 09:00:00
            """)
        put(Lake(lake.root), row, f"{number}.csv")

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(one, range(12)))
    assert lake.snapshot().number == 12
    assert len(lake.scan("messages").collect()) == 12


def test_an_import_that_has_to_wait_too_long_says_so(lake: Lake) -> None:
    with lake.stage(), pytest.raises(Failure, match="another import is running"), Lake(lake.root).stage(wait=0.1):
        pass


def test_rows_put_on_disk_on_the_way_are_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held, spilled = Lake.create(tmp_path / "held"), Lake.create(tmp_path / "spilled")
    put(held, messages(CHAT))
    monkeypatch.setattr(staging, "HELD_BYTES", 1)
    with spilled.stage() as stage:
        for row in messages(CHAT):
            stage.add("messages", frame([row]), 0)
        assert counted(stage.commit([SourceFile("chat.csv", "", "", 3, 0, 0)])) == (3, 0, 0)
    assert spilled.scan("messages").collect().equals(held.scan("messages").collect())


def test_a_shop_with_messages_keeps_its_time_zone(lake: Lake) -> None:
    def shop(zone: str) -> pl.DataFrame:
        row = {"shop_id": "s1", "platform": "generic", "timezone": zone}
        return pl.DataFrame([row], schema=TABLES["shops"].schema)

    with lake.stage() as stage:
        stage.add("shops", shop("Asia/Shanghai"), 0)
        stage.add("messages", frame(messages(CHAT)), 0)
        stage.commit([SourceFile("all.zip", "", "", 4, 0, 0)])
    with pytest.raises(Failure, match="counted by days of Asia/Shanghai"), lake.stage() as stage:
        stage.add("shops", shop("UTC"), 0)


def test_more_buckets_hold_the_same_messages(tmp_path: Path) -> None:
    one, three = Lake.create(tmp_path / "1"), Lake.create(tmp_path / "3", buckets=5)
    for lake in (one, three):
        put(lake, messages(CHAT))
    columns = list(TABLES["messages"].schema)
    assert three.scan("messages").select(columns).collect().sort("message_id").equals(one.scan("messages").select(columns).collect())
    assert len(three.files("messages")) > 1


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "我的 [店] #1 50% off" / "lake")
    put(lake, messages(CHAT)[:1])
    put(lake, messages(CHAT))
    assert texts(lake) == ["在吗", "在的", "多少钱"]
    assert lake.journal.rows()["number"].to_list() == [1, 2]


def test_a_lake_of_an_older_version_gets_the_new_columns_with_nothing_in_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new = LAYOUTS["orders"]
    older = replace(new.table, columns=tuple(column for column in new.table.columns if column.name not in ("refunded_amount", "agent_id")))
    old = replace(new, table=older, sort=tuple(name for name in new.sort if name not in ("refunded_amount", "agent_id")))
    first = orders(("o1", "09:00:00", "10"), ("o2", "09:30:00", "20"))
    with monkeypatch.context() as patch:
        patch.setitem(LAYOUTS, "orders", old)  # type: ignore[arg-type]
        before = Lake.create(tmp_path / "lake")
        with before.stage() as stage:
            stage.add("orders", first.select(list(older.schema)), 0)
            stage.commit([SourceFile("orders.csv", "", "orders", 2, 0, 0)])
    lake = Lake(tmp_path / "lake")
    assert lake.table("orders").equals(first)
    with lake.stage() as stage:
        stage.add("orders", orders(("o3", "10:00:00", "30")).with_columns(refunded_amount=pl.lit(Decimal(5), pl.Decimal(18, 2))), 0)
        stage.commit([SourceFile("orders.csv", "", "orders", 1, 0, 0)])
    assert lake.table("orders")["refunded_amount"].to_list() == [None, None, Decimal(5)]
    assert lake.scan("orders", lake.snapshot(1)).collect()["refunded_amount"].to_list() == [None, None]
    assert "refunded_amount" in DeltaTable(uri(lake.folder("orders").root)).schema().to_arrow().names
