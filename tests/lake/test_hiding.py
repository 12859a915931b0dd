"""Buyers whose ids are hidden: nobody can read them, and every figure is the same."""

from pathlib import Path

import polars as pl
import pytest

import kaohe
from kaohe.lake.hiding import hidden, key_in

CHAT = """shop_id,buyer_id,sent_at,sender,agent_id,message_id,text
s1,张三,2026-10-01 09:00:00,buyer,,1,在吗
s1,张三,2026-10-01 09:00:20,agent,lin,2,在的
s1,李四,2026-10-01 09:00:00,buyer,,3,多少钱
s2,张三,2026-10-01 09:00:00,buyer,,4,发货了吗
"""


@pytest.fixture
def export(tmp_path: Path) -> Path:
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "messages.csv").write_text(CHAT, encoding="utf-8")
    return folder


def test_a_workspace_that_hides_buyers_holds_none_of_their_ids_and_gives_the_same_figures(tmp_path: Path, export: Path) -> None:
    open_one, hiding = kaohe.create(tmp_path / "open"), kaohe.create(tmp_path / "hiding", hide_buyers=True)
    for workspace in (open_one, hiding):
        workspace.import_exports([export])
    assert hiding.figures().equals(open_one.figures())
    assert not set(hiding.table("messages")["buyer_id"]) & {"张三", "李四"}
    assert hiding.table("messages")["buyer_id"].n_unique() == 3, "one buyer id in two shops is two people"
    # The switch belongs to the workspace: opened anew, it goes on hiding, with the same key.
    report = kaohe.open(tmp_path / "hiding").import_exports([export])
    assert (report.new, report.same) == (0, 4)


def test_the_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "buyer.key"
    assert key_in(file) == key_in(file)
    assert file.stat().st_mode & 0o077 == 0


def test_rows_without_a_buyer_stay_as_they_are() -> None:
    frame = pl.DataFrame({"shop_id": ["s1", "s1"], "buyer_id": [None, "b1"]}, schema={"shop_id": pl.String, "buyer_id": pl.String})
    found = hidden(frame, b"k" * 32)
    assert found["buyer_id"][0] is None
    assert found["buyer_id"][1] != "b1"
    assert hidden(pl.DataFrame({"agent_id": ["lin"]}), b"k").columns == ["agent_id"]
